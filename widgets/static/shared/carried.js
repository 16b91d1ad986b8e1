// What a tick carries over on an edge: items that it does not send again. They are those that went over the edge in the
// tick before, with what was carried over then (the kernel tells them so as well, `trace/continued.py`).

/** @import { Move, Step } from "../stepper/history.js" */

/** What is recorded of ticks.
 * @typedef {{ tick: number, steps: Step[], base?: { [edge: string]: Move } }} Told
 * @typedef {{ record(tick: number | null): Told | undefined }} Ticks
 */

/** A step and one of its edges.
 * @typedef {{ tick: number, step: number, edge: string }} Place
 */

/** What was sent in one step, or of ticks that are not here (`step` is -1): the first of these items is the one at
 * `first` of the move, and at `at` of all that is carried over.
 * @typedef {Place & { move: Move, first: number, at: number, count: number }} Part
 */

const KNOWN = 16;
/** Of the moves that were asked about last.
 * @type {Map<Move, Part[]>}
 */
const known = new Map();

/** What a step carries over on an edge, in parts, oldest first; none where the ticks that tell it are not here.
 * @type {(ticks: Ticks, place: Place) => Part[]}
 */
export function earlier(ticks, place) {
  const move = ticks.record(place.tick)?.steps[place.step]?.moves[place.edge];
  if (!move?.carried) return [];
  const before = known.get(move);
  if (before) return before;
  const found = move.through ? through(ticks, place, move.through) : parts(ticks, place);
  let at = 0;
  for (const part of found) {
    part.at = at;
    at += part.count;
  }
  if (at !== move.carried) return [];
  known.set(move, found);
  const oldest = known.keys().next();
  if (known.size > KNOWN && !oldest.done) known.delete(oldest.value);
  return found;
}

/** @type {(ticks: Ticks, place: Place, edges: string[]) => Part[]} */
function through(ticks, { tick }, edges) {
  const record = ticks.record(tick);
  if (!record) return [];
  return edges.flatMap((edge) => stepsOver(record, edge).flatMap((step) =>
    earlier(ticks, { tick, step, edge }).map((part) => ({ ...part }))));
}

/** The steps that moved or carried something over an edge.
 * @type {(record: Told, edge: string) => number[]}
 */
const stepsOver = (record, edge) => record.steps.flatMap((step, at) => (edge in step.moves ? [at] : []));

/** @type {(ticks: Ticks, place: Place) => Part[]} */
function parts(ticks, { tick, edge }) {
  /** @type {Part[]} */
  const found = [];
  let record = ticks.record(tick);
  for (let isOver = false; record && !isOver;) {
    const base = record.base?.[edge];
    if (base) {
      found.push({ tick: record.tick, step: -1, edge, move: base, first: 0, at: 0, count: base.count });
      break;
    }
    const last = ticks.record(record.tick - 1);
    if (!last) break;
    isOver = true;
    for (const step of stepsOver(last, edge).reverse()) {
      const move = last.steps[step].moves[edge];
      const first = move.carried ?? 0;
      if (move.count > first) {
        found.push({ tick: last.tick, step, edge, move, first, at: 0, count: move.count - first });
      }
      if (first) isOver = false;
    }
    record = last;
  }
  return found.reverse();
}

/** The part that an item which is carried over is in, and its index there; null where that is not here.
 * @type {(ticks: Ticks, place: Place, index: number) => { part: Part, index: number } | null}
 */
export function earlierAt(ticks, place, index) {
  const list = earlier(ticks, place);
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].at + list[middle].count <= index) low = middle + 1;
    else high = middle;
  }
  const part = list[low];
  return part ? { part, index: part.first + index - part.at } : null;
}

/** Where the item at a place was sent; null where that is not here.
 * @template {Place & { index: number }} P
 * @param {Ticks} ticks
 * @param {P} item
 * @returns {(Place & { index: number }) | null}
 */
export function sentAt(ticks, item) {
  const move = ticks.record(item.tick)?.steps[item.step]?.moves[item.edge];
  if (!move || item.index >= (move.carried ?? 0)) return item;
  const found = earlierAt(ticks, item, item.index);
  if (!found || found.part.step < 0) return null;
  const { tick, step, edge } = found.part;
  return { tick, step, edge, index: found.index };
}
