// How two recorded ticks differ, edge by edge, by the texts of their items; and where first.

/** @import { Recorded, Step } from "./history.js" */

/** `badge` says it in a few characters, as in "+2 -1".
 * @typedef {object} EdgeDifference
 * @property {string} edge
 * @property {string} badge
 * @property {string[]} added
 * @property {string[]} removed
 * @property {boolean} isReordered
 * @property {boolean} isWhole whether all items are known
 */

/** @typedef {{ edge: string, op: string, step: number, index: number, before: string, after: string }} First */

/** @typedef {{ edges: Map<string, EdgeDifference>, first: First | null }} Difference */

/** What only drains a handoff is left out: it went into the handoff before.
 * @type {(before: Recorded, after: Recorded, drains?: (edge: string) => boolean) => Difference}
 */
export function differencesOf(before, after, drains = () => false) {
  const [ones, others] = [moved(before), moved(after)];
  /** @type {Map<string, EdgeDifference>} */
  const edges = new Map();
  for (const edge of new Set([...ones.keys(), ...others.keys()])) {
    if (drains(edge)) continue;
    const one = ones.get(edge) ?? { count: 0, items: [] };
    const other = others.get(edge) ?? { count: 0, items: [] };
    const [added, removed] = [more(other.items, one.items), more(one.items, other.items)];
    const isReordered = !added.length && !removed.length && one.items.some((item, at) => item !== other.items[at]);
    if (!added.length && !removed.length && !isReordered && one.count === other.count) continue;
    const isWhole = one.items.length === one.count && other.items.length === other.count;
    const counts = [added.length && `+${added.length}`, removed.length && `-${removed.length}`].filter(Boolean);
    const change = other.count - one.count;
    const badge = counts.join(" ") || (isReordered ? "order" : change > 0 ? `+${change}` : `${change}`);
    edges.set(edge, { edge, badge, added, removed, isReordered, isWhole });
  }
  return { edges, first: firstOf(before.steps, after.steps, drains) };
}

/** @type {(record: Recorded) => Map<string, { count: number, items: string[] }>} */
function moved(record) {
  const found = new Map();
  for (const step of record.steps) {
    for (const [edge, move] of Object.entries(step.moves)) {
      const known = found.get(edge) ?? { count: 0, items: [] };
      known.count += move.count;
      known.items.push(...move.items);
      found.set(edge, known);
    }
  }
  return found;
}

/** The items that are there more often than among others: the later ones of equal ones.
 * @type {(items: string[], others: string[]) => string[]}
 */
function more(items, others) {
  /** @type {Map<string, number>} */
  const left = new Map();
  for (const item of others) left.set(item, (left.get(item) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    if (count) left.set(item, count - 1);
    return !count;
  });
}

/** @type {(ones: Step[], others: Step[], drains: (edge: string) => boolean) => First | null} */
function firstOf(ones, others, drains) {
  for (let at = 0; at < Math.max(ones.length, others.length); at += 1) {
    const [one, other] = [ones[at], others[at]];
    const step = other ?? one;
    const isSame = one && other && one.op === other.op && one.sg === other.sg;
    const before = one && (isSame || !other) ? one.moves : isSame ? one.moves : {};
    const after = other ? other.moves : {};
    for (const edge of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (drains(edge)) continue;
      const [items, those] = [before[edge]?.items ?? [], after[edge]?.items ?? []];
      for (let index = 0; index < Math.max(items.length, those.length); index += 1) {
        if (items[index] === those[index]) continue;
        const absent = "absent";
        return { edge, op: step.op, step: at, index, before: items[index] ?? absent, after: those[index] ?? absent };
      }
    }
    if (one && other && !isSame) return { edge: "", op: step.op, step: at, index: 0, before: one.op, after: other.op };
  }
  return null;
}
