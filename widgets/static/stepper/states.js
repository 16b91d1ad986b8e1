// What the operators held at the end of each tick, from what a recording saves of it: all rows of one tick, and of the
// ticks after it what changed. It draws nothing.

/** What is shown of one thing that is held: `[mark, key, value]`, and of what changed the value before and what changed
 * inside; the key is null for an item that has none.
 * @typedef {[mark: string, key: string | null, value: string, before?: string, inside?: string]} StateRow
 */

/** One thing that an operator holds, as a page of rows, changes first. `size` is exact; `count` are the rows that there
 * are, with those that are gone.
 * @typedef {{ name: string, form: string, lasts: boolean, size: number, changes: string, rows: StateRow[],
 *   count: number }} Part
 */

/** @typedef {{ tick: number | null, within: boolean, parts: Part[] }} StatePage */

/** What was asked for: how much each operator holds, and the pages of some; or why that cannot be told.
 * @typedef {{ sizes?: Record<string, number>, states?: Record<string, StatePage>, why?: string }} Answer
 */

/** What is saved: see `history_of` in `state/saved.py`.
 * @typedef {{ tick: number, sizes: Record<string, number[]>, whole?: Record<string, StateRow[][]>,
 *   changed?: Record<string, StateRow[][]> }} SavedTick
 * @typedef {{ parts: Record<string, { name: string, form: string, lasts: boolean }[]>, ticks: SavedTick[],
 *   left_out?: number }} SavedStates
 */

export const NEW = "+";
export const GONE = "−";
export const CHANGED = "~";

/** The words of a mark.
 * @type {Record<string, string>}
 */
export const WORDS = { [NEW]: "new", [GONE]: "gone", [CHANGED]: "changed", "": "as before" };

/** How many rows were new, gone and changed: "+2 −1".
 * @type {(rows: StateRow[]) => string}
 */
export function told(rows) {
  const count = (/** @type {string} */ sign) => rows.filter(([mark]) => mark === sign).length;
  return [NEW, GONE, CHANGED].filter(count).map((sign) => `${sign}${count(sign)}`).join(" ");
}

/** The rows of a tick with what it has changed: changes first, then the rest as it was; and the rows that are left.
 * @type {(rows: StateRow[], changed: StateRow[]) => { shown: StateRow[], left: StateRow[] }}
 */
export function applied(rows, changed) {
  const rest = rows.slice();
  const take = (/** @type {(row: StateRow) => boolean} */ matches) => {
    const at = rest.findIndex(matches);
    if (at >= 0) rest.splice(at, 1);
  };
  for (const [mark, key, value, before] of changed) {
    if (mark === GONE) take((row) => row[1] === key && row[2] === value);
    else if (mark === CHANGED) take((row) => row[1] === key && row[2] === before);
  }
  /** @type {StateRow[]} */
  const added = changed.filter(([mark]) => mark !== GONE).map(([, key, value]) => ["", key, value]);
  return { shown: [...changed, ...rest], left: [...rest, ...added] };
}

export class StateHistory {
  /** @param {SavedStates} saved */
  constructor(saved) {
    this.saved = saved;
    /** @type {Map<number, number>} */
    this.places = new Map(saved.ticks.map(({ tick }, place) => [tick, place]));
  }

  /** What a kernel would answer.
   * @type {(tick: number | null, ops: string[]) => Answer}
   */
  answer(tick, ops) {
    const place = tick === null ? undefined : this.places.get(tick);
    if (place === undefined) return { why: this.why(tick) };
    const { sizes } = this.saved.ticks[place];
    const sum = (/** @type {number[]} */ list) => list.reduce((all, one) => all + one, 0);
    return {
      sizes: Object.fromEntries(Object.entries(sizes).map(([op, list]) => [op, sum(list)])),
      states: Object.fromEntries(ops.filter((op) => this.saved.parts[op]).map((op) => [op, this.page(place, op)])),
    };
  }

  /** @type {(tick: number | null) => string} */
  why(tick) {
    if (tick === null) return "Nothing has run yet.";
    const { ticks } = this.saved;
    if (!ticks.length) return "No state is kept.";
    const kept = `from tick ${ticks[0].tick} to ${ticks[ticks.length - 1].tick}`;
    return `The state after tick ${tick} is not kept: it is ${kept}, where there was time to keep it.`;
  }

  /** @type {(place: number, op: string) => StatePage} */
  page(place, op) {
    const { ticks, parts } = this.saved;
    let first = place;
    while (!ticks[first].whole) first -= 1;
    const at = ticks[place];
    return {
      tick: at.tick,
      within: false,
      parts: parts[op].map((part, number) => {
        let rows = ticks[first].whole?.[op]?.[number] ?? [];
        let shown = rows;
        for (let one = first + 1; one <= place; one += 1) {
          const changed = ticks[one].changed?.[op]?.[number] ?? [];
          ({ shown, left: rows } = applied(rows, changed));
        }
        const size = at.sizes[op]?.[number] ?? 0;
        const changes = told(shown);
        const gone = shown.filter(([mark]) => mark === GONE).length;
        return { ...part, size, changes, rows: shown, count: size + gone };
      }),
    };
  }
}
