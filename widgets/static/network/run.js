// A run of a network as the kernel tells it: its events, and what became of each tick, message, item and node.

/** @typedef {{ node: string, address: string, late: boolean }} Lane */

/** What happened, as `happenings.py` writes it; `row` is the index of the decision, -1 before any.
 * @typedef {{ kind: string, row: number } & Record<string, any>} Happening
 */

/** A tick of a node: what it took in, and what it sent.
 * @typedef {object} Tick
 * @property {string} id
 * @property {number} row
 * @property {string} node
 * @property {number} tick
 * @property {number} life which of the node's flows it was, from 0
 * @property {string} error
 * @property {string} note
 * @property {string} aside the items that it ran without, because it failed with them
 * @property {(Message | Given)[]} taken
 * @property {Message[]} sent
 * @property {Tick | null} before the tick of the node whose state it went on with
 * @property {Tick | null} after the tick that went on with its state
 */

/** @typedef {object} Message
 * @property {string} id
 * @property {string} message
 * @property {string} from
 * @property {string} to
 * @property {string} text
 * @property {number} begin the row in which it was sent, or copied
 * @property {number | null} end the row in which it was delivered or lost
 * @property {"flying" | "delivered" | "lost"} fate
 * @property {string} reason
 * @property {Message | null} original
 * @property {Message[]} copies
 * @property {number[]} holds the rows in which it was held
 * @property {Tick | null} sender
 * @property {Tick | null} taker
 */

/** An item that was put into an input from outside.
 * @typedef {{ id: string, row: number, node: string, input: string, text: string, taker: Tick | null }} Given
 */

/** A node that was down; `at` is the step of the protocol behind which a durable one went down.
 * @typedef {{
 *   node: string, from: number, to: number | null, kept: boolean, durable: boolean, error: string, at: string,
 * }} Down
 */
/** @typedef {{ from: number, to: number | null, groups: string[][] }} Split */

export class Run {
  /** `before` is the number of events before the first one that is known.
   * @param {number} [before]
   */
  constructor(before = 0) {
    this.before = before;
    /** @type {Lane[]} */
    this.lanes = [];
    this.rows = 0;
    /** @type {Happening[]} */
    this.events = [];
    /** @type {Map<number, Tick>} by row */
    this.ticks = new Map();
    /** @type {Map<string, Message>} */
    this.messages = new Map();
    /** @type {Given[]} */
    this.given = [];
    /** @type {Down[]} */
    this.downs = [];
    /** @type {Split[]} */
    this.splits = [];
    /** @type {{ row: number, words: string }[]} what was decided about no node alone, in words */
    this.remarks = [];
    /** @type {Map<string, number>} by node, the row in which it joined */
    this.joins = new Map();
    /** @type {Map<string, (Message | Given)[]>} what has come to a node since its last tick */
    this.waiting = new Map();
    /** @type {Map<string, Tick>} the newest tick of each node */
    this.last = new Map();
  }

  /** Take in what the kernel tells of what has happened since.
   * @type {(part: { lanes: Lane[], events: Happening[], rows: number }) => void}
   */
  accept({ lanes, events, rows }) {
    this.lanes = lanes;
    this.rows = rows;
    for (const event of events) this.tell(event);
  }

  /** The first row that is known.
   * @returns {number}
   */
  get first() {
    return this.events.length ? Math.max(-1, this.events[0].row) : 0;
  }

  /** @type {(node: string, what: Message | Given) => void} */
  comes(node, what) {
    const waiting = this.waiting.get(node);
    if (waiting) waiting.push(what);
    else this.waiting.set(node, [what]);
  }

  /** @type {(event: Happening) => void} */
  tell(event) {
    this.events.push(event);
    const { kind, row } = event;
    if (kind === "tick") this.tellTick(event);
    else if (kind === "sent" || kind === "copied") this.tellMessage(event);
    else if (kind === "delivered" || kind === "dropped") {
      const message = this.messages.get(event.message);
      if (!message) return;
      message.end = row;
      message.fate = kind === "dropped" ? "lost" : "delivered";
      message.reason = event.reason ?? "";
      if (event.unread) message.reason = event.unread;
      else if (kind === "delivered") this.comes(message.to, message);
    } else if (kind === "held") this.messages.get(event.message)?.holds.push(row);
    else if (kind === "given") {
      const { node, input, text } = event;
      const given = { id: `g${this.given.length}`, row, node, input, text, taker: null };
      this.given.push(given);
      this.comes(node, given);
    } else if (kind === "crashed") {
      const { node, error, at = "", again } = event;
      this.downs.push({ node, from: row, to: null, kept: true, durable: false, error, at });
      const tick = this.ticks.get(row);
      if (!again) this.waiting.delete(node);
      else if (tick && tick.node === node) this.waiting.set(node, [...tick.taken]);
    } else if (kind === "restarted") {
      const down = this.downs.find((one) => one.node === event.node && one.to === null);
      if (down) Object.assign(down, { to: row, kept: event.kept, durable: event.durable });
      if (!event.kept) this.last.delete(event.node);
    } else if (kind === "resent") {
      this.remarks.push({ row, words: `${event.node} and ${event.peer} connect again` });
    } else if (kind === "joined") this.joins.set(event.node, row);
    else if (kind === "cut" || kind === "healed") {
      const open = this.splits.find((one) => one.to === null);
      if (open) open.to = row;
      if (kind === "cut") {
        this.splits.push({ from: row, to: null, groups: event.groups });
        const groups = event.groups.map((/** @type {string[]} */ group) => group.join(", "));
        this.remarks.push({ row, words: `cut: ${groups.join(" | ")}` });
      }
      else this.remarks.push({ row, words: "network healed" });
    }
  }

  /** @type {(event: Happening) => void} */
  tellTick(event) {
    const { row, node, tick, life, error, note, set_aside: aside = "" } = event;
    const taken = this.waiting.get(node) ?? [];
    const before = this.last.get(node) ?? null;
    /** @type {Tick} */
    const told = { id: `t${row}`, row, node, tick, life, error, note, aside, taken, sent: [], before, after: null };
    if (before) before.after = told;
    for (const one of taken) one.taker = told;
    this.waiting.delete(node);
    this.ticks.set(row, told);
    this.last.set(node, told);
  }

  /** @type {(event: Happening) => void} */
  tellMessage(event) {
    const isCopy = event.kind === "copied";
    const original = isCopy ? this.messages.get(event.message) ?? null : null;
    if (isCopy && !original) return;
    const name = isCopy ? event.copy : event.message;
    const tick = isCopy ? null : this.ticks.get(event.row);
    const sender = tick && tick.node === event.sender ? tick : null;
    /** @type {Message} */
    const message = {
      id: `m${name}`, message: name, from: original?.from ?? event.sender, to: original?.to ?? event.receiver,
      text: original?.text ?? event.text, begin: event.row, end: null, fate: "flying", reason: "", original,
      copies: [], holds: [],
      sender: original ? original.sender : sender ?? this.messages.get(event.again)?.sender ?? null, taker: null,
    };
    this.messages.set(name, message);
    sender?.sent.push(message);
    original?.copies.push(message);
  }

  /** A tick that took nothing in, sent nothing, did not fail and set nothing aside.
   * @type {(row: number) => boolean}
   */
  isQuiet(row) {
    const tick = this.ticks.get(row);
    return Boolean(tick && !tick.taken.length && !tick.sent.length && !tick.error && !tick.aside);
  }

  /** The messages that are in flight at the end.
   * @type {() => Message[]}
   */
  flying() {
    return [...this.messages.values()].filter((one) => one.fate === "flying");
  }
}

/** What a crash is called.
 * @type {(down: Down) => string}
 */
export function crashed({ at, error }) {
  return `crashed${at ? ` at ${at}` : ""}${error ? `: ${error}` : ""}`;
}

/** What a restart is called.
 * @type {(down: Down) => string}
 */
export function restarted({ kept, durable }) {
  return `restarted, ${durable ? "durable state kept" : `state ${kept ? "kept" : "lost"}`}`;
}
