import assert from "node:assert/strict";
import test from "node:test";
import { Presses } from "../../../../widgets/static/stepper/presses.js";

/** Moves that end when they are told to.
 * @type {() => { presses: Presses, taken: string[], end: (goesOn?: boolean) => Promise<void> }}
 */
function slow() {
  /** @type {string[]} */
  const taken = [];
  /** @type {((goesOn: boolean) => void)[]} */
  const open = [];
  const presses = new Presses((move) => {
    taken.push(move);
    return new Promise((resolve) => open.push(resolve));
  });
  const end = async (goesOn = true) => {
    open.shift()?.(goesOn);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { presses, taken, end };
}

test("presses during a step are kept, and are one step each, in their order", async () => {
  const { presses, taken, end } = slow();

  presses.press("step");
  presses.press("step");
  presses.press("back");
  assert.deepEqual([taken, presses.waiting], [["step"], ["step", "back"]]);
  for (let number = 0; number < 3; number += 1) await end();

  assert.deepEqual([taken, presses.isBusy], [["step", "step", "back"], false]);
});

test("what is held takes the next step when the last one has ended, and leaves none behind", async () => {
  const { presses, taken, end } = slow();

  presses.press("step");
  for (let number = 0; number < 9; number += 1) presses.press("step", true);
  await end();
  assert.deepEqual([taken, presses.isBusy], [["step"], false]);
  presses.press("step", true);

  assert.deepEqual(taken, ["step", "step"]);
});

test("a move that none can follow ends those that wait, and so does clear", async () => {
  const { presses, taken, end } = slow();
  presses.press("step");
  presses.press("step");
  await end(false);
  assert.deepEqual([taken, presses.isBusy], [["step"], false]);

  presses.press("step");
  presses.press("step");
  presses.clear();
  await end();

  assert.deepEqual(taken, ["step", "step"]);
});

test("no more presses are kept than a person can mean", () => {
  const { presses } = slow();

  for (let number = 0; number < 1000; number += 1) presses.press("step");

  assert.equal(presses.waiting.length, 50);
});
