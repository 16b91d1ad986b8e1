import assert from "node:assert/strict";
import test from "node:test";
import { foldWords, lineOf, linesOf } from "../../../../widgets/static/network/folds.js";
import { story } from "./story.js";

const spans = (/** @type {{ from: number, to: number }[]} */ lines) => lines.map(({ from, to }) => [from, to]);

test("quiet ticks in a row share a line, one alone has its own", () => {
  const run = story();

  const lines = linesOf(run);

  assert.deepEqual(spans(lines), [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 8]]);
  assert.equal(foldWords(run, lines[6]), "3 quiet ticks: alice 1 to 3");
});

test("a fold that was opened shows every row, and a row that is kept ends a fold", () => {
  const run = story();

  assert.deepEqual(spans(linesOf(run, new Set([6]))).slice(6), [[6, 6], [7, 7], [8, 8]]);
  assert.deepEqual(spans(linesOf(run, new Set(), new Set([8]))).slice(6), [[6, 7], [8, 8]]);
});

test("a row is found in its line", () => {
  const lines = linesOf(story());

  assert.deepEqual([0, 5, 6, 7, 8, 99].map((row) => lineOf(lines, row)), [0, 5, 6, 6, 6, 6]);
});
