// The text of the cell, with every operator a part that can be pointed at.

import { html } from "../shared/dom.js";
import { lastStep, nextStep } from "./cursor.js";

const COMMENT = /(\/\/.*$|#.*$|\/\*[^]*?\*\/)/m;

export function makeSource(view) {
  const { graph } = view;
  const text = html("pre", {});
  const element = html("div", { class: "hf-source", tabindex: "-1", role: "region", "aria-label": "Source" }, text);

  // Spans count characters as Python does, so a character outside the Basic Multilingual Plane is one, not two. That of an
  // operator which stands in an imported module is empty.
  const characters = Array.from(graph.source.trimEnd());
  const between = (from, to) => characters.slice(from, to).join("");
  const spans = Object.entries(graph.ops).filter(([, { span }]) => span?.[0] < span?.[1]).sort(([, one], [, other]) => one.span[0] - other.span[0]);
  let at = 0;
  const pieces = [];
  for (const [id, { span: [from, to], colour }] of spans) {
    if (from < at) continue;
    pieces.push(...plain(between(at, from)));
    pieces.push({ element: html("span", { class: `operator ${colour}`, "data-id": id }), text: between(from, to) });
    at = to;
  }
  pieces.push(...plain(between(at, characters.length)));
  text.append(...numbered(pieces, graph.firstLine));
  const parts = [...element.querySelectorAll("[data-id]")];

  const thing = (event) => event.target.closest("[data-id]")?.dataset.id ?? null;
  view.listen(element, "click", (event) => {
    if (thing(event)) view.act.select(thing(event));
  });
  view.listen(element, "pointerover", (event) => view.act.hover(thing(event)));
  view.listen(element, "pointerleave", () => view.act.hover(null));

  function draw() {
    const { history, cursor, grain } = view;
    const record = history.record(cursor.tick);
    const names = (range) => new Set(record && range && grain === "operator" ? record.steps.slice(...range).map((step) => step.op) : []);
    const [ran, next] = [names(lastStep(history, cursor, grain)), names(nextStep(history, cursor, grain))];
    for (const part of parts) {
      part.classList.toggle("ran", ran.has(part.dataset.id));
      part.classList.toggle("next", next.has(part.dataset.id));
    }
    drawLight();
  }

  function drawLight() {
    const ends = new Set(view.selected && graph.kind(view.selected) !== "operator" ? graph.ends(view.selected) : []);
    for (const part of parts) {
      const id = part.dataset.id;
      part.classList.toggle("selected", id === view.selected);
      part.classList.toggle("hot", id !== view.selected && (id === view.hot || ends.has(id)));
    }
  }

  return { element, draw, drawLight };
}

function plain(text) {
  return text.split(COMMENT).filter(Boolean).map((part) => (COMMENT.test(part) ? { element: html("span", { class: "comment" }), text: part } : { text: part }));
}

// Lines with their numbers; an operator that spans lines is one part on each of them.
function numbered(pieces, first) {
  const lines = [[]];
  for (const { element, text } of pieces) {
    text.split("\n").forEach((line, index) => {
      if (index) lines.push([]);
      if (!line) return;
      if (!element) lines.at(-1).push(line);
      else {
        const part = index ? element.cloneNode() : element;
        part.textContent = line;
        lines.at(-1).push(part);
      }
    });
  }
  return lines.map((parts, index) => html("div", { class: "line" }, html("span", { class: "number", "aria-hidden": "true" }, String(index + first)), ...parts));
}
