// The text of the cell, with every operator a part that can be pointed at.

/** @import { Named } from "./checked.js" */
/** @import { Range } from "./cursor.js" */
/** @import { Needs } from "./view.js" */

import { html, put } from "../shared/dom.js";
import { lastStep, nextStep } from "./cursor.js";

const COMMENT = /(\/\/.*$|#.*$|\/\*[^]*?\*\/)/m;

/** @typedef {{ element?: HTMLElement, text: string }} Piece of the text; `element` is what it becomes a part of */

/** @param {Needs} needs */
export function makeSource({ view, act, listen }) {
  const { graph } = view;
  const text = html("pre", {});
  const element = html("div", { class: "hf-source", tabindex: "0", role: "region", "aria-label": "Source" }, text);

  // Spans count characters as Python does, so a character outside the Basic Multilingual Plane is one, not two. That of
  // an operator which stands in an imported module is empty.
  const characters = Array.from(graph.source.trimEnd());
  const between = (/** @type {number} */ from, /** @type {number} */ to) => characters.slice(from, to).join("");
  const spans = Object.entries(graph.ops).filter(([, { span: [from, to] }]) => from < to);
  spans.sort(([, one], [, other]) => one.span[0] - other.span[0]);
  let at = 0;
  /** @type {Piece[]} */
  const pieces = [];
  for (const [id, { span: [from, to], colour: side }] of spans) {
    if (from < at) continue;
    pieces.push(...plain(between(at, from)));
    pieces.push({ element: html("span", { class: `operator ${side}`, "data-id": id }), text: between(from, to) });
    at = to;
  }
  pieces.push(...plain(between(at, characters.length)));
  text.append(...numbered(pieces, graph.firstLine));
  const parts = [.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-id]"))];

  /** @type {(event: any) => string | null} */
  const thing = (event) => event.target.closest("[data-id]")?.dataset.id ?? null;
  listen(element, "click", (event) => {
    const id = thing(event);
    if (id) act.select(id);
  });
  listen(element, "pointerover", (event) => act.hover(thing(event)));
  listen(element, "pointerleave", () => act.hover(null));

  /** How the parts were drawn last. */
  let [last, lastLight] = ["", ""];

  function draw() {
    const { history, cursor, grain } = view;
    const record = history.record(cursor.tick);
    const names = (/** @type {Range | null} */ range) =>
      new Set(record && range && grain === "operator" ? record.steps.slice(...range).map((step) => step.op) : []);
    const [ran, next] = [names(lastStep(view)), names(nextStep(view))];
    const now = `${[...ran]}/${[...next]}`;
    if (now !== last) drawSteps(ran, next);
    last = now;
    drawLight();
  }

  /** @type {(ran: Set<string>, next: Set<string>) => void} */
  function drawSteps(ran, next) {
    for (const part of parts) {
      const id = part.dataset.id ?? "";
      part.classList.toggle("ran", ran.has(id));
      part.classList.toggle("next", next.has(id));
    }
  }

  function drawLight() {
    const lit = view.lit();
    const causes = view.selectedCauses();
    const told = [...causes].map(([id, { word, why }]) => id + word + why);
    const now = [view.selected, ...lit, "", ...told].join("/");
    if (now === lastLight) return;
    lastLight = now;
    for (const part of parts) {
      const { id = "" } = part.dataset;
      drawCause(part, causes.get(id));
      part.classList.toggle("selected", id === view.selected);
      part.classList.toggle("hot", id !== view.selected && lit.has(id));
    }
  }

  return { element, draw, drawLight };
}

/** The word behind an operator that is a cause of the level of what is selected, and its reason as the title.
 * @type {(part: HTMLElement, cause: Named | undefined) => void}
 */
function drawCause(part, cause) {
  part.classList.toggle("causing", Boolean(cause));
  if (cause) Object.assign(part.dataset, { word: cause.word });
  else delete part.dataset.word;
  put(part, "title", cause?.why ?? "");
}

/** Text between operators, its comments apart.
 * @type {(text: string) => Piece[]}
 */
function plain(text) {
  return text.split(COMMENT).filter(Boolean).map((part) => (
    COMMENT.test(part) ? { element: html("span", { class: "comment" }), text: part } : { text: part }
  ));
}

/** Lines with their numbers; an operator that spans lines is one part on each of them.
 * @type {(pieces: Piece[], first: number) => HTMLElement[]}
 */
function numbered(pieces, first) {
  /** @type {(string | Node)[][]} */
  const lines = [[]];
  for (const { element, text } of pieces) {
    text.split("\n").forEach((line, index) => {
      if (index) lines.push([]);
      if (!line) return;
      lines[lines.length - 1].push(element ? partOf(element, line, index > 0) : line);
    });
  }
  return lines.map((parts, index) => {
    const number = html("span", { class: "number", "aria-hidden": "true" }, String(index + first));
    return html("div", { class: "line" }, number, ...parts);
  });
}

/** @type {(element: HTMLElement, line: string, isAgain: boolean) => Node} */
function partOf(element, line, isAgain) {
  const part = isAgain ? element.cloneNode() : element;
  part.textContent = line;
  return part;
}
