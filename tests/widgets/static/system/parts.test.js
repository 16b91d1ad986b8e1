import assert from "node:assert/strict";
import test from "node:test";
import { flightWords, nextMember, partAt, wordsOf } from "../../../../widgets/static/system/parts.js";

const locations = [
  { element: "stratum-0", name: "server", inside: ["op-1"], members: ["server"] },
  { element: "stratum-1", name: "clients", inside: ["op-2", "op-3"], members: ["alice", "bob"] },
  { element: "stratum-2", name: "late", inside: ["op-4"], members: [] },
];
const said = { name: "clients>said", parts: ["edge-1", "edge-2", "handoff-1"], told: "2 sent, 1 in flight",
  flying: ["alice>server#2: said: 1"], in_flight: 1 };

test("a line or a box of an arrow is its channel, an operator is at its location", () => {
  assert.equal(partAt(locations, [said], "edge-2").channel, said);
  assert.equal(partAt(locations, [said], "op-3").location, locations[1]);
  assert.equal(partAt(locations, [said], "stratum-0").location, locations[0]);
  assert.deepEqual(partAt(locations, [said], "graph"), { channel: undefined, location: undefined });
});

test("a location shows its members one after the other", () => {
  assert.equal(nextMember(["alice", "bob"], null), "alice");
  assert.equal(nextMember(["alice", "bob"], "server"), "alice");
  assert.equal(nextMember(["alice", "bob"], "alice"), "bob");
  assert.equal(nextMember(["alice", "bob"], "bob"), "alice");
  assert.equal(nextMember([], null), undefined);
});

test("what the keyboard reaches has a name", () => {
  assert.deepEqual(wordsOf(locations, [said]).map(({ id, words }) => `${id}: ${words}`), [
    "stratum-0: server, runs as server",
    "stratum-1: clients, runs as alice, bob",
    "stratum-2: late, nothing runs there yet",
    "handoff-1: channel clients>said 2 sent, 1 in flight",
  ]);
});

test("a channel says what is in flight, and what is not listed", () => {
  assert.deepEqual(flightWords(said), { head: "clients>said: 2 sent, 1 in flight", rest: "" });
  assert.equal(flightWords({ ...said, in_flight: 3 }).rest, "and 2 messages more");
  assert.equal(flightWords({ ...said, told: "2 sent", flying: [], in_flight: 0 }).rest, "nothing is in flight");
  assert.equal(flightWords({ ...said, told: "", flying: [], in_flight: 0 }).rest, "nothing is known of its messages");
});
