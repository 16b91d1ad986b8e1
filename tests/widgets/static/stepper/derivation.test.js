import assert from "node:assert/strict";
import test from "node:test";
import { Derivation } from "../../../../widgets/static/stepper/derivation.js";
import { Graph } from "../../../../widgets/static/stepper/graph.js";

/** @import { Cause } from "../../../../widgets/static/stepper/derivation.js" */

/** @type {(text: string, causes: number[], more?: Partial<Cause>) => Cause} */
const cause = (text, causes, more = {}) => ({
  text,
  causes,
  place: "a -> b",
  edge: "edge-1",
  tick: 0,
  step: 0,
  index: 0,
  op: "op-1",
  operator: "map",
  because: "is made",
  absent: [],
  doubt: "",
  origin: "",
  input: "",
  state: false,
  hands: false,
  ...more,
});
const NOTHING = new Map();
const texts = (/** @type {Derivation} */ found, /** @type {Map<number, boolean>} */ opened = NOTHING) =>
  found.lines(opened).map(({ depth, cause: { text }, count }) => `${"  ".repeat(depth)}${count ? `+${count}` : text}`);

test("each item stands above its causes", () => {
  const found = new Derivation({ steps: [cause("a", [1, 2]), cause("b", []), cause("c", [])], more: 0 });

  assert.deepEqual(texts(found), ["a", "  b", "  c"]);
});

test("an item that explains several is told once", () => {
  const steps = [cause("a", [1, 2]), cause("b", [3]), cause("c", [3]), cause("d", [4]), cause("e", [])];
  const found = new Derivation({ steps, more: 0 });

  assert.deepEqual(texts(found), ["a", "  b", "    d", "      e", "  c", "    d"]);
  assert.ok(found.lines(NOTHING)[5].again);
});

test("operators that only hand an item on share its line", () => {
  const steps = [
    cause("a", [1], { hands: true, operator: "tee" }),
    cause("a", [2], { hands: true, operator: "union" }),
    cause("a", [3], { operator: "map" }),
    cause("b", []),
  ];
  const [line] = new Derivation({ steps, more: 0 }).lines(NOTHING);

  assert.deepEqual([line.through, line.last.operator], [["tee", "union"], "map"]);
});

test("a reader folds and opens lines, and deep ones are folded at first", () => {
  const steps = Array.from({ length: 30 }, (_, place) => cause(`x${place}`, place < 29 ? [place + 1] : []));
  const found = new Derivation({ steps, more: 0 });

  assert.equal(texts(found).length, 9);
  assert.deepEqual(texts(found, new Map([[1, false]])), ["x0", "  x1"]);
  assert.equal(texts(found, new Map([[8, true]])).length, 10);
});

test("of many causes the first are shown and the others counted", () => {
  const steps = [cause("a", Array.from({ length: 50 }, (_, place) => place + 1)), ...Array(50).fill(cause("b", []))];
  const lines = texts(new Derivation({ steps: steps.map((one) => ({ ...one })), more: 0 }));

  assert.equal(lines.length, 13);
  assert.equal(lines[12], "  +39");
});

test("a tree of any depth is told without recursion, in as many lines as a page takes", () => {
  const steps = Array.from({ length: 20_000 }, (_, place) => cause(`x${place}`, place < 19_999 ? [place + 1] : []));
  const opened = new Map(steps.map((_, place) => [place, true]));

  assert.equal(new Derivation({ steps, more: 0 }).lines(opened).length, 300);
});

test("the path holds operators, edges and handoffs, with the ticks", () => {
  const graph = new Graph({
    name: "f",
    source: "",
    ops: {
      "op-1": { name: "map", text: "map()", span: [0, 0], sg: "sg-1", colour: "pull", variable: null },
      "op-2": { name: "sort", text: "sort()", span: [0, 0], sg: "sg-2", colour: "pull", variable: null },
      "op-3": { name: "null", text: "null()", span: [0, 0], sg: "sg-2", colour: "pull", variable: null },
    },
    edges: {
      "edge-1": { from: "op-1", to: "handoff-1", from_port: null, to_port: null, delay: null },
      "edge-2": { from: "handoff-1", to: "op-2", from_port: null, to_port: null, delay: "stratum" },
      "edge-3": { from: "op-2", to: "op-3", from_port: null, to_port: null, delay: null },
    },
    handoffs: { "handoff-1": { stratum: 0, sg: "sg-2", delay: "stratum" } },
    subgraphs: {},
    inputs: {},
  });
  const steps = [
    cause("a", [1], { edge: "edge-3", op: "op-2", tick: 1 }),
    cause("a", [], { edge: "edge-1", op: "op-1" }),
  ];
  const found = new Derivation({ steps, more: 0 });

  const path = found.path(graph);

  assert.deepEqual([...path.keys()].sort(), ["edge-1", "edge-2", "edge-3", "handoff-1", "op-1", "op-2"]);
  assert.deepEqual([...(path.get("op-2") ?? [])], [1]);
  assert.deepEqual(found.ticks, [0, 1]);
  assert.ok(found.has({ tick: 1, step: 0, edge: "edge-3", index: 0 }));
  assert.ok(!found.has({ tick: 0, step: 0, edge: "edge-3", index: 0 }));
});
