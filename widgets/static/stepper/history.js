// What is known of the recording: a summary of each tick seen, and the full record of the ticks looked at lately.
// Both are bounded; what was let go is asked for again.

/** What went over an edge: an exact count, and texts of items; `kept.js` reads which. A page without a kernel has the
 * `whole` texts of those that are shown in part, by their number among what is kept.
 *
 * So many of the first items as were `carried` over were not sent again, and their texts are not here: `carried.js`
 * finds them in the tick before, or on the edges that they come `through`.
 *
 * @typedef {object} Move
 * @property {number} count
 * @property {(string | null)[]} items
 * @property {[place: number, missing: number][]} [gaps]
 * @property {number} [kept]
 * @property {Record<string, string>} [whole]
 * @property {number} [carried]
 * @property {string[]} [through]
 */

/**
 * What one operator did in one run of its subgraph. `iteration` are the numbers of the iterations of the nested loops
 * around it, outermost first.
 *
 * @typedef {object} Step
 * @property {number} stratum
 * @property {string} sg
 * @property {number} run
 * @property {string} op
 * @property {string} [loop]
 * @property {number[]} [iteration]
 * @property {Record<string, Move>} moves by edge
 */

/**
 * A tick in its JSON form, as the kernel tells it.
 *
 * @typedef {object} Tick
 * @property {number} tick
 * @property {string} why
 * @property {Record<string, Move>} batch what it took in, by input
 * @property {boolean} complete
 * @property {number} strata_done
 * @property {string | null} fault
 * @property {number} [skipped_steps]
 * @property {string[]} [stops]
 * @property {string[]} [set_aside]
 * @property {number} [more_set_aside]
 * @property {Step[]} steps
 * @property {Record<string, Move>} [base] what it carries over from ticks that are not here, by edge
 */

/**
 * @typedef {object} Summary
 * @property {number} tick
 * @property {string} why
 * @property {number} moved
 * @property {number} [carried]
 * @property {number} steps
 * @property {boolean} complete
 * @property {string | null} fault
 * @property {string[]} [stops] what hit a breakpoint, for each stop in it
 * @property {string[]} [set_aside] the first items that were set aside, because it failed with them
 * @property {number} [more_set_aside] how many more
 */

/** The steps that moved something over an edge, and how many items had gone over it before each, and in the end; and
 * the same of those that were carried over.
 * @typedef {{ at: number[], sums: number[], carried: number[] }} Passage
 */

/**
 * What is taken in at once: the bounds of the recording where they are known, and some of its ticks.
 *
 * @typedef {object} Part
 * @property {number | null} [oldest]
 * @property {number | null} [newest]
 * @property {number} [dropped]
 * @property {Summary[]} [summaries]
 * @property {Tick[]} [records]
 */

const BOUNDS = { records: 300, summaries: 6000 };

/** How many items were sent, those left out that were carried over.
 * @type {(move: Move) => number}
 */
export const sentOf = (move) => move.count - (move.carried ?? 0);

/** @type {(record: Tick) => Summary} */
export function summarise(record) {
  const { tick, why, complete, fault, steps, stops, set_aside, more_set_aside } = record;
  let [moved, carried] = [0, 0];
  for (const step of steps) {
    for (const move of Object.values(step.moves)) {
      moved += sentOf(move);
      carried += move.carried ?? 0;
    }
  }
  const over = carried ? { carried } : {};
  const noted = { ...(stops ? { stops } : {}), ...(set_aside ? { set_aside, more_set_aside } : {}) };
  return { tick, why, moved, ...over, steps: steps.length, complete, fault, ...noted };
}

export class History {
  /** @param {{ records: number, summaries: number }} bounds */
  constructor(bounds = BOUNDS) {
    this.bounds = bounds;
    /** @type {number | null} */
    this.oldest = null;
    /** @type {number | null} */
    this.newest = null;
    this.dropped = 0;
    /** @type {Map<number, Summary>} */
    this.summaries = new Map();
    /** @type {Map<number, Recorded>} */
    this.records = new Map();
  }

  clear() {
    this.oldest = null;
    this.newest = null;
    this.dropped = 0;
    this.summaries.clear();
    this.records.clear();
  }

  get length() {
    return this.newest === null || this.oldest === null ? 0 : this.newest - this.oldest + 1;
  }

  /** @type {(tick: number | null) => tick is number} */
  has(tick) {
    if (tick === null || this.newest === null || this.oldest === null) return false;
    return tick >= this.oldest && tick <= this.newest;
  }

  /**
   * `keep` are the ticks on display: they are never let go.
   *
   * @param {Part} part
   * @param {Set<number | null>} keep
   */
  accept({ oldest, newest, dropped, summaries = [], records = [] }, keep = new Set()) {
    if (oldest !== undefined && newest !== undefined) Object.assign(this, { oldest, newest, dropped: dropped ?? 0 });
    for (const summary of summaries) this.summaries.set(summary.tick, summary);
    for (const record of records) {
      this.records.delete(record.tick);
      this.records.set(record.tick, new Recorded(record));
      this.summaries.set(record.tick, summarise(record));
    }
    trim(this.records, this.bounds.records, keep);
    trim(this.summaries, this.bounds.summaries, keep);
  }

  /** @type {(tick: number | null) => Summary | undefined} */
  summary(tick) {
    return tick === null ? undefined : this.summaries.get(tick);
  }

  /** @type {(tick: number | null) => Recorded | undefined} */
  record(tick) {
    return tick === null ? undefined : this.records.get(tick);
  }

  /** The number of operator steps in a tick, undefined while nothing is known of it.
   * @type {(tick: number | null) => number | undefined}
   */
  steps(tick) {
    return this.summary(tick)?.steps;
  }

  /** How many items moved over `edge` in the steps [from, to) of `tick`.
   * @type {(tick: number | null, edge: string, from: number, to: number) => number}
   */
  moved(tick, edge, from, to) {
    return this.record(tick)?.moved(edge, from, to) ?? 0;
  }

  /** How many items were carried over on `edge` in the steps [from, to) of `tick`.
   * @type {(tick: number | null, edge: string, from: number, to: number) => number}
   */
  carried(tick, edge, from, to) {
    return this.record(tick)?.carried(edge, from, to) ?? 0;
  }
}

/** @type {(map: Map<number, unknown>, limit: number, keep: Set<number | null>) => void} */
function trim(map, limit, keep) {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    if (!keep.has(key)) map.delete(key);
  }
}

// A tick with sums over its steps, so that a count between two steps costs the same in a tick of any length.
export class Recorded {
  /** @param {Tick} record */
  constructor(record) {
    this.tick = record.tick;
    this.why = record.why;
    this.batch = record.batch;
    this.complete = record.complete;
    this.strata_done = record.strata_done;
    this.fault = record.fault;
    this.skipped_steps = record.skipped_steps ?? 0;
    this.steps = record.steps;
    this.stops = record.stops ?? [];
    this.aside = (record.set_aside ?? []).length + (record.more_set_aside ?? 0);
    this.base = record.base ?? {};
    /** @type {Map<string, Passage>} */
    this.passages = new Map();
    record.steps.forEach((step, index) => {
      for (const [edge, move] of Object.entries(step.moves)) {
        const passage = this.passages.get(edge) ?? { at: [], sums: [0], carried: [0] };
        passage.at.push(index);
        passage.sums.push(passage.sums[passage.sums.length - 1] + sentOf(move));
        passage.carried.push(passage.carried[passage.carried.length - 1] + (move.carried ?? 0));
        this.passages.set(edge, passage);
      }
    });
  }

  /** How many items were sent over an edge.
   * @type {(edge: string, from: number, to: number) => number}
   */
  moved(edge, from, to) {
    return this.between(edge, from, to, "sums");
  }

  /** How many were carried over on it.
   * @type {(edge: string, from: number, to: number) => number}
   */
  carried(edge, from, to) {
    return this.between(edge, from, to, "carried");
  }

  /** @type {(edge: string, from: number, to: number, which: "sums" | "carried") => number} */
  between(edge, from, to, which) {
    const passage = this.passages.get(edge);
    if (!passage) return 0;
    return passage[which][firstAtLeast(passage.at, to)] - passage[which][firstAtLeast(passage.at, from)];
  }

  /** The steps in [from, to) that moved something over `edge`.
   * @type {(edge: string, from: number, to: number) => number[]}
   */
  stepsOver(edge, from, to) {
    const at = this.passages.get(edge)?.at ?? [];
    return at.slice(firstAtLeast(at, from), firstAtLeast(at, to));
  }

  /** How many items one step sent.
   * @type {(index: number) => number}
   */
  total(index) {
    return Object.values(this.steps[index].moves).reduce((sum, move) => sum + sentOf(move), 0);
  }

  /** How many it carried over.
   * @type {(index: number) => number}
   */
  over(index) {
    return Object.values(this.steps[index].moves).reduce((sum, move) => sum + (move.carried ?? 0), 0);
  }
}

/** @type {(sorted: number[], value: number) => number} */
function firstAtLeast(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
