// The timeline: a bar a tick, and beside it the steps inside the tick. Only bars in sight are in the page.

/** @import { Grain, Range } from "./cursor.js" */
/** @import { Recorded, Summary } from "./history.js" */
/** @import { Needs } from "./view.js" */

import { html } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { START, endOf, lastStep, nextStep, unit } from "./cursor.js";
import { idNumber, iterationName } from "./graph.js";
import { unrecorded, whyStarted } from "./words.js";

const WIDEST = 30;
const NARROWEST = 7;
const STEPS = 400; // bars inside a tick; beyond, a bar stands for a coarser step
const HEIGHT = 28;

/** The steps [from, to), drawn as one bar.
 * @typedef {{ from: number, to: number, moved: number }} Bar
 */

/** How the bars of ticks are drawn: what the highest stands for, their width, and how far apart their numbers are.
 * @typedef {{ most: number, width: number, every: number }} Scale
 */

/** `loadSummaries` asks the kernel for those of the ticks [from, to].
 * @param {Needs & { root: HTMLElement, loadSummaries: (from: number, to: number) => Promise<void> }} needs
 */
export function makeTimeline({ view, act, listen, root, loadSummaries }) {
  const ticksHead = html("h4", {});
  const strip = html("div", { class: "hf-strip" });
  const ticks = html("div", { class: "hf-ticks", role: "slider", "aria-label": "Tick", tabindex: "0" }, strip);
  const insideHead = html("h4", {});
  const lane = html("div", { class: "hf-lane", role: "group", "aria-label": "Steps inside the tick", tabindex: "0" });
  const element = html("div", { class: "hf-time" },
    html("div", { class: "all" }, ticksHead, ticks), html("div", { class: "inside" }, insideHead, lane));
  let isAsking = false;
  /** @type {string | null} */
  let centred = null;

  listen(ticks, "scroll", () => drawBars());
  scrub(ticks, "[data-tick]", (bar) => {
    const tick = Number(bar.dataset.tick);
    if (view.history.has(tick)) act.show(endOf(view.history, tick));
    else act.showNewest();
  });
  scrub(lane, "[data-done]", (bar) => act.show({ tick: view.cursor.tick, done: Number(bar.dataset.done) }));
  listen(ticks, "keydown", (event) => {
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    const by = moves[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { history, cursor } = view;
    if (history.newest !== null && history.oldest !== null) {
      const to = (cursor.tick ?? history.oldest - 1) + by;
      act.show(to < history.oldest ? START : endOf(history, Math.min(history.newest, to)));
    }
    event.preventDefault();
    event.stopPropagation();
  });

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
      isDown = true;
      look(event);
    });
    listen(window, "pointermove", (event) => isDown && look(event));
    listen(window, "pointerup", () => { isDown = false; });
  }

  function draw() {
    const { history, cursor } = view;
    const limit = history.dropped ? ` · ${plural(history.dropped, "older tick")} dropped` : "";
    ticksHead.textContent = `${plural(history.length, "tick")}${limit}`;
    ticks.setAttribute("aria-valuemin", String(history.oldest ?? 0));
    ticks.setAttribute("aria-valuemax", String(history.newest ?? 0));
    ticks.setAttribute("aria-valuenow", String(cursor.tick ?? history.oldest ?? 0));
    ticks.setAttribute("aria-valuetext", cursor.tick === null ? "not started" : `tick ${cursor.tick}`);
    const place = `${history.length}/${cursor.tick}`;
    drawBars();
    if (place !== centred && cursor.tick !== null) {
      centred = place;
      const middle = (cursor.tick - (history.oldest ?? 0) + 0.5) * barWidth();
      const isInSight = middle >= ticks.scrollLeft + 20 && middle <= ticks.scrollLeft + ticks.clientWidth - 20;
      if (!isInSight) ticks.scrollLeft = middle - ticks.clientWidth / 2;
      drawBars();
    }
    drawInside();
  }

  // Whether a tick would start; it has a bar of its own.
  function hasComingTick() {
    const { state } = view;
    if (!state || state.closed) return false;
    return state.scheduled || Object.values(state.waiting).some((input) => input.count);
  }

  function barWidth() {
    const room = (root.clientWidth || 1000) * 0.45;
    return Math.max(NARROWEST, Math.min(WIDEST, Math.floor(room / Math.max(1, view.history.length + 1))));
  }

  function drawBars() {
    const { history } = view;
    const width = barWidth();
    const count = history.length + (hasComingTick() ? 1 : 0);
    strip.style.width = `${count * width}px`;
    if (!count) {
      strip.replaceChildren();
      return;
    }
    const first = Math.max(0, Math.floor(ticks.scrollLeft / width) - 5);
    const last = Math.min(count - 1, Math.ceil((ticks.scrollLeft + (ticks.clientWidth || 500)) / width) + 5);
    const oldest = history.oldest ?? view.state?.tick ?? 0;
    const known = [];
    for (let index = first; index <= last; index += 1) known.push(history.summary(oldest + index));
    const most = Math.max(1, ...known.map((summary) => summary?.moved ?? 0));
    const every = Math.ceil(WIDEST / 2 / width) * (width < 16 ? 5 : 1);
    const scale = { most, width, every };
    strip.replaceChildren(...known.map((summary, offset) => drawBar(oldest + first + offset, summary, scale)));
    const missing = known.findIndex((summary, offset) => !summary && history.has(oldest + first + offset));
    if (missing >= 0) ask(oldest + first, oldest + last);
  }

  /** @type {(tick: number, summary: Summary | undefined, scale: Scale) => HTMLElement} */
  function drawBar(tick, summary, { most, width, every }) {
    const { history, cursor } = view;
    const label = tick % every === 0 || tick === cursor.tick ? String(tick) : "";
    const fill = html("u", {});
    const classes = ["bar", barState(tick), ...(summary ? endState(summary) : [])].filter(Boolean).join(" ");
    const bar = html("div", { class: classes, "data-tick": tick, title: barWords(tick, summary) },
      fill, html("span", {}, label));
    bar.style.left = `${(tick - (history.oldest ?? tick)) * width}px`;
    bar.style.width = `${width}px`;
    const height = history.has(tick) ? 2 + Math.round(((summary?.moved ?? 0) / most) * (HEIGHT - 2)) : 10;
    fill.style.height = `${height}px`;
    return bar;
  }

  /** @type {(tick: number) => string} */
  function barState(tick) {
    const { history, cursor } = view;
    if (!history.has(tick)) return "pending";
    if (cursor.tick === null || tick > cursor.tick) return "later";
    return tick === cursor.tick ? "now" : "";
  }

  /** @type {(tick: number, summary: Summary | undefined) => string} */
  function barWords(tick, summary) {
    if (!view.history.has(tick)) return `tick ${tick} would start`;
    if (!summary) return `tick ${tick}`;
    return `tick ${tick}: ${plural(summary.moved, "item")} moved${summary.fault ? ", aborted" : ""}`;
  }

  /** @type {(from: number, to: number) => Promise<void>} */
  async function ask(from, to) {
    if (!view.hasKernel || isAsking) return;
    isAsking = true;
    try {
      await loadSummaries(from, to);
      drawBars();
    } catch {
      // the bars stay low; the next scroll asks again
    } finally {
      isAsking = false;
    }
  }

  function drawInside() {
    const { history, cursor } = view;
    const record = history.record(cursor.tick);
    insideHead.textContent = insideWords(record);
    insideHead.title = insideHead.textContent;
    lane.replaceChildren(...(record ? drawRuns(record) : []));
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

/** @type {(summary: Summary) => string[]} */
function endState(summary) {
  if (summary.fault) return ["fault"];
  return summary.complete ? [] : ["partial"];
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
