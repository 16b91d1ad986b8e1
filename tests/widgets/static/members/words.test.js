import assert from "node:assert/strict";
import test from "node:test";
import { cellsOf, lastLine, rateWords, summary, waitingWords } from "../../../../widgets/static/members/words.js";

/** @type {import("../../../../widgets/static/members/words.js").Member} */
const well = {
  name: "p1", location: "participants", state: "running", is_well: true, has_failed: false, restarts: 2, tick: 12345,
  faults: 0, rate: 4.25, waiting: { requests: 1500 }, recorded: null, log: ["one", "two"],
};
const failed = {
  ...well, state: "failed", is_well: false, has_failed: true, restarts: 0, tick: null, faults: 1, rate: null,
  waiting: {}, log: [],
};

test("a member that runs is told with its numbers, one that does not without", () => {
  assert.deepEqual(cellsOf(well), ["participants", "running", "2", "12,345", "", "4.3", "requests: 1.5k", "two"]);
  assert.deepEqual(cellsOf(failed), ["participants", "failed", "", "", "1", "", "", ""]);
});

test("few messages a second have a decimal, many have none", () => {
  assert.deepEqual([null, 0, 0.31, 9.96, 1234.5].map(rateWords), ["", "0", "0.3", "10.0", "1.2k"]);
});

test("what cannot be seen in a line or a name is marked", () => {
  assert.equal(lastLine({ ...well, log: ["a\u202eb"] }), "a\u{fffd}b");
  assert.equal(waitingWords({ "x\u0000": 1 }), "x\u{fffd}: 1");
});

test("the line below counts those that run, and those that were given up", () => {
  assert.equal(summary([well, failed]), "1 of 2 members running · 1 given up · 2 restarts");
  assert.equal(summary([{ ...well, restarts: 0 }]), "1 of 1 member running");
});
