// Runs for tests: alice sends two words to bob, one is lost.

import { Run } from "../../../../widgets/static/network/run.js";

const lane = (/** @type {string} */ node) => ({ node, address: "", late: false });
const tick = (/** @type {number} */ row, /** @type {string} */ node, /** @type {number} */ number) => ({
  kind: "tick", row, node, tick: number, life: 0, error: "", note: "",
});

/** @type {import("../../../../widgets/static/network/run.js").Happening[]} */
export const EVENTS = [
  { kind: "given", row: 0, node: "alice", input: "lines", text: "3" },
  tick(1, "alice", 0),
  { kind: "sent", row: 1, message: "alice>bob#1", sender: "alice", receiver: "bob", text: '"hello"' },
  { kind: "sent", row: 1, message: "alice>bob#2", sender: "alice", receiver: "bob", text: '"bye"' },
  tick(2, "bob", 0),
  { kind: "delivered", row: 3, message: "alice>bob#1" },
  tick(4, "bob", 1),
  { kind: "sent", row: 4, message: "bob>alice#1", sender: "bob", receiver: "alice", text: '"HELLO"' },
  { kind: "dropped", row: 5, message: "alice>bob#2", reason: "" },
  tick(6, "alice", 1),
  tick(7, "alice", 2),
  tick(8, "alice", 3),
];

export function story() {
  const run = new Run();
  run.accept({ lanes: [lane("alice"), lane("bob")], events: EVENTS, rows: 9 });
  return run;
}
