// The timeline: a bar a tick, or one for several where there are many, and beside it the steps inside the tick.

/** @import { Grain, Range } from "./cursor.js" */
/** @import { TickBar } from "./bars.js" */
/** @import { Recorded } from "./history.js" */
/** @import { Needs } from "./view.js" */

import { html, put, renew, say } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { NARROW, NARROWEST, barsBetween, brushed, holding, ticksPerBar, zoomed } from "./bars.js";
import { START, endOf, lastStep, nextStep, unit } from "./cursor.js";
import { idNumber, iterationName } from "./graph.js";
import { unrecorded, whyStarted } from "./words.js";

const WIDEST = 30;
const STEPS = 400; // bars inside a tick; beyond, a bar stands for a coarser step
const HEIGHT = 28;

/** What is drawn above a bar, by the kind of its mark.
 * @type {Record<string, string>}
 */
const SIGNS = { stop: "⬣", branch: "◆", hit: "▾", why: "◇", passed: "•" };
/** @type {Record<string, string>} */
const MEANINGS = {
  fault: "aborted",
  stop: "stopped at a breakpoint",
  branch: "a branch begins before it",
  passed: "items went over what is selected",
  hit: "the text that is looked for is in it",
  why: "the item that was asked about was made of items in it",
};

/** The steps [from, to), drawn as one bar.
 * @typedef {{ from: number, to: number, moved: number }} Bar
 */

/** `loadSummaries` asks the kernel for those of the ticks [from, to].
 * @param {Needs & { root: HTMLElement, loadSummaries: (from: number, to: number) => Promise<void> }} needs
 */
export function makeTimeline({ view, act, listen, root, loadSummaries }) {
  const words = html("span", {});
  const whole = html(
    "button",
    { type: "button", class: "hf-button", hidden: true, title: "All ticks (0)" },
    "All ticks",
  );
  const ticksHead = html("h4", {}, words, whole);
  const brush = html("div", { class: "hf-brush", hidden: true });
  const strip = html("div", { class: "hf-strip" });
  const hint = "Drag to look at a tick; Shift and drag, or + and -, to zoom; 0 for all ticks";
  const ticks = html("div", { class: "hf-ticks", role: "slider", "aria-label": "Tick", tabindex: "0", title: hint },
    strip, brush);
  const insideHead = html("h4", {});
  const lane = html("div", { class: "hf-lane", role: "group", "aria-label": "Steps inside the tick", tabindex: "0" });
  const element = html("div", { class: "hf-time" },
    html("div", { class: "all" }, ticksHead, ticks), html("div", { class: "inside" }, insideHead, lane));
  let isAsking = false;
  /** The ticks in sight where that is not all of them.
   * @type {[number, number] | null}
   */
  let window_ = null;

  scrub(ticks, "[data-tick]", (bar) => {
    const tick = Number(bar.dataset.tick);
    if (view.history.has(tick)) act.show(endOf(view.history, tick));
    else act.showNewest();
  });
  scrub(lane, "[data-done]", (bar) => act.show({ tick: view.cursor.tick, done: Number(bar.dataset.done) }));
  listen(whole, "click", () => zoomTo(null));
  listen(ticks, "keydown", (event) => {
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    /** @type {Record<string, () => void>} */
    const zooms = { "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: () => zoomTo(null) };
    const by = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { history, cursor } = view;
    if (Object.hasOwn(zooms, event.key)) zooms[event.key]();
    else if (by === undefined) return;
    else if (history.newest !== null && history.oldest !== null) {
      const to = (cursor.tick ?? history.oldest - 1) + by;
      act.show(to < history.oldest ? START : endOf(history, Math.min(history.newest, to)));
    }
    event.preventDefault();
    event.stopPropagation();
  });
  brushing();

  /** @type {(found: [number, number] | null) => void} */
  function zoomTo(found) {
    window_ = found;
    draw();
  }

  /** @type {(factor: number) => void} */
  function zoom(factor) {
    const { oldest, newest } = view.history;
    if (oldest === null || newest === null) return;
    zoomTo(zoomed(window_, oldest, newest, view.cursor.tick ?? oldest, factor));
  }

  // With Shift, a stretch of ticks is drawn up, and then fills the timeline.
  function brushing() {
    /** @type {{ x: number, tick: number } | null} */
    let begin = null;
    const tickAt = (/** @type {PointerEvent} */ event) => {
      const bars = /** @type {HTMLElement[]} */ ([...strip.querySelectorAll("[data-tick]")]);
      const x = event.clientX;
      const found = bars.find((bar) => x < bar.getBoundingClientRect().right) ?? bars[bars.length - 1];
      return found ? { from: Number(found.dataset.from), to: Number(found.dataset.tick) } : null;
    };
    listen(ticks, "pointerdown", (event) => {
      const at = event.shiftKey ? tickAt(event) : null;
      if (at) begin = { x: event.clientX, tick: at.from };
    });
    listen(window, "pointermove", (event) => {
      if (!begin) return;
      const box = ticks.getBoundingClientRect();
      brush.hidden = false;
      brush.style.left = `${Math.min(begin.x, event.clientX) - box.left}px`;
      brush.style.width = `${Math.abs(event.clientX - begin.x)}px`;
    });
    listen(window, "pointerup", (event) => {
      if (!begin) return;
      const at = tickAt(event);
      brush.hidden = true;
      const { tick } = begin;
      begin = null;
      const { newest } = view.history;
      const found = at && newest !== null ? brushed(tick, Math.min(newest, at.to > tick ? at.to : at.from)) : null;
      if (found) zoomTo(found);
    });
  }

  /** Calls `found` with the bar under the pointer while it is down.
   * @type {(host: HTMLElement, selector: string, found: (bar: HTMLElement) => void) => void}
   */
  function scrub(host, selector, found) {
    let isDown = false;
    const look = (/** @type {PointerEvent} */ event) => {
      /** @type {HTMLElement | null | undefined} */
      const bar = document.elementFromPoint(event.clientX, event.clientY)?.closest(selector);
      if (bar && host.contains(bar)) found(bar);
    };
    listen(host, "pointerdown", (event) => {
      if (event.shiftKey) return;
      isDown = true;
      look(event);
    });
    listen(window, "pointermove", (event) => isDown && look(event));
    listen(window, "pointerup", () => { isDown = false; });
  }

  function draw() {
    const { history, cursor } = view;
    const { oldest, newest } = history;
    if (window_ && (oldest === null || newest === null || window_[1] - window_[0] >= newest - oldest)) window_ = null;
    if (window_ && oldest !== null && newest !== null) {
      if (cursor.tick !== null) window_ = holding(window_, cursor.tick);
      const [from, to] = window_;
      window_ = [Math.max(oldest, Math.min(from, newest)), Math.min(newest, Math.max(to, oldest))];
    }
    const limit = history.dropped ? ` · ${plural(history.dropped, "older tick")} dropped` : "";
    const part = window_ ? `ticks ${window_[0]} to ${window_[1]} of ` : "";
    say(words, `${part}${plural(history.length, "tick")}${limit}`);
    whole.hidden = window_ === null;
    put(ticks, "aria-valuemin", String(oldest ?? 0));
    put(ticks, "aria-valuemax", String(newest ?? 0));
    put(ticks, "aria-valuenow", String(cursor.tick ?? oldest ?? 0));
    put(ticks, "aria-valuetext", cursor.tick === null ? "not started" : `tick ${cursor.tick}`);
    drawBars();
    drawInside();
  }

  // Whether a tick would start; it has a bar of its own.
  function hasComingTick() {
    const { state } = view;
    if (!state || state.closed || window_) return false;
    return state.scheduled || Object.values(state.waiting).some((input) => input.count);
  }

  function drawBars() {
    const { history } = view;
    const room = roomOf();
    const [oldest, newest] = window_ ?? [history.oldest ?? view.state?.tick ?? 0, history.newest ?? -1];
    const last = hasComingTick() ? Math.max(oldest, newest + 1) : newest;
    const count = last - oldest + 1;
    if (count <= 0) {
      strip.style.width = "0";
      strip.replaceChildren();
      return;
    }
    const per = ticksPerBar(count, room);
    const bars = barsBetween(oldest, last, per, (tick) => history.summary(tick), view.marks);
    const fitting = Math.floor(room / (count + (window_ ? 0 : 1)));
    const width = per === 1 ? Math.max(NARROWEST, Math.min(WIDEST, fitting)) : NARROW;
    strip.style.width = `${bars.length * width}px`;
    strip.classList.toggle("narrow", per > 1);
    const most = Math.max(1, ...bars.map((bar) => bar.moved));
    const every = labelsEvery(per, width);
    renew(strip, ...bars.map((bar, at) => drawBar(bar, at * width, { most, width, every })));
    const missing = bars.find((bar) => bar.known < bar.to - bar.from + 1 && history.has(bar.from));
    if (missing) ask(missing.from, last);
  }

  // How broad the bars may be together: measured once for each size of the stepper.
  let measured = { key: "", room: 0 };
  function roomOf() {
    const key = `${root.clientWidth}/${root.dataset.shape ?? ""}`;
    if (measured.key !== key) {
      const wanted = (root.clientWidth || 1000) * 0.45;
      measured = { key, room: Math.max(60, Math.min(wanted, (element.clientWidth || Infinity) * 0.6 - 26)) };
    }
    return measured.room;
  }

  /** @type {(bar: TickBar, left: number, scale: { most: number, width: number, every: number }) => HTMLElement} */
  function drawBar(bar, left, { most, width, every }) {
    const { history, cursor } = view;
    const isNow = cursor.tick !== null && cursor.tick >= bar.from && cursor.tick <= bar.to;
    const at = Math.ceil(bar.from / every) * every;
    const label = isNow ? String(cursor.tick) : at <= bar.to ? String(at) : "";
    const fill = html("u", {});
    const state = barState(bar, isNow);
    const classes = ["bar", state, ...bar.marks, bar.isPartial ? "partial" : ""].filter(Boolean).join(" ");
    // In a narrow bar there is room for one.
    const signed = Object.keys(SIGNS).filter((mark) => bar.marks.includes(mark)).slice(0, width < 20 ? 1 : 4);
    const signs = signed.map((mark) => html("i", { class: mark }, SIGNS[mark]));
    const found = html("div", { class: classes, "data-tick": bar.to, "data-from": bar.from, title: barWords(bar) },
      signs.length ? html("em", { "aria-hidden": "true" }, ...signs) : null, fill, html("span", {}, label));
    found.style.left = `${left}px`;
    found.style.width = `${width}px`;
    const height = history.has(bar.from) ? 2 + Math.round((bar.moved / most) * (HEIGHT - 2)) : 10;
    fill.style.height = `${height}px`;
    return found;
  }

  /** @type {(bar: TickBar, isNow: boolean) => string} */
  function barState(bar, isNow) {
    const { history, cursor } = view;
    if (!history.has(bar.from)) return "pending";
    if (isNow) return "now";
    return cursor.tick === null || bar.from > cursor.tick ? "later" : "";
  }

  /** @type {(bar: TickBar) => string} */
  function barWords(bar) {
    if (!view.history.has(bar.from)) return `tick ${bar.from} would start`;
    const name = bar.from === bar.to ? `tick ${bar.from}` : `ticks ${bar.from} to ${bar.to}`;
    if (!bar.known) return name;
    const marks = bar.marks.map((mark) => MEANINGS[mark]).filter(Boolean);
    return [`${name}: ${plural(bar.moved, "item")} moved`, ...marks].join(", ");
  }

  /** @type {(from: number, to: number) => Promise<void>} */
  async function ask(from, to) {
    if (!view.hasKernel || isAsking) return;
    isAsking = true;
    let isMore = false;
    try {
      await loadSummaries(from, to);
      isMore = Boolean(view.history.summary(from));
    } catch {
      // the bars stay low; the next draw asks again
    } finally {
      isAsking = false;
    }
    if (isMore) act.redraw();
  }

  function drawInside() {
    const { history, cursor } = view;
    const record = history.record(cursor.tick);
    insideHead.textContent = insideWords(record);
    insideHead.title = insideHead.textContent;
    renew(lane, ...(record ? drawRuns(record) : []));
  }

  /** @type {(record: Recorded | undefined) => string} */
  function insideWords(record) {
    const { history, cursor, state } = view;
    if (cursor.tick === null) return unrecorded(history, state) ? "nothing is recorded" : "nothing has run";
    return `inside tick ${cursor.tick}${record ? ` · started by: ${whyStarted(record)}` : ""}`;
  }

  /** The steps of a tick, those of one run of a subgraph side by side above its name.
   * @type {(record: Recorded) => HTMLElement[]}
   */
  function drawRuns(record) {
    const [done, coming] = [lastStep(view), nextStep(view) ?? /** @type {Range} */ ([0, 0])];
    const bars = barsOf(record);
    const most = Math.max(1, ...bars.map((bar) => bar.moved));
    /** @type {HTMLElement[]} */
    const runs = [];
    let holder = html("div", {});
    let last = { run: "", stratum: "", iteration: "" };
    for (const bar of bars) {
      const step = record.steps[bar.from];
      const here = { run: `${step.sg}/${step.run}`, stratum: String(step.stratum), iteration: iterationName(step) };
      if (here.run !== last.run) {
        const isBorder = runs.length && (here.stratum !== last.stratum || here.iteration !== last.iteration);
        const name = `sg ${idNumber(step.sg)}`;
        holder = html("div", {});
        runs.push(html("div", { class: isBorder ? "run border" : "run" }, holder,
          html("span", {}, name, step.run > 1 ? ` ×${step.run}` : "")));
        last = here;
      }
      holder.append(drawStep(bar, record, { most, done, coming }));
    }
    return runs;
  }

  /** @type {(bar: Bar, record: Recorded, where: { most: number, done: Range, coming: Range }) => HTMLElement} */
  function drawStep(bar, record, { most, done, coming }) {
    const state = bar.from >= view.cursor.done ? "later" : bar.to > done[0] ? "now" : "";
    const isNext = bar.from >= coming[0] && bar.from < coming[1] && view.grain !== "tick";
    const step = record.steps[bar.from];
    const count = bar.to - bar.from;
    const who = [count > 1 ? `${count} steps` : view.graph.ops[step.op].name, iterationName(step)].filter(Boolean);
    const fill = html("u", {});
    const element = html("div", {
      class: ["step", state, isNext ? "next" : ""].filter(Boolean).join(" "),
      "data-done": bar.to,
      title: `${who.join(", ")}: ${plural(bar.moved, "item")}`,
    }, fill);
    fill.style.height = `${2 + Math.round((bar.moved / most) * (HEIGHT - 2))}px`;
    return element;
  }

  return { element, draw, focus: () => ticks.focus() };
}

/** How many ticks apart the numbers below the bars are: a round number, for which there is room.
 * @type {(per: number, width: number) => number}
 */
function labelsEvery(per, width) {
  const least = Math.max(1, Math.ceil((per * 30) / width));
  if (per === 1 && width >= 16) return Math.ceil(WIDEST / 2 / width);
  const round = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000];
  return round.find((one) => one >= least) ?? least;
}

/** Bars of the finest grain that has no more than STEPS of them.
 * @type {(record: Recorded) => Bar[]}
 */
function barsOf(record) {
  /** @type {Grain[]} */
  const grains = ["operator", "subgraph", "stratum"];
  /** @type {Bar[]} */
  let bars = [];
  for (const grain of grains) {
    bars = [];
    for (let from = 0; from < record.steps.length && (bars.length <= STEPS || grain === "stratum");) {
      const to = unit(record.steps, from, grain)[1];
      let moved = 0;
      for (let index = from; index < to; index += 1) moved += record.total(index);
      bars.push({ from, to, moved });
      from = to;
    }
    if (bars.length <= STEPS) break;
  }
  return bars;
}
