// Why an item is there, told by a page alone: it holds of each item the items that directly made it, as
// `why/direct.py` writes them, and walks from one to the next. What is told has the form of the kernel's answer.

/** @import { Cause, Told } from "../stepper/derivation.js" */
/** @import { Ticks } from "./carried.js" */

import { sentAt } from "./carried.js";
import { textAt } from "./kept.js";

/** The message by which an item came, and where its sender put it: message, "node/life", edge, tick, step, index.
 * @typedef {[string, string, string, number, number, number]} Sent
 */

/** What is seldom at a cause. `absent` and `doubt` are numbers of sentences; `state` is a state that was read: text,
 * place, edge, tick, step, operator's id and name.
 * @typedef {object} Seldom
 * @property {number[]} [absent]
 * @property {number} [doubt]
 * @property {string} [origin]
 * @property {Sent} [from]
 * @property {[string, string, string, number, number, string, string]} [state]
 */

/** The number of its sentence, and the numbers of what it was made of: -1 is one that is not there, -n stands for n - 1
 * more that follow the one before.
 * @typedef {[number, number[], Seldom?]} Direct
 */

/** Items of one edge and step, whose causes have numbers in their order: edge, tick, step, index of the first one,
 * number of its cause, how many.
 * @typedef {[string, number, number, number, number, number]} Lot
 */

/** Of an edge its place, the operator that puts items onto it (id, name), its input, and whether it only hands on.
 * @typedef {[string, string, string, string, number]} From
 */

/** @typedef {object} Saved
 * @property {string[]} words
 * @property {Record<string, From>} edges
 * @property {Lot[]} sent
 * @property {Lot[]} taken
 * @property {Direct[]} causes
 */

/** @typedef {{ tick: number, step: number, edge: string, index: number }} Item */


/** Where this is one node of several: its name, which of its flows, and how the reasons of another are had, by
 * "node/life".
 * @typedef {{ node: string, life: number, of: (key: string) => Reasons | null }} Among
 */

/** A cause, by its number among those of a node.
 * @typedef {{ here: Reasons, number: number }} Spot
 */

const MOST = 1000;
const LONGEST = 200;
const LEFT_OUT = "what made it is left out of this page";

export class Reasons {
  /**
   * @param {Saved} saved
   * @param {Ticks} ticks
   * @param {Among | null} among
   */
  constructor({ words, edges, sent, taken, causes }, ticks, among = null) {
    this.words = words;
    this.edges = edges;
    this.causes = causes;
    this.ticks = ticks;
    this.among = among;
    /** Where the items of causes were put, by the numbers of the first ones.
     * @type {Lot[]}
     */
    this.sent = [...sent].sort((one, other) => one[4] - other[4]);
    /** @type {Map<string, Lot[]>} */
    this.lots = new Map();
    for (const lot of [...sent, ...taken]) {
      const key = keyOf(lot[0], lot[1], lot[2]);
      const known = this.lots.get(key);
      if (known) known.push(lot);
      else this.lots.set(key, [lot]);
    }
  }

  /** Why an item is there; null where the page does not tell it.
   * @type {(item: Item) => Told | null}
   */
  told(item) {
    const sent = sentAt(this.ticks, item);
    const root = sent && this.number(sent);
    if (root === null) return null;
    /** @type {Spot[]} */
    const spots = [{ here: this, number: root }];
    const places = new Map([[spotKey(spots[0]), 0]]);
    for (let at = 0; at < spots.length; at += 1) {
      for (const one of spots[at].here.causesOf(spots[at].number)) {
        if (!one || places.has(spotKey(one))) continue;
        places.set(spotKey(one), spots.length);
        spots.push(one);
      }
    }
    const some = spots.slice(0, MOST);
    const steps = some.map(({ here, number }) => here.cause(number, places, some.length));
    return { steps, more: spots.length - some.length };
  }

  /** The number of an item's cause.
   * @type {(item: Item) => number | null}
   */
  number({ tick, step, edge, index }) {
    for (const [, , , first, number, count] of this.lots.get(keyOf(edge, tick, step)) ?? []) {
      if (index >= first && index < first + count) return number + index - first;
    }
    return null;
  }

  /** What a cause was made of, null for what is not there.
   * @type {(number: number) => (Spot | null)[]}
   */
  causesOf(number) {
    const [, causes, seldom] = this.causes[number];
    if (seldom?.from) return [this.sender(seldom.from)];
    return unpacked(causes).map((one) => (this.causes[one] ? { here: this, number: one } : null));
  }

  /** @type {(from: Sent) => Spot | null} */
  sender([, key, edge, tick, step, index]) {
    const here = this.among?.of(key);
    const number = here?.number({ edge, tick, step, index }) ?? null;
    return here && number !== null ? { here, number } : null;
  }

  /** @type {(number: number, places: Map<string, number>, count: number) => Cause} */
  cause(number, places, count) {
    const [word, , seldom = {}] = this.causes[number];
    const causes = this.causesOf(number);
    const known = causes.flatMap((one) => (one ? places.get(spotKey(one)) ?? [] : []));
    const doubt = seldom.doubt === undefined ? "" : this.words[seldom.doubt];
    const message = seldom.from?.[0] ?? "";
    return {
      ...this.item(number, seldom),
      because: message ? `came as message ${message}` : this.words[word],
      absent: (seldom.absent ?? []).map((one) => this.words[one]),
      doubt: doubt || (known.length < causes.length ? LEFT_OUT : ""),
      origin: message ? "" : seldom.origin ?? "",
      causes: known.filter((place) => place < count),
      ...(this.among ? { node: this.among.node, life: this.among.life, message } : {}),
    };
  }

  /** @type {(number: number, seldom: Seldom) => Omit<Cause, "because" | "absent" | "doubt" | "origin" | "causes">} */
  item(number, { state, origin, from }) {
    if (state) {
      const [text, place, edge, tick, step, op, operator] = state;
      return { text, place, edge, tick, step, index: 0, op, operator, input: "", state: true, hands: false };
    }
    const lot = this.sent[lastUpTo(this.sent, number)];
    const [edge, tick, step, first, begin] = lot;
    const index = first + number - begin;
    const [place, op, operator, input, hands] = this.edges[edge];
    const move = this.ticks.record(tick)?.steps[step]?.moves[edge];
    const text = (move && textAt(move, index)) ?? "…";
    return {
      text: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text,
      place, edge, tick, step, index, op, operator, input: origin === "input" && !from ? input : "", state: false,
      hands: Boolean(hands),
    };
  }
}

/** @type {(spot: Spot) => string} */
const spotKey = ({ here: { among }, number }) => (among ? `${number} ${among.life} ${among.node}` : String(number));

/** @type {(edge: string, tick: number, step: number) => string} */
const keyOf = (edge, tick, step) => `${tick}/${step}/${edge}`;

/** @type {(numbers: number[]) => number[]} */
function unpacked(numbers) {
  /** @type {number[]} */
  const found = [];
  for (const number of numbers) {
    const last = found[found.length - 1];
    if (number >= -1) found.push(number);
    else for (let more = 1; more < -number; more += 1) found.push(last + more);
  }
  return found;
}

/** The place of the last lot that begins at a number or before it.
 * @type {(lots: Lot[], number: number) => number}
 */
function lastUpTo(lots, number) {
  let low = 0;
  let high = lots.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lots[middle][4] <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}
