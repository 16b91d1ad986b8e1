import assert from "node:assert/strict";
import test from "node:test";
import {
  GRAINS, START, atNewest, back, endOf, forward, grainsOf, lastStep, newest, nextStep, ticksForMove, unit,
} from "../../../../widgets/static/stepper/cursor.js";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { GRAPH, step, tick, ticks } from "../recording.js";

/** @import { Grain, Place } from "../../../../widgets/static/stepper/cursor.js" */

function recorded() {
  const history = new History();
  history.accept({ oldest: 0, newest: 1, records: ticks() });
  return history;
}

/** Every place on the way from the start, by steps of a grain.
 * @type {(history: History, grain: Grain) => Place[]}
 */
function walk(history, grain) {
  const places = [START];
  for (let at = forward({ history, cursor: START, grain }); at; at = forward({ history, cursor: at, grain })) {
    places.push(at);
  }
  return places;
}

test("steps forward go over every unit of the grain up to the newest", () => {
  const history = recorded();
  const ends = (/** @type {Grain} */ grain) =>
    walk(history, grain).map(({ tick, done }) => `${tick ?? "start"}/${done}`);

  assert.deepEqual(ends("tick"), ["start/0", "0/3", "1/3"]);
  assert.deepEqual(ends("stratum"), ["start/0", "0/3", "1/2", "1/3"]);
  assert.deepEqual(ends("operator"), ["start/0", "0/1", "0/2", "0/3", "1/1", "1/2", "1/3"]);
});

test("steps back go the same way back, at every grain", () => {
  const history = recorded();

  for (const grain of GRAINS) {
    const there = walk(history, grain);
    const again = [newest(history)];
    for (let at = back({ history, cursor: again[0], grain }); at; at = back({ history, cursor: at, grain })) {
      again.push(at);
    }
    assert.deepEqual(again.reverse(), there, grain);
  }
});

test("the step behind a place and the one before it meet there", () => {
  const history = recorded();
  const cursor = { tick: 1, done: 2 };

  assert.deepEqual(lastStep({ history, cursor, grain: "subgraph" }), [0, 2]);
  assert.deepEqual(nextStep({ history, cursor, grain: "subgraph" }), [2, 3]);
  assert.equal(nextStep({ history, cursor: endOf(history, 1), grain: "subgraph" }), null);
});

test("two runs of a subgraph in a row are two units of subgraphs and one stratum", () => {
  const steps = [1, 1, 2].map((run) => step("op-1", "sg-1", 0, {}, run));

  assert.deepEqual(unit(steps, 0, "subgraph"), [0, 2]);
  assert.deepEqual(unit(steps, 2, "subgraph"), [2, 3]);
  assert.deepEqual(unit(steps, 0, "stratum"), [0, 3]);
});

test("an iteration is a unit of its own in each round of a nested loop", () => {
  const rounds = [[0, 0], [0, 1], [1, 0]];
  const steps = rounds.map((iteration) => ({ ...step("op-1", "sg-1", 0, {}), loop: "loop-2", iteration }));

  assert.deepEqual(steps.map((_, index) => unit(steps, index, "iteration")), [[0, 1], [1, 2], [2, 3]]);
});

test("a step by ticks needs summaries alone, and one within a tick the records around", () => {
  const history = recorded();

  assert.deepEqual(ticksForMove({ history, cursor: START, grain: "tick" }), []);
  assert.deepEqual(ticksForMove({ history, cursor: START, grain: "operator" }), [0]);
  assert.deepEqual(ticksForMove({ history, cursor: { tick: 1, done: 0 }, grain: "operator" }), [0, 1]);
});

test("a tick of which only the summary is known is stepped over as a whole", () => {
  const history = new History();
  const summary = { tick: 3, why: "input", moved: 5, steps: 7, complete: true, fault: null };
  history.accept({ oldest: 3, newest: 3, summaries: [summary] });

  assert.deepEqual(forward({ history, cursor: START, grain: "operator" }), { tick: 3, done: 7 });
  assert.equal(atNewest(history, { tick: 3, done: 7 }), true);
});

test("an empty recording has one place, the start", () => {
  const history = new History();

  assert.deepEqual(newest(history), START);
  assert.equal(forward({ history, cursor: START, grain: "tick" }), null);
  assert.equal(back({ history, cursor: START, grain: "tick" }), null);
});

test("a tick in which nothing ran is a step of its own", () => {
  const history = new History();
  history.accept({ oldest: 0, newest: 1, records: [tick(0, []), tick(1, [])] });

  assert.deepEqual(walk(history, "operator"), [START, { tick: 0, done: 0 }, { tick: 1, done: 0 }]);
  assert.deepEqual(back({ history, cursor: { tick: 1, done: 0 }, grain: "operator" }), { tick: 0, done: 0 });
});

test("iterations are a grain only where a loop stands in another one", () => {
  const loops = { "loop-1": { name: null, parent: null, ops: [] } };
  const nested = { ...loops, "loop-2": { name: null, parent: "loop-1", ops: ["op-1"] } };

  assert.equal(grainsOf(new Graph({ ...GRAPH, loops })).includes("iteration"), false);
  assert.equal(grainsOf(new Graph({ ...GRAPH, loops: nested })).includes("iteration"), true);
});
