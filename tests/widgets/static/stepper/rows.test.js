import assert from "node:assert/strict";
import test from "node:test";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { Items } from "../../../../widgets/static/stepper/items.js";
import {
  badge, intake, lineCount, pieces, rowCount, rowsOf, segments, traffic,
} from "../../../../widgets/static/stepper/rows.js";
import { GRAPH, carrying, moved, step, tick, ticks } from "../recording.js";

/** @import { Grain, Place } from "../../../../widgets/static/stepper/cursor.js" */
/** @import { Tick } from "../../../../widgets/static/stepper/history.js" */
/** @import { Look, Segment } from "../../../../widgets/static/stepper/rows.js" */

/** @type {(cursor: Place, grain: Grain, records?: Tick[]) => Look} */
function look(cursor, grain, records = ticks()) {
  const history = new History();
  history.accept({ oldest: records[0].tick, newest: records[records.length - 1].tick, records });
  return { graph: new Graph(GRAPH), history, cursor, grain };
}

/** The rows as texts: the mark, where it is said the port, and the item.
 * @type {(at: Look, list: Segment[]) => string[]}
 */
function texts(at, list) {
  const items = new Items(at.history, null, () => {});
  return list.flatMap((segment) => Array.from({ length: segment.to - segment.from }, (_, index) =>
    [segment.mark, segment.where, items.text(segment, segment.from + index)].filter(Boolean).join(" ")));
}

test("an edge shows what passed in the last step, and below it what passed earlier in the tick", () => {
  const records = [tick(0, [
    step("op-1", "sg-1", 0, { "edge-1": moved("a", "b") }),
    step("op-1", "sg-1", 0, { "edge-1": moved("c") }, 2),
  ])];
  const at = look({ tick: 0, done: 2 }, "operator", records);

  assert.deepEqual(texts(at, segments(at, "edge-1")), ["add c", "old a", "old b"]);
  assert.deepEqual(badge(at, "edge-1"), { now: 1, count: 1, carried: 0 });
});

test("what a tick carries over stands below what is new, and is read from the ticks that sent it", () => {
  const at = look({ tick: 2, done: 1 }, "tick", carrying());

  assert.deepEqual(texts(at, segments(at, "edge-1")), ["add d", "over a", "over b", "over c"]);
  assert.deepEqual(badge(at, "edge-1"), { now: 1, count: 1, carried: 3 });
  assert.deepEqual(traffic(at, "op-1"), { took: 0, gave: 1, over: 3 });
  const parts = pieces(segments(at, "edge-1"), at.history, false);
  assert.deepEqual(parts.map(({ from, to, isKept }) => [from, to, isKept]), [[3, 4, true], [0, 2, true], [2, 3, true]]);
});

test("what is carried over from ticks that are not here is not kept", () => {
  const at = look({ tick: 2, done: 1 }, "tick", carrying().slice(1));

  assert.deepEqual(texts(at, segments(at, "edge-1")), ["add d", "over", "over", "over"]);
  const parts = pieces(segments(at, "edge-1"), at.history, false);
  assert.deepEqual(parts.map(({ from, to, isKept }) => [from, to, isKept]), [[3, 4, true], [0, 3, false]]);
});

test("what is carried over was put into no handoff", () => {
  const carried = { count: 3, carried: 2, items: ["x"], gaps: /** @type {[number, number][]} */ ([[0, 2]]) };
  const records = [tick(0, [step("op-3", "sg-1", 0, { "edge-3": carried })])];
  const at = look({ tick: 0, done: 1 }, "operator", records);

  assert.deepEqual(texts(at, segments(at, "handoff-1")), ["add x"]);
  assert.equal(badge(at, "handoff-1").count, 1);
});

test("an edge that moved nothing in the last step bears the tick's count so far", () => {
  assert.deepEqual(badge(look({ tick: 0, done: 2 }, "operator"), "edge-1"), { now: 0, count: 2, carried: 0 });
});

test("a handoff that crosses ticks holds what the tick before put in, until it is taken out", () => {
  const before = look({ tick: 1, done: 2 }, "operator");
  const after = look({ tick: 1, done: 3 }, "operator");

  assert.deepEqual(texts(before, segments(before, "handoff-1")), ["add cA", "old aA", "old bA"]);
  assert.equal(badge(before, "handoff-1").count, 3);
  assert.deepEqual(texts(after, segments(after, "handoff-1")), ["sub aA", "sub bA", "old cA"]);
  assert.equal(badge(after, "handoff-1").count, 1);
});

test("what went in and out within one step is marked so", () => {
  const records = [tick(0, [
    step("op-3", "sg-1", 0, { "edge-3": moved("x") }),
    step("op-4", "sg-2", 1, { "edge-4": moved("x") }),
  ])];
  const at = look({ tick: 0, done: 2 }, "tick", records);

  assert.deepEqual(texts(at, segments(at, "handoff-1")), ["thru x"]);
});

test("what was in a handoff before the recording began is seen when it is taken out", () => {
  const at = look({ tick: 5, done: 1 }, "operator", [tick(5, [step("op-4", "sg-2", 1, { "edge-4": moved("old") })])]);

  assert.deepEqual(texts(at, segments(at, "handoff-1")), ["sub old"]);
  assert.equal(badge(at, "handoff-1").count, 0);
});

test("a tick that failed hands nothing over", () => {
  const [first, second] = ticks();
  const at = look({ tick: 1, done: 0 }, "operator", [{ ...first, fault: "boom" }, second]);

  assert.equal(badge(at, "handoff-1").count, 0);
});

test("an operator took in what its run moved before, since items stream through a subgraph one by one", () => {
  const at = look({ tick: 0, done: 3 }, "operator");

  assert.deepEqual(intake(at, "op-3"), [0, 3]);
  assert.deepEqual(traffic(at, "op-3"), { took: 3, gave: 2, over: 0 });
  assert.deepEqual(texts(at, segments(at, "op-3")),
    ["add out aA", "add out bA", "sub in 0 a", "sub in 0 b", "sub in 1 A"]);
});

test("an operator that did not run in the last step took in nothing", () => {
  const at = look({ tick: 0, done: 1 }, "operator");

  assert.deepEqual(traffic(at, "op-3"), { took: 0, gave: 0, over: 0 });
  assert.deepEqual(segments(at, "op-3"), []);
});

test("what waits at an input comes first", () => {
  const at = look({ tick: 1, done: 1 }, "operator");

  assert.deepEqual(texts(at, segments(at, "op-1", moved("d"))), ["wait input d", "add out c"]);
});

test("rows are counted without being made", () => {
  const records = [tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: 1_000_000, items: ["a"] } })])];

  assert.equal(rowCount(segments(look({ tick: 0, done: 1 }, "tick", records), "edge-1")), 1_000_000);
});

test("a thing that holds no items has no rows", () => {
  assert.deepEqual(segments(look({ tick: 0, done: 3 }, "tick"), "read-1"), []);
});

test("items that were not kept are one row, and the others keep their places", () => {
  const items = ["0", "1", "2", "18", "19"];
  const records = [tick(0, [
    step("op-1", "sg-1", 0, { "edge-1": { count: 20, items, kept: 5, gaps: [[3, 15]] } }),
    step("op-1", "sg-1", 0, { "edge-1": moved("x") }, 2),
  ])];
  const at = look({ tick: 0, done: 2 }, "operator", records);
  const list = pieces(segments(at, "edge-1"), at.history, false);

  assert.equal(lineCount(list), 7);
  const shown = rowsOf(list, 0, 100).map(({ item, index, missing }) => [item, index, missing]);
  assert.deepEqual(shown, [[0, 0, 0], [0, 1, 0], [1, 2, 0], [2, 3, 0], [3, 4, 15], [18, 19, 0], [19, 20, 0]]);
  assert.deepEqual(rowsOf(list, 4, 2).map((row) => row.index), [4, 19]);
});

test("what did not come is one row where nobody can be asked", () => {
  const records = [tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: 5000, items: ["a", "b"] } })])];
  const at = look({ tick: 0, done: 1 }, "tick", records);
  const list = segments(at, "edge-1");

  assert.equal(lineCount(pieces(list, at.history, true)), 5000);
  assert.deepEqual(rowsOf(pieces(list, at.history, false), 0, 10).map((row) => row.missing), [0, 0, 4998]);
});
