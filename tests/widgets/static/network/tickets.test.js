import assert from "node:assert/strict";
import test from "node:test";
import { cutOf, inOrder, overtaking } from "../../../../widgets/static/network/tickets.js";

const card = (/** @type {string} */ message, held = false) => {
  const [way] = message.split("#");
  const [from, to] = way.split(">");
  return { message, from, to, text: "", held, copy: false, why: {} };
};
const cards = [card("a>b#1"), card("a>b#2", true), card("a>b#3"), card("c>b#1")];

test("held cards come last", () => {
  assert.deepEqual(inOrder(cards).map(({ message }) => message), ["a>b#1", "a>b#3", "c>b#1", "a>b#2"]);
});

test("what a card passes is held", () => {
  assert.deepEqual(overtaking(cards, "c>b#1", "a>b#1", true), { hold: ["a>b#1", "a>b#3"], why: null });
  assert.deepEqual(overtaking(cards, "a>b#3", "a>b#1", false), { hold: ["a>b#1"], why: null });
});

test("a card that is put down is held itself", () => {
  assert.deepEqual(overtaking(cards, "a>b#1", "c>b#1", true), { hold: ["a>b#1"], why: null });
});

test("on one way nothing overtakes where the network keeps the order, and the reason is said", () => {
  const { hold, why } = overtaking(cards, "a>b#3", "a>b#1", true);

  assert.deepEqual(hold, []);
  assert.match(why ?? "", /a>b#3 is behind a>b#1 .* `fifo=False`/);
});

test("a held card is delivered by its button, and one that has gone moves nothing", () => {
  assert.match(overtaking(cards, "a>b#2", "a>b#1", false).why ?? "", /deliver it by its button/);
  assert.match(overtaking(cards, "gone", "a>b#1", false).why ?? "", /not in flight any more/);
});

test("a cut has nodes on both sides", () => {
  assert.deepEqual(cutOf(["b"], ["a", "b", "c"]), { groups: [["b"], ["a", "c"]], why: null });
  assert.match(cutOf([], ["a"]).why ?? "", /choose the nodes/);
  assert.match(cutOf(["a", "b"], ["a", "b"]).why ?? "", /both of its sides/);
});
