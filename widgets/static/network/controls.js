// Buttons that stay where they are when they cannot be pressed, and say why.

import { html } from "../shared/dom.js";

/** @typedef {(target: EventTarget, type: string, listener: (event: any) => unknown) => void} Listen */

/** A button of a decision; `why` asks why it cannot be pressed, and `press` is called where it can.
 * @typedef {object} Control
 * @property {HTMLButtonElement} element
 * @property {() => void} draw
 */

/**
 * @param {{ words: string, label: string, hint: string, why: () => string | null, press: () => void,
 *   say: (note: string) => void, classes?: string, content?: Node }} given
 * @returns {Control}
 */
export function control({ words, label, hint, why, press, say, classes = "hf-act", content }) {
  const element = html("button", { type: "button", class: classes, "aria-label": label }, content ?? words);
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    const reason = why();
    if (reason) say(reason);
    else press();
  });
  function draw() {
    const reason = why();
    // Not `disabled`: such a button has no focus, and nobody reads its reason.
    if (reason) element.setAttribute("aria-disabled", "true");
    else element.removeAttribute("aria-disabled");
    element.title = reason ? `${label}: ${reason}` : hint;
  }
  return { element, draw };
}
