import assert from "node:assert/strict";
import test from "node:test";
import { Recorded } from "../../../../widgets/static/stepper/history.js";
import { foundWords, searchIn } from "../../../../widgets/static/stepper/searching.js";
import { step, tick } from "../recording.js";

const records = [["1", "'db'"], ["2"], ["'db'", "'db2'"]].map((items, number) =>
  new Recorded(tick(number, [step("op-1", "sg-1", 0, { "edge-1": { count: items.length + number, items } })])));

test("a text is found in the order of the run, with its ticks", () => {
  const found = searchIn(records, "db");

  assert.deepEqual(found.hits.map(({ tick: at, done, edge, at: index }) => [at, done, edge, index]),
    [[0, 1, "edge-1", 1], [2, 1, "edge-1", 0], [2, 1, "edge-1", 1]]);
  assert.deepEqual([found.count, found.ticks, found.searched, found.unkept], [3, [0, 2], 5, 3]);
  assert.equal(foundWords(found, "db"), "first in tick 0; in 3 items and 2 ticks, of 5 items; 3 items are not kept");
});

test("what is not there says what was searched", () => {
  assert.equal(foundWords(searchIn(records.slice(0, 1), "nothing"), "nothing"), "“nothing” is in none of 2 items");
});
