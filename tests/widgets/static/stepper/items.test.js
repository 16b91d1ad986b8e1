import assert from "node:assert/strict";
import test from "node:test";
import { History } from "../../../../widgets/static/stepper/history.js";
import { Items } from "../../../../widgets/static/stepper/items.js";
import { carrying, step, tick } from "../recording.js";

/** @import { Tick } from "../../../../widgets/static/stepper/history.js" */
/** @import { Moved } from "../../../../widgets/static/stepper/rows.js" */

/** @type {(records: Tick[]) => History} */
function made(records) {
  const history = new History();
  history.accept({ oldest: 0, newest: 0, records });
  return history;
}

/** @type {Moved} */
const segment = { mark: "add", words: "new", tick: 0, step: 0, edge: "edge-1", iteration: "", from: 0, to: 5000 };

/** A kernel that gives pages, and the questions that it was asked. */
function paging() {
  /** @type {any[]} */
  const asked = [];
  /** @type {(kind: string, content?: any) => Promise<any>} */
  const call = async (kind, content) => {
    asked.push({ kind, ...content });
    if (content.offset >= 1000) throw new Error("gone");
    return kind === "item" ? { text: "whole" } : { items: [`item ${content.offset}`, `item ${content.offset + 1}`] };
  };
  return { asked, kernel: { call, subscribe: () => () => {}, busy: () => false, interrupt() {} } };
}

test("what is carried over is asked of the kernel by its place among all, else found in earlier ticks", async () => {
  const history = new History();
  history.accept({ oldest: 0, newest: 2, records: carrying() });
  const { asked, kernel } = paging();
  const over = { ...segment, tick: 2, to: 3 };
  const items = new Items(history, kernel, () => {});

  assert.deepEqual([items.text(over, 0), items.text(over, 3)], [undefined, "d"]);
  await items.load(over, 0);
  assert.equal(items.text(over, 1), "item 1");
  assert.deepEqual(asked.map(({ kind, tick, offset }) => [kind, tick, offset]), [["page", 2, 0]]);

  const saved = new Items(history, null, () => {});
  assert.deepEqual([0, 1, 2, 3].map((index) => saved.text(over, index)), ["a", "b", "c", "d"]);
});

test("a kernel that has no page is asked for it once", async () => {
  const history = made([tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: 5000, items: ["a"] } })])]);
  let asked = 0;
  /** @type {(kind: string, content?: any) => Promise<any>} */
  const call = async () => {
    asked += 1;
    return {};
  };
  const items = new Items(history, { call, subscribe: () => () => {}, busy: () => false, interrupt() {} }, () => {});

  await items.load(segment, 4);

  assert.deepEqual([items.text(segment, 4), items.text(segment, 5), asked], [null, null, 1]);
});

test("a page that is missing is asked for once, and its items are there when it has come", async () => {
  const records = [tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: 5000, items: ["a"] } })])];
  const history = made(records);
  const { asked, kernel } = paging();
  let arrived = 0;
  const items = new Items(history, kernel, () => { arrived += 1; });

  assert.deepEqual([0, 201, 202].map((index) => items.text(segment, index)), ["a", undefined, undefined]);
  await new Promise((resolve) => setTimeout(resolve, 0));

  assert.deepEqual(asked, [{ kind: "page", tick: 0, op: "op-1", sg: "sg-1", run: 1, edge: "edge-1", offset: 200 }]);
  assert.equal(arrived, 1);
  assert.deepEqual([items.text(segment, 201), items.text(segment, 202)], ["item 201", null]);
  assert.equal(await items.whole(segment, 0), "whole");
});

test("an item that cannot be had is not kept, with a kernel or without", async () => {
  const records = [tick(0, [step("op-1", "sg-1", 0, { "edge-1": { count: 5000, items: ["a"] } })])];
  const history = made(records);
  const items = new Items(history, paging().kernel, () => {});

  items.text(segment, 1000);
  await new Promise((resolve) => setTimeout(resolve, 0));

  assert.equal(items.text(segment, 1000), null);
  assert.equal(new Items(history, null, () => {}).text(segment, 1000), null);
});

test("a saved page has the texts of what was kept, and the whole ones by their number among these", async () => {
  const items = ["0", "1", "19…"];
  const move = { count: 20, items, kept: 3, gaps: /** @type {[number, number][]} */ ([[2, 17]]), whole: { 2: "1999" } };
  const saved = new Items(made([tick(0, [step("op-1", "sg-1", 0, { "edge-1": move })])]), null, () => {});

  assert.deepEqual([1, 2, 18, 19].map((index) => saved.text(segment, index)), ["1", null, null, "19…"]);
  assert.equal(await saved.whole(segment, 19), "1999");
});
