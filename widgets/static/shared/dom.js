// Elements and icons. Data reaches the page as text nodes and attributes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */
/** @typedef {Node | string | null | undefined} Child */

/** @type {<E extends Element>(element: E, attributes: Attributes, children: Child[]) => E} */
function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** An element of the page; attributes that are null, undefined or false are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function html(tag, attributes, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** An element of a picture, as `html` makes one of the page.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

/** Set an attribute where it is another: each that is set makes the page lay out and paint anew.
 * @type {(element: Element, name: string, value: string) => void}
 */
export function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Set the text of an element where it is another.
 * @type {(element: Element, text: string) => void}
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Put children in the place of those that an element has, unless they are alike; true where they were put there. What
 * is put is laid out and painted, what stays is not.
 * @type {(element: Element, ...children: Node[]) => boolean}
 */
export function renew(element, ...children) {
  const old = element.childNodes;
  const isOther = old.length !== children.length || children.some((one, at) => !one.isEqualNode(old[at]));
  if (isOther) element.replaceChildren(...children);
  return isOther;
}

const ICONS = {
  start: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  step: "M5 3v10l7-5z",
  newest: "M11 3h2v10h-2zM3 3v10l7-5z",
  run: "M2 3v10l6-5zM8 3v10l6-5z",
  live: [
    "M2 3v10l6-5z",
    "M9.6 4.6l1-1a6.2 6.2 0 0 1 0 8.8l-1-1a4.8 4.8 0 0 0 0-6.8z",
    "M11.9 2.3l1-1a9.5 9.5 0 0 1 0 13.4l-1-1a8.1 8.1 0 0 0 0-11.4z",
  ].join(""),
  stop: "M4 4h8v8H4z",
  source: "M5.6 4 7 5.4 4.4 8 7 10.6 5.6 12l-4-4zM10.4 4l4 4-4 4L9 10.6 11.6 8 9 5.4z",
  keys: [
    "M1.5 4h13v8h-13zm1.3 1.3v5.4h10.4V5.3z",
    "M4 6.3h1.2v1.2H4zm2.3 0h1.2v1.2H6.3zm2.3 0h1.2v1.2H8.6zm2.3 0h1.2v1.2h-1.2z",
    "M5 8.6h6v1.2H5z",
  ].join(""),
  share: [
    "M8 1 11.6 4.6 10.5 5.7 8.8 4V10H7.2V4L5.5 5.7 4.4 4.6z",
    "M2.5 8H4v5.5h8V8h1.5v7h-11z",
  ].join(""),
  larger: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2z",
  smaller: "M3 7.2h10v1.6H3z",
  fit: "M2 2h4v1.5H3.5V6H2zM10 2h4v4h-1.5V3.5H10zM2 10h1.5v2.5H6V14H2zM12.5 10H14v4h-4v-1.5h2.5z",
  pin: "M5 2h6v1.4h-.9l.4 4.1L12.2 9v1.3H8.7V14H7.3v-3.7H3.8V9l1.7-1.5.4-4.1H5z",
  close: "M3.4 2.3 8 6.9l4.6-4.6 1.1 1.1L9.1 8l4.6 4.6-1.1 1.1L8 9.1l-4.6 4.6-1.1-1.1L6.9 8 2.3 3.4z",
  search: [
    "M6.8 2a4.8 4.8 0 0 1 3.8 7.7l3.4 3.4-1.1 1.1-3.4-3.4A4.8 4.8 0 1 1 6.8 2z",
    "m0 1.5a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6z",
  ].join(""),
  rewind: "M8 3v10L2 8zM14 3v10L8 8z",
  octagon: "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM5.9 3 3 5.9v4.2L5.9 13h4.2l2.9-2.9V5.9L10.1 3z",
  compare: "M2 3h5v2H2zm0 4h5v2H2zm0 4h5v2H2zM9 3h5v2H9zm0 4h5v2H9z" +
    "M10.7 10h1.6v1.5h1.5v1.6h-1.5v1.5h-1.6v-1.5H9.2v-1.6h1.5z",
  previous: "M10 3 11.2 4.2 7.4 8l3.8 3.8L10 13 5 8z",
  following: "M6 3 4.8 4.2 8.6 8l-3.8 3.8L6 13l5-5z",
};

/** @typedef {keyof typeof ICONS} IconName */

/** @type {(name: IconName) => SVGElement} */
export function icon(name) {
  return svg("svg", { class: "hf-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/** @type {(name: IconName, label: string, hint: string, attributes?: Attributes) => HTMLButtonElement} */
export function iconButton(name, label, hint, attributes = {}) {
  const named = { type: "button", class: "hf-iconbutton", "aria-label": label, title: hint };
  return html("button", { ...named, ...attributes }, icon(name));
}
