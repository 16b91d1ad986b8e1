import assert from "node:assert/strict";
import test from "node:test";
import { causality } from "../../../../widgets/static/network/causes.js";
import { story } from "./story.js";

test("the past of a tick goes back over messages and over the state of its node", () => {
  const { past } = causality(story(), "t4");

  assert.deepEqual([...past].sort(), ["g0", "malice>bob#1", "t1", "t2", "t4"]);
});

test("the future of an item goes on over what its tick sent and over the ticks that follow", () => {
  const { future } = causality(story(), "g0");

  assert.deepEqual([...future].sort(), [
    "g0", "malice>bob#1", "malice>bob#2", "mbob>alice#1", "t1", "t4", "t6", "t7", "t8",
  ]);
});

test("what is not known has neither", () => {
  const { past, future } = causality(story(), "t99");

  assert.deepEqual([past.size, future.size], [0, 0]);
});
