// The items of a table: pages that the kernel sent are kept, as many as PAGES, and a page that is missing is asked for.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { History, Move } from "./history.js" */
/** @import { Moved, Segment } from "./rows.js" */

import { keptIndex, textAt } from "../shared/kept.js";
import { earlierAt } from "../shared/carried.js";
import { moveKey } from "./rows.js";

const PAGE = 200; // items of a page, as the kernel sends it
const PAGES = 120;
const AHEAD = 4; // pages that are asked for before they are read

export class Items {
  /**
   * @param {History} history
   * @param {Kernel | null} kernel
   * @param {() => void} arrived is called when a page that `text` lacked has come
   */
  constructor(history, kernel, arrived) {
    this.history = history;
    this.kernel = kernel;
    this.arrived = arrived;
    /** @type {Map<string, (string | null)[]>} */
    this.pages = new Map();
    /** @type {Map<string, Promise<void>>} */
    this.asked = new Map();
  }

  clear() {
    this.pages.clear();
    this.asked.clear();
  }

  /** @type {(segment: Moved) => Move | undefined} */
  moved(segment) {
    return this.history.record(segment.tick)?.steps[segment.step]?.moves[segment.edge];
  }

  /** The item's text, undefined while its page is under way, null if it was not kept.
   * @type {(segment: Segment, index: number) => string | null | undefined}
   */
  text(segment, index) {
    const text = this.known(segment, index);
    if (text !== undefined || segment.items || !this.moved(segment)) return text;
    const { key } = pageOf(segment, index);
    if (!this.asked.has(key)) this.load(segment, index).then(() => this.arrived());
    return undefined;
  }

  /** The same, and nothing is asked for.
   * @type {(segment: Segment, index: number) => string | null | undefined}
   */
  known(segment, index) {
    if (segment.items) return segment.items[index];
    const move = this.moved(segment);
    if (!move) return undefined;
    if (index < (move.carried ?? 0)) {
      const found = this.kernel ? null : earlierAt(this.history, segment, index);
      if (!this.kernel) return found ? textAt(found.part.move, found.index) ?? null : null;
    } else {
      const text = textAt(move, index);
      if (text !== undefined) return text;
    }
    if (!this.kernel) return null;
    const { key, offset } = pageOf(segment, index);
    const page = this.pages.get(key);
    return page ? page[index - offset] ?? null : undefined;
  }

  /** Ask for the page of an item, unless it is here or under way.
   * @type {(segment: Moved, index: number) => Promise<void>}
   */
  load(segment, index) {
    const { key, offset } = pageOf(segment, index);
    if (this.pages.has(key)) return Promise.resolve();
    const asked = this.asked.get(key) ?? this.ask(key, segment, offset);
    this.asked.set(key, asked);
    return asked;
  }

  /** Ask for the page of an item, and for some of the next ones, up to the item `to`.
   * @type {(segment: Moved, index: number, to: number) => Promise<void>}
   */
  loadAhead(segment, index, to) {
    const asked = this.load(segment, index);
    const last = Math.min(to - 1, index + AHEAD * PAGE);
    for (let ahead = index + PAGE; ahead <= last; ahead += PAGE) this.load(segment, ahead);
    return asked;
  }

  /** @type {(key: string, segment: Moved, offset: number) => Promise<void>} */
  async ask(key, segment, offset) {
    try {
      const { items } = await this.kernel?.call("page", { ...this.move(segment), offset });
      // A page that is missing would be asked for again and again.
      this.pages.set(key, items ?? []);
      const oldest = this.pages.keys().next();
      if (this.pages.size > PAGES && !oldest.done) this.pages.delete(oldest.value);
    } catch {
      this.pages.set(key, []);
    } finally {
      this.asked.delete(key);
    }
  }

  /** The whole text of an item whose shown form was cut.
   * @type {(segment: Moved, index: number) => Promise<string>}
   */
  async whole(segment, index) {
    let move = this.moved(segment);
    let at = index;
    if (move && index < (move.carried ?? 0)) {
      const found = this.kernel ? null : earlierAt(this.history, segment, index);
      [move, at] = [found?.part.move, found?.index ?? 0];
    }
    const saved = move?.whole?.[keptIndex(move, at) ?? ""];
    if (saved !== undefined) return saved;
    if (!this.kernel) throw new Error("the whole text is not kept");
    const reply = await this.kernel?.call("item", { ...this.move(segment), index });
    return reply.text;
  }

  /** How the kernel is told which items a segment stands for.
   * @type {(segment: Moved) => object}
   */
  move({ tick, step, edge }) {
    const record = this.history.record(tick);
    if (!record) throw new Error(`tick ${tick} is not kept`);
    const { op, sg, run } = record.steps[step];
    return { tick, op, sg, run, edge };
  }
}

/** @type {(segment: Moved, index: number) => { key: string, offset: number }} */
function pageOf(segment, index) {
  const offset = Math.floor(index / PAGE) * PAGE;
  return { key: `${moveKey(segment)}/${offset}`, offset };
}
