import assert from "node:assert/strict";
import test from "node:test";
import { Places, bandsOf, gapOf, laneX } from "../../../../widgets/static/network/places.js";

test("lanes share the width, within bounds", () => {
  assert.equal(gapOf(4, 846), 200);
  assert.equal(gapOf(40, 800), 112);
  assert.equal(gapOf(1, 2000), 240);
  assert.equal(laneX(1, 200), 346);
});

test("a label stands after its point where there is room, else before it", () => {
  const places = new Places(600);
  places.take(0, 320, 400);

  const [after, before] = [places.label(0, "hello", 420, 8, true), places.label(0, "a longer text", 300, 8, true)];

  assert.equal(after?.x, 428);
  assert.ok(before && before.x + before.width <= 292);
});

test("labels do not cover each other, and one without room is left out", () => {
  const places = new Places(600);
  const first = places.label(0, "a text of some length", 300, 0, true);
  places.take(0, 0, 300);

  assert.ok(first);
  assert.equal(places.label(0, "another text", first.x, 0, true), null);
});

test("a label that is too long is cut to the room", () => {
  const label = new Places(200).label(0, "x".repeat(300), 100, 0, true);

  assert.ok(label && label.text.endsWith("…") && label.x + label.width <= 200);
});

test("a cut groups neighbours; nodes in no group are one more", () => {
  assert.deepEqual(bandsOf(["a", "b", "c", "d"], [["a", "c"], ["b"]]), [
    { group: 0, from: 0, to: 0 }, { group: 1, from: 1, to: 1 },
    { group: 0, from: 2, to: 2 }, { group: 2, from: 3, to: 3 },
  ]);
});
