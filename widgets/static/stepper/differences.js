// How two recorded ticks, or two runs, differ: edge by edge, and where first. Items are compared by their texts, and
// what changed inside of them by the values that these tell; the kernel does so with the items (`trace/diff.py`).

/** @import { Ticks } from "../shared/carried.js" */
/** @import { Recorded, Step } from "./history.js" */
/** @import { Part } from "./values.js" */

import { plural } from "../shared/text.js";
import { earlier } from "../shared/carried.js";
import { wholeTextsOf } from "../shared/kept.js";
import { ABSENT, likeness, partsThatDiffer, valueOf } from "./values.js";

/** An item that is another one after: `parts` are where inside of it. */
/** @typedef {{ before: string, after: string, parts: Part[] }} Changed */

/** `badge` says it in a few characters, as in "+2 -1 ~1".
 * @typedef {object} EdgeDifference
 * @property {string} edge
 * @property {string} badge
 * @property {string[]} added
 * @property {string[]} removed
 * @property {Changed[]} changed
 * @property {boolean} isReordered
 * @property {boolean} isWhole whether all items are known
 */

/** @typedef {{ edge: string, op: string, stratum: number, index: number, before: string, after: string }} First */

/** @typedef {{ edges: Map<string, EdgeDifference>, first: First | null }} Difference */

/** How two runs differ, as the kernel tells it.
 * @typedef {object} RunDifference
 * @property {string[]} names
 * @property {string} words
 * @property {{ tick: number, edge: string, badge: string, rows: [string, string][] }[]} edges
 * @property {{ tick: number, edge: string } | null} first
 */

const MOST_PAIRED = 10_000; // pairs of items that are tried
const ALIKE = 0.3; // items more alike than this are the same one, changed

/** @typedef {(edge: string) => boolean} Drains what only drains a handoff is left out: it went into it before */

/** A tick, and the ticks that tell what it carries over.
 * @typedef {{ record: Recorded, ticks: Ticks }} Side
 */

/** What went over an edge; `isKnown` is false where what was carried over is not here.
 * @typedef {{ count: number, carried: number, items: string[], isKnown: boolean }} Passed
 */

/** What went over no edge.
 * @type {Passed}
 */
const NOTHING = { count: 0, carried: 0, items: [], isKnown: true };

/** `ticks` tell what is carried over, of the first tick and of the second one.
 * @type {(before: Recorded, after: Recorded, drains?: Drains, ticks?: [Ticks, Ticks]) => Difference}
 */
export function differencesOf(before, after, drains = () => false, ticks = undefined) {
  const sides = [
    { record: before, ticks: ticks?.[0] ?? alone(before) },
    { record: after, ticks: ticks?.[1] ?? alone(after) },
  ];
  const [ones, others] = sides.map(moved);
  /** @type {Map<string, EdgeDifference>} */
  const edges = new Map();
  for (const edge of new Set([...ones.keys(), ...others.keys()])) {
    if (drains(edge)) continue;
    const [one, other] = [ones.get(edge) ?? NOTHING, others.get(edge) ?? NOTHING];
    const isKnown = one.isKnown && other.isKnown;
    const [more, fewer] = isKnown ? [moreIn(other.items, one.items), moreIn(one.items, other.items)] : [[], []];
    // What is carried over has no order of this tick.
    const isReordered = isKnown && !one.carried && !other.carried && !more.length && !fewer.length
      && one.items.some((item, at) => item !== other.items[at]);
    if (!more.length && !fewer.length && !isReordered && one.count === other.count) continue;
    const isWhole = one.items.length === one.count && other.items.length === other.count;
    const { changed, removed, added } = paired(fewer, more);
    const counts = [["+", added], ["-", removed], ["~", changed]]
      .flatMap(([sign, items]) => (items.length ? `${sign}${items.length}` : []));
    const change = other.count - one.count;
    const badge = counts.join(" ") || (isReordered || !change ? "order" : change > 0 ? `+${change}` : `${change}`);
    edges.set(edge, { edge, badge, added, removed, changed, isReordered, isWhole });
  }
  return { edges, first: firstOf(sides[0], sides[1], drains) };
}

/** How one run differs from another, tick by tick, in the form in which the kernel tells it.
 * @type {(
 *   names: [string, string], ones: Map<number, Recorded>, others: Map<number, Recorded>, drains: Drains,
 *   label: (edge: string) => string,
 * ) => RunDifference}
 */
export function differencesOfRuns(names, ones, others, drains, label) {
  /** @type {RunDifference["edges"]} */
  const edges = [];
  /** @type {(First & { tick: number }) | null} */
  let first = null;
  for (const [tick, one] of [...ones].sort(([a], [b]) => a - b)) {
    const other = others.get(tick);
    if (!other || other === one) continue;
    const found = differencesOf(one, other, drains, [among(ones), among(others)]);
    for (const each of found.edges.values()) {
      edges.push({ tick, edge: each.edge, badge: each.badge, rows: rowsOf(each) });
    }
    if (!first && found.first) first = { tick, ...found.first };
  }
  const count = new Set(edges.map(({ edge }) => edge)).size;
  const told = count ? [`${plural(count, "edge")} differ${count === 1 ? "s" : ""}`] : [];
  if (first) {
    const { tick, stratum, edge, index, before, after } = first;
    told.push(`first in tick ${tick}, stratum ${stratum}, ${label(edge)}, item ${index}: ${before} → ${after}`);
  }
  for (const [name, some, rest] of /** @type {const} */ ([[names[0], ones, others], [names[1], others, ones]])) {
    const alone = [...some.keys()].filter((tick) => !rest.has(tick)).sort((a, b) => a - b);
    const to = alone.length > 1 ? ` to ${alone[alone.length - 1]}` : "";
    if (alone.length) told.push(`${name} alone has tick${to ? "s" : ""} ${alone[0]}${to}`);
  }
  const words = told.length ? `${names[0]} against ${names[1]}: ${told.join(", ")}`
    : `${names[0]} and ${names[1]} are the same`;
  return { names, words, edges, first };
}

/** The differences of an edge as rows: a sign and a text.
 * @type {(difference: EdgeDifference) => [string, string][]}
 */
export function rowsOf({ added, removed, changed, isReordered, isWhole }) {
  const signed = (/** @type {string} */ sign, /** @type {string[]} */ items) =>
    items.map((item) => /** @type {[string, string]} */ ([sign, item]));
  const rows = [...signed("+", added), ...signed("-", removed), ...signed("~", changed.map(changedWords))];
  if (isReordered) rows.push(["~", "the same items in another order"]);
  if (!isWhole) rows.push(["…", "not all items are known here: their counts are compared"]);
  return rows;
}

/** @type {(changed: Changed) => string} */
function changedWords({ before, after, parts }) {
  const where = parts[0]?.path ? `  at ${parts.slice(0, 3).map(partWords).join("; ")}` : "";
  return `${before} → ${after}${where}`;
}

/** @type {(part: Part) => string} */
const partWords = ({ path, before, after }) => `${path || "the item"}: ${before} → ${after}`;

/** @type {(record: Recorded) => Ticks} */
const alone = (record) => ({ record: (tick) => (tick === record.tick ? record : undefined) });

/** @type {(records: Map<number, Recorded>) => Ticks} */
const among = (records) => ({ record: (tick) => (tick === null ? undefined : records.get(tick)) });

/** @type {(side: Side) => Map<string, Passed>} */
function moved(side) {
  /** @type {Map<string, Passed>} */
  const found = new Map();
  side.record.steps.forEach((step, at) => {
    for (const edge of Object.keys(step.moves)) {
      const known = found.get(edge) ?? { ...NOTHING, items: [] };
      const one = passed(side, at, edge);
      known.count += one.count;
      known.carried += one.carried;
      known.isKnown &&= one.isKnown;
      for (const text of one.items) known.items.push(text);
      found.set(edge, known);
    }
  });
  return found;
}

/** What went over an edge in a step, behind what it carries over.
 * @type {(side: Side, step: number, edge: string) => Passed}
 */
function passed({ record, ticks }, step, edge) {
  const move = record.steps[step]?.moves[edge];
  if (!move) return NOTHING;
  const { count, carried = 0 } = move;
  const before = earlier(ticks, { tick: record.tick, step, edge });
  const items = [...before.map((part) => part.move), move].flatMap(wholeTextsOf);
  return { count, carried, items, isKnown: !carried || before.length > 0 };
}

/** The items that are there more often than among others: the later ones of equal ones.
 * @type {(items: string[], others: string[]) => string[]}
 */
function moreIn(items, others) {
  /** @type {Map<string, number>} */
  const left = new Map();
  for (const item of others) left.set(item, (left.get(item) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    if (count) left.set(item, count - 1);
    return !count;
  });
}

/** Items that were changed, by the most alike ones first; and those that were removed and added.
 * @type {(removed: string[], added: string[]) => { changed: Changed[], removed: string[], added: string[] }}
 */
function paired(removed, added) {
  if (!removed.length || !added.length || removed.length * added.length > MOST_PAIRED) {
    return { changed: [], removed, added };
  }
  const [ones, others] = [removed.map(valueOf), added.map(valueOf)];
  const scored = ones.flatMap((one, at) => others.map((other, there) => ({ score: likeness(one, other), at, there })));
  scored.sort((a, b) => b.score - a.score || a.at - b.at || a.there - b.there);
  /** @type {Map<number, number>} */
  const pairs = new Map();
  /** @type {Set<number>} */
  const taken = new Set();
  for (const { score, at, there } of scored) {
    if (score <= ALIKE) break;
    if (pairs.has(at) || taken.has(there)) continue;
    pairs.set(at, there);
    taken.add(there);
  }
  const changed = [...pairs].sort(([a], [b]) => a - b).map(([at, there]) => (
    { before: removed[at], after: added[there], parts: partsThatDiffer(ones[at], others[there]) }));
  return {
    changed,
    removed: removed.filter((_, at) => !pairs.has(at)),
    added: added.filter((_, there) => !taken.has(there)),
  };
}

/** @type {(one: Side, other: Side, drains: Drains) => First | null} */
function firstOf(one, other, drains) {
  for (let at = 0; at < Math.max(one.record.steps.length, other.record.steps.length); at += 1) {
    const found = firstIn(one, other, at, drains);
    if (found) return found;
  }
  return null;
}

/** @type {(before: Side, after: Side, at: number, drains: Drains) => First | null} */
function firstIn(before, after, at, drains) {
  /** @type {(Step | undefined)[]} */
  let [one, other] = [before.record.steps[at], after.record.steps[at]];
  if (one && other && (one.op !== other.op || one.sg !== other.sg)) {
    // What one of both did is not in the other: the earlier operator of the two is the first difference.
    const isLater = other.stratum < one.stratum || (other.stratum === one.stratum && other.run < one.run);
    [one, other] = isLater ? [undefined, other] : [one, undefined];
  }
  const step = /** @type {Step} */ (one ?? other);
  const [ones, others] = [one?.moves ?? {}, other?.moves ?? {}];
  for (const edge of new Set([...Object.keys(ones), ...Object.keys(others)])) {
    if (drains(edge)) continue;
    const [mine, theirs] = [one ? passed(before, at, edge) : NOTHING, other ? passed(after, at, edge) : NOTHING];
    if (!mine.isKnown || !theirs.isKnown) continue;
    const [items, those] = [mine.items, theirs.items];
    if (mine.carried || theirs.carried) {
      // What is carried over has no order of this tick.
      const [gone, added] = [moreIn(items, those)[0], moreIn(those, items)[0]];
      if (gone === undefined && added === undefined) continue;
      const index = Math.max(items.indexOf(gone), those.indexOf(added));
      return { edge, op: step.op, stratum: step.stratum, index, before: gone ?? ABSENT, after: added ?? ABSENT };
    }
    for (let index = 0; index < Math.max(items.length, those.length); index += 1) {
      if (items[index] === those[index]) continue;
      const [text, another] = [items[index] ?? ABSENT, those[index] ?? ABSENT];
      return { edge, op: step.op, stratum: step.stratum, index, before: text, after: another };
    }
  }
  return null;
}
