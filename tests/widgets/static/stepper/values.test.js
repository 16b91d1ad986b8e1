import assert from "node:assert/strict";
import test from "node:test";
import { likeness, partsThatDiffer, valueOf } from "../../../../widgets/static/stepper/values.js";

/** @type {(before: string, after: string) => string[]} */
const parts = (before, after) => partsThatDiffer(valueOf(before), valueOf(after))
  .map((part) => `${part.path}: ${part.before} → ${part.after}`);

test("a text tells the type of a value and what it holds", () => {
  const texts = ["1", "-1.5e3", "True", "None", "2j", "'it\\'s'", 'b"x"', "(1,)", "[1, (2, 3)]", "{1, 2}", "{}",
    "{'a': {1: 2}}", "set()", "(1+2j)", "Box(1)", "[1, Box(2)]", "'cut…", "(1)"];

  assert.deepEqual(texts.map((text) => valueOf(text).kind), ["int", "float", "bool", "NoneType", "complex", "str",
    "bytes", "tuple", "list", "set", "dict", "dict", "set", "complex", "text", "text", "text", "int"]);
});

test("the innermost parts that differ are told with their places", () => {
  assert.deepEqual(parts("(1, {'n': 2})", "(1, {'n': 20})"), ["[1]['n']: 2 → 20"]);
  assert.deepEqual(parts("[1, 2]", "[1]"), ["[1]: 2 → absent"]);
  assert.deepEqual(parts("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"), []);
  assert.deepEqual(parts("({1, 2},)", "({2, 3},)"), ["[0] without 1: 1 → absent", "[0] with 3: absent → 3"]);
  assert.deepEqual(parts("1", "'1'"), [": 1 → '1'"]);
  assert.deepEqual(parts("Box(1)", "Box(2)"), [": Box(1) → Box(2)"]);
});

test("values that have more in common are more alike", () => {
  const [one, near, far] = ["(1, 2, 3)", "(1, 2, 4)", "(7, 8, 9)"].map(valueOf);

  assert.ok(likeness(one, near) > likeness(one, far));
  assert.equal(likeness(one, valueOf("[1, 2, 3]")), 0);
});

test("what is nested without end is a text", () => {
  assert.equal(valueOf("[".repeat(5000) + "]".repeat(5000)).kind, "text");
});
