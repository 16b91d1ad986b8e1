import assert from "node:assert/strict";
import test from "node:test";
import { NO_KERNEL, View } from "../../../../widgets/static/network/view.js";
import { story } from "./story.js";

const quiet = {
  nodes: [], flying: [], in_flight: 0, groups: [], heal: null, quiet: true, fifo: true, ahead: 2, running: null,
};

test("without a kernel nothing can be decided, and the reason is said", () => {
  const view = new View(false);

  assert.equal(view.whyNot({ why: {} }, "tick"), NO_KERNEL);
});

test("what cannot be decided says why, first that the network runs", () => {
  const view = new View(true);
  view.state = { ...quiet };
  const bob = { why: { tick: "bob is down" } };

  assert.deepEqual([view.whyNot(bob, "tick"), view.whyNot(bob, "kept")], ["bob is down", null]);
  view.state.running = "run";
  assert.match(view.whyNot(bob, "kept") ?? "", /stop it first/);
});

test("the run is told in a sentence", () => {
  const view = new View(true);
  view.run = story();

  assert.equal(view.sentence, "9 decisions, 1 in flight");
  view.state = { ...quiet };
  assert.equal(view.sentence, "9 decisions, 2 taken back, nothing in flight, quiet");
});
