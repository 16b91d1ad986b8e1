// What is kept of the items that went over an edge in one step: which, where among all that went, and their texts.
//
// Where items are missing, `gaps` tells behind how many of those that are kept, and how many. The texts come in one of
// two forms: the first ones of all that went, with null for those that are missing; or those that are kept, in order.

/** @import { Move } from "../stepper/history.js" */

/** The places [from, to); `kept` is the number of the first among what is kept, null for items that are missing.
 * @typedef {{ from: number, to: number, kept: number | null }} Stretch
 */

/** @type {WeakMap<Move, { list: Stretch[], isByPlace: boolean }>} */
const known = new WeakMap();

/** @type {(move: Move) => { list: Stretch[], isByPlace: boolean }} */
function readOnce(move) {
  const before = known.get(move);
  if (before) return before;
  /** @type {Stretch[]} */
  const list = [];
  let [at, kept] = [0, 0];
  const add = (/** @type {number} */ length, /** @type {number | null} */ first) => {
    if (length > 0) list.push({ from: at, to: at + length, kept: first });
    at += Math.max(0, length);
  };
  for (const [place, missing] of move.gaps ?? []) {
    add(place - kept, kept);
    kept = place;
    add(missing, null);
  }
  add(move.count - at, kept);
  const found = { list, isByPlace: move.items.includes(null) };
  known.set(move, found);
  return found;
}

/** The stretches of all that went, in order. Where nobody `canAsk` for more, what did not come is missing as well.
 * @type {(move: Move, canAsk: boolean) => Stretch[]}
 */
export function stretches(move, canAsk) {
  const { list, isByPlace } = readOnce(move);
  if (canAsk) return list;
  return list.flatMap(({ from, to, kept }) => {
    if (kept === null) return [{ from, to, kept }];
    const end = Math.max(from, Math.min(to, isByPlace ? move.items.length : from + move.items.length - kept));
    return [{ from, to: end, kept }, { from: end, to, kept: null }].filter((one) => one.to > one.from);
  });
}

/** The number among what is kept of the item at a place; null where that is missing.
 * @type {(move: Move, place: number) => number | null}
 */
export function keptIndex(move, place) {
  const { list } = readOnce(move);
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].to <= place) low = middle + 1;
    else high = middle;
  }
  const { kept, from } = list[low] ?? { kept: null, from: 0 };
  return kept === null ? null : kept + place - from;
}

/** The text of the item at a place: null where it was not kept, undefined where it has not come.
 * @type {(move: Move, place: number) => string | null | undefined}
 */
export function textAt(move, place) {
  const index = keptIndex(move, place);
  if (index === null) return null;
  return move.items[readOnce(move).isByPlace ? place : index];
}

/** The texts that have come, in order.
 * @type {(move: Move) => string[]}
 */
export function textsOf(move) {
  return /** @type {string[]} */ (move.items.filter((item) => item !== null));
}

/** The same, whole where they are known.
 * @type {(move: Move | undefined) => string[]}
 */
export function wholeTextsOf(move) {
  if (!move) return [];
  const { whole } = move;
  const texts = textsOf(move);
  return whole ? texts.map((text, at) => whole[at] ?? text) : texts;
}
