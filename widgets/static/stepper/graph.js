// The flow's graph with the questions that every pane asks of it: who follows whom, and what is each thing called.

export class Graph {
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
    this.loopOf = Object.fromEntries(Object.entries(this.loops).flatMap(([id, loop]) => loop.ops.map((op) => [op, id])));
    this.inputs = data.inputs;
    this.incoming = {};
    this.outgoing = {};
    for (const [id, edge] of Object.entries(this.edges)) {
      (this.incoming[edge.to] ??= []).push(id);
      (this.outgoing[edge.from] ??= []).push(id);
    }
  }

  kind(id) {
    if (id in this.ops) return "operator";
    if (id in this.edges) return "edge";
    if (id in this.handoffs) return "handoff";
    if (id in this.reads) return "read";
    return null;
  }

  into(id) {
    return this.incoming[id] ?? [];
  }

  outOf(id) {
    return this.outgoing[id] ?? [];
  }

  fills(handoff) {
    return this.into(handoff)[0];
  }

  drains(handoff) {
    return this.outOf(handoff)[0];
  }

  // Items go along edges and rest in handoffs and operators; a state that is read by `$name` goes nowhere.
  hasItems(id) {
    return this.kind(id) !== null && !(id in this.reads);
  }

  // "filter reads $top of fold"
  sentence(read) {
    const { from, to, name } = this.reads[read];
    return `${this.ops[to].name} reads $${name} of ${this.ops[from].name}`;
  }

  readBy(op) {
    return Object.keys(this.reads).filter((read) => this.reads[read].to === op);
  }

  // Behind a handoff stands the operator that fills it, before it the one that drains it: a reader thinks in operators.
  origin(edge) {
    const from = this.edges[edge].from;
    return from in this.handoffs ? this.edges[this.fills(from)].from : from;
  }

  target(edge) {
    const to = this.edges[edge].to;
    return to in this.handoffs ? this.edges[this.drains(to)].to : to;
  }

  delay(id) {
    return (this.edges[id] ?? this.handoffs[id])?.delay ?? null;
  }

  // A handoff whose items wait for the next tick.
  // Whether there is a loop in another one, which may fire several times a tick.
  get iterates() {
    return Object.values(this.loops).some((loop) => loop.parent);
  }

  // What goes round in a nested loop comes in the loop's next iteration.
  crossesTicks(handoff) {
    const loop = this.loops[this.loopOf[this.edges[this.drains(handoff)]?.to]];
    if (loop?.parent) return false;
    return ["tick", "lazy"].includes(this.handoffs[handoff].delay ?? this.edges[this.drains(handoff)]?.delay);
  }

  get remembers() {
    return Object.keys(this.handoffs).some((id) => this.crossesTicks(id));
  }

  stratum(id) {
    if (id in this.ops) return this.subgraphs[this.ops[id].sg].stratum;
    return this.handoffs[id]?.stratum ?? this.subgraphs[this.handoffs[id]?.sg]?.stratum ?? 0;
  }

  inputOf(op) {
    return Object.keys(this.inputs).find((name) => this.inputs[name] === op) ?? null;
  }

  ends(id) {
    if (id in this.edges) return [this.origin(id), this.target(id)];
    if (id in this.reads) return [this.reads[id].from, this.reads[id].to];
    return [this.edges[this.fills(id)]?.from, this.edges[this.drains(id)]?.to];
  }

  endNames(id) {
    return this.ends(id).map((op) => this.ops[op]?.name ?? "nowhere");
  }

  // What a tab is called: "tee → join[1]", "tee ⇥ difference[neg]" for a handoff, "join" for an operator.
  label(id) {
    if (id in this.ops) return this.ops[id].variable ? `${this.ops[id].name} (${this.ops[id].variable})` : this.ops[id].name;
    const [from, to] = this.endNames(id);
    const last = id in this.edges ? this.edges[id] : this.edges[this.drains(id)];
    const port = last?.to_port ?? (last?.to in this.handoffs ? this.edges[this.drains(last.to)]?.to_port : null);
    return `${from} ${id in this.handoffs ? "⇥" : "→"} ${to}${port === null || port === undefined ? "" : `[${port}]`}`;
  }

  describe(id) {
    const place = (op) => `${subgraphName(this.ops[op].sg)}, stratum ${this.stratum(op)}`;
    if (id in this.ops) return `operator, ${place(id)}`;
    const waits = { stratum: "waits for the whole stratum", tick: "waits for the next tick", lazy: "waits for the next tick, starts none" };
    const delay = this.delay(id) ? `, ${waits[this.delay(id)]}` : "";
    if (id in this.handoffs) return `handoff, drained by ${subgraphName(this.handoffs[id].sg)}${delay}`;
    return `edge${delay}`;
  }

  // Operators and handoffs in the order in which Tab visits them: along the edges, from the sources.
  walk() {
    const order = [];
    const seen = new Set();
    const visit = (first) => {
      const stack = [first];
      while (stack.length) {
        const id = stack.pop();
        if (seen.has(id)) continue;
        seen.add(id);
        order.push(id);
        stack.push(...this.outOf(id).map((edge) => this.edges[edge].to).reverse());
      }
    };
    const all = [...Object.keys(this.ops), ...Object.keys(this.handoffs)];
    all.filter((id) => !this.into(id).length).forEach(visit);
    all.forEach(visit);
    return order;
  }
}

export function subgraphName(id) {
  return `subgraph ${id.replace("sg-", "")}`;
}

// "iteration 2", for a loop in a nested loop "iteration 0.2"; empty for what is in none.
export function iterationName(step) {
  return step.iteration ? `iteration ${step.iteration.join(".")}` : "";
}

export function stratumName(id) {
  return `stratum ${id.replace("stratum-", "")}`;
}
