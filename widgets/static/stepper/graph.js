// The flow's graph with the questions that every pane asks of it: what follows what, and what each thing is called.

/** @import { Step } from "./history.js" */

/** @typedef {"stratum" | "tick" | "lazy" | "accumulating"} Delay */

/**
 * @typedef {object} Operator
 * @property {string} name
 * @property {string} text its call, on one line
 * @property {[start: number, end: number]} span in characters of the source; empty where it stands in another text
 * @property {string} sg
 * @property {"pull" | "push"} colour the side of its subgraph
 * @property {string | null} variable
 */

/**
 * @typedef {object} Edge
 * @property {string} from
 * @property {string} to
 * @property {string | null} from_port
 * @property {string | null} to_port
 * @property {Delay | null} delay
 * @property {[start: number, end: number][]} [places] its ends in the source: operators, names and ports
 */

/** @typedef {{ stratum: number, sg: string, delay: Delay | null }} Handoff */
/** @typedef {{ from: string, to: string, name: string }} Read a state that is named by another operator */
/** @typedef {{ name: string | null, parent: string | null, ops: string[] }} Loop */

/** An import of a module: `line` is that of the import, `ops` are without those of imports in it. With `made` it is
 * what stands for an arrow to another place.
 * @typedef {{ name: string, line: number, parent: string | null, ops: string[], made?: boolean }} Module
 */

/** A graph in its JSON form; everything is named by its id.
 * @typedef {object} GraphData
 * @property {string} name
 * @property {string} source
 * @property {number} [first_line]
 * @property {Record<string, Operator>} ops
 * @property {Record<string, Edge>} edges
 * @property {Record<string, Handoff>} handoffs
 * @property {Record<string, Read>} [reads]
 * @property {Record<string, { stratum: number, ops: string[] }>} subgraphs
 * @property {Record<string, Loop>} [loops]
 * @property {Record<string, Module>} [modules]
 * @property {Record<string, string>} inputs
 */

/** @type {Record<Delay, string>} */
const WAITS = {
  stratum: "waits for the whole stratum",
  tick: "waits for the next tick",
  lazy: "waits for the next tick, does not start one",
  accumulating: "passes on what there is, and may be given more later in the tick",
};

export class Graph {
  /** @param {GraphData} data */
  constructor(data) {
    this.name = data.name;
    this.source = data.source;
    this.firstLine = data.first_line ?? 1;
    this.ops = data.ops;
    this.edges = data.edges;
    this.handoffs = data.handoffs;
    this.reads = data.reads ?? {};
    this.subgraphs = data.subgraphs;
    this.loops = data.loops ?? {};
    this.modules = data.modules ?? {};
    this.inputs = data.inputs;
    /** @type {Record<string, string>} */
    this.loopOf = {};
    for (const [id, loop] of Object.entries(this.loops)) for (const op of loop.ops) this.loopOf[op] = id;
    /** @type {Record<string, string>} */
    this.moduleOf = {};
    for (const [id, module] of Object.entries(this.modules)) for (const op of module.ops) this.moduleOf[op] = id;
    /** @type {Record<string, string[]>} */
    this.incoming = {};
    /** @type {Record<string, string[]>} */
    this.outgoing = {};
    for (const [id, edge] of Object.entries(this.edges)) {
      (this.incoming[edge.to] ??= []).push(id);
      (this.outgoing[edge.from] ??= []).push(id);
    }
  }

  /** @type {(id: string | null | undefined) => "operator" | "edge" | "handoff" | "read" | null} */
  kind(id) {
    if (id === null || id === undefined) return null;
    if (id in this.ops) return "operator";
    if (id in this.edges) return "edge";
    if (id in this.handoffs) return "handoff";
    if (id in this.reads) return "read";
    return null;
  }

  /** @type {(id: string) => string[]} */
  into(id) {
    return this.incoming[id] ?? [];
  }

  /** @type {(id: string) => string[]} */
  outOf(id) {
    return this.outgoing[id] ?? [];
  }

  /** @type {(handoff: string) => string} */
  fills(handoff) {
    return this.into(handoff)[0];
  }

  /** @type {(handoff: string) => string} */
  drains(handoff) {
    return this.outOf(handoff)[0];
  }

  /** Items go along edges and rest in handoffs and operators; a state that is read by `$name` goes nowhere.
   * @type {(id: string | null) => id is string}
   */
  hasItems(id) {
    return this.kind(id) !== null && this.kind(id) !== "read";
  }

  /** "filter reads $top of fold"
   * @type {(read: string) => string}
   */
  sentence(read) {
    const { from, to, name } = this.reads[read];
    return `${this.ops[to].name} reads $${name} of ${this.ops[from].name}`;
  }

  /** @type {(op: string) => string[]} */
  readBy(op) {
    return Object.keys(this.reads).filter((read) => this.reads[read].to === op);
  }

  /** The operator that an edge's items come from: behind a handoff the one that fills it.
   * @type {(edge: string) => string}
   */
  origin(edge) {
    const from = this.edges[edge].from;
    return from in this.handoffs ? this.edges[this.fills(from)].from : from;
  }

  /** The operator that an edge's items go to: before a handoff the one that drains it.
   * @type {(edge: string) => string}
   */
  target(edge) {
    const to = this.edges[edge].to;
    return to in this.handoffs ? this.edges[this.drains(to)].to : to;
  }

  /** @type {(id: string) => Delay | null} */
  delay(id) {
    return (this.edges[id] ?? this.handoffs[id])?.delay ?? null;
  }

  /** Whether there is a loop in another one, which may fire several times a tick. */
  get iterates() {
    return Object.values(this.loops).some((loop) => loop.parent);
  }

  /** Whether a handoff's items wait for the next tick. What goes round in a nested loop comes in its next iteration.
   * @type {(handoff: string) => boolean}
   */
  crossesTicks(handoff) {
    const drain = this.edges[this.drains(handoff)];
    if (drain && this.loops[this.loopOf[drain.to]]?.parent) return false;
    return ["tick", "lazy"].includes(this.handoffs[handoff].delay ?? drain?.delay ?? "");
  }

  /** Whether a tick begins with what another one left. */
  get remembers() {
    return Object.keys(this.handoffs).some((id) => this.crossesTicks(id));
  }

  /** @type {(id: string) => number} */
  stratum(id) {
    if (id in this.ops) return this.subgraphs[this.ops[id].sg].stratum;
    return this.handoffs[id]?.stratum ?? this.subgraphs[this.handoffs[id]?.sg]?.stratum ?? 0;
  }

  /** The name of the input that an operator takes items from, or null.
   * @type {(op: string) => string | null}
   */
  inputOf(op) {
    return Object.keys(this.inputs).find((name) => this.inputs[name] === op) ?? null;
  }

  /** The operators at both ends of an edge, a handoff or a read.
   * @type {(id: string) => [from: string | undefined, to: string | undefined]}
   */
  ends(id) {
    if (id in this.edges) return [this.origin(id), this.target(id)];
    if (id in this.reads) return [this.reads[id].from, this.reads[id].to];
    return [this.edges[this.fills(id)]?.from, this.edges[this.drains(id)]?.to];
  }

  /** @type {(id: string) => string[]} */
  endNames(id) {
    return this.ends(id).map((op) => (op && this.ops[op] ? this.made(op) ?? this.ops[op].name : "nowhere"));
  }

  /** The `~>` that an operator was made for, as the text has it; null for one of the text.
   * @type {(op: string) => string | null}
   */
  made(op) {
    const module = this.modules[this.moduleOf[op]];
    return module?.made ? module.name : null;
  }

  /** What a tab is called: "tee → join[1]", "tee ⇥ difference[neg]" for a handoff, "join" for an operator.
   * @type {(id: string) => string}
   */
  label(id) {
    const op = this.ops[id];
    if (op) return op.variable ? `${op.name} (${op.variable})` : op.name;
    const [from, to] = this.endNames(id);
    const last = this.edges[id] ?? this.edges[this.drains(id)];
    const drain = last && last.to in this.handoffs ? this.edges[this.drains(last.to)] : null;
    const port = last?.to_port ?? drain?.to_port ?? null;
    return `${from} ${id in this.handoffs ? "⇥" : "→"} ${to}${port === null ? "" : `[${port}]`}`;
  }

  /** The modules that an operator comes from, the outermost first: "reach.hf › twice.hf"; empty for the flow's own.
   * @type {(op: string) => string}
   */
  origins(op) {
    const names = [];
    for (let id = this.modules[this.moduleOf[op]]; id; id = this.modules[id.parent ?? ""]) names.unshift(id.name);
    return names.join(" › ");
  }

  /** "operator, subgraph 1, stratum 0"
   * @type {(id: string) => string}
   */
  describe(id) {
    const origins = id in this.ops ? this.origins(id) : "";
    const of = origins ? ` of ${origins}` : "";
    if (id in this.ops) return `operator${of}, ${subgraphName(this.ops[id].sg)}, stratum ${this.stratum(id)}`;
    const delay = this.delay(id);
    const waits = delay ? `, ${WAITS[delay]}` : "";
    if (id in this.handoffs) return `handoff, drained by ${subgraphName(this.handoffs[id].sg)}${waits}`;
    return `edge${waits}`;
  }

  /** The operators whose call or name holds a text, in the order in which Tab visits them.
   * @type {(query: string) => string[]}
   */
  find(query) {
    const wanted = query.trim().toLowerCase();
    if (!wanted) return [];
    const says = (/** @type {string} */ id) => {
      const op = this.ops[id];
      return op !== undefined && [op.text, op.variable ?? ""].some((text) => text.toLowerCase().includes(wanted));
    };
    return this.walk().filter(says);
  }

  /** Operators and handoffs in the order in which Tab visits them: along the edges, from the sources.
   * @type {() => string[]}
   */
  walk() {
    /** @type {Set<string>} */
    const seen = new Set();
    const visit = (/** @type {string} */ first) => {
      const stack = [first];
      for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
        if (seen.has(id)) continue;
        seen.add(id);
        stack.push(...this.outOf(id).map((edge) => this.edges[edge].to).reverse());
      }
    };
    const all = [...Object.keys(this.ops), ...Object.keys(this.handoffs)];
    all.filter((id) => !this.into(id).length).forEach(visit);
    all.forEach(visit);
    return [...seen];
  }
}

/** The number in an id: "2" of "sg-2" and of "stratum-2".
 * @type {(id: string) => string}
 */
export function idNumber(id) {
  return id.slice(id.indexOf("-") + 1);
}

/** @type {(id: string) => string} */
export function subgraphName(id) {
  return `subgraph ${idNumber(id)}`;
}

/** "iteration 2", for a loop in a nested loop "iteration 0.2"; empty outside loops.
 * @type {(step: Step) => string}
 */
export function iterationName(step) {
  return step.iteration ? `iteration ${step.iteration.join(".")}` : "";
}

/** @type {(id: string) => string} */
export function stratumName(id) {
  return `stratum ${idNumber(id)}`;
}
