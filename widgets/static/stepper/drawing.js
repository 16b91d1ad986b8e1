// The graph pane: the picture, its legend and its zoom, and the graph as a table.

/** @import { Named } from "./checked.js" */
/** @import { Range } from "./cursor.js" */
/** @import { Features, Mark } from "./features.js" */
/** @import { Step } from "./history.js" */
/** @import { Actions, Needs, View } from "./view.js" */

import { html, iconButton, put, svg } from "../shared/dom.js";
import { readPicture } from "../shared/picture.js";
import { letIn } from "./arrival.js";
import { NO_CAMERA, makeCamera } from "./camera.js";
import { Folding } from "./folding.js";
import { makeLids } from "./lids.js";
import { makeMinimap } from "./minimap.js";
import { lastStep, nextStep } from "./cursor.js";
import { differs, drawBox, drawCause, drawEdge, drawHandoff, drawLevel, drawMark, noParts, prepare } from "./parts.js";
import { badge, traffic } from "./rows.js";
import { makeSight } from "./sight.js";
import { makeTwin } from "./twin.js";

/** @param {Needs & { features: Features, svgText: string | null | undefined, uid: string }} needs */
export function makeDrawing({ view, act, listen, features, svgText, uid }) {
  const { graph } = view;
  const picture = readPicture(svgText, uid);
  const twin = html("div", { class: picture ? "hf-unseen hf-twin-unseen" : "hf-twin" });
  const drawTwin = makeTwin(view, twin);
  const zoomIn = iconButton("larger", "Zoom in", "Zoom in (+, or Ctrl and the wheel)", { class: "hf-iconbutton zoom" });
  const zoomOut = iconButton("smaller", "Zoom out", "Zoom out (-)", { class: "hf-iconbutton zoom" });
  const fit = iconButton("fit", "Fit", "Fit the graph (Space)");
  const foot = html("div", { class: "hf-foot" }, legend(), html("span", { class: "hf-group" }, zoomIn, zoomOut, fit));
  const element = html("div", { class: "hf-graph", role: "group", "aria-label": "Graph" }, picture, foot, twin);
  const parts = picture ? prepare(graph, picture) : noParts();
  const camera = picture ? makeCamera({ picture, boxes: parts.boxes, graph, listen }) : NO_CAMERA;
  const folding = new Folding(graph, parts.boxes);
  const lids = makeLids({ parts, folding, look: view, offset: parts.offset });
  if (picture) element.insertBefore(makeMinimap({ graph, boxes: parts.boxes, camera, listen }), foot);
  listen(zoomIn, "click", () => camera.zoomIn());
  listen(zoomOut, "click", () => camera.zoomOut());
  listen(fit, "click", () => camera.fit());
  if (picture) {
    /** @type {(event: any) => string | null} */
    const thing = (event) => {
      const id = event.target.closest?.("[data-id]")?.dataset.id;
      return graph.kind(id) ? id : null;
    };
    listen(picture, "click", (event) => {
      const box = event.target.closest?.("[data-box]")?.dataset.box;
      if (box) act.fold(box);
      else act.select(thing(event));
    });
    listen(picture, "pointerover", (event) => act.hover(thing(event)));
    listen(picture, "pointerleave", () => act.hover(null));
  }

  // The lists are made once: a draw asks each thing how it is to be, and touches those that were otherwise.
  const [boxes, ops] = [Object.keys(parts.titles), Object.keys(graph.ops).filter((id) => parts.things[id])];
  const named = (/** @type {Record<string, object>} */ things) =>
    Object.keys(things).filter((id) => parts.things[id]).map((id) => ({ id, ends: graph.endNames(id) }));
  const [edges, handoffs] = [named(graph.edges), named(graph.handoffs)];
  const marked = features.marking.length ? Object.keys(parts.places) : [];

  /** What the features say, asked once a draw.
   * @type {Map<string, Mark | null>}
   */
  let marks = new Map();

  // What is out of sight is neither asked nor touched before it comes into sight.
  const sight = makeSight({ boxes: parts.boxes, camera });
  /** @type {Set<string>} */
  let hidden = new Set();
  let isDrawn = false;
  let hasArrived = false;
  camera.follow(() => {
    if (!hasArrived) {
      hasArrived = true;
      const inSight = sight.look();
      const others = Object.keys(parts.things).filter((id) => graph.kind(id) && !inSight(id));
      letIn(others.flatMap((id) => [parts.things[id], ...(parts.badges[id] ? [parts.badges[id]] : [])]));
    }
    if (isDrawn && sight.hasMore()) drawThings();
  });

  function draw() {
    isDrawn = true;
    hidden = lids.draw();
    drawThings();
    drawLight();
    drawTwin();
  }

  function drawThings() {
    const inSight = sight.look();
    const seen = (/** @type {string} */ id) => inSight(id) && !hidden.has(id);
    const { ran, next } = stepsOf(view);
    const asked = marked.filter(seen);
    marks = new Map(asked.map((id) => [id, features.mark(id)]));
    for (const id of boxes.filter(seen)) {
      drawBox(parts, id, ran.has(id), next.has(id), features.mark(id)?.sign !== undefined);
    }
    const causes = view.selectedCauses();
    for (const id of ops) {
      if (seen(id)) drawOperator(id, { ran: ran.has(id), next: next.has(id), cause: causes.get(id) });
    }
    for (const { id, ends } of edges) {
      if (!seen(id)) continue;
      const { now, count, carried } = badge(view, id);
      const level = view.checked?.level(id) ?? "";
      drawEdge(parts, id, { ends, now, count, carried, level, words: marks.get(id)?.words ?? "" });
      drawLevel(parts, id, view.checked && { word: view.checked.word(id), level });
    }
    for (const { id, ends } of handoffs) if (seen(id)) drawHandoff(parts, id, ends, badge(view, id).count);
    for (const id of asked) drawMark(parts, id, marks.get(id) ?? null);
    if (marked.length) for (const id of hidden) if (parts.places[id]) drawMark(parts, id, null);
  }

  /** @type {(id: string, marks: { ran: boolean, next: boolean, cause: Named | undefined }) => void} */
  function drawOperator(id, { ran, next, cause }) {
    const { took, gave, over } = traffic(view, id);
    const words = [`${took} in`, `${gave} out`, over ? `${over} carried over` : null];
    words.push(ran ? "ran last" : null, next ? "runs next" : null);
    const level = view.checked?.level(id);
    words.push(level ? `in every run: ${level}` : null, cause ? `${cause.word}: ${cause.why}` : null);
    words.push(marks.get(id)?.words ?? null);
    const described = words.filter(Boolean).join(", ");
    if (!differs(parts, id, described)) return;
    const thing = parts.things[id];
    thing.classList.toggle("ran", ran);
    thing.classList.toggle("next", next);
    thing.setAttribute("aria-description", described);
  }

  /** What is lit, by id.
   * @type {Map<string, "selected" | "hot">}
   */
  let lit = new Map();
  /** @type {Set<string>} */
  let causing = new Set();

  function drawLight() {
    /** @type {typeof lit} */
    const now = new Map();
    for (const id of view.lit()) if (id && parts.things[id]) now.set(id, "hot");
    if (view.selected && parts.things[view.selected]) now.set(view.selected, "selected");
    for (const id of new Set([...lit.keys(), ...now.keys()])) {
      if (lit.get(id) === now.get(id)) continue;
      const thing = parts.things[id];
      thing.classList.toggle("selected", now.get(id) === "selected");
      thing.classList.toggle("hot", now.get(id) === "hot");
      if (graph.kind(id)) put(thing, "aria-pressed", String(now.get(id) === "selected"));
    }
    lit = now;
    const causes = view.selectedCauses();
    for (const id of new Set([...causing, ...causes.keys()])) {
      if (parts.causes[id]) drawCause(parts, id, causes.get(id)?.word ?? "");
    }
    causing = new Set(causes.keys());
  }

  /** Fold a box or unfold it: one that is given, or the smallest around a thing (of a kind); or all of a kind.
   * @type {Actions["fold"]}
   */
  function fold(id, kind) {
    if (id === "stratum" || id === "module") return folding.toggleAll(id);
    const isMeant = (/** @type {string} */ one) => one.startsWith(kind ?? "");
    const box = folding.boxes.includes(id) && isMeant(id) ? id : folding.around(id).find(isMeant);
    if (box !== id && box) foldedAt.set(box, id);
    if (box) folding.toggle(box);
    return undefined;
  }

  /** From where a box was folded by key, which has the focus again when it is unfolded.
   * @type {Map<string, string>}
   */
  const foldedAt = new Map();

  // A thing that is selected is seen.
  const unfold = (/** @type {string | null} */ id) => id !== null && folding.reveal(id);
  /** The lid of a box that was folded takes the focus of what it hides; false where there is nothing to take it.
   * @type {(id: string) => boolean}
   */
  function focusLid(id) {
    const box = [id, ...folding.around(id)].filter((one) => folding.folded.has(one)).pop();
    const at = foldedAt.get(id) ?? id;
    if (box) lids.focus(box);
    else focus(at);
    return Boolean(box ?? parts.things[at]);
  }

  const focus = (/** @type {string} */ id) => parts.things[id]?.focus({ preventScroll: true });
  return { element, draw, drawLight, camera, focus, fold, focusLid, unfold };
}

/** What carries the mark "ran" and "next" at this grain: nodes by operator, boxes by subgraph or stratum, inputs by
 * tick.
 * @type {(view: View) => { ran: Set<string>, next: Set<string> }}
 */
function stepsOf(view) {
  const { graph, history, cursor, grain, state } = view;
  const record = history.record(cursor.tick);
  /** @type {(step: Step) => string} */
  const name = (step) => ({
    tick: "",
    stratum: `stratum-${step.stratum}`,
    iteration: step.loop ?? step.sg,
    subgraph: step.sg,
    operator: step.op,
  })[grain];
  const names = (/** @type {Range | null} */ range) =>
    new Set(record && range && grain !== "tick" ? record.steps.slice(...range).map(name) : []);
  const ran = names(lastStep(view));
  const next = names(nextStep(view));
  if (view.isNewest) {
    for (const [input, op] of Object.entries(graph.inputs)) if (state?.waiting[input]?.count) next.add(op);
    if (grain !== "tick" && record && !record.complete && !record.fault) next.add(`stratum-${record.strata_done}`);
  }
  return { ran, next };
}

function legend() {
  /** @type {(name: string, shape: Element, isOptional?: boolean) => Element} */
  const key = (name, shape, isOptional = false) =>
    html("span", { class: `hf-key ${name}${isOptional ? " optional" : ""}` },
      svg("svg", { "aria-hidden": "true" }, shape), name.replace("-", " "));
  const node = (/** @type {string} */ name) => svg("rect", { class: name, x: 1, y: 1, width: 13, height: 10, rx: 3 });
  const place = { transform: "translate(8 6)" };
  const count = (/** @type {string} */ name, text = "3") => svg("g", { class: `badge ${name}`, ...place },
    svg("rect", { x: -8, y: -6, width: 16, height: 12, rx: 6 }), svg("text", { y: 3.6 }, text));
  const nodes = ["pull", "push", "handoff", "ran", "next"].map((name) => key(name, node(name)));
  const counts = [key("this-step", count("ran"), true), key("earlier", count(""), true),
    key("carried-over", count("", "(3)"), true)];
  return html("div", { class: "hf-legend" }, ...nodes, ...counts);
}
