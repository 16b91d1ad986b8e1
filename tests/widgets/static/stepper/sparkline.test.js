import assert from "node:assert/strict";
import test from "node:test";
import { lines, valueAt } from "../../../../widgets/static/stepper/sparkline.js";

/** @typedef {import("../../../../widgets/static/stepper/sparkline.js").Value} Value */

/** @type {Value[]} */
const values = [[0, 1, "1"], [1, null, "raised"], [2, 3, "3"], [3, 2, "2"]];

test("a value that is no number makes a gap in the line", () => {
  assert.deepEqual(lines(values, 64, 26), ["2.0,23.0", "42.0,3.0 62.0,13.0"]);
  assert.deepEqual(lines([[0, null, "'a'"]], 64, 26), []);
});

test("a value is that of its tick, or the newest before", () => {
  assert.deepEqual([valueAt(values, 1)?.[2], valueAt(values, 9)?.[2], valueAt([], 1)], ["raised", "2", null]);
});
