import assert from "node:assert/strict";
import test from "node:test";
import { makeSight } from "../../../../widgets/static/stepper/sight.js";

/** @import { Place } from "../../../../widgets/static/stepper/folding.js" */

/** Two nodes far from each other, and a camera that is moved by hand. */
function made() {
  /** @type {Record<string, Place>} */
  const boxes = { near: [10, 10, 50, 20], far: [900, 10, 50, 20] };
  const camera = { view: /** @type {Place | null} */ (null) };
  const sight = makeSight({
    boxes,
    camera: { isPartial: () => camera.view !== null, view: () => camera.view ?? [0, 0, 1000, 100] },
  });
  const seen = () => ["near", "far", "elsewhere"].filter(sight.look());
  return { camera, sight, seen };
}

test("all of a drawing that is whole is in sight", () => {
  assert.deepEqual(made().seen(), ["near", "far", "elsewhere"]);
});

test("of a part of it what lies there or next to it is in sight, and what has no place", () => {
  const { camera, seen } = made();

  camera.view = [0, 0, 200, 100];
  assert.deepEqual(seen(), ["near", "elsewhere"]);
  camera.view = [90, 0, 200, 100];
  assert.deepEqual(seen(), ["near", "elsewhere"]);
  camera.view = [800, 0, 200, 100];
  assert.deepEqual(seen(), ["far", "elsewhere"]);
});

test("it is told whether a move has brought something into sight", () => {
  const { camera, sight, seen } = made();
  assert.equal(sight.hasMore(), false);

  camera.view = [0, 0, 200, 100];
  seen();
  assert.equal(sight.hasMore(), false);
  camera.view = [850, 0, 200, 100];
  assert.equal(sight.hasMore(), true);
  seen();
  camera.view = null;
  assert.equal(sight.hasMore(), true);
});
