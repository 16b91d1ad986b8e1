import assert from "node:assert/strict";
import test from "node:test";
import { START } from "../../../../widgets/static/stepper/cursor.js";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History, Recorded } from "../../../../widgets/static/stepper/history.js";
import { crumbs, status, unrecorded, upcoming, whyStarted } from "../../../../widgets/static/stepper/words.js";
import { GRAPH, moved, step, tick, ticks } from "../recording.js";

/** @import { Grain, Place } from "../../../../widgets/static/stepper/cursor.js" */
/** @import { Tick } from "../../../../widgets/static/stepper/history.js" */
/** @import { Look } from "../../../../widgets/static/stepper/rows.js" */
/** @import { State } from "../../../../widgets/static/stepper/view.js" */

/** @type {State} */
const RESTS = { running: null, closed: null, recorded: true, scheduled: false, tick: 2, waiting: {} };

/** @type {(cursor: Place, grain: Grain, records?: Tick[]) => Look} */
function look(cursor, grain, records = ticks()) {
  const history = new History();
  if (records.length) {
    history.accept({ oldest: records[0].tick, newest: records[records.length - 1].tick, records });
  }
  return { graph: new Graph(GRAPH), history, cursor, grain };
}

test("a place is said in parts, as fine as the grain", () => {
  const at = { tick: 0, done: 3 };

  assert.deepEqual(crumbs(look(at, "tick"), RESTS), ["tick 0"]);
  assert.deepEqual(crumbs(look(at, "stratum"), RESTS), ["tick 0", "stratum 0"]);
  assert.deepEqual(crumbs(look(at, "operator"), RESTS), ["tick 0", "stratum 0", "subgraph 1", "join"]);
});

test("before the start it is said whether something ran", () => {
  assert.deepEqual(crumbs(look(START, "tick", []), { ...RESTS, tick: 0 }), ["not started"]);
  assert.deepEqual(crumbs(look(START, "tick", []), RESTS), ["not recorded"]);
  assert.deepEqual(crumbs(look(START, "tick", []), { ...RESTS, running: "live" }), ["tick 2", "not recorded"]);
  assert.equal(unrecorded(new History(), RESTS), "2 ticks");
  assert.equal(unrecorded(new History(), null), null);
});

test("a status tells what the last step did", () => {
  assert.equal(status(look({ tick: 0, done: 3 }, "tick"), RESTS), "tick 0: 5 items moved, batch of 2");
  assert.equal(status(look({ tick: 1, done: 3 }, "stratum"), RESTS), "tick 1, stratum 1: 2 items moved");
  assert.equal(status(look({ tick: 0, done: 3 }, "operator"), RESTS), "tick 0, stratum 0, join: 3 in, 2 out");
  assert.equal(status(look({ tick: 0, done: 1 }, "operator"), RESTS), "tick 0, stratum 0, source_stream: 2 out");
  assert.equal(status(look(START, "tick"), RESTS), "before the first recorded tick");
});

test("a status tells of an end that was none: aborted, in part, or not all kept", () => {
  const steps = [step("op-1", "sg-1", 0, { "edge-1": moved("a") })];
  const at = { tick: 0, done: 1 };
  const told = (/** @type {Partial<Tick>} */ other) => status(look(at, "tick", [tick(0, steps, other)]), RESTS);

  assert.equal(told({ fault: "boom", complete: false }), "tick 0: 1 item moved, aborted");
  assert.equal(told({ complete: false, strata_done: 1 }), "tick 0: 1 item moved, 1 stratum done");
  assert.equal(told({ complete: false, strata_done: 2 }), "tick 0: 1 item moved, 2 strata done");
  assert.equal(told({ skipped_steps: 3 }), "tick 0: 1 item moved, 3 later steps not kept");
  assert.equal(told({ set_aside: ["0 by `xs`: boom"] }), "tick 0: 1 item moved, 1 item set aside");
  assert.equal(told({ set_aside: ["0"], more_set_aside: 8 }), "tick 0: 1 item moved, 9 items set aside");
});

test("a status tells of a tick in which nothing ran", () => {
  assert.equal(status(look({ tick: 0, done: 0 }, "tick", [tick(0, [])]), RESTS), "tick 0: nothing ran");
});

test("what comes next is as fine as the grain", () => {
  const at = { tick: 0, done: 2 };
  const next = (/** @type {Grain} */ grain) => upcoming(look(at, grain), RESTS);

  assert.deepEqual([next("tick"), next("stratum"), next("subgraph"), next("operator")],
    ["the rest of tick 0", "stratum 0", "subgraph 1", "join"]);
});

test("at the end of a tick the next one comes, and at the newest what the kernel would do", () => {
  const newest = look({ tick: 1, done: 3 }, "tick");

  assert.equal(upcoming(look({ tick: 0, done: 3 }, "tick"), RESTS), "tick 1");
  assert.equal(upcoming(newest, null), "the recording ends here");
  assert.equal(upcoming(newest, RESTS), "tick 2 (nothing scheduled)");
  assert.equal(upcoming(newest, { ...RESTS, scheduled: true }), "tick 2");
  assert.equal(upcoming(newest, { ...RESTS, waiting: { left: moved("x", "y") } }), "tick 2 (2 waiting)");
  assert.equal(upcoming(newest, { ...RESTS, closed: "replaced" }), "nothing");
});

test("a tick that is done in part goes on with its next stratum", () => {
  const part = [tick(0, [step("op-1", "sg-1", 0, {})], { complete: false, strata_done: 1 })];

  assert.equal(upcoming(look({ tick: 0, done: 1 }, "stratum", part), RESTS), "stratum 1 of tick 0");
  assert.equal(upcoming(look({ tick: 0, done: 1 }, "tick", part), RESTS), "the rest of tick 0");
});

test("a tick says why it started and what it took in", () => {
  const why = (/** @type {Partial<Tick>} */ other) => whyStarted(new Recorded(tick(0, [], other)));

  assert.equal(why({ why: "input", batch: { left: moved("a", "b") } }), "input arrived: left a b");
  assert.equal(why({ why: "input", batch: { left: { count: 1005, items: ["1", "2", "3", "4"] } } }),
    "input arrived: left 1 2 3 and 1,002 more");
  assert.equal(why({ why: "hand" }), "by hand, no input");
  assert.equal(why({ why: "deferred" }), "an item deferred by the tick before");
});
