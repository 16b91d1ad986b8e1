import assert from "node:assert/strict";
import test from "node:test";
import { Graph } from "../../../../widgets/static/stepper/graph.js";
import { History } from "../../../../widgets/static/stepper/history.js";
import { makeLevels } from "../../../../widgets/static/stepper/levels.js";
import { View } from "../../../../widgets/static/stepper/view.js";
import { GRAPH } from "../recording.js";

/** @type {(answer: () => Promise<any>) => any} */
function made(answer) {
  const view = new View(new Graph(GRAPH), new History(), true);
  /** @type {string[]} */
  const said = [];
  const kernel = { call: answer, subscribe: () => () => {}, busy: () => false, interrupt() {} };
  const levels = makeLevels({ view, kernel, draw() {}, say: (note) => said.push(note) });
  return { view, said, levels };
}

test("a check that fails switches the levels off, and says why", async () => {
  const { view, said, levels } = made(async () => { throw new Error("built by hand"); });

  await levels.check("kernel");

  assert.deepEqual([view.surroundings, view.checked, said], [null, null, ["built by hand"]]);
});

test("an answer that comes after the levels were switched off is let go", async () => {
  let answer = (/** @type {any} */ _) => {};
  const { view, said, levels } = made(() => new Promise((resolve) => { answer = resolve; }));

  const asking = levels.check("kernel");
  levels.toggle();
  answer({ outputs: [], channels: {} });
  await asking;

  assert.deepEqual([view.surroundings, view.checked, said], [null, null, [""]]);
});
