// Looking at a part of the picture. The wheel scrolls the notebook; it zooms with Ctrl, or after a click into the
// picture. A picture whose text would be too small as a whole is shown in part at first, from its first source on.

/** @import { Box } from "../shared/picture.js" */
/** @import { Graph } from "./graph.js" */
/** @import { Listen } from "./view.js" */

import { COMFORTABLE, LARGEST, LEGIBLE } from "./room.js";

const CLOSER = 0.8; // of what is shown, the part that stays when one zooms in
const TRIM = 11; // units of the margin above and below the picture, which stands on no card here
const MARGIN = 20; // units of the picture around what is moved into sight

/**
 * `natural` is the size of the whole picture at scale 1, `letters` the height of its letters there.
 *
 * @typedef {object} Camera
 * @property {() => void} arrive shows the picture as it comes, once it has a size
 * @property {() => void} fit shows the whole picture
 * @property {() => void} zoomIn shows less of the picture, larger
 * @property {() => void} zoomOut shows more of the picture, smaller
 * @property {(id: string | null) => void} reveal moves what is shown just so far that a node is in it
 * @property {(x: number, y: number) => void} centre moves what is shown to a point of the picture
 * @property {() => boolean} isPartial
 * @property {() => Box} view the part that is shown
 * @property {(listener: () => void) => void} follow calls when another part is shown
 * @property {Box} whole
 * @property {[width: number, height: number]} natural
 * @property {number} letters
 */

/** The camera of a graph that has no picture.
 * @type {Camera}
 */
export const NO_CAMERA = {
  arrive() {}, fit() {}, zoomIn() {}, zoomOut() {}, reveal() {}, centre() {}, follow() {}, isPartial: () => false,
  view: () => [0, 0, 480, 320], whole: [0, 0, 480, 320], natural: [480, 320], letters: COMFORTABLE,
};

/**
 * @param {object} needs
 * @param {SVGSVGElement} needs.picture
 * @param {Record<string, Box>} needs.boxes where nodes, edges and boxes stand in the picture, by id
 * @param {Graph} needs.graph
 * @param {Listen} needs.listen
 * @returns {Camera}
 */
export function makeCamera({ picture, boxes, graph, listen }) {
  const [x0, y0, givenWidth, givenHeight] = (picture.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  const [wholeWidth, wholeHeight] = [givenWidth, givenHeight - 2 * TRIM];
  /** @type {Box} */
  const whole = [x0, y0 + TRIM, wholeWidth, wholeHeight];
  const letters = Number(picture.querySelector(".node text")?.getAttribute("font-size") ?? COMFORTABLE);
  /** @type {Box} */
  let box = [...whole];
  let chosen = false; // what is shown was chosen by the reader
  let entered = false;
  /** @type {{ x: number, y: number, box: Box } | null} */
  let drag = null;
  // Until it is known how much of it is shown, nothing of it is in the page.
  const drawn = [...picture.childNodes];
  picture.replaceChildren();
  picture.style.setProperty("--hf-natural-width", `${Math.round(wholeWidth * LARGEST)}px`);

  const isPartial = () => box[2] < wholeWidth - 0.5 || box[3] < wholeHeight - 0.5;

  function show() {
    picture.setAttribute("viewBox", box.map((number) => Number(number.toFixed(2))).join(" "));
    picture.classList.toggle("partial", isPartial());
    for (const listener of listeners) listener();
  }

  /** @type {(() => void)[]} */
  const listeners = [];

  /** @type {(x: number, y: number) => void} */
  function centre(x, y) {
    chosen = true;
    box = [x - box[2] / 2, y - box[3] / 2, box[2], box[3]];
    show();
  }

  function fit() {
    chosen = true;
    box = [...whole];
    show();
  }

  /** Show more (above 1) or less. The point (x, y), in parts of what is shown, stays where it is.
   * @type {(factor: number, x?: number, y?: number) => void}
   */
  function zoom(factor, x = 0.5, y = 0.5) {
    chosen = true;
    const [width, height] = [box[2] * factor, box[3] * factor];
    if (width >= wholeWidth && height >= wholeHeight) fit();
    else if (width >= wholeWidth / 8 || height >= wholeHeight / 8) {
      box = [box[0] + (box[2] - width) * x, box[1] + (box[3] - height) * y, width, height];
      show();
    }
  }

  /** Units of the picture a pixel. It is as large as both sides of its frame allow, in the middle and at the top.
   * @type {(frame: { width: number, height: number }) => number}
   */
  const scale = (frame) => Math.max(box[2] / frame.width, box[3] / frame.height);

  // The room that the picture has on the page.
  function frameOf() {
    const { width, height } = picture.getBoundingClientRect();
    const style = getComputedStyle(picture);
    const [left, right] = [parseFloat(style.paddingLeft), parseFloat(style.paddingRight)];
    const [top, bottom] = [parseFloat(style.paddingTop), parseFloat(style.paddingBottom)];
    return { width: width - left - right, height: height - top - bottom };
  }

  /** Where a stretch of the picture has to begin, at `from` or near it, so that it shows the picture only.
   * @type {(from: number, size: number, start: number, length: number) => number}
   */
  const within = (from, size, start, length) => Math.max(start, Math.min(from, start + length - size));

  function arrive() {
    const frame = frameOf();
    if (!(frame.width > 0 && frame.height > 0)) return;
    if (!picture.firstChild) picture.append(...drawn);
    if (chosen) return;
    box = [...whole];
    if (letters / scale(frame) < LEGIBLE - 0.05) {
      const largest = letters / COMFORTABLE; // units a pixel
      const width = Math.min(wholeWidth, frame.width * largest);
      const height = Math.min(wholeHeight, frame.height * largest);
      const [x, y] = firstSource();
      const left = within(x - width / 2, width, whole[0], wholeWidth);
      box = [left, within(y - height / 4, height, whole[1], wholeHeight), width, height];
    }
    show();
  }

  // The middle of the source that stands highest, of several the one most to the left.
  function firstSource() {
    const sources = Object.keys(graph.ops).filter((id) => boxes[id] && !graph.into(id).length);
    const places = sources.map((id) => boxes[id]);
    places.sort(([x, y], [u, v]) => (Math.abs(y - v) > 1 ? y - v : x - u));
    const [x, y, width, height] = places[0] ?? [0, 0, 0, 0];
    return [x + width / 2, y + height / 2];
  }

  /** Where the part that is shown has to begin, in one direction, so that [start, start + length) is in it.
   * @type {(from: number, size: number, start: number, length: number) => number}
   */
  function moved(from, size, start, length) {
    if (start < from) return start - MARGIN;
    return start + length > from + size ? start + length + MARGIN - size : from;
  }

  /** @type {(id: string | null) => void} */
  function reveal(id) {
    if (id === null || !isPartial() || !boxes[id] || !picture.clientWidth) return;
    const [x, y, width, height] = boxes[id];
    const [left, top] = [moved(box[0], box[2], x, width), moved(box[1], box[3], y, height)];
    if (left === box[0] && top === box[1]) return;
    box = [left, top, box[2], box[3]];
    show();
  }

  listen(picture, "click", () => { entered = true; });
  listen(picture, "pointerleave", () => { entered = false; });
  // Not at the picture itself: Chromium makes an SVG that listens to focus a stop of Tab.
  listen(picture.parentElement ?? picture, "focusin", (event) => reveal(event.target.dataset?.id ?? null));
  listen(picture, "wheel", (event) => {
    if (!event.ctrlKey && !entered) return;
    event.preventDefault();
    const frame = picture.getBoundingClientRect();
    const [across, down] = [event.clientX - frame.x - frame.width / 2, event.clientY - frame.y];
    const units = scale(frame);
    zoom(event.deltaY > 0 ? 1.12 : 0.89, 0.5 + (across * units) / box[2], (down * units) / box[3]);
  }, { passive: false });
  listen(picture, "pointerdown", (event) => {
    if (!isPartial() || event.target.closest(".node, .edge, .read, [data-box]")) return;
    drag = { x: event.clientX, y: event.clientY, box: [...box] };
    picture.setPointerCapture(event.pointerId);
  });
  listen(picture, "pointermove", (event) => {
    if (!drag) return;
    const units = scale(picture.getBoundingClientRect());
    const [x, y] = drag.box;
    chosen = true;
    box = [x - (event.clientX - drag.x) * units, y - (event.clientY - drag.y) * units, box[2], box[3]];
    show();
  });
  for (const type of ["pointerup", "pointercancel"]) listen(picture, type, () => { drag = null; });
  /** @type {[number, number]} */
  const natural = [wholeWidth, wholeHeight];
  const [zoomIn, zoomOut] = [() => zoom(CLOSER), () => zoom(1 / CLOSER)];
  const view = () => box;
  const follow = (/** @type {() => void} */ listener) => { listeners.push(listener); };
  return { arrive, fit, zoomIn, zoomOut, reveal, centre, isPartial, view, follow, whole, natural, letters };
}
