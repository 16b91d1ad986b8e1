// Where lanes, rows and labels stand, in pixels.

import { ellipsis } from "../shared/text.js";

export const ROW = 26;
export const LEFT = 46; // the numbers of the rows
export const BOX = { width: 34, height: 18 };
const [LEAST_GAP, MOST_GAP] = [112, 240];
const LETTER = 6.4; // of the code font at 10.5 pixels
const MARGIN = 7;
const LEAST_LABEL = 24;

/** The distance of two lanes, of so many in a width.
 * @type {(lanes: number, width: number) => number}
 */
export function gapOf(lanes, width) {
  return Math.max(LEAST_GAP, Math.min(MOST_GAP, (width - LEFT) / Math.max(1, lanes)));
}

/** The middle of a lane.
 * @type {(index: number, gap: number) => number}
 */
export function laneX(index, gap) {
  return LEFT + (index + 0.5) * gap;
}

/** A text that begins at `x`, at the height of a line.
 * @typedef {{ text: string, x: number, width: number }} Label
 */

/** Which parts of the lines are taken, so that no label covers a box or another label. */
export class Places {
  /** @param {number} width of all lanes */
  constructor(width) {
    this.width = width;
    /** @type {Map<number, [number, number][]>} */
    this.taken = new Map();
  }

  /** @type {(line: number, left: number, right: number) => void} */
  take(line, left, right) {
    const taken = this.taken.get(line);
    if (taken) taken.push([left, right]);
    else this.taken.set(line, [[left, right]]);
  }

  /** Place a text beside a point of a line, after it or before it, where there is more room; cut where that is too
   * little, and null where there is none.
   * @type {(line: number, text: string, x: number, off: number, isAfterFirst: boolean) => Label | null}
   */
  label(line, text, x, off, isAfterFirst) {
    const taken = this.taken.get(line) ?? [];
    const ends = (/** @type {boolean} */ isAfter) => {
      const start = isAfter ? x + off : x - off;
      const edge = isAfter
        ? Math.min(this.width, ...taken.filter(([, right]) => right > start).map(([left]) => left))
        : Math.max(LEFT, ...taken.filter(([left]) => left < start).map(([, right]) => right));
      return { isAfter, start, room: Math.abs(edge - start) - MARGIN, isFree: isAfter ? edge > start : edge < start };
    };
    const wanted = text.length * LETTER;
    const sides = [ends(isAfterFirst), ends(!isAfterFirst)].filter(({ isFree }) => isFree);
    const best = sides.find(({ room }) => room >= wanted) ?? sides.sort((one, other) => other.room - one.room)[0];
    if (!best || best.room < Math.min(LEAST_LABEL, wanted)) return null;
    const words = ellipsis(text, Math.max(1, Math.floor(best.room / LETTER)));
    const width = words.length * LETTER;
    const left = best.isAfter ? best.start : best.start - width;
    this.take(line, left, left + width);
    return { text: words, x: left, width };
  }
}

/** The groups of a cut as neighbouring lanes, from left to right: each with the number of its group.
 * @type {(lanes: string[], groups: string[][]) => { group: number, from: number, to: number }[]}
 */
export function bandsOf(lanes, groups) {
  const groupOf = (/** @type {string} */ node) => {
    const found = groups.findIndex((group) => group.includes(node));
    return found < 0 ? groups.length : found;
  };
  /** @type {{ group: number, from: number, to: number }[]} */
  const bands = [];
  lanes.forEach((node, index) => {
    const last = bands[bands.length - 1];
    if (last && last.group === groupOf(node)) last.to = index;
    else bands.push({ group: groupOf(node), from: index, to: index });
  });
  return bands;
}
