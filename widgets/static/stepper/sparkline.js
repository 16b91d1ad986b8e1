// The values of a watch as a line over ticks.

/** A value by tick: its number, null where it is none, and its text.
 * @typedef {[tick: number, number: number | null, text: string]} Value
 */

/** The points of the line, and where it has gaps: a list of lines in a box of this size.
 * @type {(values: Value[], width: number, height: number) => string[]}
 */
export function lines(values, width, height) {
  const known = values.filter(([, number]) => number !== null);
  if (!known.length) return [];
  const numbers = known.map(([, number]) => Number(number));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const [first, last] = [values[0][0], values[values.length - 1][0]];
  const x = (/** @type {number} */ tick) => 2 + ((tick - first) / Math.max(1, last - first)) * (width - 4);
  const y = (/** @type {number} */ number) => height - 3 - ((number - low) / (high - low || 1)) * (height - 6);
  /** @type {string[][]} */
  const found = [[]];
  for (const [tick, number] of values) {
    if (number === null) {
      if (found[found.length - 1].length) found.push([]);
    } else found[found.length - 1].push(`${x(tick).toFixed(1)},${y(number).toFixed(1)}`);
  }
  return found.filter((line) => line.length).map((line) => line.join(" "));
}

/** The value at a tick, or the newest one before it.
 * @type {(values: Value[], tick: number | null) => Value | null}
 */
export function valueAt(values, tick) {
  if (tick === null) return values[values.length - 1] ?? null;
  for (let at = values.length - 1; at >= 0; at -= 1) if (values[at][0] <= tick) return values[at];
  return null;
}
