// The rows of a channel's table at a place in the recording, as segments: stretches of the items that one operator step
// moved over one edge. A segment names its items, it does not hold them, so a table of any length costs the same.

/** @import { Range, Reading } from "./cursor.js" */
/** @import { Graph } from "./graph.js" */
/** @import { History, Move } from "./history.js" */
/** @import { Stretch as Kept } from "../shared/kept.js" */

import { lastStep, unit } from "./cursor.js";
import { iterationName } from "./graph.js";
import { stretches, textsOf } from "../shared/kept.js";
import { earlier } from "../shared/carried.js";

/** @typedef {Reading & { readonly graph: Graph }} Look what a reader looks at, and from where */
/** @typedef {"add" | "sub" | "thru" | "old" | "wait" | "over"} Mark */

/** What all segments have: how the rows are marked and called, the port, and which of the move's items they are.
 * @typedef {object} Stretch
 * @property {Mark} mark
 * @property {string} words
 * @property {string} [where]
 * @property {number} from
 * @property {number} to
 */

/** Items that wait at an input have no step yet; they are here.
 * @typedef {Stretch & { items: string[], iteration?: string }} Waiting
 */

/** @typedef {Stretch & { items?: undefined, tick: number, step: number, edge: string, iteration: string }} Moved */
/** @typedef {Waiting | Moved} Segment */

/** A row of a table: an item of a segment, and its place in the whole table. Where items were not kept, one row stands
 * for as many as are `missing`.
 * @typedef {{ segment: Segment, item: number, index: number, missing: number }} Row
 */

/** The items [from, to) of a segment, of which all were kept or none; the first is the one at `index` of the table.
 * @typedef {{ segment: Segment, from: number, to: number, index: number, isKept: boolean }} Piece
 */

/** The sign before a row, and its words.
 * @type {Record<Mark, [sign: string, words: string]>}
 */
export const MARKS = {
  wait: ["", "waiting"],
  add: ["+", "new"],
  sub: ["−", "consumed"],
  thru: ["±", "in and out"],
  old: ["", "carried"],
  over: ["", "carried over"],
};
const ORDER = Object.keys(MARKS);

/** The segments of an edge, a handoff or an operator, changes first; `waiting` is what waits at an operator's input.
 * @type {(look: Look, id: string, waiting?: Move | null) => Segment[]}
 */
export function segments(look, id, waiting = null) {
  const kind = look.graph.kind(id);
  const found = kind === "edge" ? edgeSegments(look, id)
    : kind === "handoff" ? handoffSegments(look, id)
    : kind === "operator" ? operatorSegments(look, id, waiting)
    : [];
  const rank = (/** @type {Segment} */ segment) => ORDER.indexOf(segment.mark);
  return found.filter((segment) => segment.to > segment.from).sort((one, other) => rank(one) - rank(other));
}

/** @type {(list: Segment[]) => number} */
export function rowCount(list) {
  return list.reduce((sum, segment) => sum + segment.to - segment.from, 0);
}

/** The segments laid end to end, divided where items were not kept; `canAsk` says whether more can be asked for.
 * @type {(list: Segment[], history: History, canAsk: boolean) => Piece[]}
 */
export function pieces(list, history, canAsk) {
  /** @type {Piece[]} */
  const found = [];
  let start = 0;
  for (const segment of list) {
    const move = segment.items ? undefined : history.record(segment.tick)?.steps[segment.step]?.moves[segment.edge];
    const parts = move ? stretchesOf(move, segment, history, canAsk)
      : [{ from: segment.from, to: segment.to, kept: 0 }];
    for (const part of parts) {
      const [from, to] = [Math.max(part.from, segment.from), Math.min(part.to, segment.to)];
      if (from < to) found.push({ segment, from, to, index: start + from - segment.from, isKept: part.kept !== null });
    }
    start += segment.to - segment.from;
  }
  return found;
}

/** The stretches of a move, what it carries over included: the kernel knows which of it is kept, a page looks for it in
 * the ticks before.
 * @type {(move: Move, place: Moved | Waiting, history: History, canAsk: boolean) => Kept[]}
 */
function stretchesOf(move, place, history, canAsk) {
  const [{ carried = 0 }, own] = [move, stretches(move, canAsk)];
  if (!carried || place.items) return own;
  // A gap of what was sent may follow the one in the place of what was carried over.
  const sent = own.flatMap((one) => (one.to > carried ? [{ ...one, from: Math.max(one.from, carried) }] : []));
  if (canAsk) return [{ from: 0, to: carried, kept: 0 }, ...sent];
  const found = earlier(history, place).flatMap(({ move: from, first, at, count }) =>
    stretches(from, false).flatMap((one) => {
      const [low, high] = [Math.max(one.from, first), Math.min(one.to, first + count)];
      return low < high ? [{ from: at + low - first, to: at + high - first, kept: one.kept }] : [];
    }));
  return [...(found.length ? found : [{ from: 0, to: carried, kept: null }]), ...sent];
}

/** How many rows pieces have: one for each item that is kept, one for each gap.
 * @type {(list: Piece[]) => number}
 */
export function lineCount(list) {
  return list.reduce((sum, { from, to, isKept }) => sum + (isKept ? to - from : 1), 0);
}

/** The rows [from, from + count).
 * @type {(list: Piece[], from: number, count: number) => Row[]}
 */
export function rowsOf(list, from, count) {
  /** @type {Row[]} */
  const found = [];
  let at = 0;
  for (const { segment, from: first, to, index, isKept } of list) {
    const length = isKept ? to - first : 1;
    for (let offset = Math.max(0, from - at); offset < length && at + offset < from + count; offset += 1) {
      found.push({ segment, item: first + offset, index: index + offset, missing: isKept ? 0 : to - first });
    }
    at += length;
    if (at >= from + count) break;
  }
  return found;
}

/** The key of the step and the edge that moved a segment's items.
 * @type {(segment: Moved) => string}
 */
export function moveKey({ tick, step, edge }) {
  return `${tick}/${step}/${edge}`;
}

/** The number that stands on an edge (this step's items, else the tick's so far) or in a handoff (what it holds), and
 * how many the tick so far carries over.
 * @type {(look: Look, id: string) => { now: number, count: number, carried: number }}
 */
export function badge(look, id) {
  const { graph, history, cursor } = look;
  if (graph.kind(id) === "handoff") return { now: 0, count: held(look, id).count, carried: 0 };
  const [from, to] = lastStep(look);
  const now = history.moved(cursor.tick, id, from, to);
  const carried = history.carried(cursor.tick, id, 0, to);
  return { now, count: now || history.moved(cursor.tick, id, 0, to), carried };
}

/** How many items the last step moved over the edges into an operator, and out of it; and how many it carried over on
 * those out of it, or where there is nothing on these, on those into it.
 * @type {(look: Look, op: string) => { took: number, gave: number, over: number }}
 */
export function traffic(look, op) {
  const { graph, history, cursor } = look;
  /** @type {(edges: string[], range: Range, which: "moved" | "carried") => number} */
  const sum = (edges, [from, to], which) =>
    edges.reduce((total, edge) => total + history[which](cursor.tick, edge, from, to), 0);
  const [ins, outs] = [graph.into(op), graph.outOf(op)];
  const [taken, given] = [intake(look, op), lastStep(look)];
  const over = sum(outs, given, "carried") || sum(ins, taken, "carried");
  return { took: sum(ins, taken, "moved"), gave: sum(outs, given, "moved"), over };
}

/** The steps that moved what an operator took in: within a run of its subgraph the steps before its own, so all of the
 * run.
 * @type {(look: Look, op: string) => Range}
 */
export function intake(look, op) {
  const [from, to] = lastStep(look);
  const record = look.history.record(look.cursor.tick);
  if (look.grain !== "operator" || !record || to === 0) return [from, to];
  return record.steps[to - 1].op === op ? [unit(record.steps, to - 1, "subgraph")[0], to] : [to, to];
}

/** The segments of what the steps of a tick moved over an edge, and of what they carried over on it.
 * @param {History} history
 * @param {{ tick: number | null, edge: string, range: Range, mark: Mark, words?: string, where?: string }} which
 * @returns {Moved[]}
 */
function over(history, { tick, edge, range, mark, words = MARKS[mark][1], where }) {
  const record = history.record(tick);
  if (!record) return [];
  return record.stepsOver(edge, ...range).flatMap((step) => {
    const { count, carried = 0 } = record.steps[step].moves[edge];
    const common = { where, tick: record.tick, step, edge, iteration: iterationName(record.steps[step]) };
    return [
      { ...common, mark, words, from: carried, to: count },
      { ...common, mark: /** @type {Mark} */ ("over"), words: MARKS.over[1], from: 0, to: carried },
    ];
  });
}

/** The same, without what was carried over: it was put into no handoff, and taken from none.
 * @type {(history: History, which: Parameters<typeof over>[1]) => Moved[]}
 */
const sentOver = (history, which) => over(history, which).filter((one) => one.mark !== "over");

/** @type {(look: Look, edge: string) => Segment[]} */
function edgeSegments(look, edge) {
  const { history, cursor: { tick } } = look;
  const [from, to] = lastStep(look);
  return [
    ...over(history, { tick, edge, range: [from, to], mark: "add" }),
    ...over(history, { tick, edge, range: [0, from], mark: "old", words: "earlier this tick" }),
  ];
}

/** A handoff is a queue: what was put in (in the tick before too, where it carries items over), what was taken out.
 * @type {(look: Look, id: string) => { carried: number, count: number }}
 */
function held({ graph, history, cursor }, id) {
  const [fills, drains] = [graph.fills(id), graph.drains(id)];
  const last = cursor.tick === null ? null : cursor.tick - 1;
  const before = graph.crossesTicks(id) ? history.record(last) : undefined;
  const carried = before && !before.fault ? before.moved(fills, 0, before.steps.length) : 0;
  const put = carried + history.moved(cursor.tick, fills, 0, cursor.done);
  const taken = history.moved(cursor.tick, drains, 0, cursor.done);
  return { carried, count: Math.max(0, put - taken) };
}

/** @type {(look: Look, id: string) => Segment[]} */
function handoffSegments(look, id) {
  const { graph, history, cursor: { tick } } = look;
  const [fills, drains] = [graph.fills(id), graph.drains(id)];
  const [from, to] = lastStep(look);
  const { carried } = held(look, id);
  const before = carried && tick !== null ? tick - 1 : null;
  const queue = [
    ...sentOver(history, { tick: before, edge: fills, range: [0, Infinity], mark: "old" }),
    ...sentOver(history, { tick, edge: fills, range: [0, to], mark: "old" }),
  ];
  const takenBefore = history.moved(tick, drains, 0, from);
  const takenNow = takenBefore + history.moved(tick, drains, from, to);
  const putBefore = carried + history.moved(tick, fills, 0, from);
  const put = rowCount(queue);
  // Items that were taken out, and were not put in since the recording began, were there before.
  const unseen = takenNow > put && put <= takenBefore;
  return [
    ...cut(queue, takenBefore, Math.min(takenNow, putBefore), "sub"),
    ...cut(queue, Math.max(putBefore, takenBefore), Math.min(takenNow, put), "thru"),
    ...cut(queue, Math.max(putBefore, takenNow), put, "add"),
    ...cut(queue, takenNow, putBefore, "old"),
    ...(unseen ? sentOver(history, { tick, edge: drains, range: [from, to], mark: "sub" }) : []),
  ];
}

/** The stretch [from, to) of a list of segments laid end to end.
 * @type {(list: Moved[], from: number, to: number, mark: Mark) => Moved[]}
 */
function cut(list, from, to, mark) {
  /** @type {Moved[]} */
  const found = [];
  let at = 0;
  for (const segment of list) {
    const length = segment.to - segment.from;
    const [low, high] = [Math.max(from - at, 0), Math.min(to - at, length)];
    if (low < high) {
      found.push({ ...segment, mark, words: MARKS[mark][1], from: segment.from + low, to: segment.from + high });
    }
    at += length;
  }
  return found;
}

/** @type {(look: Look, op: string, waiting: Move | null) => Segment[]} */
function operatorSegments(look, op, waiting) {
  const { graph, history, cursor: { tick } } = look;
  const gave = lastStep(look);
  const took = intake(look, op);
  const [ins, outs] = [graph.into(op), graph.outOf(op)];
  const named = (/** @type {string | null} */ name, /** @type {string} */ side, /** @type {number} */ count) =>
    (/** @type {number} */ index) => name !== null ? `${side} ${name}` : count > 1 ? `${side} ${index}` : side;
  /** @type {Segment[]} */
  const found = [];
  if (waiting) {
    const items = textsOf(waiting);
    found.push({ mark: "wait", words: "waiting", where: "input", items, from: 0, to: items.length });
  }
  outs.forEach((edge, index) => {
    const where = named(graph.edges[edge].from_port ?? null, "out", outs.length)(index);
    found.push(...over(history, { tick, edge, range: gave, mark: "add", where }));
  });
  ins.forEach((edge, index) => {
    const where = named(graph.edges[edge].to_port ?? null, "in", ins.length)(index);
    found.push(...over(history, { tick, edge, range: took, mark: "sub", where }));
  });
  return found;
}
