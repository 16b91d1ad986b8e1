import assert from "node:assert/strict";
import test from "node:test";
import { History } from "../../../../widgets/static/stepper/history.js";
import { Items } from "../../../../widgets/static/stepper/items.js";
import { pieces } from "../../../../widgets/static/stepper/rows.js";
import { TableSearch } from "../../../../widgets/static/stepper/tablesearch.js";
import { step, tick } from "../recording.js";

/** @import { Kernel } from "../../../../widgets/static/shared/connection.js" */
/** @import { Move } from "../../../../widgets/static/stepper/history.js" */
/** @import { Moved } from "../../../../widgets/static/stepper/rows.js" */

/** A search in what one step moved; `milliseconds` pass with each look at the time.
 * @type {(move: Move, kernel?: Kernel | null, milliseconds?: number) => any}
 */
function made(move, kernel = null, milliseconds = 0) {
  const history = new History();
  history.accept({ oldest: 0, newest: 0, records: [tick(0, [step("op-1", "sg-1", 0, { "edge-1": move })])] });
  /** @type {Moved} */
  const all = { mark: "add", words: "new", tick: 0, step: 0, edge: "edge-1", iteration: "", from: 0, to: move.count };
  let [time, told, pauses] = [0, 0, 0];
  const clock = {
    now: () => { time += milliseconds; return time; },
    pause: async () => { pauses += 1; },
  };
  const search = new TableSearch(new Items(history, kernel, () => {}), () => { told += 1; }, clock);
  return { search, list: pieces([all], history, kernel !== null), counts: () => ({ told, pauses }) };
}

const ended = async (/** @type {TableSearch} */ search) => {
  while (!search.isDone) await new Promise((resolve) => setTimeout(resolve, 0));
};
const many = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => `item ${at}`);

test("a short table is read at once, without a gap's items", () => {
  const { search, list, counts } = made({ count: 20, items: ["a1", "b", "A2"], kept: 3, gaps: [[2, 17]] });

  search.begin("one", list, "a");

  assert.deepEqual(search.rows.map((/** @type {any} */ row) => row.index), [0, 19]);
  assert.deepEqual([search.read, search.isDone, counts()], [3, true, { told: 0, pauses: 0 }]);
});

test("all of a long table is read, in slices between which the page lives", async () => {
  const { search, list, counts } = made({ count: 20_000, items: many(20_000) }, null, 5);

  search.begin("one", list, "item 1999");
  assert.equal(search.isDone, false);
  await ended(search);

  assert.deepEqual([search.read, search.rows.length], [20_000, 11]);
  assert.equal(counts().pauses > 50, true);
  assert.equal(counts().told > 50, true);
});

test("a newer search ends the one before", async () => {
  const { search, list } = made({ count: 20_000, items: many(20_000) }, null, 5);

  search.begin("one", list, "item");
  search.begin("two", list, "item 19999");
  search.begin("two", list, "item 19999");
  await ended(search);

  assert.deepEqual([search.read, search.rows.length], [20_000, 1]);
});

test("pages that are not here are asked for, each once", async () => {
  /** @type {number[]} */
  const asked = [];
  const call = async (/** @type {string} */ _, /** @type {any} */ { offset }) => {
    asked.push(offset);
    return { items: many(2000).slice(offset, offset + 200) };
  };
  const kernel = { call, subscribe: () => () => {}, busy: () => false, interrupt() {} };
  const { search, list } = made({ count: 2000, items: many(200) }, kernel);

  search.begin("one", list, "item 199");
  await ended(search);

  assert.deepEqual(asked.sort((one, other) => one - other), [200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800]);
  assert.deepEqual([search.read, search.rows.length], [2000, 11]);
});
