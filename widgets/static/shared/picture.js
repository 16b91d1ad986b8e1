// The SVG of the graph, let into the page: rebuilt from an allow-list, never inserted as markup, with ids of this widget only.

const ELEMENTS = new Set(["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "text", "tspan"]);
const ATTRIBUTES = new Set([
  "class", "d", "points", "x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "viewBox", "transform", "text-anchor",
  "font-size", "font-weight", "fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "data-badge",
]);

// The picture as an element, or null where the text is no SVG. Things keep their id as `data-id`.
export function readPicture(text, prefix) {
  if (!text) return null;
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.localName !== "svg" || parsed.querySelector("parsererror")) return null;
  const picture = copy(root, prefix);
  if (!picture.getAttribute("viewBox")) {
    picture.setAttribute("viewBox", `0 0 ${parseFloat(root.getAttribute("width")) || 100} ${parseFloat(root.getAttribute("height")) || 100}`);
  }
  picture.removeAttribute("width");
  picture.removeAttribute("height");
  return picture;
}

function copy(node, prefix) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", node.localName);
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

function copyChildren(node, element, prefix) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE && ["text", "tspan"].includes(element.localName)) element.append(child.data);
    else if (child.nodeType !== Node.ELEMENT_NODE) continue;
    else if (ELEMENTS.has(child.localName)) element.append(copy(child, prefix));
    else if (child.localName === "a") copyChildren(child, element, prefix); // a link is dropped, what it holds is drawn
  }
}

export const OUTLINE = "path, rect, polygon";

// The box [x, y, width, height] of an outline. It is read from the picture's text (whose commands are absolute, as the
// renderer writes them), because a picture that is not yet on the page has no layout.
export function boxOf(outline) {
  if (outline.localName === "rect") return ["x", "y", "width", "height"].map((name) => Number(outline.getAttribute(name)));
  const [xs, ys] = [[], []];
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
