// The branches of a run, as a tree.

/** @import { Tick } from "./history.js" */

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
 * @property {Tick[]} [ticks] in a page, its own ticks that are not on the way to the current branch
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

/** The branches from the first one down to one of them.
 * @type {(branches: Branch[], name: string) => Branch[]}
 */
function pathTo(branches, name) {
  /** @type {Branch[]} */
  const found = [];
  for (let one = branches.find((branch) => branch.name === name); one && !found.includes(one);) {
    found.unshift(one);
    const { parent } = one;
    one = branches.find((branch) => branch.name === parent);
  }
  return found;
}

/** The ticks on the way to a branch, oldest first and without a gap, where `current` are those of the current one.
 * @type {(branches: Branch[], name: string, current: Tick[]) => Tick[]}
 */
export function ticksOf(branches, name, current) {
  const here = branches.find((branch) => branch.current);
  if (!here || here.name === name) return current;
  const ways = [pathTo(branches, here.name), pathTo(branches, name)];
  const ends = (/** @type {Branch[]} */ path, /** @type {number} */ at) => path[at + 1]?.begins ?? Infinity;
  /** @type {Tick[]} */
  const found = [];
  ways[1].forEach((branch, at) => {
    const shared = ways[0].indexOf(branch);
    const own = shared < 0 ? []
      : current.filter(({ tick }) => tick >= branch.begins && tick < ends(ways[0], shared));
    const all = [...own, ...branch.ticks ?? []].filter(({ tick }) => tick < ends(ways[1], at));
    found.push(...all.sort((one, other) => one.tick - other.tick));
  });
  let from = found.length - 1;
  while (from > 0 && found[from - 1].tick === found[from].tick - 1) from -= 1;
  return found.slice(Math.max(0, from));
}

/** The branches as they are told to one who looks at another one than the current.
 * @type {(branches: Branch[], name: string) => Branch[]}
 */
export const lookedAt = (branches, name) => branches.map((one) => ({ ...one, current: one.name === name }));

/** The first tick in which the ways to two branches are not the same.
 * @type {(branches: Branch[], one: string, other: string) => number}
 */
export function partsAt(branches, one, other) {
  const [ones, others] = [pathTo(branches, one), pathTo(branches, other)];
  let at = 0;
  while (at < ones.length && ones[at] === others[at]) at += 1;
  return Math.min(ones[at]?.begins ?? Infinity, others[at]?.begins ?? Infinity);
}
