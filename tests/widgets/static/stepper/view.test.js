import assert from "node:assert/strict";
import test from "node:test";
import { Checked } from "../../../../widgets/static/stepper/checked.js";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { View } from "../../../../widgets/static/stepper/view.js";
import { GRAPH, ticks } from "../recording.js";

/** @import { State } from "../../../../widgets/static/stepper/view.js" */

/** @type {State} */
const RESTS = { running: null, closed: null, recorded: true, scheduled: false, tick: 2, waiting: {} };

/** @type {(hasKernel?: boolean) => View} */
function viewed(hasKernel = true) {
  const history = new History();
  history.accept({ oldest: 0, newest: 1, records: ticks() });
  return new View(new Graph(GRAPH), history, hasKernel);
}

test("a flow that rests takes steps and items; one whose end is told takes neither", () => {
  const view = viewed();
  assert.equal(view.isReady, false);

  view.state = RESTS;
  assert.deepEqual([view.isReady, view.takesItems], [true, true]);

  view.state = { ...RESTS, closed: "replaced" };
  assert.deepEqual([view.isReady, view.takesItems], [false, false]);
});

test("a flow that runs live takes items and no steps; one that steps takes neither", () => {
  const view = viewed();

  view.state = { ...RESTS, running: "live" };
  assert.deepEqual([view.isReady, view.takesItems], [false, true]);

  view.state = { ...RESTS, running: "step" };
  assert.deepEqual([view.isReady, view.takesItems], [false, false]);
});

test("what was asked for counts as running before the kernel says so", () => {
  const view = viewed();
  view.state = RESTS;

  view.pending = "run";

  assert.deepEqual([view.running, view.isReady], ["run", false]);
});

test("without a kernel nothing can be asked for", () => {
  const view = viewed(false);
  view.state = RESTS;

  assert.equal(view.isReady, false);
});

test("the tick on display, the one before and the newest are kept", () => {
  const view = viewed();
  view.cursor = { tick: 0, done: 1 };

  assert.deepEqual([...view.kept], [0, -1, 1]);
  assert.equal(view.isNewest, false);
});

test("to select a thing shows its table; to select it again lets it go and leaves the table", () => {
  const view = viewed();

  view.select("edge-1", false);
  assert.deepEqual([view.selected, view.tabs.active], ["edge-1", "edge-1"]);

  view.select("edge-1", true);
  assert.equal(view.selected, "edge-1");

  view.select("edge-1", false);
  assert.deepEqual([view.selected, view.tabs.active], [null, "edge-1"]);
});

test("a read has no table", () => {
  const view = viewed();

  view.select("read-1", false);

  assert.deepEqual([view.selected, view.tabs.active], ["read-1", null]);
});

test("with an edge its operators are lit, with an operator nothing else", () => {
  const view = viewed();

  view.select("edge-4", false);
  assert.deepEqual([...view.lit()], ["op-3", "op-4"]);

  view.select("op-3", false);
  assert.deepEqual([...view.lit()], []);
});

test("the causes of what is selected are known once the flow is checked", () => {
  const view = viewed();
  view.select("op-4", false);
  assert.equal(view.selectedCauses().size, 0);

  const causes = [{ op: "op-1", words: "takes in what may come twice" }];
  const known = { "op-4": { level: "differs", early: false, sentence: "", causes, output: "print" } };
  view.checked = new Checked(view.graph, { known });

  assert.deepEqual([...view.selectedCauses().keys()], ["op-1"]);
  view.select(null, false);
  assert.equal(view.selectedCauses().size, 0);
});
