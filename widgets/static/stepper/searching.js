// Where a text is in what was recorded: when did it first appear, and in which ticks.

/** @import { Recorded } from "./history.js" */

import { textsOf } from "../shared/kept.js";
import { sentOf } from "./history.js";

/** @typedef {{ tick: number, done: number, edge: string, at: number, text: string }} Hit */

/** `ticks` are all ticks that have it; `unkept` items of those that went by are not known.
 * @typedef {{ hits: Hit[], count: number, ticks: number[], searched: number, unkept: number }} Found
 */

const HITS = 200;

/** @type {(records: Iterable<Recorded>, text: string) => Found} */
export function searchIn(records, text) {
  /** @type {Found} */
  const found = { hits: [], count: 0, ticks: [], searched: 0, unkept: 0 };
  for (const record of records) {
    let isHere = false;
    record.steps.forEach((step, index) => {
      for (const [edge, move] of Object.entries(step.moves)) {
        const texts = textsOf(move);
        // What was carried over is found where it was sent; the first tick of a page tells what was sent before it.
        const base = move.carried ? record.base[edge] : undefined;
        const before = base ? textsOf(base) : [];
        const first = move.carried ?? 0;
        found.unkept += sentOf(move) - texts.length + (base ? base.count - before.length : 0);
        const look = (/** @type {string} */ item, /** @type {number} */ at) => {
          found.searched += 1;
          if (!item.includes(text)) return;
          isHere = true;
          found.count += 1;
          if (found.hits.length < HITS) found.hits.push({ tick: record.tick, done: index + 1, edge, at, text: item });
        };
        before.forEach(look);
        texts.forEach((item, at) => look(item, first + at));
      }
    });
    if (isHere) found.ticks.push(record.tick);
  }
  return found;
}

/** What was found, in a sentence.
 * @type {(found: Found, text: string) => string}
 */
export function foundWords(found, text) {
  const unkept = found.unkept ? `; ${found.unkept.toLocaleString("en")} items are not kept` : "";
  const searched = `of ${found.searched.toLocaleString("en")} items${unkept}`;
  if (!found.count) return `“${text}” is in none ${searched}`;
  const items = found.count === 1 ? "1 item" : `${found.count.toLocaleString("en")} items`;
  const ticks = found.ticks.length === 1 ? "1 tick" : `${found.ticks.length.toLocaleString("en")} ticks`;
  return `first in tick ${found.ticks[0]}; in ${items} and ${ticks}, ${searched}`;
}
