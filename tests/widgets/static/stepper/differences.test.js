import assert from "node:assert/strict";
import test from "node:test";
import { differencesOf, differencesOfRuns, rowsOf } from "../../../../widgets/static/stepper/differences.js";
import { Recorded } from "../../../../widgets/static/stepper/history.js";
import { carrying, step, tick } from "../recording.js";

/** @type {(...items: string[]) => Recorded} */
const record = (...items) =>
  new Recorded(tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: items.length, items } })]));

test("what one tick has more is added, what the other has more removed", () => {
  const { edges, first } = differencesOf(record("1", "2", "2"), record("2", "7"));

  const found = edges.get("edge-1");
  assert.deepEqual([found?.added, found?.removed, found?.badge], [["7"], ["1", "2"], "+1 -2"]);
  assert.deepEqual(first, { edge: "edge-1", op: "op-1", stratum: 0, index: 0, before: "1", after: "2" });
});

test("equal ticks do not differ, and another order is said", () => {
  assert.equal(differencesOf(record("1"), record("1")).edges.size, 0);
  assert.equal(differencesOf(record("1", "2"), record("2", "1")).edges.get("edge-1")?.badge, "order");
});

test("what is carried over is compared as if it had been sent, without an order", () => {
  const [first, second, third] = carrying().map((one) => new Recorded(one));
  const ticks = { record: (/** @type {number | null} */ one) => [first, second, third][one ?? 9] };

  const { edges, first: where } = differencesOf(first, third, () => false, [ticks, ticks]);

  const found = edges.get("edge-1");
  assert.deepEqual([found?.added, found?.removed, found?.isWhole], [["c", "d"], [], true]);
  assert.equal(where?.after, "c");
  assert.deepEqual(differencesOf(second, second, () => false, [ticks, ticks]), { edges: new Map(), first: null });
});

test("where what is carried over is not here, counts are compared", () => {
  const [, second, third] = carrying().map((one) => new Recorded(one));

  const found = differencesOf(second, third).edges.get("edge-1");

  assert.deepEqual([found?.badge, found?.added, found?.isWhole], ["+1", [], false]);
});

test("where not all items are known the counts are compared", () => {
  const many = new Recorded(tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: 900, items: ["1"] } })]));

  const found = differencesOf(record("1"), many).edges.get("edge-1");

  assert.deepEqual([found?.badge, found?.isWhole], ["+899", false]);
});

test("a tick in which an operator did nothing differs first there", () => {
  const empty = new Recorded(tick(0, []));

  assert.equal(differencesOf(empty, record("1")).first?.before, "absent");
  assert.equal(differencesOf(record("1"), empty).first?.after, "absent");
});

test("an item that is alike has changed, and the parts that differ are told", () => {
  const found = differencesOf(record("(1, {'n': 2})", "'x'"), record("(1, {'n': 20})", "'y'")).edges.get("edge-1");

  assert.equal(found?.badge, "+1 -1 ~1");
  assert.deepEqual(found && rowsOf(found), [
    ["+", "'y'"], ["-", "'x'"], ["~", "(1, {'n': 2}) → (1, {'n': 20})  at [1]['n']: 2 → 20"]]);
});

test("whole texts are compared where they are known", () => {
  /** @type {(end: string) => Recorded} */
  const cut = (end) => new Recorded(tick(0, [step("op-1", "sg-1", 0,
    { "edge-1": { count: 1, items: ["'aaa…"], whole: { 0: `'aaaa${end}'` } } })]));

  assert.equal(differencesOf(cut("x"), cut("x")).edges.size, 0);
  assert.equal(differencesOf(cut("x"), cut("y")).edges.get("edge-1")?.badge, "+1 -1");
});

test("two runs differ first in the first tick that does, and where one has more ticks that is said", () => {
  /** @type {(...ticks: Recorded[]) => Map<number, Recorded>} */
  const run = (...ticks) => new Map(ticks.map((one, at) => [at, one]));
  const same = record("1");

  const found = differencesOfRuns(["main", "what if"], run(same, record("2"), record("5")), run(same, record("3")),
    () => false, (edge) => `<${edge}>`);

  assert.equal(found.words, "main against what if: 1 edge differs, first in tick 1, stratum 0, <edge-1>, item 0: "
    + "2 → 3, main alone has tick 2");
  assert.deepEqual(found.edges.map(({ tick: at, badge }) => [at, badge]), [[1, "+1 -1"]]);
});
