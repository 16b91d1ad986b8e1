// How the stepper shares out its room: the graph beside the tables, beside everything, or above, by what shows it best.

/** The graph beside the tables and the strips below both; beside the tables and the strips; above all else.
 * @typedef {"beside" | "tall" | "above"} Shape
 */

/** `width` and `most` are the widget's own; `bars` is the height of what always stays in sight, `strips` that of what
 * stands below the tables. `whole` is the graph's size at scale 1, `letters` the height of its letters there.
 * @typedef {object} Room
 * @property {number} width
 * @property {number} most
 * @property {number} bars
 * @property {number} strips
 * @property {[across: number, down: number]} whole
 * @property {number} letters
 */

/** `graph` is the size of the graph's pane, `middle` the height between the bars.
 * @typedef {{ shape: Shape, graph: [width: number, height: number], middle: number }} Arrangement
 */

export const LARGEST = 1.3; // a small graph is not blown up to the width of the pane
export const LEGIBLE = 9; // pixels of letters that can still be read: a graph is shown whole down to them
export const COMFORTABLE = 11; // pixels of the letters in which a larger graph is shown in part
const GOOD = 10; // pixels of letters from which another shape is no gain
const NARROW = 640; // pixels below which all stands in one column
const SHARE = 0.85; // of the viewport's height that the widget takes at most
const LEAST = 420; // pixels that it takes however low that is
const SIDE = 340; // pixels that the tables need beside the graph
const BELOW = 210; // pixels that the tables need below it
const LOWEST = 180; // pixels of a graph's pane, and of the tables beside it
const CALM = 380; // pixels of a pane beside tables, where there is room for them
const FOOT = 26 + 6; // pixels of the legend and the padding below and above the graph
const PADDING = 16; // pixels of the padding at its sides

/** The height that the widget takes at most in a viewport.
 * @type {(viewportHeight: number) => number}
 */
export const mostIn = (viewportHeight) => Math.max(LEAST, Math.floor(viewportHeight * SHARE));

/** @type {(room: Room) => Arrangement} */
export function arrange({ width, most, bars, strips, whole: [across, down], letters }) {
  const high = most - bars;
  /** @type {[Shape, number, number][]} */
  const shapes = [
    ["beside", width * 0.6, high - strips],
    ["tall", Math.min(width - SIDE, width * 0.66), high],
    ["above", width, Math.min(high - strips - BELOW, width < NARROW ? high * 0.7 : high)],
  ];
  const rooms = shapes.filter(([shape]) => shape === "above" || width >= NARROW).map(([shape, broad, tall]) => {
    const [w, h] = [Math.max(1, broad - PADDING), Math.max(LOWEST, tall - FOOT)];
    const scale = Math.min(LARGEST, w / across, h / down);
    const part = COMFORTABLE / letters;
    return { shape, w, h, scale, read: scale * letters, seen: Math.min(w, across * part) * Math.min(h, down * part) };
  });
  const best = rooms.find((one) => one.read >= GOOD) ?? largest(rooms);
  const scale = best.read >= LEGIBLE ? best.scale : COMFORTABLE / letters;
  const [w, h] = [Math.min(best.w, across * scale), Math.min(best.h, down * scale)];
  if (best.shape === "above") {
    const graph = Math.max(LOWEST, Math.ceil(h)) + FOOT;
    return { shape: "above", graph: [width, graph], middle: Math.min(high, graph + BELOW + strips) };
  }
  const columns = Math.round(Math.min(best.w + PADDING, Math.max(width * 0.4, w + PADDING + 2)));
  const below = best.shape === "beside" ? strips : 0;
  const least = Math.min(high - below, CALM + (best.shape === "tall" ? strips : 0));
  const graph = Math.max(LOWEST, least, Math.ceil(h) + FOOT);
  return { shape: best.shape, graph: [columns, graph], middle: graph + below };
}

/** The room with the largest letters, and where the graph is shown in part that with most of it.
 * @template {{ read: number, seen: number }} One
 * @param {One[]} rooms
 */
function largest(rooms) {
  const measure = rooms.some((one) => one.read >= LEGIBLE) ? "read" : "seen";
  return rooms.reduce((best, one) => (one[measure] > best[measure] ? one : best));
}
