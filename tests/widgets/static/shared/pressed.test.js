import assert from "node:assert/strict";
import test from "node:test";
import { unlessPressed } from "../../../../widgets/static/shared/pressed.js";

/** @type {() => { drawn: number[], draw: (given: number) => void, element: EventTarget }} */
function drawing() {
  /** @type {number[]} */
  const drawn = [];
  const element = new EventTarget();
  return { drawn, element, draw: unlessPressed(element, (/** @type {number} */ given) => { drawn.push(given); }) };
}

/** Send an event that has these fields.
 * @type {(target: EventTarget, type: string, fields?: Record<string, unknown>) => void}
 */
function send(target, type, fields = {}) {
  const event = new Event(type);
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(event, name, { value });
  target.dispatchEvent(event);
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("what is not pressed is drawn at once", () => {
  const { drawn, draw } = drawing();

  draw(1);

  assert.deepEqual(drawn, [1]);
});

for (const end of ["pointerup", "pointercancel", "contextmenu", "dragend", "blur"]) {
  test(`what is pressed is drawn behind the ${end}, as it was asked for last`, async () => {
    const { drawn, draw, element } = drawing();
    send(element, "pointerdown");
    draw(1);
    draw(2);
    send(globalThis, end);
    assert.deepEqual(drawn, []);

    await turn();
    draw(3);

    assert.deepEqual(drawn, [2, 3]);
  });
}

test("a press whose release nobody told ends as the pointer moves without a button", async () => {
  const { drawn, draw, element } = drawing();
  send(element, "pointerdown");
  draw(1);

  send(globalThis, "pointermove", { buttons: 1 });
  await turn();
  assert.deepEqual(drawn, []);
  send(globalThis, "pointermove", { buttons: 0 });
  await turn();

  assert.deepEqual(drawn, [1]);
});

test("the focus that a press takes from elsewhere does not end it", async () => {
  const { drawn, draw, element } = drawing();
  send(element, "pointerdown");
  draw(1);

  send(globalThis, "blur", { target: new EventTarget() });
  await turn();

  assert.deepEqual(drawn, []);
  send(globalThis, "blur");
  await turn();
  assert.deepEqual(drawn, [1]);
});

for (const end of ["dragend", "pointermove"]) {
  test(`what is dragged is not drawn until the ${end}, although a drag cancels the press`, async () => {
    const { drawn, draw, element } = drawing();
    send(element, "pointerdown");
    send(element, "dragstart");
    send(globalThis, "pointercancel");
    send(globalThis, "blur");
    draw(1);
    await turn();
    assert.deepEqual(drawn, []);

    send(globalThis, end, { buttons: 0 });
    await turn();

    assert.deepEqual(drawn, [1]);
  });
}

test("whoever answers a click draws at once, and what waited is not drawn over that", async () => {
  const { drawn, draw, element } = drawing();
  element.addEventListener("click", () => draw(2));
  send(element, "pointerdown");
  draw(1);

  send(globalThis, "pointerup");
  send(element, "click");
  assert.deepEqual(drawn, [2]);
  await turn();

  assert.deepEqual(drawn, [2]);
});

test("a press that begins as another one ends holds the drawing", async () => {
  const { drawn, draw, element } = drawing();
  send(element, "pointerdown");
  send(globalThis, "pointerup");
  send(element, "pointerdown");
  await turn();

  draw(1);
  assert.deepEqual(drawn, []);
  send(globalThis, "pointerup");
  await turn();

  assert.deepEqual(drawn, [1]);
});
