import assert from "node:assert/strict";
import test from "node:test";
import { StateHistory, applied, told } from "../../../../widgets/static/stepper/states.js";

/** @import { SavedStates, StateRow } from "../../../../widgets/static/stepper/states.js" */

/** @type {() => SavedStates} */
const saved = () => ({
  parts: { "op-3": [{ name: "0", form: "values by key", lasts: true }, { name: "1", form: "items", lasts: false }] },
  left_out: 0,
  ticks: [
    { tick: 1, sizes: { "op-3": [2, 0] }, whole: { "op-3": [[["", "1", "'a'"], ["", "2", "'b'"]], []] } },
    { tick: 2, sizes: { "op-3": [2, 0] }, changed: { "op-3": [[["+", "3", "'c'"], ["−", "1", "'a'"]], []] } },
    { tick: 3, sizes: { "op-3": [2, 0] }, changed: { "op-3": [[["~", "3", "'d'", "'c'", ""]], []] } },
    { tick: 4, sizes: { "op-3": [2, 0] }, changed: {} },
    { tick: 7, sizes: { "op-3": [1, 0] }, whole: { "op-3": [[["", "9", "'z'"]], []] } },
  ],
});

test("the rows of a tick are those of the first one with what changed since, changes first", () => {
  const history = new StateHistory(saved());

  const rows = (/** @type {number} */ tick) => history.answer(tick, ["op-3"]).states?.["op-3"].parts[0].rows;

  assert.deepEqual(rows(1), [["", "1", "'a'"], ["", "2", "'b'"]]);
  assert.deepEqual(rows(2), [["+", "3", "'c'"], ["−", "1", "'a'"], ["", "2", "'b'"]]);
  assert.deepEqual(rows(3), [["~", "3", "'d'", "'c'", ""], ["", "2", "'b'"]]);
  assert.deepEqual(rows(4), [["", "2", "'b'"], ["", "3", "'d'"]]);
  assert.deepEqual(rows(7), [["", "9", "'z'"]]);
});

test("sizes are exact, and rows that are gone count as rows", () => {
  const { sizes, states } = new StateHistory(saved()).answer(2, ["op-3"]);

  assert.deepEqual(sizes, { "op-3": 2 });
  const [part] = states?.["op-3"].parts ?? [];
  assert.deepEqual([part.size, part.count, part.changes], [2, 3, "+1 −1"]);
});

test("a tick whose state is not kept says which are", () => {
  const history = new StateHistory(saved());

  assert.match(history.answer(5, ["op-3"]).why ?? "", /after tick 5 is not kept: it is from tick 1 to 7/);
  assert.match(history.answer(null, []).why ?? "", /Nothing has run/);
  assert.match(new StateHistory({ ...saved(), ticks: [] }).answer(0, []).why ?? "", /No state is kept/);
});

test("of equal rows as many are taken as are gone", () => {
  /** @type {StateRow[]} */
  const rows = [["", null, "1"], ["", null, "1"]];

  const { left } = applied(rows, [["−", null, "1"]]);

  assert.deepEqual(left, [["", null, "1"]]);
});

test("what changed is told in a few characters", () => {
  assert.equal(told([["+", null, "1"], ["~", "a", "2", "1", ""], ["+", null, "3"], ["", null, "4"]]), "+2 ~1");
});
