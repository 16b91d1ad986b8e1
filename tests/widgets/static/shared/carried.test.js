import assert from "node:assert/strict";
import test from "node:test";
import { earlier, earlierAt, sentAt } from "../../../../widgets/static/shared/carried.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { behind, carrying, moved, step, tick } from "../recording.js";

/** @import { Tick } from "../../../../widgets/static/stepper/history.js" */

/** @type {(records: Tick[]) => History} */
function history(records) {
  const made = new History();
  made.accept({ oldest: records[0].tick, newest: records[records.length - 1].tick, records });
  return made;
}

/** @typedef {{ edge: string, tick: number, step: number, index: number }} Item */

/** @type {(edge: string, tick: number, index: number) => Item} */
const item = (edge, number, index) => ({ edge, tick: number, step: 0, index });

test("an item that is carried over was sent in an earlier tick", () => {
  const ticks = history(carrying());

  assert.deepEqual([0, 1, 2, 3].map((index) => sentAt(ticks, item("edge-1", 2, index))), [
    item("edge-1", 0, 0), item("edge-1", 0, 1), item("edge-1", 1, 2), item("edge-1", 2, 3),
  ]);
});

test("behind a union it was sent over an edge that leads there", () => {
  const through = { ...behind(2), through: ["edge-1"] };
  const records = [carrying()[0], tick(1, [step("op-1", "sg-1", 0, { "edge-1": behind(2, "c"), "edge-3": through })])];

  assert.deepEqual(sentAt(history(records), item("edge-3", 1, 1)), item("edge-1", 0, 1));
});

test("what was sent before the first tick of a page is told by that tick", () => {
  const [, first, second] = carrying();
  const ticks = history([{ ...first, base: { "edge-1": moved("a", "b") } }, second]);

  assert.equal(earlierAt(ticks, item("edge-1", 2, 1), 1)?.part.move.items[1], "b");
  assert.equal(sentAt(ticks, item("edge-1", 2, 1)), null);
  assert.deepEqual(sentAt(ticks, item("edge-1", 2, 2)), item("edge-1", 1, 2));
});

test("where ticks are missing nothing is told, nor where they do not fit", () => {
  const [first, second, third] = carrying();

  assert.deepEqual(earlier(history([third]), item("edge-1", 2, 0)), []);
  assert.deepEqual(earlier(history([{ ...first, steps: [] }, second]), item("edge-1", 1, 0)), []);
});
