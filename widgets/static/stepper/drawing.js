// The graph pane. Geometry is settled once, when the picture comes in; afterwards only classes, counts and names change.

import { html, iconButton, svg } from "../shared/dom.js";
import { OUTLINE, boxOf, readPicture } from "../shared/picture.js";
import { compact, ellipsis, plural } from "../shared/text.js";
import { lastStep, nextStep } from "./cursor.js";
import { stratumName, subgraphName } from "./graph.js";
import { badge, intake } from "./rows.js";

const LARGEST = 1.3; // a small graph is not blown up to the width of the pane
const SMALLEST = 11; // pixels of the letters in which a large graph is shown at first
const MARGIN = 20; // units of the picture around what is moved into sight

export function makeDrawing(view) {
  const { graph } = view;
  const picture = readPicture(view.svgText, view.uid);
  const twin = html("div", { class: picture ? "hf-unseen" : "hf-twin" });
  const zoomIn = iconButton("larger", "Zoom in", "Zoom in (+, or Ctrl and the wheel)");
  const zoomOut = iconButton("smaller", "Zoom out", "Zoom out (-)");
  const fit = iconButton("fit", "Fit", "Fit the graph (Space)");
  const foot = html("div", { class: "hf-foot" }, legend(), html("span", { class: "hf-group" }, zoomIn, zoomOut, fit));
  const element = html("div", { class: "hf-graph", role: "group", "aria-label": "Graph" }, picture, foot, twin);
  const parts = picture ? prepare(graph, picture) : { things: {}, badges: {}, legends: {}, held: {} };
  const camera = picture ? makeCamera(view, picture, parts.things) : { arrive() {}, fit() {}, zoom() {}, reveal() {}, natural: [0, 0], least: 1 };
  view.listen(zoomIn, "click", () => camera.zoom(0.8));
  view.listen(zoomOut, "click", () => camera.zoom(1.25));
  view.listen(fit, "click", () => camera.fit());
  if (picture) {
    const thing = (event) => event.target.closest?.("[data-id]")?.dataset.id;
    view.listen(picture, "click", (event) => {
      const id = thing(event);
      view.act.select(graph.kind(id) ? id : null);
    });
    view.listen(picture, "pointerover", (event) => view.act.hover(graph.kind(thing(event)) ? thing(event) : null));
    view.listen(picture, "pointerleave", () => view.act.hover(null));
  }

  function draw() {
    const { history, cursor, grain } = view;
    const marks = marked(view);
    for (const [id, box] of Object.entries(parts.legends)) drawLegend(parts.things[id], box, marks.ran.has(id), marks.next.has(id));
    for (const id of Object.keys(graph.ops)) drawOperator(id, marks);
    for (const id of Object.keys(graph.edges)) {
      const { now, count } = badge(graph, history, cursor, grain, id);
      drawEdge(id, now, count);
    }
    for (const id of Object.keys(graph.handoffs)) drawHandoff(id, badge(graph, history, cursor, grain, id).count);
    drawLight();
    drawTwin(twin, view);
  }

  function drawOperator(id, marks) {
    const thing = parts.things[id];
    if (!thing) return;
    const { history, cursor, grain } = view;
    const sum = (edges, range) => edges.reduce((total, edge) => total + history.moved(cursor.tick, edge, ...range), 0);
    const took = sum(graph.into(id), intake(graph, history, cursor, grain, id));
    const gave = sum(graph.outOf(id), lastStep(history, cursor, grain));
    thing.classList.toggle("ran", marks.ran.has(id));
    thing.classList.toggle("next", marks.next.has(id));
    thing.setAttribute("aria-description", `${took} in, ${gave} out${marks.ran.has(id) ? ", ran last" : ""}${marks.next.has(id) ? ", runs next" : ""}`);
  }

  function drawEdge(id, now, count) {
    const thing = parts.things[id];
    if (!thing) return;
    const [from, to] = graph.endNames(id);
    thing.classList.toggle("ran", now > 0);
    thing.classList.toggle("carried", count > 0);
    thing.setAttribute("aria-label", `${from} to ${to}, ${plural(count, "item")}`);
    const [plate, words] = parts.badges[id].children;
    const text = compact(count);
    const width = Math.max(16, 8 + text.length * 6.4);
    parts.badges[id].classList.toggle("ran", now > 0);
    parts.badges[id].classList.toggle("empty", count === 0);
    plate.setAttribute("x", -width / 2);
    plate.setAttribute("width", width);
    words.textContent = count ? text : "";
  }

  function drawHandoff(id, count) {
    const thing = parts.things[id];
    if (!thing) return;
    const [from, to] = graph.endNames(id);
    thing.setAttribute("aria-label", `${from} to ${to}, ${plural(count, "item")}`);
    thing.classList.toggle("empty", count === 0);
    parts.held[id].textContent = count ? compact(count) : "·";
  }

  function drawLight() {
    const ends = new Set(view.selected && graph.kind(view.selected) !== "operator" ? graph.ends(view.selected) : []);
    for (const [id, thing] of Object.entries(parts.things)) {
      thing.classList.toggle("selected", id === view.selected);
      thing.classList.toggle("hot", id !== view.selected && (id === view.hot || ends.has(id)));
      if (graph.kind(id)) thing.setAttribute("aria-pressed", String(id === view.selected));
    }
  }

  return { element, draw, drawLight, camera, picture, focus: (id) => parts.things[id]?.focus({ preventScroll: true }) };
}

// What carries the mark "ran" and "next" at this grain: nodes by operator, boxes by subgraph or stratum, inputs by tick.
function marked(view) {
  const { graph, history, cursor, grain } = view;
  const record = history.record(cursor.tick);
  const name = (step) => ({ operator: step.op, subgraph: step.sg, iteration: step.loop ?? step.sg, stratum: `stratum-${step.stratum}` })[grain];
  const names = (range) => new Set(record && range && grain !== "tick" ? record.steps.slice(...range).map(name) : []);
  const ran = names(lastStep(history, cursor, grain));
  const next = names(nextStep(history, cursor, grain));
  if (view.atNewest()) {
    for (const [input, op] of Object.entries(graph.inputs)) if (view.state?.waiting[input]?.count) next.add(op);
    if (grain !== "tick" && record && !record.complete && !record.fault) next.add(`stratum-${record.strata_done}`);
  }
  return { ran, next };
}

// The picture comes with every place settled: legends, ports, words, and where each badge goes. What is added here has its
// final size from the beginning.
function prepare(graph, picture) {
  picture.classList.add("hf-picture");
  picture.setAttribute("preserveAspectRatio", "xMidYMin meet");
  picture.querySelector(":scope > .background")?.remove();
  const sheet = picture.querySelector(":scope > g") ?? picture;
  const parts = { things: {}, badges: {}, legends: {}, held: {} };
  for (const thing of picture.querySelectorAll("[data-id]")) {
    const id = thing.dataset.id;
    if (graph.kind(id) || /^(sg|stratum|loop)-\d+$/.test(id)) parts.things[id] = thing;
  }
  for (const [id, thing] of Object.entries(parts.things)) {
    if (graph.kind(id) === "edge") parts.badges[id] = prepareEdge(thing);
    else if (graph.kind(id) === "read") prepareRead(graph, id, thing);
    else if (!graph.kind(id)) parts.legends[id] = prepareBox(graph, id, thing);
  }
  for (const id of graph.walk().filter((node) => parts.things[node])) {
    prepareNode(graph, id, parts);
    sheet.append(parts.things[id]); // Tab then goes along the edges
  }
  sheet.append(...Object.values(parts.badges));
  return parts;
}

function prepareLine(thing) {
  const wire = thing.querySelector("path");
  const d = wire.getAttribute("d");
  wire.classList.add("wire");
  thing.prepend(svg("path", { class: "halo", d }));
  thing.append(svg("path", { class: "hit", d }));
  thing.setAttribute("tabindex", "-1");
  thing.setAttribute("role", "button");
}

function prepareRead(graph, id, thing) {
  prepareLine(thing);
  thing.setAttribute("aria-label", graph.sentence(id));
}

function prepareEdge(thing) {
  prepareLine(thing);
  return svg("g", { class: "badge", transform: `translate(${thing.dataset.badge})` },
    svg("rect", { y: -7, height: 14, rx: 7 }), svg("text", { y: 3.6 }));
}

function prepareNode(graph, id, { things, held }) {
  const thing = things[id];
  const [x, y, width, height] = boxOf(thing.querySelector(OUTLINE));
  const frame = (by, name) => svg("rect", { class: name, x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by, rx: 7 + by });
  thing.append(frame(2, "halo"), frame(3.5, "ring"));
  thing.setAttribute("tabindex", "0");
  thing.setAttribute("role", "button");
  if (id in graph.handoffs) {
    held[id] = svg("text", { x: x + width / 2, y: y + height / 2 + 4, "text-anchor": "middle" });
    thing.append(held[id]);
  } else {
    thing.setAttribute("aria-label", graph.ops[id].text);
    thing.append(svg("title", {}, ellipsis(graph.ops[id].text, 400)));
  }
}

// The legend of a box stays where it stands and grows away from the nearer corner when a mark is added.
function prepareBox(graph, id, thing) {
  const [x, y, width, height] = boxOf(thing.querySelector(OUTLINE));
  const words = thing.querySelector("text");
  const name = id in graph.loops ? words?.textContent : id.startsWith("sg") ? subgraphName(id) : stratumName(id);
  const plate = thing.querySelector(".plate");
  thing.append(svg("rect", { class: "ring", x: x + 3.5, y: y + 3.5, width: width - 7, height: height - 7, rx: 6 }));
  if (!words || !plate) return null;
  const [left, top, across, down] = boxOf(plate);
  const toLeft = left + across / 2 > x + width / 2;
  const backing = svg("rect", { class: "plate", y: top, height: down, rx: 3 });
  plate.remove();
  words.setAttribute("text-anchor", toLeft ? "end" : "start");
  words.setAttribute("x", toLeft ? left + across - 4 : left + 4);
  thing.append(backing, words);
  return { backing, words, name, left, across, toLeft };
}

function drawLegend(thing, legend, ran, next) {
  thing.classList.toggle("ran", ran);
  thing.classList.toggle("next", next);
  if (!legend) return;
  const { backing, words, name, left, across, toLeft } = legend;
  const mark = [ran ? "ran" : null, next ? "next" : null].filter(Boolean).join(", ");
  const width = across + (mark ? (mark.length + 3) * 5.9 : 0);
  words.replaceChildren(name, ...(mark ? [svg("tspan", {}, ` · ${mark}`)] : []));
  backing.setAttribute("x", toLeft ? left + across - width : left);
  backing.setAttribute("width", width);
}

// Looking at a part of the picture. The wheel scrolls the notebook; it zooms with Ctrl, or after a click into the picture.
// A picture whose text would be too small as a whole is shown in part at first, from its first source on.
function makeCamera(view, picture, things) {
  const whole = picture.getAttribute("viewBox").split(/[\s,]+/).map(Number);
  const letters = Number(picture.querySelector(".node text")?.getAttribute("font-size") ?? SMALLEST);
  let box = [...whole];
  let chosen = false; // what is shown was chosen by the reader
  let entered = false;
  let drag = null;
  picture.style.setProperty("--hf-natural-width", `${Math.round(whole[2] * LARGEST)}px`);
  const partial = () => box[2] < whole[2] - 0.5 || box[3] < whole[3] - 0.5;
  const show = () => {
    picture.setAttribute("viewBox", box.map((number) => Number(number.toFixed(2))).join(" "));
    picture.classList.toggle("partial", partial());
  };
  const fit = () => {
    chosen = true;
    box = [...whole];
    show();
  };
  const zoom = (factor, x = 0.5, y = 0.5) => {
    chosen = true;
    const [width, height] = [box[2] * factor, box[3] * factor];
    if (width >= whole[2] && height >= whole[3]) return fit();
    if (width < whole[2] / 8 && height < whole[3] / 8) return undefined;
    box = [box[0] + (box[2] - width) * x, box[1] + (box[3] - height) * y, width, height];
    return show();
  };
  // Units of the picture a pixel: it is as large as both sides of its frame allow, in the middle across and at the top.
  const scale = (frame) => Math.max(box[2] / frame.width, box[3] / frame.height);
  const frameOf = () => {
    const { width, height } = picture.getBoundingClientRect();
    const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(picture);
    const [across, down] = [paddingLeft, paddingRight, paddingTop, paddingBottom].map(parseFloat).reduce(([a, d], size, index) => (index < 2 ? [a + size, d] : [a, d + size]), [0, 0]);
    return { width: width - across, height: height - down };
  };
  const boxOnSheet = (thing) => {
    const back = picture.getScreenCTM().inverse();
    const { left, top, right, bottom } = thing.getBoundingClientRect();
    const [from, to] = [new DOMPoint(left, top), new DOMPoint(right, bottom)].map((point) => point.matrixTransform(back));
    return [from.x, from.y, to.x - from.x, to.y - from.y];
  };
  // The frame's part of the picture that begins at most so far from an edge that nothing beside the picture is in it.
  const within = (from, size, length) => Math.max(0, Math.min(from, length - size));

  function arrive() {
    const frame = frameOf();
    if (chosen || !(frame.width > 0 && frame.height > 0)) return;
    box = [...whole];
    const largest = letters / SMALLEST; // units a pixel
    if (scale(frame) > largest) {
      picture.setAttribute("viewBox", whole.join(" "));
      const [width, height] = [Math.min(whole[2], frame.width * largest), Math.min(whole[3], frame.height * largest)];
      const [x, y] = firstSource();
      box = [within(x - width / 2, width, whole[2]), within(y - height / 4, height, whole[3]), width, height];
    }
    show();
  }

  // The middle of the source that stands highest, of several the one most to the left.
  function firstSource() {
    const { graph } = view;
    const sources = Object.keys(graph.ops).filter((id) => things[id] && !graph.into(id).length);
    const places = sources.map((id) => boxOnSheet(things[id])).sort(([x, y], [u, v]) => (Math.abs(y - v) > 1 ? y - v : x - u));
    const [x, y, width, height] = places[0] ?? [0, 0, 0, 0];
    return [x + width / 2, y + height / 2];
  }

  // Moves what is shown just so far that a node is in it.
  function reveal(id) {
    if (!partial() || !things[id] || !picture.clientWidth) return;
    const [x, y, width, height] = boxOnSheet(things[id]);
    const moved = (from, size, start, length) => (start < from ? start - MARGIN : start + length > from + size ? start + length + MARGIN - size : from);
    const [left, top] = [moved(box[0], box[2], x, width), moved(box[1], box[3], y, height)];
    if (left === box[0] && top === box[1]) return;
    box = [left, top, box[2], box[3]];
    show();
  }

  view.listen(picture, "click", () => { entered = true; });
  view.listen(picture, "pointerleave", () => { entered = false; });
  view.listen(picture, "focusin", (event) => reveal(event.target.dataset?.id));
  view.listen(picture, "wheel", (event) => {
    if (!event.ctrlKey && !entered) return;
    event.preventDefault();
    const frame = picture.getBoundingClientRect();
    const [across, down] = [event.clientX - frame.x - frame.width / 2, event.clientY - frame.y];
    zoom(event.deltaY > 0 ? 1.12 : 0.89, 0.5 + (across * scale(frame)) / box[2], (down * scale(frame)) / box[3]);
  }, { passive: false });
  view.listen(picture, "pointerdown", (event) => {
    if (!partial() || event.target.closest(".node, .edge, .read")) return;
    drag = { x: event.clientX, y: event.clientY, box: [...box] };
    picture.setPointerCapture(event.pointerId);
  });
  view.listen(picture, "pointermove", (event) => {
    if (!drag) return;
    const units = scale(picture.getBoundingClientRect());
    chosen = true;
    box = [drag.box[0] - (event.clientX - drag.x) * units, drag.box[1] - (event.clientY - drag.y) * units, box[2], box[3]];
    show();
  });
  for (const type of ["pointerup", "pointercancel"]) view.listen(picture, type, () => { drag = null; });
  return { arrive, fit, zoom, reveal, natural: [whole[2] * LARGEST, whole[3] * LARGEST], least: SMALLEST / letters / LARGEST };
}

function legend() {
  const key = (name, ...shapes) => html("span", { class: `hf-key ${name}` }, svg("svg", { "aria-hidden": "true" }, ...shapes), name.split(" ")[0].replace("-", " "));
  const node = (name) => svg("rect", { class: name, x: 1, y: 1, width: 13, height: 10, rx: 3 });
  const count = (name) => svg("g", { class: `badge ${name}`, transform: "translate(8 6)" }, svg("rect", { x: -8, y: -6, width: 16, height: 12, rx: 6 }), svg("text", { y: 3.6 }, "3"));
  return html("div", { class: "hf-legend" },
    key("pull", node("pull")), key("push", node("push")), key("handoff", node("handoff")),
    key("ran", node("ran")), key("next", node("next")), key("this-step optional", count("ran")), key("earlier optional", count("")));
}

// The graph as a table, for a reader who does not see the picture (and for everybody where there is none).
function drawTwin(twin, view) {
  const { graph, history, cursor, grain } = view;
  const row = (cell, ...texts) => html("tr", {}, ...texts.map((text) => html(cell, {}, String(text))));
  const reading = Object.keys(graph.reads).length > 0;
  const lines = Object.keys(graph.ops).map((id) => {
    const outs = graph.outOf(id);
    const gave = outs.reduce((total, edge) => total + history.moved(cursor.tick, edge, ...lastStep(history, cursor, grain)), 0);
    const followers = outs.map((edge) => graph.ops[graph.target(edge)]?.name).join(", ");
    const read = reading ? [graph.readBy(id).map((one) => graph.sentence(one)).join(", ")] : [];
    return row("td", ellipsis(graph.ops[id].text, 120), graph.ops[id].sg.replace("sg-", ""), graph.stratum(id), followers, gave, ...read);
  });
  twin.replaceChildren(html("table", {}, html("caption", {}, "The graph as a table"),
    html("thead", {}, row("th", "operator", "subgraph", "stratum", "to", "items this step", ...(reading ? ["states"] : []))), html("tbody", {}, ...lines)));
}
