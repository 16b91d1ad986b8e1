import assert from "node:assert/strict";
import test from "node:test";
import { Tabs } from "../../../../widgets/static/stepper/tabs.js";

test("a table that is looked at gives way to the next one", () => {
  const tabs = new Tabs();

  tabs.preview("edge-1");
  tabs.preview("edge-2");

  assert.deepEqual([tabs.open, tabs.active], [["edge-2"], "edge-2"]);
});

test("a pinned table stays, and one that is unpinned is looked at", () => {
  const tabs = new Tabs();
  tabs.preview("edge-1");
  tabs.togglePin();
  tabs.preview("edge-2");

  assert.deepEqual(tabs.open, ["edge-1", "edge-2"]);
  tabs.preview("edge-1");
  tabs.togglePin();

  assert.deepEqual([tabs.open, tabs.isPinned("edge-1")], [["edge-1"], false]);
});

test("a pinned table that is looked at again is open once", () => {
  const tabs = new Tabs();
  tabs.preview("edge-1");
  tabs.togglePin();

  tabs.preview("edge-1");

  assert.deepEqual(tabs.open, ["edge-1"]);
});

test("when the table on top closes, the last one that is open comes up", () => {
  const tabs = new Tabs();
  for (const id of ["edge-1", "edge-2"]) {
    tabs.preview(id);
    tabs.togglePin();
  }
  tabs.preview("edge-3");

  tabs.close("edge-3");
  tabs.settle();

  assert.equal(tabs.active, "edge-2");
});

test("where no table is open no table is on top, and a pin does nothing", () => {
  const tabs = new Tabs();
  tabs.preview("edge-1");

  tabs.close("edge-1");
  tabs.settle();
  tabs.togglePin();

  assert.deepEqual([tabs.active, tabs.open], [null, []]);
});

test("a tab beside a table comes and goes with it, and is not closed by itself", () => {
  const tabs = new Tabs();
  tabs.beside = (id) => (id === "op-1" ? ["state:op-1"] : []);

  tabs.preview("op-1");
  assert.deepEqual([tabs.open, tabs.canClose("op-1"), tabs.canClose("state:op-1")],
    [["op-1", "state:op-1"], true, false]);
  tabs.preview("edge-1");

  assert.deepEqual(tabs.open, ["edge-1"]);
});

test("a tab that is shown stays open until it is closed", () => {
  const tabs = new Tabs();
  tabs.preview("edge-1");

  tabs.show("diff");
  tabs.show("diff");
  tabs.preview("edge-2");
  assert.deepEqual([tabs.open, tabs.canClose("diff")], [["diff", "edge-2"], true]);
  tabs.close("diff");

  assert.deepEqual(tabs.open, ["edge-2"]);
});
