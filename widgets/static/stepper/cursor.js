// Where a reader stands: at a place {tick, done}, `done` operator steps of `tick` have happened; START is before
// everything. The end of one tick and the beginning of the next are the same place; it is written as the end.

/** @import { Graph } from "./graph.js" */
/** @import { History, Step } from "./history.js" */

/** @typedef {{ tick: number | null, done: number }} Place */
/** @typedef {"tick" | "stratum" | "iteration" | "subgraph" | "operator"} Grain */
/** @typedef {[from: number, to: number]} Range of steps, the last one excluded */
/** @typedef {{ readonly history: History, readonly cursor: Place, readonly grain: Grain }} Reading */

/** Iterations are those of nested loops; a root loop fires once a tick.
 * @type {Grain[]}
 */
export const GRAINS = ["tick", "stratum", "iteration", "subgraph", "operator"];
/** @type {Place} */
export const START = { tick: null, done: 0 };

/** @type {(graph: Graph) => Grain[]} */
export function grainsOf(graph) {
  return GRAINS.filter((grain) => grain !== "iteration" || graph.iterates);
}

/** @type {(history: History) => Place} */
export function newest(history) {
  return history.newest === null ? START : endOf(history, history.newest);
}

/** @type {(history: History, tick: number) => Place} */
export function endOf(history, tick) {
  return { tick, done: history.steps(tick) ?? 0 };
}

/** @type {(one: Place, other: Place) => boolean} */
export function same(one, other) {
  return one.tick === other.tick && one.done === other.done;
}

/** @type {(history: History, cursor: Place) => boolean} */
export function atNewest(history, cursor) {
  return same(cursor, newest(history));
}

/** What the steps of one unit of a grain have in common.
 * @type {Record<Grain, (step: Step, index: number) => string>}
 */
const UNIT_KEYS = {
  tick: () => "",
  stratum: (step) => `${step.stratum}`,
  iteration: (step) => `${step.stratum}/${step.loop ?? ""}/${step.iteration ?? ""}`,
  subgraph: (step) => `${step.stratum}/${step.sg}/${step.run}`,
  operator: (_, index) => `${index}`,
};

/** The steps of the unit of `grain` that holds step `index`.
 * @type {(steps: Step[], index: number, grain: Grain) => Range}
 */
export function unit(steps, index, grain) {
  if (grain === "tick") return [0, steps.length];
  const key = UNIT_KEYS[grain];
  const wanted = key(steps[index], index);
  let [from, to] = [index, index + 1];
  while (from > 0 && key(steps[from - 1], from - 1) === wanted) from -= 1;
  while (to < steps.length && key(steps[to], to) === wanted) to += 1;
  return [from, to];
}

/** What was found last for a record: it is asked for each node and edge of a draw.
 * @type {WeakMap<object, { done: number, grain: Grain, range: Range }>}
 */
const found = new WeakMap();

/** The steps that the last step of the grain took; empty before the start or in a tick in which nothing ran.
 * @type {(reading: Reading) => Range}
 */
export function lastStep({ history, cursor, grain }) {
  const record = history.record(cursor.tick);
  if (!record || cursor.done === 0) return [0, 0];
  if (grain === "tick") return [0, cursor.done];
  const known = found.get(record);
  if (known && known.done === cursor.done && known.grain === grain) return known.range;
  /** @type {Range} */
  const range = [unit(record.steps, Math.min(cursor.done, record.steps.length) - 1, grain)[0], cursor.done];
  found.set(record, { done: cursor.done, grain, range });
  return range;
}

/** The steps that a step forward would take inside the recorded part of the cursor's tick, or null.
 * @type {(reading: Reading) => Range | null}
 */
export function nextStep({ history, cursor, grain }) {
  const record = history.record(cursor.tick);
  if (!record || cursor.done >= record.steps.length) return null;
  return [cursor.done, unit(record.steps, cursor.done, grain)[1]];
}

/** The ticks whose records a move by the grain from here reads; a move by whole ticks reads summaries only.
 * @type {(reading: Reading) => number[]}
 */
export function ticksForMove({ history, cursor, grain }) {
  if (grain === "tick") return [];
  const around = cursor.tick === null ? [history.oldest] : [cursor.tick - 1, cursor.tick, cursor.tick + 1];
  return around.filter((tick) => history.has(tick));
}

/** The place one step on, or null at the newest.
 * @type {(reading: Reading) => Place | null}
 */
export function forward({ history, cursor, grain }) {
  if (history.newest === null) return null;
  if (cursor.tick !== null && cursor.done < (history.steps(cursor.tick) ?? 0)) {
    return { tick: cursor.tick, done: stepEnd(history, cursor.tick, cursor.done, grain) };
  }
  const tick = cursor.tick === null ? history.oldest : cursor.tick + 1;
  return history.has(tick) ? { tick, done: stepEnd(history, tick, 0, grain) } : null;
}

/** The place one step before, or null at the start.
 * @type {(reading: Reading) => Place | null}
 */
export function back({ history, cursor, grain }) {
  if (cursor.tick === null) return null;
  const record = history.record(cursor.tick);
  const isWhole = cursor.done === 0 || grain === "tick" || !record;
  const done = isWhole ? 0 : unit(record.steps, cursor.done - 1, grain)[0];
  if (done > 0) return { tick: cursor.tick, done };
  return history.has(cursor.tick - 1) ? endOf(history, cursor.tick - 1) : START;
}

/** @type {(history: History, tick: number, index: number, grain: Grain) => number} */
function stepEnd(history, tick, index, grain) {
  const all = history.steps(tick) ?? 0;
  const record = history.record(tick);
  return grain === "tick" || !record || index >= all ? all : unit(record.steps, index, grain)[1];
}
