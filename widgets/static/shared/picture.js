// The SVG of the graph, let into the page: rebuilt from an allow-list, never inserted as markup, with ids of this
// widget only.

const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set(["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "text", "tspan"]);
const ATTRIBUTES = new Set([
  "class", "d", "points", "x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "viewBox", "transform",
  "text-anchor", "font-size", "font-weight", "fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity",
  "data-badge",
]);

/** The picture as an element, or null where the text is not SVG. Things keep their id as `data-id`, and with
 * `hasTitles` what a pointer that rests on them shows.
 * @type {(text: string | null | undefined, prefix: string, hasTitles?: boolean) => SVGSVGElement | null}
 */
export function readPicture(text, prefix, hasTitles = false) {
  if (!text) return null;
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.localName !== "svg" || parsed.querySelector("parsererror")) return null;
  const picture = /** @type {SVGSVGElement} */ (copy(root, prefix));
  if (!picture.getAttribute("viewBox")) {
    const [width, height] = ["width", "height"].map((name) => parseFloat(root.getAttribute(name) ?? "") || 100);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }
  if (hasTitles) {
    for (const title of root.querySelectorAll("g > title")) {
      const named = picture.querySelector(`[data-id="${CSS.escape(title.parentElement?.id ?? "")}"]`);
      const copied = document.createElementNS(SVG, "title");
      copied.textContent = title.textContent;
      named?.prepend(copied);
    }
  }
  picture.removeAttribute("width");
  picture.removeAttribute("height");
  return picture;
}

/** @type {(node: Element, prefix: string) => SVGElement} */
function copy(node, prefix) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, node.localName));
  for (const { localName, name, value } of node.attributes) {
    if (ATTRIBUTES.has(name) && !/url\(|javascript:/i.test(value)) element.setAttribute(localName, value);
  }
  if (node.id) {
    element.id = `${prefix}-${node.id}`;
    element.dataset.id = node.id;
  }
  copyChildren(node, element, prefix);
  return element;
}

/** @type {(node: Element, element: SVGElement, prefix: string) => void} */
function copyChildren(node, element, prefix) {
  for (const child of node.childNodes) {
    if (child instanceof Text && ["text", "tspan"].includes(element.localName)) element.append(child.data);
    else if (!(child instanceof Element)) continue;
    else if (ELEMENTS.has(child.localName)) element.append(copy(child, prefix));
    else if (child.localName === "a") copyChildren(child, element, prefix); // a link is dropped, what it holds is drawn
  }
}

export const OUTLINE = "path, rect, polygon";

/** @typedef {[x: number, y: number, width: number, height: number]} Box */

/** The box of an outline. It is read from the picture's text (whose commands are absolute, as the renderer writes
 * them), because a picture that is not yet on the page has no layout.
 * @type {(outline: Element) => Box}
 */
export function boxOf(outline) {
  const given = (/** @type {string} */ name) => Number(outline.getAttribute(name));
  if (outline.localName === "rect") return [given("x"), given("y"), given("width"), given("height")];
  /** @type {number[]} */
  const xs = [];
  /** @type {number[]} */
  const ys = [];
  const text = outline.getAttribute("d") ?? `M${outline.getAttribute("points")}`;
  for (const [, command, rest] of text.matchAll(/([A-Z])([^A-Z]*)/g)) {
    const numbers = rest.match(/-?[\d.]+/g)?.map(Number) ?? [];
    if (command === "H") xs.push(...numbers);
    else if (command === "V") ys.push(...numbers);
    else if (command === "A") {
      xs.push(numbers[5]);
      ys.push(numbers[6]);
    } else numbers.forEach((number, index) => (index % 2 ? ys : xs).push(number));
  }
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return [x, y, Math.max(...xs) - x, Math.max(...ys) - y];
}
