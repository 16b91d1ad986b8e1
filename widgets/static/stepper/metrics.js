// A number for each operator, as a reader has chosen it: which ones there are, how they are made from a recording, and
// how deep the hue of each is. It draws nothing.

/** @import { Graph } from "./graph.js" */
/** @import { Tick } from "./history.js" */

import { compact } from "../shared/text.js";
import { sentOf } from "./history.js";

/** @typedef {Record<string, number>} Values by operator */

/** The metrics: a value, its words in the chooser, and its words with a number.
 * @type {[value: string, words: string, of: (value: number) => string, about: string][]}
 */
export const METRICS = [
  ["items", "items", (value) => compact(value), "items that came to each operator; of a source those that left it"],
  ["time", "time", (value) => milliseconds(value), "time in its own code and in the functions that it calls"],
  ["state", "state size", (value) => compact(value), "how much each operator holds at the end"],
  ["selectivity", "selectivity", (value) => ratio(value), "how many items leave for each that comes"],
  ["rounds", "rounds", (value) => compact(value), "how often its subgraph ran, in a cycle the rounds to the fixpoint"],
];
export const LEVELS = 5;

/** @type {(value: number) => string} */
function milliseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  return `${(value * 1000).toFixed(0)} µs`;
}

/** @type {(value: number) => string} */
function ratio(value) {
  return value >= 100 ? compact(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** @type {(metric: string, value: number) => string} */
export function shown(metric, value) {
  return METRICS.find(([one]) => one === metric)?.[2](value) ?? "";
}

/** What the recorded ticks say; null where that is not in them.
 * @type {(graph: Graph, ticks: { steps: Tick["steps"] }[], metric: string) => Values | null}
 */
export function measured(graph, ticks, metric) {
  if (metric === "rounds") return rounds(ticks);
  if (metric !== "items" && metric !== "selectivity") return null;
  /** @type {Values} */
  const came = {};
  /** @type {Values} */
  const left = {};
  for (const { steps } of ticks) {
    for (const { moves } of steps) {
      for (const [edge, move] of Object.entries(moves)) {
        const count = sentOf(move);
        const { from, to } = graph.edges[edge];
        came[to] = (came[to] ?? 0) + count;
        left[from] = (left[from] ?? 0) + count;
      }
    }
  }
  const ops = Object.keys(graph.ops);
  if (metric === "items") {
    return Object.fromEntries(ops.map((op) => [op, (graph.into(op).length ? came[op] : left[op]) ?? 0]));
  }
  const through = ops.filter((op) => came[op] && graph.outOf(op).length);
  return Object.fromEntries(through.map((op) => [op, (left[op] ?? 0) / came[op]]));
}

/** @type {(ticks: { steps: Tick["steps"] }[]) => Values} */
function rounds(ticks) {
  /** @type {Values} */
  const found = {};
  for (const { steps } of ticks) for (const { op, run } of steps) found[op] = Math.max(found[op] ?? 0, run);
  return found;
}

/** How deep the hue of a value is, from 0 to LEVELS: its share of the greatest one.
 * @type {(value: number, most: number) => number}
 */
export function level(value, most) {
  return most > 0 && value > 0 ? Math.max(1, Math.ceil((LEVELS * value) / most)) : 0;
}
