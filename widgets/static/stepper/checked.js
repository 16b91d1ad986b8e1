// What a check of the flow told: what is the same in every run, of each channel and of each output, and what the causes
// are where something may differ.

/** @import { Graph } from "./graph.js" */

import { plural } from "../shared/text.js";

/** Why a level is weaker than it could be: an operator, and what it does, in words that follow its name.
 * @typedef {{ op: string, words: string }} Cause
 */

/** An operator's word as a cause of what is selected, and what it does.
 * @typedef {{ word: string, why: string }} Named
 */

/** What is known of an edge or of an output: its level, and that in a sentence. Causes come first one first.
 * `output` is the name of an output, and empty for an edge.
 * @typedef {{ level: string, early: boolean, sentence: string, causes: Cause[], output: string }} Known
 */

/** What a check tells, by the ids of edges and of operators that are outputs.
 * @typedef {{ known: Record<string, Known> }} Told
 */

/** The copies of a flow in replicas: two tell whether copies agree as well as more do. */
const REPLICAS = 2;

/** What may surround the flow, as the chooser offers it: a value, its words, and what two runs may differ in there.
 * @type {[value: string, words: string, about: string][]}
 */
export const SURROUNDINGS = [
  ["kernel", "in the kernel", "only where ticks end, and how inputs interleave, may differ"],
  ["tcp", "over TCP", "the order in which items arrive may differ, too, as several may send"],
  ["udp", "over UDP", "items may come in any order, twice or never"],
  ["at-least-once", "at least once", "items may come in any order, and more than once"],
  ["replicas", "in replicas", `${REPLICAS} copies get the same items, each in an order of its own`],
];

/** How the kernel is asked for one of them.
 * @type {(value: string) => { network: string | null, replicas: number }}
 */
export function question(value) {
  if (value === "replicas") return { network: null, replicas: REPLICAS };
  return { network: value === "kernel" ? null : value, replicas: 1 };
}

/** @type {(value: string) => string} */
export function wordsOf(value) {
  return SURROUNDINGS.find(([one]) => one === value)?.[1] ?? value;
}

/** What two runs may differ in there, in a few words.
 * @type {(value: string) => string}
 */
export function about(value) {
  return SURROUNDINGS.find(([one]) => one === value)?.[2] ?? "";
}

/** Behind a level, so that it is seen before it is read.
 * @type {Record<string, string>}
 */
export const SIGNS = { differs: "!", unknown: "?" };

// The most outputs and causes that are named in one sentence.
const MOST_NAMED = 8;

/** @type {(parts: string[], separator: string) => string} */
function listed(parts, separator) {
  const rest = parts.length - MOST_NAMED;
  return (rest > 0 ? [...parts.slice(0, MOST_NAMED), `and ${rest} more`] : parts).join(separator);
}

export class Checked {
  /**
   * @param {Graph} graph
   * @param {Told} told
   */
  constructor(graph, { known }) {
    this.graph = graph;
    this.known = known;
  }

  /** What is known of a channel or of an output: a handoff holds what comes over the edge that fills it.
   * @type {(id: string | null) => Known | null}
   */
  of(id) {
    if (id === null) return null;
    return this.known[this.graph.kind(id) === "handoff" ? this.graph.fills(id) : id] ?? null;
  }

  /** The level as it is written: "differs!", "unknown?", "set"; empty for what the check says nothing of.
   * @type {(id: string | null) => string}
   */
  level(id) {
    const known = this.of(id);
    return known ? `${known.level}${SIGNS[known.level] ?? ""}` : "";
  }

  /** What a drawing writes at an edge: its level, before an operator that gives something else the level of that.
   * @type {(id: string) => string}
   */
  word(id) {
    const own = this.level(id);
    const given = this.level(this.graph.edges[id].to);
    return given && given !== own ? `gives ${given}` : own;
  }

  /** The operators that are causes of a thing's level, each with its word ("cause", or "cause 1") and what it does.
   * @type {(id: string | null) => Map<string, Named>}
   */
  causes(id) {
    const known = this.of(id);
    /** @type {Map<string, string[]>} */
    const why = new Map();
    for (const { op, words } of known?.causes ?? []) {
      const found = why.get(op) ?? [];
      if (!found.includes(words)) found.push(words);
      why.set(op, found);
    }
    return new Map([...why].map(([op, words], index) => [op, {
      word: why.size > 1 ? `cause ${index + 1}` : "cause",
      why: `${this.graph.ops[op]?.name ?? op} ${words.join(", and ")}`,
    }]));
  }

  /** "cause 1: source_stream takes in what may come twice; cause 2: fold adds up what comes"
   * @type {(id: string | null) => string}
   */
  why(id) {
    return listed([...this.causes(id).values()].map(({ word, why }) => `${word}: ${why}`), "; ");
  }

  /** "2 outputs: totals differs!, seen set"
   * @type {() => string}
   */
  summary() {
    const found = Object.keys(this.known).filter((id) => this.known[id].output);
    const each = found.map((id) => `${this.known[id].output} ${this.level(id)}`);
    return `${plural(found.length, "output")}${each.length ? `: ${listed(each, ", ")}` : ""}`;
  }
}
