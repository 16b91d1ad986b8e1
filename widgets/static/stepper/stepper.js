// The stepper: mount(el, data, kernel?) -> cleanup. The notebook's widget and a saved page call the same function.
//
// `data` is a recording in its JSON form: {graph, svg, ticks, dropped, waiting}. `kernel`, where there is one, is what
// connect() gives: call(kind, content) -> promise, subscribe(listener) -> unsubscribe, busy(), interrupt().

import { connect } from "../shared/connection.js";
import { html } from "../shared/dom.js";
import { START, atNewest, back, forward, newest, ticksForMove } from "./cursor.js";
import { makeDrawing } from "./drawing.js";
import { Graph } from "./graph.js";
import { History } from "./history.js";
import { makeInject } from "./inject.js";
import { bindKeys } from "./keys.js";
import { Items } from "./rows.js";
import { makeSource } from "./sourcepane.js";
import { makeTables } from "./tables.js";
import { makeTimeline } from "./timeline.js";
import { makeStatus, makeToolbar } from "./toolbar.js";

const PATIENCE = 60; // ms that a Stop waits for the kernel's answer before it interrupts
const SILENCE = 4000; // ms without an answer to the first call: there is no kernel

export function mount(el, data, kernel = null) {
  const ending = new AbortController();
  const graph = new Graph(data.graph);
  const history = new History(kernel ? undefined : { records: Infinity, summaries: Infinity });
  const root = html("div", { class: "hf", tabindex: "0", role: "region", "aria-label": `Stepper of ${graph.name}` });
  const view = {
    root, graph, history, kernel, svgText: data.svg, uid: `hf${Math.random().toString(36).slice(2, 8)}`,
    cursor: START, grain: "tick", selected: null, hot: null, pinned: [], preview: null, active: null,
    state: null, epoch: null, pending: null, stopping: false, note: "", problem: null,
    listen: (target, type, listener, options) => target.addEventListener(type, listener, { ...options, signal: ending.signal }),
    atNewest: () => atNewest(history, view.cursor),
    running: () => view.pending ?? view.state?.running ?? null,
    ready: () => Boolean(kernel && view.state && !view.state.closed && !view.running()),
    takes: () => view.ready() || (view.running() === "live" && !view.state.closed),
    openTabs: () => [...view.pinned, ...(view.preview && !view.pinned.includes(view.preview) ? [view.preview] : [])],
    kept: () => new Set([view.cursor.tick, view.cursor.tick - 1, history.newest]),
  };
  view.items = new Items(history, kernel, () => panes.tables.drawTable());

  // ---- records: those on display are loaded before they are drawn

  let asked = new Set();
  function missing(ticks) {
    return kernel ? [...new Set(ticks)].filter((tick) => tick !== null && history.has(tick) && !history.record(tick)) : [];
  }

  async function load(ticks) {
    const wanted = missing(ticks);
    if (!wanted.length) return;
    const near = wanted.flatMap((tick) => [tick - 1, tick, tick + 1]);
    history.accept(await kernel.call("records", { ticks: missing(near).slice(0, 12) }), new Set([...view.kept(), ...wanted]));
  }

  // Draws the place of the cursor, now with what is known, and again when its records have come.
  function display() {
    draw();
    const wanted = missing([view.cursor.tick, graph.remembers ? view.cursor.tick - 1 : null]).filter((tick) => !asked.has(tick));
    // While ticks keep coming the newest moves on before its record is here: one question at a time.
    if (!wanted.length || (asked.size && view.running())) return;
    wanted.forEach((tick) => asked.add(tick));
    load(wanted).then(draw, (problem) => act.say(problem.message)).finally(() => wanted.forEach((tick) => asked.delete(tick)));
  }

  // ---- what a reader can do

  const settle = (cursor) => {
    view.cursor = cursor;
    view.note = "";
    view.problem = null;
    display();
  };
  const act = {
    show: settle,
    toStart: () => settle(START),
    showNewest: () => settle(newest(history)),
    async back() {
      const wanted = ticksForMove(history, view.cursor, view.grain);
      if (missing(wanted).length) await load(wanted);
      const place = back(history, view.cursor, view.grain);
      if (place) settle(place);
    },
    async step() {
      if (view.running() && view.atNewest()) return;
      const wanted = ticksForMove(history, view.cursor, view.grain);
      if (missing(wanted).length) await load(wanted);
      const place = forward(history, view.cursor, view.grain);
      if (place) settle(place);
      else if (view.ready()) await demand("step", { grain: view.grain });
    },
    run: () => (view.ready() ? demand("run") : undefined),
    runLive: () => (view.ready() && Object.keys(graph.inputs).length ? demand("start") : undefined),
    record: () => kernel.call("record").catch((problem) => act.say(problem.message)),
    stop,
    setGrain(grain) {
      view.grain = grain;
      view.note = `step by ${grain}:`;
      display();
    },
    say(note) {
      view.note = note;
      draw();
    },
    select(id, keep = false) {
      view.selected = view.selected === id && !keep ? null : id;
      if (graph.hasItems(view.selected)) {
        if (!view.pinned.includes(id)) view.preview = id;
        view.active = id;
      }
      panes.drawing.camera.reveal(view.selected);
      draw();
    },
    hover(id) {
      if (id === view.hot) return;
      view.hot = id;
      panes.drawing.drawLight();
      panes.source.drawLight();
    },
    pin() {
      const id = view.active;
      if (!id) return;
      if (view.pinned.includes(id)) {
        view.pinned = view.pinned.filter((other) => other !== id);
        view.preview = id;
      } else view.pinned.push(id);
      draw();
    },
    openTab(id) {
      view.active = view.selected = id;
      draw();
    },
    closeTab(id) {
      view.pinned = view.pinned.filter((other) => other !== id);
      if (view.preview === id) view.preview = null;
      if (view.selected === id) view.selected = null;
      if (view.active === id) view.active = view.openTabs().at(-1) ?? null;
      draw();
    },
    toggleSource() {
      const hide = !panes.source.element.hidden;
      panes.source.element.hidden = hide;
      panes.toolbar.buttons.source.setAttribute("aria-pressed", String(!hide));
    },
  };
  view.act = act;

  // ---- the kernel's part: a step beyond the recording, a run, a stop

  async function demand(kind, content) {
    view.pending = kind;
    view.stopping = false;
    view.note = "";
    view.problem = null;
    view.cursor = newest(history);
    draw();
    let trouble = null;
    try {
      await kernel.call(kind, content);
    } catch (problem) {
      trouble = problem;
    }
    view.pending = null;
    draw(); // at once: the record may take a while to come
    if (kind === "step") {
      // A step by tick ends where the summary says; the record of a long tick is shown when it has come.
      if (view.grain !== "tick") await load([view.cursor.tick, history.newest]).catch(() => {});
      view.cursor = forward(history, view.cursor, view.grain) ?? newest(history);
    }
    if (trouble?.stopped) view.note = "stopped:";
    else if (trouble) view.problem = trouble.message;
    display();
  }

  // A tick that never ends keeps the kernel from reading the message; then only an interrupt reaches it. It is sent only
  // while the kernel works for the stepper: a cell of the user's own that happens to run is not ours to interrupt.
  function stop() {
    if (!view.running() || !kernel) return;
    view.stopping = true;
    let answered = false;
    let interrupted = false;
    kernel.call("stop").then(() => { answered = true; }, () => { answered = true; });
    const watch = setInterval(() => {
      const running = view.state?.running;
      const ours = running === "step" || ((running === "run" || running === "live") && !kernel.busy());
      if (answered || !view.running() || interrupted) clearInterval(watch);
      else if (ours) {
        interrupted = true;
        kernel.interrupt();
      }
    }, PATIENCE);
    ending.signal.addEventListener("abort", () => clearInterval(watch));
    draw();
  }

  function receive(news) {
    if (news.kind === "gone") {
      view.state = { ...view.state, running: null, closed: news.why, waiting: {} };
      view.problem = null;
      display();
      return;
    }
    const following = view.atNewest() && view.pending !== "step";
    if (view.epoch !== null && news.epoch !== view.epoch) {
      history.clear();
      view.items.clear();
      view.cursor = START;
    }
    const first = view.epoch === null;
    view.epoch = news.epoch;
    const { summaries, records, ...state } = news;
    view.state = state;
    history.accept(news, view.kept());
    if (!history.has(view.cursor.tick)) view.cursor = START;
    if (first || following) view.cursor = newest(history);
    if (news.trouble && !view.pending) view.problem = news.trouble;
    display();
  }

  // ---- the page

  const panes = {};
  panes.toolbar = makeToolbar(view);
  panes.drawing = makeDrawing(view);
  panes.source = makeSource(view);
  panes.tables = makeTables(view);
  panes.inject = makeInject(view);
  panes.timeline = makeTimeline(view);
  panes.status = makeStatus(view);

  function draw() {
    if (!view.openTabs().includes(view.active)) view.active = view.openTabs().at(-1) ?? null;
    for (const name of ["toolbar", "drawing", "source", "tables", "inject", "timeline", "status"]) panes[name].draw();
    root.classList.toggle("closed", Boolean(view.state?.closed));
  }

  const side = html("div", { class: "hf-side" }, panes.source.element, panes.tables.element);
  root.append(panes.toolbar.element, html("div", { class: "hf-body" }, panes.drawing.element, side), panes.inject.element,
    panes.status.fault, panes.timeline.element, panes.status.element, panes.toolbar.help);
  bindKeys(view, panes);
  view.listen(root, "click", (event) => {
    if (!event.target.closest(".hf-keys, [aria-label=Keys]")) panes.toolbar.showHelp(false);
    if (!root.contains(document.activeElement)) root.focus({ preventScroll: true }); // keys go on after a click into any pane
  });

  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (root.clientWidth === width || !root.clientWidth) return;
    width = root.clientWidth;
    const { camera } = panes.drawing;
    const [across, down] = camera.natural;
    const room = (width >= 900 ? width * 0.57 : width) - 16;
    const height = across ? down * Math.min(1, Math.max(room / across, camera.least)) : 300;
    root.style.setProperty("--hf-graph-height", `${Math.round(Math.max(width >= 900 ? 380 : 180, Math.min(700, height)))}px`);
    camera.arrive();
    panes.timeline.draw();
  });

  const records = data.ticks ?? [];
  if (records.length) history.accept({ oldest: records[0].tick, newest: records.at(-1).tick, dropped: data.dropped, records });
  view.cursor = newest(history);
  view.preview = firstTable(graph);
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
      view.note = "";
      draw();
    }, () => {});
  }
  return () => {
    ending.abort();
    sizes.disconnect();
    unsubscribe();
    el.replaceChildren();
  };
}

// The table that is open at the beginning: what comes out at the end of the flow.
function firstTable(graph) {
  const last = Object.keys(graph.ops).filter((id) => !graph.outOf(id).length && graph.into(id).length).at(-1);
  return last ? graph.into(last)[0] : Object.keys(graph.edges)[0] ?? null;
}

export default {
  render({ model, el }) {
    const kernel = connect(model);
    const unmount = mount(el, { graph: model.get("graph"), svg: model.get("svg"), ticks: [] }, kernel);
    return () => {
      unmount();
      kernel.close();
    };
  },
};
