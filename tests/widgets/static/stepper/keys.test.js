import assert from "node:assert/strict";
import { test } from "node:test";

import { keysFor } from "../../../../widgets/static/stepper/keys.js";

// Those of the features: breakpoint, search of all ticks, diff, why.
const ADDED = ["b", "f", "d", "w"];

test("each key is told of once, and none that a feature has", () => {
  for (const hasKernel of [true, false]) {
    const told = keysFor(hasKernel).flatMap(([keys]) => keys.split(" "));
    assert.equal(new Set(told).size, told.length);
    assert.deepEqual(told.filter((key) => ADDED.includes(key)), []);
  }
});
