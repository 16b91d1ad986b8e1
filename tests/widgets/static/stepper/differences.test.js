import assert from "node:assert/strict";
import test from "node:test";
import { differencesOf } from "../../../../widgets/static/stepper/differences.js";
import { Recorded } from "../../../../widgets/static/stepper/history.js";
import { step, tick } from "../recording.js";

/** @type {(...items: string[]) => Recorded} */
const record = (...items) =>
  new Recorded(tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: items.length, items } })]));

test("what one tick has more is added, what the other has more removed", () => {
  const { edges, first } = differencesOf(record("1", "2", "2"), record("2", "7"));

  const found = edges.get("edge-1");
  assert.deepEqual([found?.added, found?.removed, found?.badge], [["7"], ["1", "2"], "+1 -2"]);
  assert.deepEqual(first, { edge: "edge-1", op: "op-1", step: 0, index: 0, before: "1", after: "2" });
});

test("equal ticks do not differ, and another order is said", () => {
  assert.equal(differencesOf(record("1"), record("1")).edges.size, 0);
  assert.equal(differencesOf(record("1", "2"), record("2", "1")).edges.get("edge-1")?.badge, "order");
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
