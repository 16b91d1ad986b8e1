// A click is a press and a release on one thing, and a drag ends on the thing that it began on: were that drawn anew in
// between, there would be no click, and the drag would never end.

/** What ends a press; what listens elsewhere may hide the release. Ctrl and a click open a menu on macOS. */
const PRESS_ENDS = ["pointerup", "pointercancel", "contextmenu", "dragend"];

/** A way to draw what is in an element. While the element is pressed, or something in it is dragged, it waits, and then
 * draws what it was given last.
 * @template {any[]} Given
 * @param {EventTarget} element
 * @param {(...given: Given) => void} draw
 * @returns {(...given: Given) => void}
 */
export function unlessPressed(element, draw) {
  /** @type {object | null} */
  let hold = null;
  /** @type {Given | null} */
  let waiting = null;

  function drawNow(/** @type {Given} */ ...given) {
    waiting = null;
    draw(...given);
  }

  /** @type {(ends: string[], isEndedByBlur: boolean) => void} */
  function begin(ends, isEndedByBlur) {
    const own = {};
    const heard = new AbortController();
    hold = own;
    function end() {
      heard.abort();
      // The click comes in the same turn.
      setTimeout(() => {
        if (hold === own) hold = null;
        if (!hold && waiting) drawNow(...waiting);
      });
    }
    // Others may stop an event on its way: these see it first.
    const first = { capture: true, signal: heard.signal };
    for (const type of ends) globalThis.addEventListener(type, end, first);
    // Nobody tells of a release outside of the page, or over a list of the system: the pointer comes back released.
    globalThis.addEventListener("pointermove", (event) => {
      if (!(/** @type {PointerEvent} */ (event).buttons)) end();
    }, first);
    if (!isEndedByBlur) return;
    globalThis.addEventListener("blur", (event) => {
      if (event.target === globalThis) end(); // and not where the press takes the focus from
    }, first);
  }

  element.addEventListener("pointerdown", (event) => {
    if (!(/** @type {PointerEvent} */ (event).button)) begin(PRESS_ENDS, true); // only the first one clicks
  });
  // A browser cancels the pointer as a drag begins, and the focus may go to where it leads.
  element.addEventListener("dragstart", () => begin(["dragend"], false));
  // Whoever answers it may draw at once.
  element.addEventListener("click", () => { hold = null; }, true);

  return (...given) => {
    if (hold) waiting = given;
    else drawNow(...given);
  };
}
