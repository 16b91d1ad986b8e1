import assert from "node:assert/strict";
import test from "node:test";
import { barsBetween, brushed, holding, ticksPerBar, zoomed } from "../../../../widgets/static/stepper/bars.js";

const summary = (/** @type {number} */ tick) => ({ tick, why: "", moved: tick, steps: 1, complete: true, fault: null });

test("a bar is a tick where there is room, and as many as it takes where there is not", () => {
  assert.equal(ticksPerBar(10, 400), 1);
  assert.equal(ticksPerBar(2000, 400), 20);
  assert.ok((2000 / ticksPerBar(2000, 400)) * 4 <= 400);
});

test("a bar of several ticks adds them up and bears their marks", () => {
  const fault = (/** @type {number} */ tick) =>
    tick === 9 ? undefined : { ...summary(tick), fault: tick === 2 ? "boom" : null, stops: tick === 1 ? ["b"] : [],
      set_aside: tick === 6 ? ["0"] : [] };
  const bars = barsBetween(0, 9, 4, fault, { branch: new Set([4]), hit: new Set([8]) });

  assert.deepEqual(bars.map(({ from, to, moved, known }) => [from, to, moved, known]),
    [[0, 3, 6, 4], [4, 7, 22, 4], [8, 9, 8, 1]]);
  assert.deepEqual(bars.map((bar) => bar.marks), [["stop", "fault"], ["aside", "branch"], ["hit"]]);
});

test("a brush that did not move is none", () => {
  assert.deepEqual([brushed(5, 5), brushed(7, 3), brushed(1, 9)], [null, [3, 7], [1, 9]]);
});

test("a window is zoomed about a tick, stays within the ticks, and goes where all are in sight", () => {
  const near = zoomed(null, 0, 99, 50, 0.5);
  assert.deepEqual(near, [25, 74]);
  assert.deepEqual(zoomed(null, 0, 99, 0, 0.5), [0, 49]);
  assert.equal(zoomed(near, 0, 99, 50, 4), null);
});

test("a window moves no further than to hold a tick", () => {
  assert.deepEqual([holding([10, 20], 15), holding([10, 20], 25), holding([10, 20], 3)], [[10, 20], [15, 25], [3, 13]]);
});
