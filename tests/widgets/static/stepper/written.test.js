import assert from "node:assert/strict";
import test from "node:test";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { textOf, thingsAt } from "../../../../widgets/static/stepper/written.js";
import { GRAPH } from "../recording.js";

const SOURCE = "both = join::<'static>() -> for_each(f);\n" +
  "source_stream(left) -> [0]both; source_iter(right) -> [1]both;";

/** @type {(text: string, last?: boolean) => [number, number]} */
function place(text, last = false) {
  const from = last ? SOURCE.lastIndexOf(text) : SOURCE.indexOf(text);
  return [from, from + text.length];
}

const calls = ["source_stream(left)", "source_iter(right)", "join::<'static>()", "for_each(f)"];
const ends = [
  [calls[0], "[0]both", "[0]"], [calls[1], "[1]both", "[1]"], [calls[2], calls[3]], [calls[2], calls[3]],
].map((texts) => texts.map((text) => place(text)));
const graph = new Graph({
  ...GRAPH,
  source: SOURCE,
  ops: Object.fromEntries(Object.entries(GRAPH.ops).map(([id, op], at) => [id, { ...op, span: place(calls[at]) }])),
  edges: Object.fromEntries(Object.entries(GRAPH.edges).map(([id, edge], at) => [id, { ...edge, places: ends[at] }])),
});
const words = (/** @type {[number, number][]} */ places) => places.map(([from, to]) => SOURCE.slice(from, to));

test("an operator is marked with its lifetimes, and near it the names and ports on both sides", () => {
  const { own, near } = textOf(graph, "op-3");

  assert.deepEqual(words(own), [calls[2]]);
  assert.deepEqual(words(near), [calls[3], calls[0], "[0]both", calls[1], "[1]both"]);
});

test("of an edge its ends are marked, and near them the operator that a name stands for", () => {
  const { own, near } = textOf(graph, "edge-1");

  assert.deepEqual(words(own), [calls[0], "[0]both"]);
  assert.deepEqual(words(near), [calls[2]]);
  assert.deepEqual(words(textOf(graph, "handoff-1").own), [calls[2], calls[3]]);
  assert.deepEqual(textOf(graph, null), { own: [], near: [] });
});

test("the cursor finds the operator around it, the edge of a port, and the operators of an assigned name", () => {
  const at = (/** @type {string} */ text, offset = 1, last = false) => thingsAt(graph, place(text, last)[0] + offset);

  assert.deepEqual(at("'static"), ["op-3"]);
  assert.deepEqual(at("[1]both"), ["edge-2", "op-3"]);
  assert.deepEqual(at("both", 1, true), ["edge-2", "op-3"]);
  assert.deepEqual(at("both ="), ["op-3"]);
  assert.deepEqual(at("; source_iter", 1), []);
});
