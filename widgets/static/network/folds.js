// The rows of a run as they stand below each other: each decision has one, and quiet ticks in a row share one.

/** @import { Run } from "./run.js" */

/** The rows from `from` to `to` at one height; more than one where they are folded.
 * @typedef {{ from: number, to: number }} Line
 */

const LEAST = 2; // quiet ticks in a row that are folded

/** The lines of a run, from its first row on. `open` are the first rows of the folds that a reader has opened, `keep`
 * are rows that stay by themselves, as that at which two runs part.
 * @type {(run: Run, open?: Set<number>, keep?: Set<number>) => Line[]}
 */
export function linesOf(run, open = new Set(), keep = new Set()) {
  /** @type {Line[]} */
  const lines = [];
  for (let row = run.first; row < run.rows; row += 1) {
    let end = row;
    while (end < run.rows && run.isQuiet(end) && !keep.has(end)) end += 1;
    if (end - row >= LEAST && !open.has(row)) {
      lines.push({ from: row, to: end - 1 });
      row = end - 1;
    } else {
      for (const last = Math.max(row, end - 1); row < last; row += 1) lines.push({ from: row, to: row });
      lines.push({ from: row, to: row });
    }
  }
  return lines;
}

/** The index of the line of a row, that of the last line for a row behind them.
 * @type {(lines: Line[], row: number) => number}
 */
export function lineOf(lines, row) {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].to < row) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low);
}

/** What is said of folded rows: "5 quiet ticks: a 3 to 6, b 2".
 * @type {(run: Run, line: Line) => string}
 */
export function foldWords(run, { from, to }) {
  /** @type {Map<string, number[]>} */
  const ticks = new Map();
  for (let row = from; row <= to; row += 1) {
    const tick = run.ticks.get(row);
    if (tick) ticks.set(tick.node, [...(ticks.get(tick.node) ?? []), tick.tick]);
  }
  const parts = [...ticks].map(([node, numbers]) => {
    const [one, other] = [numbers[0], numbers[numbers.length - 1]];
    return one === other ? `${node} ${one}` : `${node} ${one} to ${other}`;
  });
  return `${to - from + 1} quiet ticks: ${parts.join(", ")}`;
}
