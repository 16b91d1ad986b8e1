// The pointer over the timeline: dragging looks at what is under it; with Shift it chooses a stretch of ticks.

/** @import { Listen } from "./view.js" */

import { html } from "../shared/dom.js";
import { brushed } from "./bars.js";

/** Calls `found` with the bar under the pointer while it is down.
 * @type {(listen: Listen, host: HTMLElement, selector: string, found: (bar: HTMLElement) => void) => void}
 */
export function scrub(listen, host, selector, found) {
  let isDown = false;
  const look = (/** @type {PointerEvent} */ event) => {
    /** @type {HTMLElement | null | undefined} */
    const bar = document.elementFromPoint(event.clientX, event.clientY)?.closest(selector);
    if (bar && host.contains(bar)) found(bar);
  };
  listen(host, "pointerdown", (event) => {
    if (event.shiftKey) return;
    isDown = true;
    look(event);
  });
  listen(window, "pointermove", (event) => isDown && look(event));
  listen(window, "pointerup", () => { isDown = false; });
}

/** With Shift, a stretch of the bars in `strip` is drawn up over `ticks`; then `found` is called with its ticks.
 * @param {{
 *   listen: Listen, ticks: HTMLElement, strip: HTMLElement, newest: () => number | null,
 *   found: (stretch: [number, number]) => void,
 * }} needs
 */
export function makeBrush({ listen, ticks, strip, newest, found }) {
  const brush = html("div", { class: "hf-brush", hidden: true });
  ticks.append(brush);
  /** @type {{ x: number, tick: number } | null} */
  let begin = null;
  const tickAt = (/** @type {PointerEvent} */ event) => {
    const bars = /** @type {HTMLElement[]} */ ([...strip.querySelectorAll("[data-tick]")]);
    const x = event.clientX;
    const bar = bars.find((one) => x < one.getBoundingClientRect().right) ?? bars[bars.length - 1];
    return bar ? { from: Number(bar.dataset.from), to: Number(bar.dataset.tick) } : null;
  };
  listen(ticks, "pointerdown", (event) => {
    const at = event.shiftKey ? tickAt(event) : null;
    if (at) begin = { x: event.clientX, tick: at.from };
  });
  listen(window, "pointermove", (event) => {
    if (!begin) return;
    const box = ticks.getBoundingClientRect();
    brush.hidden = false;
    brush.style.left = `${Math.min(begin.x, event.clientX) - box.left}px`;
    brush.style.width = `${Math.abs(event.clientX - begin.x)}px`;
  });
  listen(window, "pointerup", (event) => {
    if (!begin) return;
    const at = tickAt(event);
    brush.hidden = true;
    const { tick } = begin;
    begin = null;
    const last = newest();
    const stretch = at && last !== null ? brushed(tick, Math.min(last, at.to > tick ? at.to : at.from)) : null;
    if (stretch) found(stretch);
  });
}
