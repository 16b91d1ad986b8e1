// The size of the stepper: toolbar and status stay in sight, so it is never higher than its part of the window.

/** @import { Camera } from "./camera.js" */
/** @import { Listen } from "./view.js" */

import { arrange, mostIn } from "./room.js";

const INJECT = 36; // pixels of the form below the graph
const TIMELINE = 78;
const ROOMY = 1050; // pixels from which the toolbar has room for words

/** `apart` are the children of the root that are no bars; `framed` says that the page has a frame to itself.
 * @param {object} needs
 * @param {HTMLElement} needs.root
 * @param {Element[]} needs.apart
 * @param {Camera} needs.camera
 * @param {{ tellIn(host: Element | null): void }} needs.toolbar
 * @param {HTMLElement} needs.status
 * @param {HTMLElement} needs.inject
 * @param {boolean} needs.framed
 * @param {() => void} needs.fitted
 * @param {Listen} needs.listen
 */
export function makeFitting({ root, apart, camera, toolbar, status, inject, framed, fitted, listen }) {
  function fitRoom() {
    const { natural: whole, letters } = camera;
    toolbar.tellIn(root.clientWidth < ROOMY ? status : null);
    const others = [...root.children].filter((one) => !apart.includes(one));
    const most = framed ? Math.max(window.innerHeight, mostIn(0)) : mostIn(window.innerHeight);
    const strips = (inject.hidden ? 0 : INJECT) + TIMELINE;
    const bars = others.reduce((sum, one) => sum + /** @type {HTMLElement} */ (one).offsetHeight, 2);
    const found = arrange({ width: root.clientWidth, most, bars, strips, whole, letters });
    root.dataset.shape = found.shape;
    const sizes = { most, middle: found.middle, "graph-width": found.graph[0], "graph-height": found.graph[1] };
    for (const [name, size] of Object.entries(sizes)) root.style.setProperty(`--hf-${name}`, `${size}px`);
    camera.arrive();
  }

  let size = "";
  function fitAnew() {
    const now = `${root.clientWidth}/${window.innerHeight}`;
    if (now === size || !root.clientWidth) return;
    size = now;
    fitRoom();
    fitted();
  }

  const sizes = new ResizeObserver(() => fitAnew());
  listen(window, "resize", () => fitAnew());
  return { begin: () => sizes.observe(root), end: () => sizes.disconnect() };
}
