// Folded boxes on the page: what they hide, and the summary in its place.

/** @import { Folding } from "./folding.js" */
/** @import { Parts } from "./parts.js" */
/** @import { Look } from "./rows.js" */

import { put, say, svg } from "../shared/dom.js";

const LARGEST = 30; // units of the letters of a summary
const SMALLEST = 9;
const LOW = 56; // units of height below which a box has room for one line
const TITLE = 8; // units of a box that its title takes, above or below

/** `draw` brings the page to what is folded; `hidden` is what is not to be drawn.
 * @param {{ parts: Parts, folding: Folding, look: Look, offset: [number, number] }} needs
 */
export function makeLids({ parts, folding, look, offset }) {
  const { things, badges, titles } = parts;
  /** @type {Map<string, SVGGElement>} */
  const lids = new Map();
  /** @type {Set<string>} */
  let hidden = new Set();
  let state = "";

  function change() {
    const now = folding.hidden();
    for (const id of new Set([...hidden, ...now])) {
      if (hidden.has(id) === now.has(id)) continue;
      things[id]?.classList.toggle("away", now.has(id));
      badges[id]?.classList.toggle("away", now.has(id));
    }
    hidden = now;
    for (const [box, lid] of lids) {
      if (folding.folded.has(box) && !hidden.has(box)) continue;
      lid.remove();
      lids.delete(box);
    }
    for (const box of folding.folded) if (!hidden.has(box) && !lids.has(box)) lids.set(box, make(box));
  }

  /** Above nodes and lines, below the numbers of the edges that lead into it.
   * @type {(box: string) => SVGGElement}
   */
  function make(box) {
    const [left, top, width, height] = folding.places[box];
    const [x, y] = [left - offset[0], top - offset[1]];
    const size = Math.max(SMALLEST, Math.min(LARGEST, height / 5, width / 12));
    const lines = [-1, 0, 1].map((row) => svg("text", {
      class: row && height < LOW ? "away" : "", x: x + width / 2, y: y + height / 2 + (row * 1.4 + 0.35) * size,
      "text-anchor": "middle", "font-size": size,
    }));
    const named = { class: "lid", "data-box": box, tabindex: 0, role: "button", "aria-expanded": "false" };
    const plate = svg("rect", { x: x + 3, y: y + TITLE, width: width - 6, height: height - 2 * TITLE, rx: 5 });
    const lid = svg("g", named, plate, ...lines);
    const sheet = things[box].parentElement;
    sheet?.insertBefore(lid, Object.values(badges).find((badge) => badge.parentElement === sheet) ?? null);
    return lid;
  }

  /** Gives what is not to be drawn. */
  function draw() {
    const now = [...folding.folded].join();
    if (now !== state) change();
    state = now;
    for (const [box, lid] of lids) {
      const lines = folding.summary(box, look);
      [...lid.querySelectorAll("text")].forEach((text, index) => say(text, lines[index]));
      put(lid, "aria-label", `${titles[box]?.name ?? box}, folded: ${lines.join(", ")}`);
    }
    return hidden;
  }

  const focus = (/** @type {string} */ box) => lids.get(box)?.focus({ preventScroll: true });
  return { draw, focus };
}
