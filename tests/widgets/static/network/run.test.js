import assert from "node:assert/strict";
import test from "node:test";
import { Run, crashed, restarted } from "../../../../widgets/static/network/run.js";
import { EVENTS, story } from "./story.js";

test("a tick knows what it took in and what it sent", () => {
  const run = story();

  const [first, second] = [run.ticks.get(1), run.ticks.get(4)];

  assert.deepEqual(first?.taken.map((one) => one.id), ["g0"]);
  assert.deepEqual(first?.sent.map((one) => one.message), ["alice>bob#1", "alice>bob#2"]);
  assert.deepEqual(second?.taken.map((one) => one.id), ["malice>bob#1"]);
  assert.equal(second?.before, run.ticks.get(2));
});

test("a message knows its fate, its sender and the tick that took it in", () => {
  const run = story();

  const [came, lost, flies] = ["alice>bob#1", "alice>bob#2", "bob>alice#1"].map((id) => run.messages.get(id));

  assert.deepEqual([came?.fate, came?.begin, came?.end, came?.taker?.row], ["delivered", 1, 3, 4]);
  assert.deepEqual([lost?.fate, lost?.end, lost?.taker], ["lost", 5, null]);
  assert.deepEqual([flies?.fate, flies?.end, flies?.sender?.row], ["flying", null, 4]);
  assert.deepEqual(run.flying(), [flies]);
});

test("what is told in parts is the same as what is told at once", () => {
  const whole = story();
  const parted = new Run();
  for (const [index, event] of EVENTS.entries()) {
    parted.accept({ lanes: whole.lanes, events: [event], rows: index + 1 });
  }

  assert.deepEqual(parted.ticks, whole.ticks);
  assert.deepEqual(parted.messages, whole.messages);
});

test("a crash loses what had come, and a node that forgets has no tick before", () => {
  const run = story();
  run.accept({
    lanes: run.lanes,
    rows: 14,
    events: [
      { kind: "delivered", row: 9, message: "bob>alice#1" },
      { kind: "crashed", row: 10, node: "alice", error: "" },
      { kind: "restarted", row: 11, node: "alice", kept: false, durable: false },
      { kind: "tick", row: 12, node: "alice", tick: 0, life: 1, error: "", note: "" },
      { kind: "copied", row: 13, message: "bob>alice#1", copy: "bob>alice#1'" },
    ],
  });

  assert.deepEqual(run.ticks.get(12)?.taken, []);
  assert.equal(run.ticks.get(12)?.before, null);
  assert.deepEqual(run.downs, [{ node: "alice", from: 10, to: 11, kept: false, durable: false, error: "", at: "" }]);
  const copy = run.messages.get("bob>alice#1'");
  assert.deepEqual([copy?.from, copy?.to, copy?.text, copy?.fate], ["bob", "alice", '"HELLO"', "flying"]);
});

test("a tick that has set an item aside is not a quiet one", () => {
  const run = new Run();
  const tick = { kind: "tick", node: "a", life: 0, error: "", note: "" };
  run.accept({
    lanes: [], rows: 2, events: [{ ...tick, row: 0, tick: 0 }, { ...tick, row: 1, tick: 1, set_aside: "set aside: 0" }],
  });

  assert.deepEqual([run.isQuiet(0), run.isQuiet(1)], [true, false]);
  assert.equal(run.ticks.get(1)?.aside, "set aside: 0");
});

test("a cut lasts until the next one or until the network heals", () => {
  const run = new Run();
  run.accept({
    lanes: [],
    rows: 3,
    events: [
      { kind: "cut", row: 0, groups: [["a"], ["b", "c"]] },
      { kind: "cut", row: 1, groups: [["b"], ["a", "c"]] },
      { kind: "healed", row: 2 },
    ],
  });

  assert.deepEqual(run.splits.map(({ from, to }) => [from, to]), [[0, 1], [1, 2]]);
  assert.deepEqual(run.remarks.at(-1), { row: 2, words: "network healed" });
});

test("a durable node that went down within a tick takes in the same again, and what comes again was seen", () => {
  const run = new Run();
  const sent = { kind: "sent", sender: "alice", receiver: "bob", text: "1" };
  run.accept({ lanes: [], rows: 8, events: [
    { kind: "tick", row: 0, node: "alice", tick: 0, life: 0, error: "", note: "" },
    { ...sent, row: 0, message: "alice>bob#1", again: "" },
    { kind: "delivered", row: 1, message: "alice>bob#1", unread: "" },
    { kind: "tick", row: 2, node: "bob", tick: 0, life: 0, error: "", note: "" },
    { kind: "crashed", row: 2, node: "bob", error: "", at: "send", again: true },
    { kind: "restarted", row: 3, node: "bob", kept: false, durable: true },
    { kind: "resent", row: 4, node: "alice", peer: "bob" },
    { ...sent, row: 4, message: "alice>bob#2", again: "alice>bob#1" },
    { kind: "delivered", row: 5, message: "alice>bob#2", unread: "it was seen before" },
    { kind: "tick", row: 6, node: "bob", tick: 0, life: 1, error: "", note: "" },
  ] });

  const taken = [2, 6].map((row) => run.ticks.get(row)?.taken.map((one) => one.id));
  assert.deepEqual(taken, [["malice>bob#1"], ["malice>bob#1"]]);
  assert.equal(run.messages.get("alice>bob#2")?.sender, run.ticks.get(0));
  assert.equal(run.messages.get("alice>bob#2")?.taker, null);
  assert.deepEqual(run.remarks, [{ row: 4, words: "alice and bob connect again" }]);
  assert.equal(crashed(run.downs[0]), "crashed at send");
  assert.equal(restarted(run.downs[0]), "restarted, durable state kept");
});
