// A derivation, as the kernel tells it: which items made an item, back to inputs and literals. Each item stands once,
// and names its causes by their places in the list.

/** @import { Graph } from "./graph.js" */

/** An item of it; `edge` is the edge that it was put onto, `op` the operator that did. `hands` is true where the
 * operator only handed it on.
 * @typedef {object} Cause
 * @property {string} text
 * @property {string} place
 * @property {string} edge
 * @property {number} tick
 * @property {number} step
 * @property {number} index
 * @property {string} op
 * @property {string} operator
 * @property {string} because
 * @property {string[]} absent
 * @property {string} doubt
 * @property {string} origin
 * @property {string} input
 * @property {boolean} state
 * @property {boolean} hands
 * @property {number[]} causes
 * @property {string} [node] in a network, the node that it was in
 * @property {number} [life] and which of the node's flows, from 0
 * @property {string} [message] the message by which it came
 */

/** @typedef {{ steps: Cause[], more: number }} Told */

/** A line of the tree. `last` is the item behind operators that only handed it on, `through` are these; `again`: it is
 * told above; `folded`: its causes are not shown; `count` stands for causes that are left out.
 * @typedef {object} Line
 * @property {number} place
 * @property {Cause} cause
 * @property {Cause} last
 * @property {number} depth
 * @property {string[]} through
 * @property {boolean} again
 * @property {boolean} folded
 * @property {number} count
 */

const MOST_LINES = 300;
const MOST_CAUSES = 12;
/** Deeper lines are folded at first. */
export const OPEN_TO = 8;

export class Derivation {
  /** `home` is the node that is looked at; without it that of the item.
   * @param {Told} told
   * @param {{ node?: string, life?: number } | null} home
   */
  constructor({ steps, more }, home = null) {
    this.steps = steps;
    this.more = more;
    this.home = home ?? steps[0];
    // Those in the node that is looked at; without a network all.
    const here = steps.filter((cause) => this.isHere(cause));
    this.keys = new Set(here.map((cause) => keyOf(cause)));
    this.ticks = [...new Set(here.map((cause) => cause.tick))].sort((one, other) => one - other);
  }

  /** Whether a cause is in the node that is looked at.
   * @type {(cause: Cause) => boolean}
   */
  isHere({ node, life }) {
    return node === this.home.node && life === this.home.life;
  }

  get root() {
    return this.steps[0];
  }

  /** Whether an item of a step is one of its items.
   * @type {(item: { tick: number, step: number, edge: string, index: number }) => boolean}
   */
  has(item) {
    return this.keys.has(keyOf(item));
  }

  /** The ids of what its items went over: edges, handoffs and operators, with the ticks in which they did.
   * @type {(graph: Graph) => Map<string, Set<number>>}
   */
  path(graph) {
    /** @type {Map<string, Set<number>>} */
    const found = new Map();
    const add = (/** @type {string | null | undefined} */ id, /** @type {number} */ tick) => {
      if (!id) return;
      const ticks = found.get(id) ?? new Set();
      found.set(id, ticks.add(tick));
    };
    for (const cause of this.steps) {
      if (!this.isHere(cause)) continue;
      add(cause.op, cause.tick);
      add(cause.edge, cause.tick);
      const end = graph.edges[cause.edge]?.to;
      if (end && graph.kind(end) === "handoff" && cause !== this.root) {
        add(end, cause.tick);
        add(graph.drains(end), cause.tick);
      }
    }
    return found;
  }

  /** The lines of the tree from top to bottom. `opened` tells of places whether the reader has opened or folded them.
   * @type {(opened: Map<number, boolean>) => Line[]}
   */
  lines(opened) {
    /** @type {Line[]} */
    const found = [];
    const shown = new Set();
    /** @type {{ place: number, depth: number, count: number }[]} */
    const waiting = [{ place: 0, depth: 0, count: 0 }];
    for (let next = waiting.pop(); next && found.length < MOST_LINES; next = waiting.pop()) {
      const { place, depth, count } = next;
      const cause = this.steps[place];
      const { last, through } = this.handedOn(cause);
      const again = shown.has(last);
      const folded = !(opened.get(place) ?? depth < OPEN_TO) && last.causes.length > 0;
      found.push({ place, cause, last, depth, through, again: again && last.causes.length > 0, folded, count });
      if (count || again || folded) continue;
      shown.add(last);
      const some = last.causes.length > MOST_CAUSES ? last.causes.slice(0, MOST_CAUSES - 1) : last.causes;
      const left = last.causes.length - some.length;
      if (left) waiting.push({ place, depth: depth + 1, count: left });
      for (const one of [...some].reverse()) waiting.push({ place: one, depth: depth + 1, count: 0 });
    }
    return found;
  }

  /** Where an item came from that operators only handed on, and these operators.
   * @type {(cause: Cause) => { last: Cause, through: string[] }}
   */
  handedOn(cause) {
    const through = [];
    let last = cause;
    while (last.hands && !last.doubt && last.causes.length === 1) {
      const before = this.steps[last.causes[0]];
      if (before.text !== last.text || before.tick !== last.tick) break;
      through.push(last.operator);
      last = before;
    }
    return { last, through };
  }
}

/** @type {(item: { tick: number, step: number, edge: string, index: number }) => string} */
const keyOf = ({ tick, step, edge, index }) => `${tick}/${step}/${edge}/${index}`;
