// A click is a press and a release on one thing: were that drawn anew in between, there would be no click.

const ENDS = ["pointerup", "pointercancel", "blur"];

/** A way to draw what is in an element. While the element is pressed it waits, and then draws what it was given last.
 * @template {any[]} Given
 * @param {EventTarget} element
 * @param {(...given: Given) => void} draw
 * @returns {(...given: Given) => void}
 */
export function unlessPressed(element, draw) {
  /** @type {object | null} */
  let press = null;
  /** @type {Given | null} */
  let waiting = null;

  function drawNow(/** @type {Given} */ ...given) {
    waiting = null;
    draw(...given);
  }

  element.addEventListener("pointerdown", (event) => {
    if (/** @type {PointerEvent} */ (event).button) return; // only the first one clicks
    const own = {};
    press = own;
    function end() {
      for (const type of ENDS) globalThis.removeEventListener(type, end);
      // The click comes in the same turn.
      setTimeout(() => {
        if (press === own) press = null;
        if (!press && waiting) drawNow(...waiting);
      });
    }
    for (const type of ENDS) globalThis.addEventListener(type, end);
  });
  // Whoever answers it may draw at once.
  element.addEventListener("click", () => { press = null; }, true);

  return (...given) => {
    if (press) waiting = given;
    else drawNow(...given);
  };
}
