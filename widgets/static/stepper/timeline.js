// The timeline: a bar a tick, and beside it the steps inside the tick. Only bars in sight are in the page.

import { html } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { endOf, lastStep, nextStep, unit } from "./cursor.js";
import { iterationName } from "./graph.js";
import { unrecorded, whyStarted } from "./words.js";

const WIDEST = 30;
const NARROWEST = 7;
const STEPS = 400; // bars inside a tick; beyond, a bar stands for a coarser step
const HEIGHT = 28;

export function makeTimeline(view) {
  const ticksHead = html("h4", {});
  const strip = html("div", { class: "hf-strip" });
  const ticks = html("div", { class: "hf-ticks", role: "slider", "aria-label": "Tick", tabindex: "0" }, strip);
  const insideHead = html("h4", {});
  const lane = html("div", { class: "hf-lane" });
  const element = html("div", { class: "hf-time" }, html("div", { class: "all" }, ticksHead, ticks), html("div", { class: "inside" }, insideHead, lane));
  let asked = null;
  let centred = null;

  view.listen(ticks, "scroll", () => drawBars());
  scrub(ticks, "[data-tick]", (bar) => {
    const tick = Number(bar.dataset.tick);
    if (view.history.has(tick)) view.act.show(endOf(view.history, tick));
    else view.act.showNewest();
  });
  scrub(lane, "[data-done]", (bar) => view.act.show({ tick: view.cursor.tick, done: Number(bar.dataset.done) }));
  view.listen(ticks, "keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { history, cursor } = view;
    if (history.newest !== null) {
      const from = cursor.tick ?? history.oldest - 1;
      view.act.show(from + by < history.oldest ? { tick: null, done: 0 } : endOf(history, Math.min(history.newest, from + by)));
    }
    event.preventDefault();
    event.stopPropagation();
  });

  function scrub(host, selector, found) {
    let down = false;
    const look = (event) => {
      const bar = document.elementFromPoint(event.clientX, event.clientY)?.closest(selector);
      if (bar && host.contains(bar)) found(bar);
    };
    view.listen(host, "pointerdown", (event) => {
      down = true;
      look(event);
    });
    view.listen(window, "pointermove", (event) => down && look(event));
    view.listen(window, "pointerup", () => { down = false; });
  }

  function draw() {
    const { history, cursor } = view;
    const limit = history.dropped ? ` · ${plural(history.dropped, "older tick")} dropped` : "";
    ticksHead.textContent = `${plural(history.length, "tick")}${limit}`;
    ticks.setAttribute("aria-valuemin", history.oldest ?? 0);
    ticks.setAttribute("aria-valuemax", history.newest ?? 0);
    ticks.setAttribute("aria-valuenow", cursor.tick ?? history.oldest ?? 0);
    ticks.setAttribute("aria-valuetext", cursor.tick === null ? "not started" : `tick ${cursor.tick}`);
    const place = `${history.length}/${cursor.tick}`;
    drawBars();
    if (place !== centred && cursor.tick !== null) {
      centred = place;
      const middle = (cursor.tick - history.oldest + 0.5) * barWidth();
      if (middle < ticks.scrollLeft + 20 || middle > ticks.scrollLeft + ticks.clientWidth - 20) ticks.scrollLeft = middle - ticks.clientWidth / 2;
      drawBars();
    }
    drawInside();
  }

  function pending() {
    const { state } = view;
    return state && !state.closed && (state.scheduled || Object.values(state.waiting).some((input) => input.count));
  }

  function barWidth() {
    const room = (view.root.clientWidth || 1000) * 0.45;
    return Math.max(NARROWEST, Math.min(WIDEST, Math.floor(room / Math.max(1, view.history.length + 1))));
  }

  function drawBars() {
    const { history, cursor } = view;
    const width = barWidth();
    const count = history.length + (pending() ? 1 : 0);
    strip.style.width = `${count * width}px`;
    if (!count) {
      strip.replaceChildren();
      return;
    }
    const first = Math.max(0, Math.floor(ticks.scrollLeft / width) - 5);
    const last = Math.min(count - 1, Math.ceil((ticks.scrollLeft + (ticks.clientWidth || 500)) / width) + 5);
    const oldest = history.oldest ?? view.state.tick;
    const known = [];
    for (let index = first; index <= last; index += 1) known.push(history.summary(oldest + index));
    const most = Math.max(1, ...known.map((summary) => summary?.moved ?? 0));
    const every = Math.ceil(WIDEST / 2 / width) * (width < 16 ? 5 : 1);
    strip.replaceChildren(...known.map((summary, offset) => drawBar(oldest + first + offset, summary, most, width, every, cursor)));
    const missing = known.findIndex((summary, offset) => !summary && history.has(oldest + first + offset));
    if (missing >= 0) ask(oldest + first, oldest + last);
  }

  function drawBar(tick, summary, most, width, every, cursor) {
    const { history } = view;
    const future = !history.has(tick);
    const names = ["bar", future ? "pending" : cursor.tick === null || tick > cursor.tick ? "later" : tick === cursor.tick ? "now" : "", summary?.fault ? "fault" : "", summary && !summary.complete && !summary.fault ? "partial" : ""];
    const hint = future ? `tick ${tick} would start` : summary ? `tick ${tick}: ${plural(summary.moved, "item")} moved${summary.fault ? ", aborted" : ""}` : `tick ${tick}`;
    const height = future ? 10 : 2 + Math.round(((summary?.moved ?? 0) / most) * (HEIGHT - 2));
    const label = tick % every === 0 || tick === cursor.tick ? String(tick) : "";
    const bar = html("div", { class: names.filter(Boolean).join(" "), "data-tick": tick, title: hint }, html("u", {}), html("span", {}, label));
    bar.style.left = `${(tick - (history.oldest ?? tick)) * width}px`;
    bar.style.width = `${width}px`;
    bar.firstChild.style.height = `${height}px`;
    return bar;
  }

  async function ask(from, to) {
    if (!view.kernel || asked !== null) return;
    asked = from;
    try {
      view.history.accept(await view.kernel.call("summaries", { from, to }), view.kept());
      drawBars();
    } catch {
      // the bars stay low; the next scroll asks again
    } finally {
      asked = null;
    }
  }

  function drawInside() {
    const { history, cursor, grain } = view;
    const record = history.record(cursor.tick);
    insideHead.textContent = cursor.tick === null ? (unrecorded(history, view.state) ? "nothing is recorded" : "nothing has run") : `inside tick ${cursor.tick}${record ? ` · started by: ${whyStarted(record)}` : ""}`;
    insideHead.title = insideHead.textContent;
    if (!record) {
      lane.replaceChildren();
      return;
    }
    const [done, coming] = [lastStep(history, cursor, grain), nextStep(history, cursor, grain) ?? [0, 0]];
    const bars = unitsOf(record);
    const most = Math.max(1, ...bars.map((bar) => bar.moved));
    const runs = [];
    for (const bar of bars) {
      const step = record.steps[bar.from];
      const name = `sg ${step.sg.replace("sg-", "")}`;
      const same = runs.at(-1)?.key === `${step.sg}/${step.run}`;
      if (!same) {
        const border = runs.length && (runs.at(-1).stratum !== step.stratum || runs.at(-1).iteration !== iterationName(step)) ? " border" : "";
        const holder = html("div", {});
        const caption = html("span", {}, name, step.run > 1 ? ` ×${step.run}` : "");
        runs.push({ key: `${step.sg}/${step.run}`, stratum: step.stratum, iteration: iterationName(step), holder, element: html("div", { class: `run${border}` }, holder, caption) });
      }
      runs.at(-1).holder.append(drawStep(bar, record, most, done, coming, cursor));
    }
    lane.replaceChildren(...runs.map((run) => run.element));
  }

  function drawStep(bar, record, most, done, coming, cursor) {
    const state = bar.from >= cursor.done ? "later" : bar.to > done[0] ? "now" : "";
    const next = bar.from >= coming[0] && bar.from < coming[1] && view.grain !== "tick" ? "next" : "";
    const step = record.steps[bar.from];
    const who = bar.to - bar.from > 1 ? `${bar.to - bar.from} steps` : view.graph.ops[step.op].name;
    const when = iterationName(step);
    const element = html("div", { class: ["step", state, next].filter(Boolean).join(" "), "data-done": bar.to, title: `${who}${when ? `, ${when}` : ""}: ${plural(bar.moved, "item")}` }, html("u", {}));
    element.firstChild.style.height = `${2 + Math.round((bar.moved / most) * (HEIGHT - 2))}px`;
    return element;
  }

  return { element, draw, focus: () => ticks.focus() };
}

// Bars of the finest grain that has no more than STEPS of them.
function unitsOf(record) {
  for (const grain of ["operator", "subgraph", "stratum"]) {
    const bars = [];
    for (let from = 0; from < record.steps.length && bars.length <= STEPS;) {
      const to = unit(record.steps, from, grain)[1];
      let moved = 0;
      for (let index = from; index < to; index += 1) moved += record.total(index);
      bars.push({ from, to, moved });
      from = to;
    }
    if (bars.length <= STEPS || grain === "stratum") return bars;
  }
  return [];
}
