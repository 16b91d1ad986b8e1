import assert from "node:assert/strict";
import test from "node:test";
import { keptIndex, stretches, textAt, textsOf } from "../../../../widgets/static/shared/kept.js";

/** @import { Move } from "../../../../widgets/static/stepper/history.js" */

/** Ten items, of which the first two, the sixth and the last were kept.
 * @type {{ count: number, kept: number, gaps: [number, number][] }}
 */
const numbers = { count: 10, kept: 4, gaps: [[2, 3], [3, 3]] };
/** @type {Move} */
const inOrder = { ...numbers, items: ["0", "1", "5", "9"] };
/** @type {Move} */
const byPlace = { ...numbers, items: ["0", "1", null, null, null, "5", null] };

test("both forms tell the same of what has come", () => {
  const places = [0, 1, 2, 4, 5, 6, 8];

  assert.deepEqual(places.map((place) => textAt(inOrder, place)), ["0", "1", null, null, "5", null, null]);
  assert.deepEqual(places.map((place) => textAt(byPlace, place)), ["0", "1", null, null, "5", null, null]);
  assert.deepEqual([textAt(inOrder, 9), textAt(byPlace, 9)], ["9", undefined]);
  assert.deepEqual([inOrder, byPlace].map((move) => textsOf(move).length), [4, 3]);
});

test("stretches are of places, and where nobody can be asked what has not come is missing", () => {
  const gap = { from: 6, to: 9, kept: null };

  assert.deepEqual(stretches(byPlace, true), [
    { from: 0, to: 2, kept: 0 }, { from: 2, to: 5, kept: null }, { from: 5, to: 6, kept: 2 }, gap,
    { from: 9, to: 10, kept: 3 },
  ]);
  assert.deepEqual(stretches(byPlace, false).slice(-2), [gap, { from: 9, to: 10, kept: null }]);
  assert.deepEqual(stretches(inOrder, false), stretches(inOrder, true));
});

test("a place has its number among what is kept", () => {
  assert.deepEqual([0, 2, 5, 9, 10].map((place) => keptIndex(inOrder, place)), [0, null, 2, 3, null]);
});

test("where nothing is missing all were kept", () => {
  assert.deepEqual(stretches({ count: 3, items: ["a"] }, true), [{ from: 0, to: 3, kept: 0 }]);
  assert.deepEqual(stretches({ count: 0, items: [] }, true), []);
});
