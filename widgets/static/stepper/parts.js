// The parts of the graph's picture. It comes with every place settled: titles, ports, words, and where each badge
// goes. What is added here has its final size from the start; afterwards only classes, counts and names change.

/** @import { Mark } from "./features.js" */
/** @import { Graph } from "./graph.js" */
/** @import { Box } from "../shared/picture.js" */

import { put, say, svg } from "../shared/dom.js";
import { OUTLINE, boxOf } from "../shared/picture.js";
import { compact, countText, ellipsis, plural } from "../shared/text.js";
import { stratumName, subgraphName } from "./graph.js";

/** The title of a box, which stays where it stands and grows away from the nearer corner when a mark is added.
 * @typedef {object} Title
 * @property {SVGRectElement} backing
 * @property {Element} words
 * @property {string} name
 * @property {number} left
 * @property {number} across
 * @property {boolean} toLeft
 */

/** What a picture of a flow that was checked says of an edge: the word at it, if there is one, and the form of its
 * line.
 * @typedef {object} Level
 * @property {Element | null} words
 * @property {string} written
 * @property {boolean} thick
 * @property {boolean} part
 */

/** Everything by the id of what it belongs to: `things` are the groups of the picture, `badges` the numbers on edges,
 * `held` the numbers in handoffs, `causes` the words on operators that are causes of a level, `titles` those of boxes
 * (null for a box without a title), `levels` what the picture says of edges, if the flow was checked when it was drawn,
 * `places` where a mark stands, `boxes` where all stand in the picture, `marks` those that are drawn.
 * @typedef {object} Parts
 * @property {Record<string, SVGElement>} things
 * @property {Record<string, SVGGElement>} badges
 * @property {Record<string, SVGTextElement>} held
 * @property {Record<string, SVGGElement>} causes
 * @property {Record<string, Title | null>} titles
 * @property {Record<string, Level>} levels
 * @property {Record<string, Place>} places
 * @property {Record<string, Box>} boxes
 * @property {Map<string, { group: SVGGElement, mark: Mark }>} marks
 * @property {Map<string, string>} drawn how each was drawn last
 * @property {[x: number, y: number]} offset from the picture's own units to those in which it is drawn
 */

/** Where a mark stands: its corner, and the group that it belongs to.
 * @typedef {{ x: number, y: number, host: Element, toLeft: boolean }} Place
 */

/** @type {() => Parts} */
export const noParts = () => ({ things: {}, badges: {}, held: {}, causes: {}, titles: {}, levels: {}, places: {},
  boxes: {},
  marks: new Map(), drawn: new Map(), offset: [0, 0] });

/** Make the picture one that can be pointed at, and find its parts.
 * @type {(graph: Graph, picture: SVGSVGElement) => Parts}
 */
export function prepare(graph, picture) {
  picture.classList.add("hf-picture");
  picture.setAttribute("role", "presentation"); // what is in it has names of its own
  picture.setAttribute("preserveAspectRatio", "xMidYMin meet");
  picture.querySelector(":scope > .background")?.remove();
  const sheet = picture.querySelector(":scope > g") ?? picture;
  const [offX, offY] = (sheet.getAttribute("transform")?.match(/-?[\d.]+/g) ?? [0, 0]).map(Number);
  const parts = noParts();
  parts.offset = [offX, offY];
  const isMarked = picture.querySelector("text.level") !== null;
  const found = /** @type {NodeListOf<SVGElement>} */ (picture.querySelectorAll("[data-id]"));
  for (const thing of found) {
    const id = thing.dataset.id ?? "";
    if (!graph.kind(id) && !/^((sg|stratum|loop)-\d+|module-\d+(\.\d+)?)$/.test(id)) continue;
    const [x, y, width, height] = outlineBox(thing);
    parts.things[id] = thing;
    parts.boxes[id] = [x + offX, y + offY, width, height];
  }
  for (const [id, thing] of Object.entries(parts.things)) {
    if (graph.kind(id) === "edge" && isMarked) parts.levels[id] = prepareLevel(thing);
    if (graph.kind(id) === "edge") {
      parts.badges[id] = prepareEdge(thing);
      const [x, y] = (thing.dataset.badge ?? "").split(/[\s,]+/).map(Number);
      parts.places[id] = { x: x + 6, y: y - 9, host: sheet, toLeft: false };
    }
    else if (graph.kind(id) === "read") prepareRead(graph, id, thing);
    else if (!graph.kind(id)) parts.titles[id] = prepareBox(graph, id, thing);
  }
  for (const id of graph.walk().filter((node) => parts.things[node])) {
    prepareNode(graph, id, parts);
    sheet.append(parts.things[id]); // Tab then goes along the edges
  }
  sheet.append(...Object.values(parts.badges));
  return parts;
}

/** Whether a thing is to be drawn otherwise than it was. Only what has changed is touched: the rest of a large picture
 * costs a look at this map.
 * @type {(parts: Parts, id: string, how: string) => boolean}
 */
export function differs({ things, drawn }, id, how) {
  if (drawn.get(id) === how || !things[id]) return false;
  drawn.set(id, how);
  return true;
}

/** @type {(thing: SVGElement) => void} */
function prepareLine(thing) {
  const wire = thing.querySelector("path");
  const d = wire?.getAttribute("d");
  wire?.classList.add("wire");
  thing.prepend(svg("path", { class: "halo", d }));
  thing.append(svg("path", { class: "hit", d }));
  thing.setAttribute("tabindex", "-1");
  thing.setAttribute("role", "button");
  thing.setAttribute("aria-pressed", "false");
}

/** @type {(graph: Graph, id: string, thing: SVGElement) => void} */
function prepareRead(graph, id, thing) {
  prepareLine(thing);
  thing.setAttribute("aria-label", graph.sentence(id));
}

/** @type {(thing: SVGElement) => SVGGElement} */
function prepareEdge(thing) {
  prepareLine(thing);
  const place = { class: "badge", transform: `translate(${thing.dataset.badge})` };
  return svg("g", place, svg("rect", { y: -7, height: 14, rx: 7 }), svg("text", { y: 3.6 }));
}

/** @type {(thing: SVGElement) => Level} */
function prepareLevel(thing) {
  const words = thing.querySelector("text.level");
  const part = thing.querySelector("polyline.tip") !== null;
  thing.classList.toggle("part", part);
  return { words, written: words?.textContent ?? "", thick: thing.classList.contains("thick"), part };
}

/** @type {(thing: Element) => Box} */
function outlineBox(thing) {
  const outline = thing.querySelector(OUTLINE);
  return outline ? boxOf(outline) : [0, 0, 0, 0];
}

/** @type {(graph: Graph, id: string, parts: Parts) => void} */
function prepareNode(graph, id, { things, held, causes, places }) {
  const thing = things[id];
  const [x, y, width, height] = outlineBox(thing);
  const frame = (/** @type {number} */ by, /** @type {string} */ name) =>
    svg("rect", { class: name, x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by, rx: 7 + by });
  thing.append(frame(2, "halo"), frame(3.5, "ring"));
  places[id] = { x: x + width - 4, y, host: thing, toLeft: true };
  thing.setAttribute("tabindex", "0");
  thing.setAttribute("role", "button");
  thing.setAttribute("aria-pressed", "false");
  if (id in graph.handoffs) {
    held[id] = svg("text", { x: x + width / 2, y: y + height / 2 + 4, "text-anchor": "middle" });
    thing.append(held[id]);
  } else {
    thing.setAttribute("aria-label", graph.ops[id].text);
    thing.append(svg("title", {}, ellipsis(graph.ops[id].text, 400)));
    const place = { class: "cause", transform: `translate(${x + 4} ${y})` };
    causes[id] = svg("g", place, svg("rect", { y: -11, height: 13, rx: 2 }), svg("text", { x: 4, y: -1 }));
    thing.append(causes[id]);
  }
}

/** @type {(graph: Graph, id: string, thing: SVGElement) => Title | null} */
function prepareBox(graph, id, thing) {
  const [x, y, width, height] = outlineBox(thing);
  const words = thing.querySelector("text");
  const plate = thing.querySelector(".plate");
  thing.append(svg("rect", { class: "ring", x: x + 3.5, y: y + 3.5, width: width - 7, height: height - 7, rx: 6 }));
  if (!words || !plate) return null;
  const isNamed = id in graph.loops || id.startsWith("module");
  const name = isNamed ? words.textContent ?? "" : id.startsWith("sg") ? subgraphName(id) : stratumName(id);
  const [left, top, across, down] = boxOf(plate);
  const toLeft = left + across / 2 > x + width / 2;
  const backing = svg("rect", { class: "plate handle", "data-box": id, y: top, height: down, rx: 3 },
    svg("title", {}, `Fold ${name} (${id.startsWith("module") ? "m" : "x"})`));
  plate.remove();
  words.setAttribute("text-anchor", toLeft ? "end" : "start");
  words.setAttribute("x", String(toLeft ? left + across - 4 : left + 4));
  thing.append(backing, words);
  return { backing, words, name, left, across, toLeft };
}

/** @type {(parts: Parts, id: string, ran: boolean, next: boolean, stops: boolean) => void} */
export function drawBox(parts, id, ran, next, stops) {
  if (!differs(parts, id, `${ran}/${next}/${stops}`)) return;
  const [thing, title] = [parts.things[id], parts.titles[id]];
  thing.classList.toggle("ran", ran);
  thing.classList.toggle("next", next);
  if (!title) return;
  const { backing, words, name, left, across, toLeft } = title;
  const mark = [ran ? "ran" : null, next ? "next" : null, stops ? "⬣ stops" : null].filter(Boolean).join(", ");
  const width = across + (mark ? (mark.length + 3) * 5.9 : 0);
  words.replaceChildren(name, ...(mark ? [svg("tspan", {}, ` · ${mark}`)] : []));
  backing.setAttribute("x", String(toLeft ? left + across - width : left));
  backing.setAttribute("width", String(width));
}

/** The word on an operator that is a cause of the level of what is selected; empty where it is not.
 * @type {(parts: Parts, id: string, word: string) => void}
 */
export function drawCause({ things, causes }, id, word) {
  const [plate, words] = causes[id].children;
  things[id].classList.toggle("causing", word !== "");
  put(plate, "width", String(8 + word.length * 6.4));
  say(words, word);
}

/** What the features say of a node or an edge; it is in the picture for as long as they say it.
 * @type {(parts: Parts, id: string, mark: Mark | null) => void}
 */
export function drawMark({ things, places, marks }, id, mark) {
  const drawn = marks.get(id);
  if (!drawn && !mark) return;
  const { classes = "", badge = "", sign = "", words = "" } = mark ?? {};
  const [was, old] = [drawn?.mark, drawn?.mark.classes ?? ""];
  if (classes !== old) {
    things[id].classList.remove(...old.split(" ").filter(Boolean));
    things[id].classList.add(...classes.split(" ").filter(Boolean));
  }
  if (was && was.badge === badge && was.sign === sign && was.words === words) {
    was.classes = classes;
    return;
  }
  drawn?.group.remove();
  marks.delete(id);
  if (!mark) return;
  const { x, y, host, toLeft } = places[id];
  const width = (sign ? 14 : 0) + (badge ? 8 + badge.length * 6.4 : 0);
  const group = svg("g", { class: "mark-of", transform: `translate(${toLeft ? x - width : x} ${y})` });
  if (badge) group.append(svg("rect", { x: sign ? 14 : 0, y: -11, width: width - (sign ? 14 : 0), height: 13, rx: 2 }));
  if (sign) group.append(svg("path", { d: sign, transform: "translate(0 -11) scale(.82)" }));
  if (badge) group.append(svg("text", { x: (sign ? 14 : 0) + 4, y: -1 }, badge));
  if (words) group.append(svg("title", {}, words));
  if (badge || sign) host.append(group);
  marks.set(id, { group, mark: { classes, badge, sign, words } });
}

/** The number on an edge: `now` of its items were moved by the last step. `level` is that of a check, or empty.
 * @param {Parts} parts
 * @param {string} id
 * @param {{ ends: string[], now: number, count: number, carried: number, level: string, words: string }} what
 */
export function drawEdge(parts, id, { ends: [from, to], now, count, carried, level, words: said }) {
  if (!differs(parts, id, `${now > 0}/${count}/${carried}/${level}/${said}`)) return;
  const { things, badges } = parts;
  const thing = things[id];
  thing.classList.toggle("ran", now > 0);
  thing.classList.toggle("carried", count > 0);
  const over = carried ? `${carried.toLocaleString("en")} carried over` : "";
  const named = [`${from} to ${to}`, plural(count, "item"), over, level, said];
  put(thing, "aria-label", named.filter(Boolean).join(", "));
  const [plate, words] = badges[id].children;
  const text = countText(count, carried);
  const width = Math.max(16, 8 + text.length * 6.4);
  badges[id].classList.toggle("ran", now > 0);
  badges[id].classList.toggle("empty", count === 0 && carried === 0);
  put(plate, "x", String(-width / 2));
  put(plate, "width", String(width));
  say(words, count || carried ? text : "");
}

/** The level at an edge of a marked picture: what a newer check says, in other surroundings perhaps, else what was
 * drawn.
 * @type {(parts: Parts, id: string, checked: { word: string, level: string } | null) => void}
 */
export function drawLevel({ things, levels }, id, checked) {
  const drawn = levels[id];
  if (!drawn) return;
  if (drawn.words) say(drawn.words, checked ? checked.word : drawn.written);
  things[id].classList.toggle("thick", checked ? checked.level.startsWith("differs") : drawn.thick);
  things[id].classList.toggle("part", checked ? checked.level === "part" : drawn.part);
}

/** The number in a handoff.
 * @type {(parts: Parts, id: string, names: string[], count: number) => void}
 */
export function drawHandoff(parts, id, [from, to], count) {
  if (!differs(parts, id, String(count))) return;
  const thing = parts.things[id];
  put(thing, "aria-label", `${from} to ${to}, ${plural(count, "item")}`);
  thing.classList.toggle("empty", count === 0);
  say(parts.held[id], count ? compact(count) : "·");
}
