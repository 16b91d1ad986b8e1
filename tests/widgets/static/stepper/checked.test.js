import assert from "node:assert/strict";
import test from "node:test";
import { Checked, SURROUNDINGS, about, question } from "../../../../widgets/static/stepper/checked.js";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { GRAPH } from "../recording.js";

/** @import { Cause } from "../../../../widgets/static/stepper/checked.js" */

/** @type {(level: string, causes?: Cause[], output?: string) => any} */
const known = (level, causes = [], output = "") => ({ level, early: true, sentence: `a ${level}`, causes, output });

const checked = new Checked(new Graph(GRAPH), {
  known: {
    "edge-1": known("sequence"),
    "edge-3": known("set", [{ op: "op-1", words: "takes in what may come twice" }]),
    "edge-4": known("set"),
    "op-4": known("differs", [
      { op: "op-1", words: "takes in what may come twice" },
      { op: "op-3", words: "adds up what comes" },
      { op: "op-1", words: "reads a clock" },
      { op: "op-1", words: "reads a clock" },
    ], "print"),
  },
});

test("a handoff has the level of the edge that fills it", () => {
  assert.equal(checked.of("handoff-1")?.sentence, "a set");
  assert.equal(checked.level("handoff-1"), "set");
});

test("a level that promises nothing has a sign behind it", () => {
  const doubted = new Checked(new Graph(GRAPH), { known: { "op-4": known("unknown"), "edge-1": known("part") } });

  assert.deepEqual([checked.level("op-4"), doubted.level("op-4"), doubted.level("edge-1")],
    ["differs!", "unknown?", "part"]);
});

test("nothing is known of operators that are not outputs, of states that are read, and of nothing", () => {
  assert.deepEqual(["op-3", "read-1", "sg-1", null].map((id) => checked.of(id)), [null, null, null, null]);
  assert.deepEqual([checked.level("op-3"), checked.level(null), checked.causes(null).size], ["", "", 0]);
});

test("the word at an edge is its level, or that of the operator behind it, if that gives something else", () => {
  const last = Object.keys(GRAPH.edges).find((id) => GRAPH.edges[id].to === "op-4") ?? "";
  const [alike, other] = ["set", "differs"].map((given) =>
    new Checked(new Graph(GRAPH), { known: { [last]: known("set"), "op-4": known(given, [], "print") } }));

  assert.deepEqual([alike.word(last), other.word(last), checked.word("edge-1")], ["set", "gives differs!", "sequence"]);
});

test("causes are counted in their order, each operator once with all that it does", () => {
  assert.deepEqual([...checked.causes("op-4")], [
    ["op-1", { word: "cause 1", why: "source_stream takes in what may come twice, and reads a clock" }],
    ["op-3", { word: "cause 2", why: "join adds up what comes" }],
  ]);
});

test("a cause that is alone has no number", () => {
  assert.deepEqual([...checked.causes("edge-3").values()].map(({ word }) => word), ["cause"]);
});

test("the summary names the outputs with their levels", () => {
  assert.equal(checked.summary(), "1 output: print differs!");
  assert.equal(new Checked(new Graph(GRAPH), { known: {} }).summary(), "0 outputs");
});

test("each choice says what may differ there, and replicas how many copies there are", () => {
  assert.ok(SURROUNDINGS.every(([value]) => about(value)));
  assert.match(about("replicas"), /^2 copies/);
  assert.equal(about("elsewhere"), "");
});

test("of very many outputs and causes the first ones are named", () => {
  const numbers = [...Array(300).keys()];
  const ops = Object.fromEntries(numbers.map((number) => [`op-${number}`, GRAPH.ops["op-1"]]));
  const causes = numbers.map((number) => ({ op: `op-${number}`, words: "takes in what may come twice" }));
  const many = new Checked(new Graph({ ...GRAPH, ops }), {
    known: Object.fromEntries(numbers.map((number) => [`op-${number}`, known("differs", causes, `out${number}`)])),
  });

  assert.ok(many.summary().startsWith("300 outputs: out0 differs!, out1 differs!"));
  assert.ok(many.summary().endsWith("out7 differs!, and 292 more"));
  assert.ok(many.why("op-1").endsWith("cause 8: source_stream takes in what may come twice; and 292 more"));
});

test("each choice asks the kernel for surroundings of its own", () => {
  assert.deepEqual(SURROUNDINGS.map(([value]) => question(value)), [
    { network: null, replicas: 1 },
    { network: "tcp", replicas: 1 },
    { network: "udp", replicas: 1 },
    { network: "at-least-once", replicas: 1 },
    { network: null, replicas: 2 },
  ]);
});
