import assert from "node:assert/strict";
import test from "node:test";
import { History } from "../../../../widgets/static/stepper/history.js";
import { Reasons } from "../../../../widgets/static/shared/reasons.js";
import { moved, step } from "../recording.js";

/** @import { Direct, Saved } from "../../../../widgets/static/shared/reasons.js" */

/** @type {Saved} */
const SAVED = {
  words: ["came from outside", "joins two items", "was put into it", "not known"],
  edges: {
    "edge-1": ["left -> both", "op-1", "source_stream", "left", 0],
    "edge-3": ["both -> sink", "op-3", "join", "", 0],
    "edge-4": ["both -> sink", "op-3", "join", "", 0],
  },
  sent: [["edge-3", 0, 1, 0, 0, 1], ["edge-1", 0, 0, 0, 1, 3]],
  taken: [["edge-4", 1, 0, 0, 0, 1]],
  causes: [[1, [3, 1]], [0, [], { origin: "input" }], [0, [-1], { origin: "input" }], [0, [1], { doubt: 3 }]],
};

/** @param {Partial<Saved>} [more] */
function reasons(more = {}) {
  const history = new History();
  const first = {
    tick: 0, why: "first", batch: {}, complete: true, strata_done: 2, fault: null,
    steps: [
      step("op-1", "sg-1", 0, { "edge-1": moved("a", "b", "c") }),
      step("op-3", "sg-1", 0, { "edge-3": moved("ac") }),
    ],
  };
  const second = { ...first, tick: 1, steps: [step("op-4", "sg-2", 1, { "edge-4": moved("ac") })] };
  history.accept({ oldest: 0, newest: 1, records: [first, second] });
  return new Reasons({ ...SAVED, ...more }, history);
}

test("an item is told with what made it, nearer items before farther ones", () => {
  const told = reasons().told({ edge: "edge-3", tick: 0, step: 1, index: 0 });

  assert.deepEqual(told?.steps.map(({ text, causes }) => [text, causes]), [["ac", [1, 2]], ["c", [2]], ["a", []]]);
  assert.deepEqual(told?.steps[2], {
    text: "a", place: "left -> both", edge: "edge-1", tick: 0, step: 0, index: 0, op: "op-1", operator: "source_stream",
    because: "came from outside", absent: [], doubt: "", origin: "input", input: "left", state: false, hands: false,
    causes: [],
  });
});

test("an item that was taken from a handoff is the one that was put into it", () => {
  const told = reasons().told({ edge: "edge-4", tick: 1, step: 0, index: 0 });

  assert.deepEqual(told?.steps.map(({ edge, tick }) => [edge, tick])[0], ["edge-3", 0]);
});

test("what is left out is said", () => {
  assert.equal(reasons().told({ edge: "edge-9", tick: 0, step: 0, index: 0 }), null);
  assert.equal(reasons().told({ edge: "edge-1", tick: 0, step: 0, index: 9 }), null);
  const told = reasons().told({ edge: "edge-1", tick: 0, step: 0, index: 1 });
  assert.equal(told?.steps[0].doubt, "what made it is left out of this page");
});

test("causes that follow each other are packed", () => {
  const told = reasons({ causes: [[1, [1, -3]], ...SAVED.causes.slice(1)] })
    .told({ edge: "edge-3", tick: 0, step: 1, index: 0 });

  assert.deepEqual(told?.steps.map(({ text }) => text), ["ac", "a", "b", "c"]);
});

test("a state that was read is told as it was", () => {
  /** @type {Direct} */
  const state = [0, [1], { state: ["$n = 3", "fold", "read-1", 0, 0, "op-2", "fold"] }];
  const told = reasons({ causes: [[1, [4]], ...SAVED.causes.slice(1), state] })
    .told({ edge: "edge-3", tick: 0, step: 1, index: 0 });

  const found = told?.steps.map(({ text, state }) => [text, state]);
  assert.deepEqual(found, [["ac", false], ["$n = 3", true], ["a", false]]);
});

test("a run of any length is walked through, and shown in part", () => {
  /** @type {Direct[]} */
  const causes = Array.from({ length: 50_000 }, (_, number) => [0, number ? [number - 1] : []]);
  const told = reasons({ causes, sent: [["edge-1", 0, 0, 0, 0, 50_000]] })
    .told({ edge: "edge-1", tick: 0, step: 0, index: 49_999 });

  assert.deepEqual([told?.steps.length, told?.more], [1000, 49_000]);
});
