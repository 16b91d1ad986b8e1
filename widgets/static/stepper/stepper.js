// The stepper: mount(el, data, kernel?) -> cleanup. The notebook's widget and a saved page call the same function.
//
// `data` is a recording in its JSON form: {graph, svg, ticks, dropped, waiting}. `kernel`, where there is one, is what
// connect() gives: call(kind, content) -> promise, subscribe(listener) -> unsubscribe, busy(), interrupt().

/** @import { Kernel, Model } from "../shared/connection.js" */
/** @import { Place } from "./cursor.js" */
/** @import { Feature, FeatureNeeds, Recording } from "./features.js" */
/** @import { Tick } from "./history.js" */
/** @import { Actions, Listen } from "./view.js" */

import { connect } from "../shared/connection.js";
import { html } from "../shared/dom.js";
import { hideStill } from "../shared/still.js";
import { START, back, endOf, forward, newest } from "./cursor.js";
import { lookedAt, ticksOf } from "./branches.js";
import { makeDrawing } from "./drawing.js";
import { Features } from "./features.js";
import { makeFind } from "./find.js";
import { makeFitting } from "./fitting.js";
import { Graph } from "./graph.js";
import { History } from "./history.js";
import { makeInject } from "./inject.js";
import { Items } from "./items.js";
import { bindKeys } from "./keys.js";
import { makeLevels } from "./levels.js";
import { Loading } from "./loading.js";
import { makeMetric } from "./metricbar.js";
import { makeNodes } from "./nodes.js";
import { makePainting } from "./painting.js";
import { Presses } from "./presses.js";
import { makeRunning } from "./running.js";
import { makeSame } from "./same.js";
import { makeShare } from "./share.js";
import { makeSource } from "./sourcepane.js";
import { makeState } from "./statetab.js";
import { makeTables } from "./tables.js";
import { makeTimeline } from "./timeline.js";
import { makeStatus, makeToolbar } from "./toolbar.js";
import { makeTravel } from "./travel.js";
import { View } from "./view.js";
import { makeWhy } from "./whytab.js";
import { makeWritten } from "./written.js";

const SILENCE = 4000; // ms without an answer to the first call: there is no kernel

/** What is added to the stepper: a line a feature.
 * @type {((needs: FeatureNeeds) => Feature)[]}
 */
const FEATURES = [
  (needs) => makeNodes({ ...needs, mount }),
  makeTravel,
  makeState,
  makeMetric,
  makeShare,
  makeWhy,
  makeWritten,
];

/** Show the stepper in an element; the function that is given back takes it away.
 * @type {(el: Element, data: Recording, kernel?: Kernel | null, makers?: typeof FEATURES) => () => void}
 */
export function mount(el, data, kernel = null, makers = FEATURES) {
  const ending = new AbortController();
  const graph = new Graph(data.graph);
  const history = new History(kernel ? undefined : { records: Infinity, summaries: Infinity });
  const view = new View(graph, history, kernel !== null, data.cannot);
  const uid = `hf${Math.random().toString(36).slice(2, 8)}`;
  const label = `Stepper of ${graph.name}`;
  const root = html("div", { class: "hf hf-stepper", tabindex: "0", role: "region", "aria-label": label });
  const items = new Items(history, kernel, () => tables.drawTable());
  /** @type {Listen} */
  function listen(target, type, listener, options = {}) {
    target.addEventListener(type, listener, { ...options, signal: ending.signal });
  }

  const loading = new Loading(view, kernel);
  const { draw, drawAtOnce, nextFrame } = makePainting({ paint, signal: ending.signal });

  // Draws the place of the cursor, now with what is known, and again when its records have come.
  function display(isNews = false) {
    if (isNews) draw();
    else drawAtOnce();
    loading.forPlace(draw, (problem) => act.say(problem.message));
  }

  // ---- what a reader can do

  /** One step, or one step back; false where another of that kind cannot follow.
   * @type {(move: string) => Promise<boolean>}
   */
  async function take(move) {
    if (move === "step" && view.running && view.isNewest) return false;
    await loading.forMove();
    const place = move === "step" ? forward(view) : back(view);
    if (place) settle(place);
    else if (move !== "step" || !view.isReady) return false;
    else if (!(await running.demand("step", { grain: view.grain }))) return false;
    await nextFrame();
    return true;
  }

  const presses = new Presses(take);

  /** @type {(move: string, isHeld?: boolean) => void} */
  function press(move, isHeld) {
    presses.press(move, isHeld);
    if (presses.waiting.length) draw();
  }

  /** @type {(cursor: Place) => void} */
  function settle(cursor) {
    view.cursor = cursor;
    view.note = "";
    view.problem = null;
    display();
  }

  /** @type {(cursor: Place) => void} */
  function jump(cursor) {
    presses.clear();
    settle(cursor);
  }

  /** @type {Actions} */
  const act = {
    show: jump,
    toStart: () => jump(START),
    showNewest: () => jump(newest(history)),
    showBranch(name) {
      const { branches = [], ticks = [] } = data;
      view.time = { ...view.time, branches: lookedAt(branches, name) };
      accept(ticksOf(branches, name, ticks));
      jump(newest(history));
    },
    back: (isHeld) => press("back", isHeld),
    step: (isHeld) => press("step", isHeld),
    run() {
      presses.clear();
      if (view.isReady) running.demand("run");
    },
    runLive() {
      if (view.isReady && Object.keys(graph.inputs).length) running.demand("start");
    },
    record() {
      kernel?.call("record").catch((problem) => act.say(problem.message));
    },
    stop() {
      presses.clear();
      running.stop();
    },
    setGrain(grain) {
      view.grain = grain;
      view.note = `step by ${grain}:`;
      display();
    },
    say(note) {
      view.note = note;
      drawAtOnce();
    },
    select(id, keep = false) {
      view.select(id, keep);
      drawing.unfold(view.selected);
      drawing.camera.reveal(view.selected);
      drawAtOnce();
    },
    fold(id, kind) {
      const isInside = drawing.element.contains(document.activeElement);
      drawing.fold(id, kind);
      drawAtOnce();
      // What had the focus may be hidden now.
      if (isInside) drawing.focusLid(id) || root.focus({ preventScroll: true });
    },
    hover(id) {
      if (id === view.hot) return;
      view.hot = id;
      drawLight();
    },
    light(ids) {
      view.written = ids;
      drawLight();
    },
    pin() {
      view.tabs.togglePin();
      drawAtOnce();
    },
    openTab(id) {
      view.tabs.active = id;
      const thing = features.tab(id) ? features.tab(id)?.thing : id;
      if (graph.kind(thing)) view.selected = thing ?? null;
      drawAtOnce();
    },
    showTab(id) {
      view.tabs.show(id);
      drawAtOnce();
    },
    redraw: draw,
    closeTab(id) {
      view.tabs.close(id);
      if (view.selected === id) view.selected = null;
      drawAtOnce();
    },
    toggleSource() {
      const isHidden = !source.element.hidden;
      source.element.hidden = isHidden;
      toolbar.buttons.source.setAttribute("aria-pressed", String(!isHidden));
    },
    toggleCheck: () => levels.toggle(),
    checkIn: (surroundings) => levels.check(surroundings),
  };

  function forget() {
    history.clear();
    items.clear();
  }

  const levels = makeLevels({ view, kernel, draw, say: act.say });
  const running = makeRunning({
    view, kernel, loading, signal: ending.signal, draw, display, forget, accepted: lead,
  });

  // To where the reader is to begin, once that is known.
  function lead() {
    const { at } = data;
    if (!at || view.led || !history.has(at.tick)) return;
    view.led = at;
    view.cursor = endOf(history, at.tick);
    view.note = at.note ?? "";
    if (at.edge && graph.kind(at.edge)) view.select(at.edge, true);
    if (at.tab) view.tabs.show(at.tab);
  }

  // ---- the page

  const needs = { view, act, listen };
  const features = new Features(makers.map((make) => make({ ...needs, kernel, data, root })));
  view.tabs.beside = (id) => features.beside(id);
  const same = makeSame(needs);
  const find = makeFind({ ...needs, root });
  const toolbar = makeToolbar({ ...needs, root, features, same: same.element, find: find.button });
  const drawing = makeDrawing({ ...needs, features, svgText: data.svg, uid });
  const source = makeSource(needs);
  const tables = makeTables({ ...needs, items, features, uid });
  const inject = makeInject({ ...needs, kernel });
  const timeline = makeTimeline({ ...needs, root, loadSummaries: (from, to) => loading.summaries(from, to) });
  const bottom = makeStatus(needs);

  function drawLight() {
    drawing.drawLight();
    source.drawLight();
  }

  // The timeline asks the page for sizes, so it comes before what would make the page work them out anew.
  function paint() {
    view.waiting = presses.waiting.length;
    view.tabs.settle();
    for (const pane of [features, timeline, toolbar, same, drawing, source, tables, inject, bottom]) pane.draw();
    root.classList.toggle("closed", Boolean(view.state?.closed));
  }

  const side = html("div", { class: "hf-side" }, source.element, tables.element);
  const panes = html("div", { class: "hf-panes", role: "group", "aria-label": "More" }, ...features.panes);
  const middle = html("div", { class: "hf-middle" }, drawing.element, side, panes, inject.element, bottom.fault,
    timeline.element);
  root.append(toolbar.element, middle, bottom.element, toolbar.help, find.element);
  bindKeys({
    ...needs, signal: ending.signal, root, features, panes: { find, toolbar, drawing, tables, inject, timeline },
  });
  listen(root, "click", (event) => {
    if (!event.target.closest(".hf-keys, [aria-label=Keys]")) toolbar.showHelp(false);
    // keys go on after a click into any pane
    if (!root.contains(document.activeElement)) root.focus({ preventScroll: true });
  });

  const fitting = makeFitting({
    root, apart: [middle, toolbar.help, find.element], camera: drawing.camera, toolbar, status: bottom.element,
    inject: inject.element, framed: Boolean(data.framed), fitted: () => timeline.draw(), listen,
  });

  /** @type {(records: Tick[]) => void} */
  function accept(records) {
    forget();
    if (!records.length) return;
    const [oldest, last] = [records[0].tick, records[records.length - 1].tick];
    const dropped = records === data.ticks ? data.dropped : oldest;
    history.accept({ oldest, newest: last, dropped, records });
  }

  accept(data.ticks ?? []);
  if (!kernel && data.branches && data.branches.length > 1) view.time = { ...view.time, branches: data.branches };
  view.cursor = newest(history);
  view.tabs.passing = firstTable(graph);
  lead();
  el.replaceChildren(root);
  draw();
  fitting.begin();

  let unsubscribe = () => {};
  if (kernel) {
    unsubscribe = kernel.subscribe(running.receive);
    const silence = setTimeout(() => act.say("No kernel answers; this is the picture that was saved."), SILENCE);
    ending.signal.addEventListener("abort", () => clearTimeout(silence));
    kernel.call("hello").then(() => {
      clearTimeout(silence);
      view.note = view.led?.note ?? "";
      draw();
    }, () => {});
  }
  return () => {
    ending.abort();
    fitting.end();
    features.close();
    unsubscribe();
    el.replaceChildren();
  };
}

/** The table that is open at the start: what comes out at the end of the flow.
 * @type {(graph: Graph) => string | null}
 */
function firstTable(graph) {
  const ends = Object.keys(graph.ops).filter((id) => !graph.outOf(id).length && graph.into(id).length);
  // What a person has written comes before what was made for a `~>`.
  const last = ends.findLast((id) => graph.made(id) === null) ?? ends[ends.length - 1];
  return last ? graph.into(last)[0] : Object.keys(graph.edges)[0] ?? null;
}

export default {
  /** @type {(widget: { model: Model, el: Element }) => () => void} */
  render({ model, el }) {
    const kernel = connect(model);
    const [graph, svg, cannot] = ["graph", "svg", "cannot"].map((name) => model.get(name));
    const unmount = mount(el, { graph, svg, cannot, ticks: [] }, kernel);
    const showStill = hideStill(el, model.get("still"));
    return () => {
      showStill();
      unmount();
      kernel.close();
    };
  },
};
