import assert from "node:assert/strict";
import test from "node:test";
import { Folding } from "../../../../widgets/static/stepper/folding.js";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { GRAPH, ticks } from "../recording.js";

/** @import { Place } from "../../../../widgets/static/stepper/folding.js" */
/** @import { Look } from "../../../../widgets/static/stepper/rows.js" */

/** Stratum 0 holds subgraph 1 with three operators; stratum 1 the handoff, and subgraph 2 with the last.
 * @type {Record<string, Place>}
 */
const PLACES = {
  "stratum-0": [0, 0, 100, 100], "sg-1": [10, 10, 80, 80], "op-1": [20, 20, 10, 10], "op-2": [40, 20, 10, 10],
  "op-3": [30, 60, 10, 10], "stratum-1": [0, 110, 100, 100], "handoff-1": [20, 120, 10, 10], "sg-2": [10, 140, 80, 60],
  "op-4": [20, 150, 10, 10], "edge-1": [20, 30, 10, 30], "edge-3": [30, 70, 10, 50],
};

/** @type {() => Folding} */
const made = () => new Folding(new Graph(GRAPH), PLACES);

test("a box holds what stands in it, and the smallest around a thing comes first", () => {
  const folding = made();

  assert.deepEqual(folding.inside("stratum-0"), new Set(["sg-1", "op-1", "op-2", "op-3"]));
  assert.deepEqual(folding.around("op-4"), ["sg-2", "stratum-1"]);
  assert.deepEqual(folding.around("sg-2"), ["stratum-1"]);
});

test("a folded box hides its nodes, its boxes and the lines inside, not those that lead into it or out of it", () => {
  const folding = made();

  folding.toggle("stratum-1");
  assert.deepEqual(folding.hidden(), new Set(["handoff-1", "sg-2", "op-4", "edge-4"]));
  assert.deepEqual(folding.lines("stratum-1"), { inside: ["edge-4"], into: ["edge-3", "read-1"], outOf: [] });
  folding.toggle("stratum-1");

  assert.equal(folding.hidden().size, 0);
});

test("all strata fold at once, and unfold where any box is folded", () => {
  const folding = made();

  folding.toggleAll();
  assert.deepEqual(folding.folded, new Set(["stratum-0", "stratum-1"]));
  folding.toggleAll();

  assert.equal(folding.folded.size, 0);
});

test("a module folds with all its parts, and all modules at once", () => {
  /** @type {Record<string, Place>} */
  const modules = { "module-1.1": [15, 15, 40, 20], "module-1.2": [15, 145, 30, 20], "module-2": [25, 55, 20, 20] };
  const folding = new Folding(new Graph(GRAPH), { ...PLACES, ...modules });

  assert.deepEqual(folding.around("op-4"), ["module-1.2", "sg-2", "stratum-1"]);
  folding.toggle("module-1.2");
  assert.deepEqual(folding.folded, new Set(["module-1.1", "module-1.2"]));
  assert.deepEqual(folding.hidden(), new Set(["op-1", "op-2", "op-4"]));
  folding.toggle("module-1.1");
  assert.equal(folding.folded.size, 0);
  folding.toggleAll("module");

  assert.deepEqual(folding.folded, new Set(["module-1.1", "module-1.2", "module-2"]));
});

test("what hides a thing, or an end of a line, is unfolded", () => {
  const folding = made();
  folding.toggle("sg-2");
  folding.toggle("stratum-1");
  folding.toggle("stratum-0");

  assert.equal(folding.reveal("edge-4"), true);
  assert.deepEqual(folding.folded, new Set(["stratum-0"]));
  assert.equal(folding.reveal("op-4"), false);
});

test("a folded box tells its operators, the items that moved inside, and the lines that cross its border", () => {
  const history = new History();
  history.accept({ oldest: 0, newest: 1, records: ticks() });
  const folding = made();
  /** @type {Look} */
  const look = { graph: folding.graph, history, cursor: { tick: 0, done: 3 }, grain: "tick" };

  assert.deepEqual(folding.summary("stratum-0", look), ["3 operators", "3 items inside", "0 in, 2 out"]);
  assert.deepEqual(folding.summary("sg-2", look), ["1 operator", "0 items inside", "2 in, 0 out"]);
});
