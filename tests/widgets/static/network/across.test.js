import assert from "node:assert/strict";
import test from "node:test";
import { savedReasons } from "../../../../widgets/static/network/across.js";
import { idsOf } from "../../../../widgets/static/network/causes.js";
import { Run } from "../../../../widgets/static/network/run.js";
import { moved, step } from "../recording.js";

/** @import { Cause } from "../../../../widgets/static/stepper/derivation.js" */

/** @type {(edge: string, text: string, causes: any[]) => any} */
const node = (edge, text, causes) => ({
  ticks: [{ tick: 0, steps: [step("op-1", "sg-1", 0, { [edge]: moved(text) })] }],
  causes: {
    words: ["came from outside"],
    edges: { [edge]: [`${edge} -> out`, "op-1", "source_stream", "lines", 0] },
    sent: [[edge, 0, 0, 0, 0, 1]],
    taken: [],
    causes,
  },
});
const SAVED = {
  "bob/0": node("edge-1", "('hi', 'a/b')", [
    [0, [], { origin: "input", from: ["a/b>bob#1", "a/b/1", "edge-2", 0, 0, 0] }],
  ]),
  "a/b/1": node("edge-2", "('hi', 'bob')", [[0, [], { origin: "input" }]]),
};
/** @type {import("../../../../widgets/static/network/across.js").Places} */
const PLACES = { "a/b>bob#1": ["bob/0", "edge-1", 0, 0, 0] };

test("an item that came as a message was made by what its sender put into it", () => {
  const told = savedReasons(SAVED, PLACES).ofMessage("a/b>bob#1");

  assert.deepEqual(
    told?.steps.map(({ text, node, life, because, origin, causes }) => [text, node, life, because, origin, causes]),
    [
      ["('hi', 'a/b')", "bob", 0, "came as message a/b>bob#1", "", [1]],
      ["('hi', 'bob')", "a/b", 1, "came from outside", "input", []],
    ],
  );
});

test("of a message or a sender that was not saved nothing is told", () => {
  const { ofMessage } = savedReasons({ "bob/0": SAVED["bob/0"] }, PLACES);

  assert.equal(ofMessage("x>y#1"), null);
  assert.equal(ofMessage("constructor"), null);
  assert.equal(ofMessage("a/b>bob#1")?.steps[0].doubt, "what made it is left out of this page");
});

test("what had a part in an item is ticks and messages of the run", () => {
  const run = new Run();
  const events = [
    { kind: "tick", row: 0, node: "a/b", tick: 0, life: 1, error: "", note: "" },
    { kind: "tick", row: 1, node: "bob", tick: 0, life: 0, error: "", note: "" },
    { kind: "tick", row: 2, node: "bob", tick: 1, life: 0, error: "", note: "" },
  ];
  run.accept({ lanes: [], events, rows: 3 });
  const steps = /** @type {Cause[]} */ (savedReasons(SAVED, PLACES).ofMessage("a/b>bob#1")?.steps);

  assert.deepEqual([...idsOf(run, steps)], ["t0", "t1", "ma/b>bob#1"]);
});
