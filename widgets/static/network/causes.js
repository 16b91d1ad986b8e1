// What happened because of what: the causal past and future of a tick, a message or an item from outside. A tick
// depends on what it took in and on the state that it went on with, a message on the tick that sent it (L. Lamport,
// "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21, 1978).

/** @import { Cause } from "../stepper/derivation.js" */
/** @import { Given, Message, Run, Tick } from "./run.js" */

/** What may be pointed at, by its id.
 * @typedef {Tick | Message | Given} Point
 */

/** The points of a run by their ids.
 * @type {(run: Run) => Map<string, Point>}
 */
export function pointsOf(run) {
  return new Map([...run.ticks.values(), ...run.messages.values(), ...run.given].map((one) => [one.id, one]));
}

/** The ids of the ticks and messages that had a part in an item.
 * @type {(run: Run, causes: Cause[]) => Set<string>}
 */
export function idsOf(run, causes) {
  const ticks = new Set(causes.map(({ node, life, tick }) => `${tick} ${life} ${node}`));
  const rows = [...run.ticks.values()].filter(({ node, life, tick }) => ticks.has(`${tick} ${life} ${node}`));
  const messages = causes.flatMap(({ message }) => (message ? [`m${message}`] : []));
  return new Set([...rows.map((one) => one.id), ...messages]);
}

/** The direct causes of a point.
 * @type {(point: Point) => Point[]}
 */
export function causesOf(point) {
  if ("taken" in point) return [...point.taken, ...(point.before ? [point.before] : [])];
  if ("fate" in point) return [point.original, point.original ? null : point.sender].flatMap((one) => one ?? []);
  return [];
}

/** Past and future of a point, each by ids, itself in both.
 * @type {(run: Run, id: string) => { past: Set<string>, future: Set<string> }}
 */
export function causality(run, id) {
  const start = pointsOf(run).get(id);
  if (!start) return { past: new Set(), future: new Set() };
  return { past: reached(start, causesOf), future: reached(start, effectsOf) };
}

/** What happened because of a point, directly.
 * @type {(point: Point) => Point[]}
 */
export function effectsOf(point) {
  if ("taken" in point) return [...point.sent, ...(point.after ? [point.after] : [])];
  if ("fate" in point) return [...point.copies, ...(point.taker ? [point.taker] : [])];
  return point.taker ? [point.taker] : [];
}

/** @type {(start: Point, next: (point: Point) => Point[]) => Set<string>} */
function reached(start, next) {
  const found = new Set([start.id]);
  const open = [start];
  for (let point = open.pop(); point; point = open.pop()) {
    for (const other of next(point)) {
      if (found.has(other.id)) continue;
      found.add(other.id);
      open.push(other);
    }
  }
  return found;
}
