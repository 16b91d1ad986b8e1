// The bars of the timeline: a bar a tick, or where there is no room for that, one for several ticks.

/** @import { Summary } from "./history.js" */

/** The ticks [from, to], drawn as one bar of so many items; `known` of them have a summary.
 * @typedef {object} TickBar
 * @property {number} from
 * @property {number} to
 * @property {number} moved
 * @property {number} known
 * @property {string[]} marks what is marked there: "fault", "aside", "stop", "branch", "passed", "hit"
 * @property {boolean} isPartial
 */

/** What stands at ticks, by kind.
 * @typedef {Record<string, Set<number>>} Marks
 */

export const NARROWEST = 7; // pixels of a bar of one tick
export const NARROW = 4; // pixels of a bar of several

/** How many ticks a bar stands for, so that `count` ticks fit into `room` pixels.
 * @type {(count: number, room: number) => number}
 */
export function ticksPerBar(count, room) {
  if (count * NARROWEST <= room) return 1;
  return Math.ceil(count / Math.max(1, Math.floor(room / NARROW)));
}

/** The bars of the ticks [from, to], each of `per` ticks but the last.
 * @type {(
 *   from: number, to: number, per: number, summary: (tick: number) => Summary | undefined, marks: Marks,
 * ) => TickBar[]}
 */
export function barsBetween(from, to, per, summary, marks) {
  /** @type {TickBar[]} */
  const bars = [];
  const kinds = Object.entries(marks).filter(([, ticks]) => ticks.size);
  for (let first = from; first <= to; first += per) {
    const last = Math.min(to, first + per - 1);
    /** @type {TickBar} */
    const bar = { from: first, to: last, moved: 0, known: 0, marks: [], isPartial: false };
    for (let tick = first; tick <= last; tick += 1) {
      const told = summary(tick);
      if (!told) continue;
      bar.known += 1;
      bar.moved += told.moved;
      const own = { fault: told.fault, aside: told.set_aside?.length, stop: told.stops?.length };
      for (const [kind, is] of Object.entries(own)) if (is && !bar.marks.includes(kind)) bar.marks.push(kind);
      if (!told.complete) bar.isPartial = true;
    }
    for (const [kind, ticks] of kinds) if (hasBetween(ticks, first, last)) bar.marks.push(kind);
    bars.push(bar);
  }
  return bars;
}

/** @type {(ticks: Set<number>, from: number, to: number) => boolean} */
function hasBetween(ticks, from, to) {
  if (ticks.size < to - from) {
    for (const tick of ticks) if (tick >= from && tick <= to) return true;
    return false;
  }
  for (let tick = from; tick <= to; tick += 1) if (ticks.has(tick)) return true;
  return false;
}

/** The ticks between two places of a brush, as a part of them; null where it is too narrow to be meant.
 * @type {(one: number, other: number) => [number, number] | null}
 */
export function brushed(one, other) {
  const [from, to] = one < other ? [one, other] : [other, one];
  return to > from ? [from, to] : null;
}

/** A part of the ticks [oldest, newest], zoomed about a tick by a factor; null where all are in sight.
 * @type {(
 *   part: [number, number] | null, oldest: number, newest: number, about: number, factor: number,
 * ) => [number, number] | null}
 */
export function zoomed(part, oldest, newest, about, factor) {
  const [from, to] = part ?? [oldest, newest];
  const length = Math.max(3, Math.round((to - from + 1) * factor));
  if (length >= newest - oldest + 1) return null;
  const share = (Math.min(to, Math.max(from, about)) - from) / Math.max(1, to - from);
  const begin = Math.round(about - share * (length - 1));
  const first = Math.min(newest - length + 1, Math.max(oldest, begin));
  return [first, first + length - 1];
}

/** A part that holds a tick: the same one, or moved by no more than it takes.
 * @type {(part: [number, number], tick: number) => [number, number]}
 */
export function holding([from, to], tick) {
  if (tick < from) return [tick, to - (from - tick)];
  if (tick > to) return [from + (tick - to), tick];
  return [from, to];
}
