// The rows of a table that hold a text: all items that are kept are read, in slices, so that the page stays alive; what
// was found so far is shown meanwhile.

/** @import { Items } from "./items.js" */
/** @import { Piece, Row } from "./rows.js" */

const SLICE = 12; // ms
const LOOK = 50; // items after which the time is looked at

const rest = () => new Promise((resolve) => setTimeout(resolve, 0));

export class TableSearch {
  /**
   * @param {Items} items
   * @param {() => void} told is called when more was read
   * @param {{ now?: () => number, pause?: () => Promise<unknown> }} [clock]
   */
  constructor(items, told, { now = () => performance.now(), pause = rest } = {}) {
    this.items = items;
    this.told = told;
    this.now = now;
    this.pause = pause;
    this.key = "";
    /** What was found, in the order of the table.
     * @type {Row[]}
     */
    this.rows = [];
    this.read = 0;
    this.isDone = true;
  }

  stop() {
    Object.assign(this, { key: "", rows: [], read: 0, isDone: true });
  }

  /** Look for a text in what is kept; `key` tells one search from another, and the one that goes on goes on.
   * @type {(key: string, list: Piece[], query: string) => void}
   */
  begin(key, list, query) {
    if (key === this.key) return;
    this.stop();
    this.key = key;
    this.isDone = false;
    this.run(key, list, query.toLowerCase());
  }

  /** @type {(key: string, list: Piece[], wanted: string) => Promise<void>} */
  async run(key, list, wanted) {
    let until = this.now() + SLICE;
    let hasPaused = false; // before that, who asked draws what is found
    for (const { segment, from, to, index, isKept } of list) {
      for (let item = from; isKept && item < to; item += 1) {
        let text = this.items.known(segment, item);
        const isLate = item % LOOK === 0 && this.now() > until;
        if (isLate || text === undefined) {
          if (hasPaused) this.told();
          hasPaused = true;
          await (text === undefined && !segment.items ? this.items.loadAhead(segment, item, to) : this.pause());
          if (key !== this.key) return;
          until = this.now() + SLICE;
          text = this.items.known(segment, item);
        }
        if (text === null || text === undefined) continue;
        this.read += 1;
        if (!text.toLowerCase().includes(wanted)) continue;
        this.rows.push({ segment, item, index: index + item - from, missing: 0 });
      }
    }
    this.isDone = true;
    if (hasPaused) this.told();
  }
}
