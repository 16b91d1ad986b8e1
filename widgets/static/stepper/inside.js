// The steps inside the tick that is shown: a bar a step, those of one run of a subgraph side by side.

/** @import { Grain, Range } from "./cursor.js" */
/** @import { Recorded } from "./history.js" */
/** @import { Needs } from "./view.js" */

import { html, renew } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { scrub } from "./brush.js";
import { lastStep, nextStep, unit } from "./cursor.js";
import { idNumber, iterationName } from "./graph.js";
import { unrecorded, whyStarted } from "./words.js";

const STEPS = 400; // bars; beyond, a bar stands for a coarser step
const HEIGHT = 28;

/** The steps [from, to), drawn as one bar.
 * @typedef {{ from: number, to: number, moved: number }} Bar
 */

/** @param {Needs} needs */
export function makeInside({ view, act, listen }) {
  const head = html("h4", {});
  const lane = html("div", { class: "hf-lane", role: "group", "aria-label": "Steps inside the tick", tabindex: "0" });
  scrub(listen, lane, "[data-done]", (bar) => act.show({ tick: view.cursor.tick, done: Number(bar.dataset.done) }));

  function draw() {
    const { history, cursor } = view;
    const record = history.record(cursor.tick);
    head.textContent = words(record);
    head.title = head.textContent;
    renew(lane, ...(record ? drawRuns(record) : []));
  }

  /** @type {(record: Recorded | undefined) => string} */
  function words(record) {
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

  return { element: html("div", { class: "inside" }, head, lane), draw };
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
