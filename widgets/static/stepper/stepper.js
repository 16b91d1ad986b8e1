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
import { START, back, endOf, forward, newest, ticksForMove } from "./cursor.js";
import { lookedAt, ticksOf } from "./branches.js";
import { Checked, SURROUNDINGS, question, wordsOf } from "./checked.js";
import { makeDrawing } from "./drawing.js";
import { Features } from "./features.js";
import { makeFind } from "./find.js";
import { Graph } from "./graph.js";
import { History } from "./history.js";
import { makeInject } from "./inject.js";
import { Items } from "./items.js";
import { bindKeys } from "./keys.js";
import { makeMetric } from "./metricbar.js";
import { makeNodes } from "./nodes.js";
import { Presses } from "./presses.js";
import { arrange, mostIn } from "./room.js";
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

const PATIENCE = 60; // ms that a Stop waits for the kernel's answer before it interrupts
const SILENCE = 4000; // ms without an answer to the first call: there is no kernel
const RECORDS = 12; // ticks that are asked for at once
const INJECT = 36; // pixels of the form below the graph
const TIMELINE = 78;
const ROOMY = 1050; // pixels from which the toolbar has room for words

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
  /** @type {number | null} */
  let epoch = null;

  /** @type {Listen} */
  function listen(target, type, listener, options = {}) {
    target.addEventListener(type, listener, { ...options, signal: ending.signal });
  }

  // ---- records: those on display are loaded before they are drawn

  /** @type {Set<number>} */
  const asked = new Set();

  /** @type {(ticks: (number | null)[]) => number[]} */
  function missing(ticks) {
    const known = [...new Set(ticks)].filter((tick) => history.has(tick));
    return kernel ? known.filter((tick) => !history.record(tick)) : [];
  }

  /** @type {(ticks: (number | null)[]) => Promise<void>} */
  async function load(ticks) {
    const wanted = missing(ticks);
    if (!wanted.length || !kernel) return;
    const near = wanted.flatMap((tick) => [tick - 1, tick, tick + 1]);
    const part = await kernel.call("records", { ticks: missing(near).slice(0, RECORDS) });
    history.accept(part, new Set([...view.kept, ...wanted]));
  }

  /** @type {(from: number, to: number) => Promise<void>} */
  async function loadSummaries(from, to) {
    if (kernel) history.accept(await kernel.call("summaries", { from, to }), view.kept);
  }

  // Draws the place of the cursor, now with what is known, and again when its records have come.
  function display(isNews = false) {
    if (isNews) draw();
    else drawAtOnce();
    const { tick } = view.cursor;
    const before = graph.remembers && tick !== null ? tick - 1 : null;
    const wanted = missing([tick, before]).filter((one) => !asked.has(one));
    // While ticks keep coming the newest moves on before its record is here: one question at a time.
    if (!wanted.length || (asked.size && view.running)) return;
    wanted.forEach((one) => asked.add(one));
    const ended = () => wanted.forEach((one) => asked.delete(one));
    load(wanted).then(draw, (problem) => act.say(problem.message)).finally(ended);
  }

  // ---- what a reader can do

  /** One step, or one step back; false where another of that kind cannot follow.
   * @type {(move: string) => Promise<boolean>}
   */
  async function take(move) {
    if (move === "step" && view.running && view.isNewest) return false;
    await loadForMove();
    const place = move === "step" ? forward(view) : back(view);
    if (place) settle(place);
    else if (move !== "step" || !view.isReady) return false;
    else if (!(await demand("step", { grain: view.grain }))) return false;
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

  // The records that a move from here reads are there when it returns.
  async function loadForMove() {
    const wanted = ticksForMove(view);
    if (missing(wanted).length) await load(wanted);
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
      if (view.isReady) demand("run");
    },
    runLive() {
      if (view.isReady && Object.keys(graph.inputs).length) demand("start");
    },
    record() {
      kernel?.call("record").catch((problem) => act.say(problem.message));
    },
    stop,
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
    toggleCheck() {
      if (view.surroundings === null) check(SURROUNDINGS[0][0]);
      else forgetLevels("");
    },
    checkIn: check,
  };

  // ---- the kernel's part: a step beyond the recording, a run, a stop

  /** True where it was done.
   * @type {(kind: "step" | "run" | "start", content?: object) => Promise<boolean>}
   */
  async function demand(kind, content) {
    view.pending = kind;
    view.note = "";
    view.problem = null;
    view.cursor = newest(history);
    draw();
    /** @type {any} */
    let trouble = null;
    try {
      await kernel?.call(kind, content);
    } catch (problem) {
      trouble = problem;
    }
    view.pending = null;
    draw(); // at once: the record may take a while to come
    if (kind === "step") {
      // A step by tick ends where the summary says; the record of a long tick is shown when it has come.
      if (view.grain !== "tick") await load([view.cursor.tick, history.newest]).catch(() => {});
      view.cursor = forward(view) ?? newest(history);
    }
    if (trouble?.stopped) view.note = "stopped:";
    else if (trouble) view.problem = trouble.message;
    display();
    return trouble === null;
  }

  /** @type {(surroundings: string) => Promise<void>} */
  async function check(surroundings) {
    if (!kernel) return;
    view.surroundings = surroundings;
    draw();
    try {
      const told = await kernel.call("check", question(surroundings));
      if (view.surroundings !== surroundings) return; // another choice came, or the levels were switched off
      view.checked = new Checked(graph, told);
      act.say(`${wordsOf(surroundings)}, ${view.checked.summary()};`);
    } catch (problem) {
      if (view.surroundings === surroundings) forgetLevels(/** @type {Error} */ (problem).message);
    }
  }

  /** @type {(note: string) => void} */
  function forgetLevels(note) {
    view.surroundings = view.checked = null;
    act.say(note);
  }

  // During a tick that never ends the kernel does not read the message; then only an interrupt reaches it. It is sent
  // only while the kernel works for the stepper: the stepper must not interrupt a cell of the user's own.
  function stop() {
    presses.clear();
    if (!view.running || !kernel) return;
    let isAnswered = false;
    const answered = () => { isAnswered = true; };
    kernel.call("stop").then(answered, answered);
    const watch = setInterval(() => {
      const running = view.state?.running;
      const isOurs = running === "step" || ((running === "run" || running === "live") && !kernel.busy());
      if (!isAnswered && view.running && !isOurs) return;
      clearInterval(watch);
      if (!isAnswered && view.running) kernel.interrupt();
    }, PATIENCE);
    ending.signal.addEventListener("abort", () => clearInterval(watch));
    draw();
  }

  /** @type {(news: any) => void} */
  function receive(news) {
    if (news.side) return; // it is about a node
    if (news.kind === "gone") {
      const state = view.state ?? { recorded: false, scheduled: false, tick: 0 };
      view.state = { ...state, running: null, closed: news.why, waiting: {} };
      view.problem = null;
      display(true);
      return;
    }
    const hasGoneBack = epoch !== null && news.epoch !== epoch;
    const isFollowing = epoch === null || hasGoneBack || (view.isNewest && view.pending !== "step");
    if (hasGoneBack) {
      history.clear();
      items.clear();
      view.cursor = START;
    }
    epoch = news.epoch;
    const { running, closed, recorded, scheduled, tick, waiting, stopped } = news;
    view.state = { running, closed, recorded, scheduled, tick, waiting, stopped };
    if (news.time) view.time = news.time;
    history.accept(news, view.kept);
    if (!history.has(view.cursor.tick)) view.cursor = START;
    if (isFollowing) view.cursor = newest(history);
    lead();
    if (news.trouble && !view.pending) view.problem = news.trouble;
    display(true);
  }

  // To where the reader is to begin, once that is known.
  function lead() {
    const { at } = data;
    if (!at || view.led || !history.has(at.tick)) return;
    view.led = at;
    view.cursor = endOf(history, at.tick);
    view.note = at.note ?? "";
    if (at.edge && graph.kind(at.edge)) view.select(at.edge, true);
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
  const timeline = makeTimeline({ ...needs, root, loadSummaries });
  const bottom = makeStatus(needs);

  // One draw a frame, however much is told in it: the first news is drawn at once, the others with the next frame. What
  // a reader does is drawn at once.
  let frame = 0;
  let isDue = false;
  /** @type {(() => void)[]} */
  const framed = [];
  function draw() {
    if (frame) isDue = true;
    else drawAtOnce();
  }

  function drawAtOnce() {
    if (ending.signal.aborted) return;
    isDue = false;
    drawNow();
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (isDue) draw();
      for (const go of framed.splice(0)) go();
    });
  }

  // A page that is hidden has no frames, and steps all the same.
  const nextFrame = () => new Promise((resolve) => {
    if (!frame || document.hidden) resolve(undefined);
    else framed.push(() => resolve(undefined));
  });

  function drawLight() {
    drawing.drawLight();
    source.drawLight();
  }

  // The timeline asks the page for sizes, so it comes before what would make the page work them out anew.
  function drawNow() {
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
  bindKeys({ ...needs, root, features, panes: { find, toolbar, drawing, tables, inject, timeline } });
  listen(root, "click", (event) => {
    if (!event.target.closest(".hf-keys, [aria-label=Keys]")) toolbar.showHelp(false);
    // keys go on after a click into any pane
    if (!root.contains(document.activeElement)) root.focus({ preventScroll: true });
  });

  // Toolbar and status stay in sight: the widget is never higher than its part of the window.
  function fitRoom() {
    const { natural: whole, letters } = drawing.camera;
    toolbar.tellIn(root.clientWidth < ROOMY ? bottom.element : null);
    const apart = new Set(/** @type {Element[]} */ ([middle, toolbar.help, find.element]));
    const others = [...root.children].filter((one) => !apart.has(one));
    // A saved page within another one has a frame to itself.
    const most = data.framed ? Math.max(window.innerHeight, mostIn(0)) : mostIn(window.innerHeight);
    const strips = (inject.element.hidden ? 0 : INJECT) + TIMELINE;
    const bars = others.reduce((sum, one) => sum + /** @type {HTMLElement} */ (one).offsetHeight, 2);
    const found = arrange({ width: root.clientWidth, most, bars, strips, whole, letters });
    root.dataset.shape = found.shape;
    const sizes = { most, middle: found.middle, "graph-width": found.graph[0], "graph-height": found.graph[1] };
    for (const [name, size] of Object.entries(sizes)) root.style.setProperty(`--hf-${name}`, `${size}px`);
    drawing.camera.arrive();
  }

  let size = "";
  const sizes = new ResizeObserver(() => fitAnew());
  listen(window, "resize", () => fitAnew());
  function fitAnew() {
    const now = `${root.clientWidth}/${window.innerHeight}`;
    if (now === size || !root.clientWidth) return;
    size = now;
    fitRoom();
    timeline.draw();
  }

  /** @type {(records: Tick[]) => void} */
  function accept(records) {
    history.clear();
    items.clear();
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
  sizes.observe(root);

  let unsubscribe = () => {};
  if (kernel) {
    unsubscribe = kernel.subscribe(receive);
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
    sizes.disconnect();
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
  const last = ends[ends.length - 1];
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
