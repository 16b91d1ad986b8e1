// The rows of a channel's table at a place in the recording, as segments: stretches of the items that one operator step
// moved over one edge. A segment names its items, it does not hold them, so a table of any length costs the same.

import { lastStep, unit } from "./cursor.js";
import { iterationName } from "./graph.js";

export const MARKS = {
  add: ["+", "new"],
  sub: ["−", "consumed"],
  thru: ["±", "in and out"],
  old: ["", "carried"],
  wait: ["", "waiting"],
};
const ORDER = ["wait", "add", "sub", "thru", "old"];

// Segments of `id`, changes first: {mark, words, where, tick, step, edge, from, to} or {mark, words, where, items, from, to}.
export function segments(graph, history, cursor, grain, id, waiting) {
  const found = {
    edge: () => edgeSegments(history, cursor, grain, id),
    handoff: () => handoffSegments(graph, history, cursor, grain, id),
    operator: () => operatorSegments(graph, history, cursor, grain, id, waiting),
  }[graph.kind(id)]();
  return found.filter((one) => one.to > one.from).sort((one, other) => ORDER.indexOf(one.mark) - ORDER.indexOf(other.mark));
}

export function rowCount(list) {
  return list.reduce((sum, one) => sum + one.to - one.from, 0);
}

// The number that stands on an edge (this step's items, else the tick's so far) or in a handoff (what it holds).
export function badge(graph, history, cursor, grain, id) {
  if (graph.kind(id) === "handoff") return { now: 0, count: held(graph, history, cursor, id).count };
  const [from, to] = lastStep(history, cursor, grain);
  const now = history.moved(cursor.tick, id, from, to);
  return { now, count: now || history.moved(cursor.tick, id, 0, to) };
}

// What an operator took in: within a run of its subgraph its input was moved by the steps before it, so look at the whole run.
export function intake(graph, history, cursor, grain, op) {
  const [from, to] = lastStep(history, cursor, grain);
  const record = history.record(cursor.tick);
  if (grain !== "operator" || !record || to === 0) return [from, to];
  return record.steps[to - 1].op === op ? [unit(record.steps, to - 1, "subgraph")[0], to] : [to, to];
}

function over(history, tick, edge, from, to, mark, words, where) {
  const record = history.record(tick);
  if (!record) return [];
  return record.stepsOver(edge, from, to).map((step) => ({
    mark, words: words ?? MARKS[mark][1], where, tick, step, edge, iteration: iterationName(record.steps[step]), from: 0, to: record.steps[step].moves[edge].count,
  }));
}

function edgeSegments(history, cursor, grain, edge) {
  const [from, to] = lastStep(history, cursor, grain);
  return [
    ...over(history, cursor.tick, edge, from, to, "add"),
    ...over(history, cursor.tick, edge, 0, from, "old", "earlier this tick"),
  ];
}

// A handoff is a queue: what was put in (in the tick before too, where it carries items over) minus what was taken out.
function held(graph, history, cursor, id) {
  const [fills, drains] = [graph.fills(id), graph.drains(id)];
  const before = graph.crossesTicks(id) && history.record(cursor.tick - 1);
  const carried = before && !before.fault ? history.moved(cursor.tick - 1, fills, 0, before.steps.length) : 0;
  const put = carried + history.moved(cursor.tick, fills, 0, cursor.done);
  const taken = history.moved(cursor.tick, drains, 0, cursor.done);
  return { carried, put, taken, count: Math.max(0, put - taken) };
}

function handoffSegments(graph, history, cursor, grain, id) {
  const [fills, drains] = [graph.fills(id), graph.drains(id)];
  const [from, to] = lastStep(history, cursor, grain);
  const { carried } = held(graph, history, cursor, id);
  const queue = [
    ...(carried ? over(history, cursor.tick - 1, fills, 0, Infinity, "old") : []),
    ...over(history, cursor.tick, fills, 0, to, "old"),
  ];
  const takenBefore = history.moved(cursor.tick, drains, 0, from);
  const takenNow = takenBefore + history.moved(cursor.tick, drains, from, to);
  const putBefore = carried + history.moved(cursor.tick, fills, 0, from);
  const put = rowCount(queue);
  return [
    ...cut(queue, takenBefore, Math.min(takenNow, putBefore), "sub"),
    ...cut(queue, Math.max(putBefore, takenBefore), Math.min(takenNow, put), "thru"),
    ...cut(queue, Math.max(putBefore, takenNow), put, "add"),
    ...cut(queue, takenNow, putBefore, "old"),
    // Taken out although nobody saw it put in: it was there before the recording began.
    ...(takenNow > put && put <= takenBefore ? over(history, cursor.tick, drains, from, to, "sub") : []),
  ];
}

// The stretch [from, to) of a list of segments laid end to end.
function cut(list, from, to, mark) {
  const found = [];
  let at = 0;
  for (const one of list) {
    const length = one.to - one.from;
    const [low, high] = [Math.max(from - at, 0), Math.min(to - at, length)];
    if (low < high) found.push({ ...one, mark, words: MARKS[mark][1], from: one.from + low, to: one.from + high });
    at += length;
  }
  return found;
}

function operatorSegments(graph, history, cursor, grain, op, waiting) {
  const [from, to] = lastStep(history, cursor, grain);
  const taken = intake(graph, history, cursor, grain, op);
  const port = (name, side, count, index) => (name !== null && name !== undefined ? `${side} ${name}` : count > 1 ? `${side} ${index}` : side);
  const outs = graph.outOf(op);
  const ins = graph.into(op);
  return [
    ...(waiting ? [{ mark: "wait", words: "waiting", where: "input", items: waiting.items, from: 0, to: waiting.items.length }] : []),
    ...outs.flatMap((edge, index) => over(history, cursor.tick, edge, from, to, "add", null, port(graph.edges[edge].from_port, "out", outs.length, index))),
    ...ins.flatMap((edge, index) => over(history, cursor.tick, edge, ...taken, "sub", null, port(graph.edges[edge].to_port, "in", ins.length, index))),
  ];
}

// The items of a table: pages that the kernel sent are kept, as many as PAGES, and a page that is missing is asked for.
const PAGE = 200;
const PAGES = 120;

export class Items {
  constructor(history, kernel, arrived) {
    this.history = history;
    this.kernel = kernel;
    this.arrived = arrived;
    this.pages = new Map();
    this.asked = new Map();
  }

  clear() {
    this.pages.clear();
    this.asked.clear();
  }

  // The item's text, undefined while its page is under way, null if it was not kept.
  text(segment, index) {
    if (segment.items) return segment.items[index];
    const record = this.history.record(segment.tick);
    const move = record?.steps[segment.step]?.moves[segment.edge];
    if (!move) return undefined;
    if (index < move.items.length) return move.items[index];
    if (!this.kernel) return null;
    const offset = Math.floor(index / PAGE) * PAGE;
    const key = `${segment.tick}/${segment.step}/${segment.edge}/${offset}`;
    const page = this.pages.get(key);
    if (page) return page[index - offset] ?? null;
    this.ask(key, segment, record.steps[segment.step], offset);
    return undefined;
  }

  async ask(key, segment, step, offset) {
    if (this.asked.has(key)) return;
    this.asked.set(key, true);
    try {
      const { items } = await this.kernel.call("page", { tick: segment.tick, op: step.op, sg: step.sg, run: step.run, edge: segment.edge, offset });
      this.pages.set(key, items);
      if (this.pages.size > PAGES) this.pages.delete(this.pages.keys().next().value);
    } catch {
      this.pages.set(key, []);
    } finally {
      this.asked.delete(key);
      this.arrived();
    }
  }

  // The whole text of an item whose shown form was cut.
  async whole(segment, index) {
    const step = this.history.record(segment.tick).steps[segment.step];
    const reply = await this.kernel.call("item", { tick: segment.tick, op: step.op, sg: step.sg, run: step.run, edge: segment.edge, index });
    return reply.text;
  }
}
