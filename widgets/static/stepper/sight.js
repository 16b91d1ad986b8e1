// What of a drawing is in sight, so that the rest is left alone.

/** @import { Camera } from "./camera.js" */
/** @import { Place } from "./folding.js" */

const AROUND = 40; // units of the drawing around a thing for what is written beside it

/** @param {{ boxes: Record<string, Place>, camera: Pick<Camera, "isPartial" | "view"> }} needs */
export function makeSight({ boxes, camera }) {
  /** What is in sight; null for all.
   * @type {Set<string> | null}
   */
  let seen = null;
  let place = "";

  /** @type {() => Set<string> | null} */
  function find() {
    if (!camera.isPartial()) return null;
    const [left, top, width, height] = camera.view();
    const isIn = (/** @type {Place} */ [x, y, across, down]) => x < left + width + AROUND && x + across > left - AROUND
      && y < top + height + AROUND && y + down > top - AROUND;
    return new Set(Object.keys(boxes).filter((id) => isIn(boxes[id])));
  }

  /** Look again; what is given back tells whether a thing is in sight.
   * @type {() => (id: string) => boolean}
   */
  function look() {
    const now = camera.isPartial() ? camera.view().join() : "all";
    if (now !== place) seen = find();
    place = now;
    return (id) => seen === null || seen.has(id) || !boxes[id];
  }

  /** Whether something has come into sight since the last look. */
  function hasMore() {
    if (seen === null) return false;
    const [before, now] = [seen, find()];
    return now === null || [...now].some((id) => !before.has(id));
  }

  return { look, hasMore };
}
