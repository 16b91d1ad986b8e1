// The rows of a channel's table at a place in the recording, as segments: stretches of the items that one operator step
// moved over one edge. A segment names its items, it does not hold them, so a table of any length costs the same.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Range, Reading } from "./cursor.js" */
/** @import { Graph } from "./graph.js" */
/** @import { History, Move } from "./history.js" */

import { lastStep, unit } from "./cursor.js";
import { iterationName } from "./graph.js";

/** @typedef {Reading & { readonly graph: Graph }} Look what a reader looks at, and from where */
/** @typedef {"add" | "sub" | "thru" | "old" | "wait"} Mark */

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

/** A row of a table: an item of a segment, and its place in the whole table.
 * @typedef {{ segment: Segment, item: number, index: number }} Row
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

/** The key of the step and the edge that moved a segment's items.
 * @type {(segment: Moved) => string}
 */
export function moveKey({ tick, step, edge }) {
  return `${tick}/${step}/${edge}`;
}

/** The number that stands on an edge (this step's items, else the tick's so far) or in a handoff (what it holds).
 * @type {(look: Look, id: string) => { now: number, count: number }}
 */
export function badge(look, id) {
  const { graph, history, cursor } = look;
  if (graph.kind(id) === "handoff") return { now: 0, count: held(look, id).count };
  const [from, to] = lastStep(look);
  const now = history.moved(cursor.tick, id, from, to);
  return { now, count: now || history.moved(cursor.tick, id, 0, to) };
}

/** How many items the last step moved over the edges into an operator, and out of it.
 * @type {(look: Look, op: string) => { took: number, gave: number }}
 */
export function traffic(look, op) {
  const { graph, history, cursor } = look;
  const sum = (/** @type {string[]} */ edges, /** @type {Range} */ [from, to]) =>
    edges.reduce((total, edge) => total + history.moved(cursor.tick, edge, from, to), 0);
  return { took: sum(graph.into(op), intake(look, op)), gave: sum(graph.outOf(op), lastStep(look)) };
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

/** The segments of what the steps of a tick moved over an edge.
 * @param {History} history
 * @param {{ tick: number | null, edge: string, range: Range, mark: Mark, words?: string, where?: string }} which
 * @returns {Moved[]}
 */
function over(history, { tick, edge, range, mark, words = MARKS[mark][1], where }) {
  const record = history.record(tick);
  if (!record) return [];
  return record.stepsOver(edge, ...range).map((step) => ({
    mark,
    words,
    where,
    tick: record.tick,
    step,
    edge,
    iteration: iterationName(record.steps[step]),
    from: 0,
    to: record.steps[step].moves[edge].count,
  }));
}

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
    ...over(history, { tick: before, edge: fills, range: [0, Infinity], mark: "old" }),
    ...over(history, { tick, edge: fills, range: [0, to], mark: "old" }),
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
    ...(unseen ? over(history, { tick, edge: drains, range: [from, to], mark: "sub" }) : []),
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
    const { items } = waiting;
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

// The items of a table: pages that the kernel sent are kept, as many as PAGES, and a page that is missing is asked for.
const PAGE = 200; // items of a page, as the kernel sends it
const PAGES = 120;

export class Items {
  /**
   * @param {History} history
   * @param {Kernel | null} kernel
   * @param {() => void} arrived is called when a page has come
   */
  constructor(history, kernel, arrived) {
    this.history = history;
    this.kernel = kernel;
    this.arrived = arrived;
    /** @type {Map<string, string[]>} */
    this.pages = new Map();
    /** @type {Set<string>} */
    this.asked = new Set();
  }

  clear() {
    this.pages.clear();
    this.asked.clear();
  }

  /** The item's text, undefined while its page is under way, null if it was not kept.
   * @type {(segment: Segment, index: number) => string | null | undefined}
   */
  text(segment, index) {
    if (segment.items) return segment.items[index];
    const move = this.history.record(segment.tick)?.steps[segment.step]?.moves[segment.edge];
    if (!move) return undefined;
    if (index < move.items.length) return move.items[index];
    if (!this.kernel) return null;
    const offset = Math.floor(index / PAGE) * PAGE;
    const key = `${moveKey(segment)}/${offset}`;
    const page = this.pages.get(key);
    if (page) return page[index - offset] ?? null;
    this.ask(key, segment, offset);
    return undefined;
  }

  /** @type {(key: string, segment: Moved, offset: number) => Promise<void>} */
  async ask(key, segment, offset) {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      const { items } = await this.kernel?.call("page", { ...this.move(segment), offset });
      this.pages.set(key, items);
      const oldest = this.pages.keys().next();
      if (this.pages.size > PAGES && !oldest.done) this.pages.delete(oldest.value);
    } catch {
      this.pages.set(key, []);
    } finally {
      this.asked.delete(key);
      this.arrived();
    }
  }

  /** The whole text of an item whose shown form was cut.
   * @type {(segment: Moved, index: number) => Promise<string>}
   */
  async whole(segment, index) {
    const saved = this.history.record(segment.tick)?.steps[segment.step]?.moves[segment.edge]?.whole?.[index];
    if (saved !== undefined) return saved;
    if (!this.kernel) throw new Error("the whole text is not kept");
    const reply = await this.kernel?.call("item", { ...this.move(segment), index });
    return reply.text;
  }

  /** How the kernel is told which items a segment stands for.
   * @type {(segment: Moved) => object}
   */
  move({ tick, step, edge }) {
    const record = this.history.record(tick);
    if (!record) throw new Error(`tick ${tick} is not kept`);
    const { op, sg, run } = record.steps[step];
    return { tick, op, sg, run, edge };
  }
}
