import assert from "node:assert/strict";
import test from "node:test";
import {
  branchTicks, branchWords, partsAt, sentBefore, ticksOf, treeOf,
} from "../../../../widgets/static/stepper/branches.js";

/** @import { Branch } from "../../../../widgets/static/stepper/branches.js" */

/** @type {(name: string, parent: string | null, more?: object) => Branch} */
const branch = (name, parent, more = {}) =>
  ({ name, parent, begins: 2, oldest: 2, newest: 4, current: false, changed: [], ...more });

test("branches are a tree, a parent before its own", () => {
  const found = treeOf([branch("main", null), branch("a", "main"), branch("b", "main"), branch("a.1", "a")]);

  assert.deepEqual(found.map(({ branch: { name }, depth }) => [name, depth]),
    [["main", 0], ["a", 1], ["a.1", 2], ["b", 1]]);
});

test("a branch says what it is", () => {
  assert.equal(branchWords(branch("main", null, { oldest: 0, newest: 0 })), "tick 0");
  assert.equal(branchWords(branch("a", "main", { changed: ["f"], sent: { "edge-1": 1 } })),
    "ticks 2 to 4, from tick 2 of main, changed: f, 1 item sent before the rewind");
});

test("where branches begin is marked", () => {
  assert.deepEqual(branchTicks([branch("main", null), branch("a", "main", { begins: 5 })]), new Set([5]));
});

test("what was sent before the rewind is told from where the current branch begins on", () => {
  const branches = [branch("main", null), branch("a", "main", { begins: 5, current: true, sent: { "edge-1": 3 } })];

  assert.deepEqual([5, 4, null].map((tick) => sentBefore(branches, "edge-1", tick)), [3, 0, 0]);
  assert.equal(sentBefore(branches, "edge-2", 5), 0);
});

test("the ticks of another branch are those that both share, and its own", () => {
  /** @type {(...numbers: number[]) => any[]} */
  const ticks = (...numbers) => numbers.map((number) => ({ tick: number }));
  const branches = [branch("main", null, { begins: 0, ticks: ticks(2, 3, 4) }),
    branch("a", "main", { begins: 2, current: true }), branch("b", "a", { begins: 3, ticks: ticks(3) })];
  const numbers = (/** @type {string} */ name) => ticksOf(branches, name, ticks(0, 1, 2, 3)).map(({ tick }) => tick);

  assert.deepEqual(["main", "a", "b"].map(numbers), [[0, 1, 2, 3, 4], [0, 1, 2, 3], [0, 1, 2, 3]]);
  assert.deepEqual([partsAt(branches, "a", "main"), partsAt(branches, "a", "b"), partsAt(branches, "a", "a")],
    [2, 3, Infinity]);
});
