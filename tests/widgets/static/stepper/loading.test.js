import assert from "node:assert/strict";
import test from "node:test";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { Loading } from "../../../../widgets/static/stepper/loading.js";
import { View } from "../../../../widgets/static/stepper/view.js";
import { GRAPH, ticks } from "../recording.js";

/** A flow that ran two ticks, of which the page has summaries alone. */
function made() {
  /** @type {any[]} */
  const asked = [];
  const view = new View(new Graph(GRAPH), new History(), true);
  view.history.accept({ oldest: 0, newest: 1 });
  view.cursor = { tick: 1, done: 0 };
  const call = async (/** @type {string} */ kind, /** @type {any} */ content) => {
    asked.push({ kind, ...content });
    return { records: ticks().filter(({ tick }) => content.ticks.includes(tick)) };
  };
  const kernel = { call, subscribe: () => () => {}, busy: () => false, interrupt() {} };
  return { asked, view, loading: new Loading(view, kernel), alone: new Loading(view, null) };
}
const failed = (/** @type {Error} */ problem) => assert.fail(problem);

test("what is missing at the place of the cursor is asked for once, with what is near", async () => {
  const { asked, view, loading } = made();

  await new Promise((resolve) => {
    loading.forPlace(() => resolve(undefined), failed);
    loading.forPlace(() => assert.fail("asked twice"), failed);
  });

  assert.deepEqual(asked, [{ kind: "records", ticks: [0, 1] }]);
  assert.deepEqual(loading.missing([0, 1, 7, null]), []);
  assert.equal(view.history.record(1)?.tick, 1);
});

test("while ticks keep coming there is one question at a time", () => {
  const { asked, view, loading } = made();
  loading.forPlace(() => {}, failed);

  view.pending = "run";
  view.history.accept({ oldest: 0, newest: 5 });
  view.cursor = { tick: 5, done: 0 };
  loading.forPlace(() => {}, failed);

  assert.equal(asked.length, 1);
});

test("without a kernel nothing is missing", () => {
  assert.deepEqual(made().alone.missing([0, 1]), []);
});
