// The timeline: a bar a tick, or one for several where there are many; beside it stand the steps inside the tick.

/** @import { TickBar } from "./bars.js" */
/** @import { Needs } from "./view.js" */

import { html, put, renew, say } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { NARROW, NARROWEST, barsBetween, holding, ticksPerBar, zoomed } from "./bars.js";
import { makeBrush, scrub } from "./brush.js";
import { START, endOf } from "./cursor.js";
import { makeInside } from "./inside.js";

const WIDEST = 30;
const HEIGHT = 28;

/** What is drawn above a bar, by the kind of its mark.
 * @type {Record<string, string>}
 */
const SIGNS = { stop: "⬣", branch: "◆", hit: "▾", why: "◇", passed: "•" };
/** @type {Record<string, string>} */
const MEANINGS = {
  fault: "aborted",
  aside: "items were set aside",
  stop: "stopped at a breakpoint",
  branch: "a branch begins before it",
  passed: "items went over what is selected",
  hit: "the text that is looked for is in it",
  why: "the item that was asked about was made of items in it",
};

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
  const strip = html("div", { class: "hf-strip" });
  const hint = "Drag to look at a tick; Shift and drag, or + and -, to zoom; 0 for all ticks";
  const ticks = html("div", { class: "hf-ticks", role: "slider", "aria-label": "Tick", tabindex: "0", title: hint },
    strip);
  const inside = makeInside({ view, act, listen });
  const element = html("div", { class: "hf-time" },
    html("div", { class: "all" }, ticksHead, ticks), inside.element);
  let isAsking = false;
  /** The ticks in sight where that is not all of them.
   * @type {[number, number] | null}
   */
  let window_ = null;

  scrub(listen, ticks, "[data-tick]", (bar) => {
    const tick = Number(bar.dataset.tick);
    if (view.history.has(tick)) act.show(endOf(view.history, tick));
    else act.showNewest();
  });
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
  makeBrush({ listen, ticks, strip, newest: () => view.history.newest, found: zoomTo });

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
    inside.draw();
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
