import assert from "node:assert/strict";
import test from "node:test";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { Loading } from "../../../../widgets/static/stepper/loading.js";
import { makeRunning } from "../../../../widgets/static/stepper/running.js";
import { View } from "../../../../widgets/static/stepper/view.js";
import { GRAPH, ticks } from "../recording.js";

/** @type {(answer?: () => Promise<any>) => any} */
function made(answer = async () => ({})) {
  const view = new View(new Graph(GRAPH), new History(), true);
  const counts = { forgot: 0, interrupted: 0 };
  const kernel = {
    call: answer, subscribe: () => () => {}, busy: () => false, interrupt() { counts.interrupted += 1; },
  };
  const ending = new AbortController();
  const running = makeRunning({
    view, kernel, loading: new Loading(view, kernel), signal: ending.signal, draw() {}, display() {}, accepted() {},
    forget() {
      counts.forgot += 1;
      view.history.clear();
    },
  });
  return { view, running, counts, end: () => ending.abort() };
}

/** @type {(number: number, other?: object) => object} */
const news = (number, other = {}) => ({
  epoch: 0, running: null, closed: null, recorded: true, scheduled: false, tick: number + 1, waiting: {}, oldest: 0,
  newest: number, records: ticks().slice(0, number + 1), ...other,
});

test("who looks at the newest tick follows the news, who looks back does not", () => {
  const { view, running } = made();

  running.receive(news(0));
  assert.equal(view.cursor.tick, 0);
  running.receive(news(1));
  assert.equal(view.cursor.tick, 1);
  view.cursor = { tick: 0, done: 1 };
  running.receive(news(1));

  assert.deepEqual(view.cursor, { tick: 0, done: 1 });
});

test("a run that has gone back is known anew", () => {
  const { view, running, counts } = made();
  running.receive(news(1));

  running.receive(news(0, { epoch: 1 }));

  assert.deepEqual([counts.forgot, view.cursor.tick, view.history.length], [1, 0, 1]);
});

test("a step that fails says why, and one that was stopped says so", async () => {
  const failing = made(async () => { throw new Error("KeyError: 3"); });
  const stopped = made(async () => { throw Object.assign(new Error("stop"), { stopped: true }); });

  assert.equal(await failing.running.demand("step", { grain: "tick" }), false);
  assert.deepEqual([failing.view.problem, failing.view.pending], ["KeyError: 3", null]);
  await stopped.running.demand("step", { grain: "tick" });
  assert.deepEqual([stopped.view.problem, stopped.view.note], [null, "stopped:"]);
});

test("a step that reads no message is interrupted", async () => {
  const { view, running, counts, end } = made(() => new Promise(() => {}));
  running.receive(news(0, { running: "step" }));

  running.stop();
  await new Promise((resolve) => setTimeout(resolve, 150));
  end();

  assert.deepEqual([counts.interrupted, view.running], [1, "step"]);
});
