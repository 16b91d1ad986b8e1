import assert from "node:assert/strict";
import test from "node:test";
import { Graph, iterationName, stratumName, subgraphName } from "../../../../widgets/static/stepper/graph.js";
import { GRAPH, step } from "../recording.js";

const graph = new Graph(GRAPH);

test("every id is of one kind, and others of none", () => {
  const ids = ["op-1", "edge-1", "handoff-1", "read-1", "sg-1", null, undefined];

  assert.deepEqual(ids.map((id) => graph.kind(id)), ["operator", "edge", "handoff", "read", null, null, null]);
  assert.deepEqual(["op-1", "edge-1", "handoff-1", "read-1", null].filter((id) => graph.hasItems(id)),
    ["op-1", "edge-1", "handoff-1"]);
});

test("a reader thinks in operators: an edge at a handoff has its operators at both ends", () => {
  assert.deepEqual([graph.origin("edge-4"), graph.target("edge-3")], ["op-3", "op-4"]);
  assert.deepEqual(graph.ends("handoff-1"), ["op-3", "op-4"]);
  assert.deepEqual(graph.ends("read-1"), ["op-3", "op-4"]);
  assert.deepEqual(graph.endNames("edge-1"), ["source_stream", "join"]);
});

test("tabs are called by operator and port", () => {
  assert.equal(graph.label("op-3"), "join (both)");
  assert.equal(graph.label("op-4"), "for_each");
  assert.equal(graph.label("edge-1"), "source_stream → join[0]");
  assert.equal(graph.label("handoff-1"), "join ⇥ for_each");
});

test("a channel is described by its place and by what it waits for", () => {
  assert.equal(graph.describe("op-4"), "operator, subgraph 2, stratum 1");
  assert.equal(graph.describe("handoff-1"), "handoff, drained by subgraph 2, waits for the next tick");
  assert.equal(graph.describe("edge-1"), "edge");
});

test("what was made for an arrow is called as the arrow", () => {
  const modules = { "module-1": { name: "~> @c.all", line: 2, parent: null, ops: ["op-4"], made: true } };
  const made = new Graph({ ...GRAPH, modules });

  assert.deepEqual([made.made("op-4"), made.made("op-3")], ["~> @c.all", null]);
  assert.equal(made.label("handoff-1"), "join ⇥ ~> @c.all");
});

test("an operator of a module is described by the files that it comes from", () => {
  const modules = {
    "module-1": { name: "outer.hf", line: 2, parent: null, ops: ["op-3"] },
    "module-2": { name: "inner.hf", line: 1, parent: "module-1", ops: ["op-4"] },
  };
  const imported = new Graph({ ...GRAPH, modules });

  assert.equal(imported.describe("op-4"), "operator of outer.hf › inner.hf, subgraph 2, stratum 1");
  assert.equal(imported.origins("op-1"), "");
});

test("each kind of delay has its words", () => {
  /** @type {("stratum" | "tick" | "lazy" | "accumulating")[]} */
  const delays = ["stratum", "tick", "lazy", "accumulating"];
  const described = delays.map((delay) => {
    const edge = { ...GRAPH.edges["edge-1"], delay };
    return new Graph({ ...GRAPH, edges: { ...GRAPH.edges, "edge-1": edge } }).describe("edge-1");
  });

  assert.equal(new Set(described).size, delays.length);
  assert.equal(described.some((words) => words.includes("undefined")), false);
});

test("a handoff crosses ticks where its drain waits for one, but not around a nested loop", () => {
  const loops = {
    "loop-1": { name: null, parent: null, ops: [] },
    "loop-2": { name: null, parent: "loop-1", ops: ["op-4"] },
  };

  assert.equal(graph.crossesTicks("handoff-1"), true);
  assert.equal(graph.remembers, true);
  assert.equal(new Graph({ ...GRAPH, loops }).crossesTicks("handoff-1"), false);
});

test("a read is a sentence, and stands with the operator that reads", () => {
  assert.equal(graph.sentence("read-1"), "for_each reads $top of join");
  assert.deepEqual(graph.readBy("op-4"), ["read-1"]);
});

test("an input is found by its operator", () => {
  assert.deepEqual([graph.inputOf("op-1"), graph.inputOf("op-2")], ["left", null]);
});

test("Tab visits everything once, along the edges from the sources", () => {
  assert.deepEqual(graph.walk(), ["op-1", "op-3", "handoff-1", "op-4", "op-2"]);
});

test("Tab visits a cycle, which has no source", () => {
  const edges = {
    "edge-1": { from: "op-1", to: "op-2", from_port: null, to_port: null, delay: null },
    "edge-2": { from: "op-2", to: "op-1", from_port: null, to_port: null, delay: null },
  };
  const { "op-1": one, "op-2": other } = GRAPH.ops;
  const cycle = new Graph({ ...GRAPH, ops: { "op-1": one, "op-2": other }, edges, handoffs: {}, reads: {} });

  assert.deepEqual(cycle.walk(), ["op-1", "op-2"]);
});

test("ids are said in words", () => {
  const round = { ...step("op-1", "sg-1", 0, {}), iteration: [0, 2] };

  assert.deepEqual([subgraphName("sg-3"), stratumName("stratum-1")], ["subgraph 3", "stratum 1"]);
  assert.deepEqual([iterationName(round), iterationName(step("op-1", "sg-1", 0, {}))], ["iteration 0.2", ""]);
});

test("operators are found by their call and by their name, in the order of Tab", () => {
  const graph = new Graph(GRAPH);

  assert.deepEqual(graph.find("SOURCE"), ["op-1", "op-2"]);
  assert.deepEqual(graph.find(" both "), ["op-3"]);
  assert.deepEqual([graph.find("nowhere"), graph.find(" ")], [[], []]);
});
