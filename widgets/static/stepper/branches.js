// The branches of a run, as a tree.

import { plural } from "../shared/text.js";

/** @typedef {object} Branch
 * @property {string} name
 * @property {string | null} parent
 * @property {number} begins
 * @property {number | null} oldest
 * @property {number | null} newest
 * @property {boolean} current
 * @property {string[]} changed
 * @property {Record<string, number>} [sent] how many items had left the flow before it went back, by edge
 */

/** Each branch with its depth, a parent before those that branch off it.
 * @type {(branches: Branch[]) => { branch: Branch, depth: number }[]}
 */
export function treeOf(branches) {
  /** @type {{ branch: Branch, depth: number }[]} */
  const found = [];
  const below = (/** @type {string | null} */ parent, /** @type {number} */ depth) => {
    for (const branch of branches) {
      if (branch.parent !== parent || found.some((one) => one.branch === branch)) continue;
      found.push({ branch, depth });
      below(branch.name, depth + 1);
    }
  };
  below(null, 0);
  return found;
}

/** What a branch is, in a sentence.
 * @type {(branch: Branch) => string}
 */
export function branchWords({ parent, begins, oldest, newest, changed, sent }) {
  const ticks = newest === null ? "no ticks" : oldest === newest ? `tick ${newest}` : `ticks ${oldest} to ${newest}`;
  const words = [ticks];
  if (parent !== null) words.push(`from tick ${begins} of ${parent}`);
  if (changed.length) words.push(`changed: ${changed.join(", ")}`);
  const count = Object.values(sent ?? {}).reduce((sum, one) => sum + one, 0);
  if (count) words.push(`${plural(count, "item")} sent before the rewind`);
  return words.join(", ");
}

/** The ticks before which another branch begins on the way of the current one.
 * @type {(branches: Branch[]) => Set<number>}
 */
export function branchTicks(branches) {
  return new Set(branches.filter((branch) => branch.parent !== null).map((branch) => branch.begins));
}

/** How many items had left the flow over an edge before it went back to where the current branch begins; a tick before
 * that is the same in both.
 * @type {(branches: Branch[], edge: string, tick: number | null) => number}
 */
export function sentBefore(branches, edge, tick) {
  const here = branches.find((branch) => branch.current);
  return here && tick !== null && tick >= here.begins ? here.sent?.[edge] ?? 0 : 0;
}
