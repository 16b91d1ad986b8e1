import assert from "node:assert/strict";
import test from "node:test";
import { History, Recorded, summarise } from "../../../../widgets/static/stepper/history.js";
import { moved, step, tick, ticks } from "../recording.js";

test("a summary counts items and steps", () => {
  const { tick: number, moved: items, steps, complete } = summarise(ticks()[0]);

  assert.deepEqual([number, items, steps, complete], [0, 5, 3, true]);
});

test("counts between two steps are those of the steps within, whatever the edge did before", () => {
  const passing = [1, 0, 3, 2].map((count) => step("op-1", "sg-1", 0, count ? { "edge-1": { count, items: [] } } : {}));
  const record = new Recorded(tick(0, passing));

  assert.equal(record.moved("edge-1", 0, 4), 6);
  assert.equal(record.moved("edge-1", 1, 3), 3);
  assert.equal(record.moved("edge-1", 1, 2), 0);
  assert.equal(record.moved("edge-9", 0, 4), 0);
  assert.deepEqual(record.stepsOver("edge-1", 1, Infinity), [2, 3]);
  assert.equal(record.total(2), 3);
});

test("a tick is known between the oldest and the newest", () => {
  const history = new History();

  assert.equal(history.has(0), false);
  history.accept({ oldest: 4, newest: 6, dropped: 4 });

  assert.deepEqual([3, 4, 6, 7, null].map((number) => history.has(number)), [false, true, true, false, false]);
  assert.deepEqual([history.length, history.dropped], [3, 4]);
});

test("an answer without bounds leaves them as they are", () => {
  const history = new History();
  history.accept({ oldest: 0, newest: 1, records: ticks() });

  history.accept({ records: [ticks()[0]] });

  assert.deepEqual([history.oldest, history.newest], [0, 1]);
});

test("the records looked at last stay, and those on display longer", () => {
  const history = new History({ records: 2, summaries: 3 });
  const four = [0, 1, 2, 3].map((number) => tick(number, [step("op-1", "sg-1", 0, { "edge-1": moved("a") })]));

  history.accept({ oldest: 0, newest: 3, records: four }, new Set([0]));

  assert.deepEqual([...history.records.keys()], [0, 3]);
  assert.deepEqual([...history.summaries.keys()], [0, 2, 3]);
  assert.equal(history.steps(3), 1);
  assert.equal(history.steps(1), undefined);
  assert.equal(history.moved(3, "edge-1", 0, 1), 1);
  assert.equal(history.moved(2, "edge-1", 0, 1), 0);
});

test("a cleared history knows nothing", () => {
  const history = new History();
  history.accept({ oldest: 0, newest: 1, records: ticks() });

  history.clear();

  assert.deepEqual([history.length, history.newest], [0, null]);
  assert.deepEqual([history.record(0), history.summary(0)], [undefined, undefined]);
});
