// What is known of the recording: a summary of each tick seen, and the full record of the ticks looked at lately.
// Both are bounded; what was let go is asked for again.

const BOUNDS = { records: 300, summaries: 6000 };

export function summarise(record) {
  let moved = 0;
  for (const step of record.steps) for (const move of Object.values(step.moves)) moved += move.count;
  return { tick: record.tick, why: record.why, moved, steps: record.steps.length, complete: record.complete, fault: record.fault };
}

export class History {
  constructor(bounds = BOUNDS) {
    this.bounds = bounds;
    this.clear();
  }

  clear() {
    this.oldest = null;
    this.newest = null;
    this.dropped = 0;
    this.summaries = new Map();
    this.records = new Map();
  }

  get length() {
    return this.newest === null ? 0 : this.newest - this.oldest + 1;
  }

  has(tick) {
    return this.newest !== null && tick >= this.oldest && tick <= this.newest;
  }

  // `keep` are the ticks on display: they are never let go.
  accept({ oldest, newest, dropped, summaries = [], records = [] }, keep = new Set()) {
    if (oldest !== undefined) Object.assign(this, { oldest, newest, dropped: dropped ?? 0 });
    for (const summary of summaries) this.summaries.set(summary.tick, summary);
    for (const record of records) {
      this.records.delete(record.tick);
      this.records.set(record.tick, new Record(record));
      this.summaries.set(record.tick, summarise(record));
    }
    trim(this.records, this.bounds.records, keep);
    trim(this.summaries, this.bounds.summaries, keep);
  }

  summary(tick) {
    return this.summaries.get(tick);
  }

  record(tick) {
    return this.records.get(tick);
  }

  // The number of operator steps in a tick, undefined while nothing is known of it.
  steps(tick) {
    return this.summaries.get(tick)?.steps;
  }

  // How many items moved over `edge` in the steps [from, to) of `tick`.
  moved(tick, edge, from, to) {
    return this.records.get(tick)?.moved(edge, from, to) ?? 0;
  }
}

function trim(map, limit, keep) {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    if (!keep.has(key)) map.delete(key);
  }
}

class Record {
  constructor(record) {
    Object.assign(this, record);
    this.passages = new Map();
    record.steps.forEach((step, index) => {
      for (const [edge, move] of Object.entries(step.moves)) {
        const passage = this.passages.get(edge) ?? { at: [], sums: [0] };
        passage.at.push(index);
        passage.sums.push(passage.sums.at(-1) + move.count);
        this.passages.set(edge, passage);
      }
    });
  }

  moved(edge, from, to) {
    const passage = this.passages.get(edge);
    if (!passage) return 0;
    return passage.sums[firstAtLeast(passage.at, to)] - passage.sums[firstAtLeast(passage.at, from)];
  }

  // The steps in [from, to) that moved something over `edge`.
  stepsOver(edge, from, to) {
    const at = this.passages.get(edge)?.at ?? [];
    return at.slice(firstAtLeast(at, from), firstAtLeast(at, to));
  }

  total(index) {
    return Object.values(this.steps[index].moves).reduce((sum, move) => sum + move.count, 0);
  }
}

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
