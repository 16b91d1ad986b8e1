import assert from "node:assert/strict";
import test from "node:test";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { LEVELS, METRICS, level, measured, shown } from "../../../../widgets/static/stepper/metrics.js";
import { GRAPH, ticks } from "../recording.js";

const graph = new Graph(GRAPH);

test("items are those that came, and of a source those that left", () => {
  assert.deepEqual(measured(graph, ticks(), "items"), { "op-1": 3, "op-2": 1, "op-3": 4, "op-4": 2 });
  assert.deepEqual(measured(graph, ticks().slice(1), "items"), { "op-1": 1, "op-2": 0, "op-3": 1, "op-4": 2 });
});

test("selectivity is of operators that items come to and leave", () => {
  assert.deepEqual(measured(graph, ticks(), "selectivity"), { "op-3": 3 / 4 });
});

test("rounds are the runs of the tick that had most", () => {
  const [first, second] = ticks();
  second.steps.push({ ...second.steps[1], run: 3 });

  assert.deepEqual(measured(graph, [first, second], "rounds"), { "op-1": 1, "op-2": 1, "op-3": 3, "op-4": 1 });
});

test("what a recording does not tell is asked of the kernel", () => {
  assert.equal(measured(graph, ticks(), "time"), null);
});

test("the hue of the greatest value is the deepest, and nothing has none", () => {
  assert.deepEqual([0, 1, 50, 100].map((value) => level(value, 100)), [0, 1, 3, LEVELS]);
  assert.equal(level(0, 0), 0);
});

test("numbers are short, with their unit", () => {
  const times = [0.0123, 2.345, 45.6, 2500].map((value) => shown("time", value));
  assert.deepEqual(times, ["12 µs", "2.3 ms", "46 ms", "2.5 s"]);
  assert.deepEqual([0.3333, 2, 1234].map((value) => shown("selectivity", value)), ["0.33", "2", "1.2k"]);
  assert.deepEqual(METRICS.map(([metric]) => metric), ["items", "time", "state", "selectivity", "rounds"]);
});
