import assert from "node:assert/strict";
import test from "node:test";
import { cutOf, inOrder, reordering } from "../../../../widgets/static/network/tickets.js";

/** @import { Card } from "../../../../widgets/static/network/tickets.js" */

/** @type {(message: string, held?: boolean) => Card} */
const card = (message, held = false) => {
  const [way] = message.split("#");
  const [from, to] = way.split(">");
  return { message, from, to, text: "", held, after: [], copy: false, why: {} };
};
const cards = [card("a>b#1"), card("a>b#2", true), card("a>b#3"), card("c>b#1")];

test("held cards come last, and those that wait behind what they wait for", () => {
  assert.deepEqual(inOrder(cards).map(({ message }) => message), ["a>b#1", "a>b#3", "c>b#1", "a>b#2"]);
  const waits = [{ ...card("a>b#1"), after: ["c>b#1", "gone"] }, card("c>b#1"), card("c>b#2")];
  assert.deepEqual(inOrder(waits).map(({ message }) => message), ["c>b#1", "a>b#1", "c>b#2"]);
});

test("a card that is moved up comes before all that it passes, one that is moved down waits for them", () => {
  const [first, then] = [["c>b#1"], ["a>b#1", "a>b#3"]];
  assert.deepEqual(reordering(cards, "c>b#1", "a>b#1", true), { first, then, why: null });
  const down = reordering(cards, "a>b#1", "c>b#1", false);
  assert.deepEqual(down, { first: ["a>b#3", "c>b#1"], then: ["a>b#1"], why: null });
});

test("on one way nothing overtakes where the network keeps the order, and the reason is said", () => {
  assert.match(reordering(cards, "a>b#3", "a>b#1", true).why ?? "", /a>b#3 is behind a>b#1 .* `fifo=False`/);
  assert.match(reordering(cards, "a>b#1", "a>b#3", true).why ?? "", /a>b#3 is behind a>b#1 .* `fifo=False`/);
});

test("a held card is delivered by its button, and one that has gone moves nothing", () => {
  assert.match(reordering(cards, "a>b#2", "a>b#1", false).why ?? "", /held waits already: deliver it/);
  assert.match(reordering(cards, "gone", "a>b#1", false).why ?? "", /not in flight any more/);
});

test("a cut has nodes on both sides", () => {
  assert.deepEqual(cutOf(["b"], ["a", "b", "c"]), { groups: [["b"], ["a", "c"]], why: null });
  assert.match(cutOf([], ["a"]).why ?? "", /choose the nodes/);
  assert.match(cutOf(["a", "b"], ["a", "b"]).why ?? "", /both of its sides/);
});
