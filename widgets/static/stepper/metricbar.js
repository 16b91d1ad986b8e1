// The metric chooser: a number at each operator and one hue, the deeper the greater, with a legend below the graph.

/** @import { Feature, FeatureNeeds } from "./features.js" */
/** @import { Values } from "./metrics.js" */

import { html } from "../shared/dom.js";
import { LEVELS, METRICS, level, measured, shown } from "./metrics.js";
import { StateHistory } from "./states.js";

/** @type {(needs: FeatureNeeds) => Feature} */
export function makeMetric({ view, act, listen, kernel, data, root }) {
  const { graph, history } = view;
  const saved = data.states ? new StateHistory(data.states) : null;
  const offered = METRICS.filter(([metric]) => kernel || (metric === "state" ? saved : metric !== "time"));
  const chooser = html("select", { "aria-label": "Numbers at operators", title: "A number at each operator" },
    html("option", { value: "" }, "numbers"),
    ...offered.map(([metric, words, , about]) => html("option", { value: metric, title: about }, words)));
  const range = html("select", { "aria-label": "Of which ticks", title: "Of which ticks" },
    html("option", { value: "tick" }, "of this tick"), html("option", { value: "all" }, "of all ticks"));
  const legend = html("span", { class: "hf-heatkey" });
  const about = html("span", { class: "about" });
  const pane = html("div", { class: "hf-metric", role: "group", "aria-label": "Numbers", hidden: true },
    range, legend, about);
  /** @type {{ key: string, values: Values | null, why: string }} */
  let known = { key: "", values: null, why: "" };
  /** @type {string | null} */
  let asked = null;
  let most = 0;

  listen(chooser, "change", () => {
    // What was measured for the reader is measured no longer.
    if (kernel && !chooser.value) kernel.call("metrics", { metric: "", first: 0, last: 0 }).catch(() => {});
    act.redraw();
  });
  listen(range, "change", () => act.redraw());

  /** The ticks whose numbers are shown, null where there are none. */
  function ticks() {
    const { tick } = view.cursor;
    const { oldest, newest } = history;
    if (tick === null || oldest === null || newest === null) return null;
    return range.value === "all" ? { first: oldest, last: newest } : { first: tick, last: tick };
  }

  function draw() {
    const metric = chooser.value;
    pane.hidden = !metric;
    root.classList.toggle("hf-measured", metric !== "");
    if (!metric) return;
    const of = ticks();
    const now = view.running ? "" : view.state?.tick;
    const key = of ? [metric, of.first, of.last, history.steps(of.last), now].join(" ") : "";
    if (key !== known.key) look(key, metric, of);
    most = Math.max(0, ...Object.values(known.values ?? {}));
    drawLegend(metric, of);
  }

  /** @type {(key: string, metric: string, of: { first: number, last: number } | null) => void} */
  function look(key, metric, of) {
    if (!of) known = { key, values: null, why: "Nothing has run yet." };
    else if (!kernel) known = { key, ...fromRecording(metric, of) };
    else if (asked === null && !view.running) {
      asked = key;
      kernel.call("metrics", { metric, ...of }).then((answer) => {
        known = { key, values: answer.values ?? null, why: answer.why ?? "" };
      }, (problem) => {
        known = { key, values: null, why: problem.message };
      }).finally(() => {
        asked = null;
        act.redraw();
      });
    }
  }

  /** @type {(metric: string, of: { first: number, last: number }) => { values: Values | null, why: string }} */
  function fromRecording(metric, { first, last }) {
    if (metric === "state") {
      const { sizes, why } = saved?.answer(last, []) ?? {};
      return { values: sizes ?? null, why: why ?? "" };
    }
    const records = [];
    for (let tick = first; tick <= last; tick += 1) {
      const record = history.record(tick);
      if (record) records.push(record);
    }
    return { values: measured(graph, records, metric), why: "" };
  }

  /** @type {(metric: string, of: { first: number, last: number } | null) => void} */
  function drawLegend(metric, of) {
    const meaning = METRICS.find(([one]) => one === metric)?.[3] ?? "";
    const when = !of ? "" : of.first === of.last ? ` in tick ${of.last}` : ` in ticks ${of.first} to ${of.last}`;
    about.textContent = known.values ? `${meaning}${when}` : known.why || "Reading …";
    const steps = known.values ? [...Array(LEVELS).keys()].map((one) => html("i", { class: `heat-${one + 1}` })) : [];
    legend.replaceChildren(...(steps.length ? ["0 ", ...steps, ` ${shown(metric, most)}`] : []));
  }

  /** @type {(id: string) => import("./features.js").Mark | null} */
  function mark(id) {
    const value = chooser.value ? known.values?.[id] : undefined;
    if (value === undefined || !graph.ops[id]) return null;
    const text = shown(chooser.value, value);
    return { classes: `heat heat-${level(value, most)}`, badge: text, words: `${chooser.value} ${text}` };
  }

  return { buttons: [chooser], pane, mark, draw };
}
