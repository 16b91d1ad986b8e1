import assert from "node:assert/strict";
import test from "node:test";
import { again, byNetwork, first } from "../../../../widgets/static/shared/nodelist.js";

const nodes = [
  { key: "node-0", node: "server", network: "net" },
  { key: "node-1", node: "alice", network: "net" },
  { key: "node-2", node: "server", network: "other" },
];

test("nodes stand by network, in their order", () => {
  assert.deepEqual(byNetwork(nodes), [
    { network: "net", nodes: nodes.slice(0, 2) },
    { network: "other", nodes: nodes.slice(2) },
  ]);
});

test("the first node of the newest network is shown first", () => {
  assert.deepEqual(first(nodes), nodes[2]);
  assert.deepEqual(first([]), null);
});

test("a node is shown again where its network was made anew, and not where it has gone", () => {
  const anew = [{ key: "node-7", node: "alice", network: "net" }];

  assert.deepEqual(again(nodes, nodes[1]), nodes[1]);
  assert.deepEqual(again(anew, nodes[1]), anew[0]);
  assert.deepEqual(again(anew, nodes[0]), null);
});
