// A small flow and ticks of it, as the kernel tells them: what the tests of the stepper's modules look at.

/** @import { GraphData, Operator } from "../../../widgets/static/stepper/graph.js" */
/** @import { Move, Step, Tick } from "../../../widgets/static/stepper/history.js" */

/** @type {(name: string, argument: string, sg: string, colour: "pull" | "push") => Operator} */
const operator = (name, argument, sg, colour) => ({
  name, text: `${name}(${argument})`, span: [0, 0], sg, colour, variable: null,
});

/** `edges -> [0]join; tables -> [1]join -> defer_tick -> sink`: two subgraphs, and a handoff that crosses ticks.
 * @type {GraphData}
 */
export const GRAPH = {
  name: "small",
  source: "",
  ops: {
    "op-1": operator("source_stream", "left", "sg-1", "pull"),
    "op-2": operator("source_iter", "right", "sg-1", "pull"),
    "op-3": { ...operator("join", "", "sg-1", "pull"), variable: "both" },
    "op-4": operator("for_each", "print", "sg-2", "push"),
  },
  edges: {
    "edge-1": { from: "op-1", to: "op-3", from_port: null, to_port: "0", delay: null },
    "edge-2": { from: "op-2", to: "op-3", from_port: null, to_port: "1", delay: null },
    "edge-3": { from: "op-3", to: "handoff-1", from_port: null, to_port: null, delay: null },
    "edge-4": { from: "handoff-1", to: "op-4", from_port: null, to_port: null, delay: "tick" },
  },
  handoffs: { "handoff-1": { stratum: 1, sg: "sg-2", delay: "tick" } },
  reads: { "read-1": { from: "op-3", to: "op-4", name: "top" } },
  subgraphs: { "sg-1": { stratum: 0, ops: ["op-1", "op-2", "op-3"] }, "sg-2": { stratum: 1, ops: ["op-4"] } },
  inputs: { left: "op-1" },
};

/** @type {(...items: string[]) => Move} */
export const moved = (...items) => ({ count: items.length, items });

/** @type {(op: string, sg: string, stratum: number, moves: Record<string, Move>, run?: number) => Step} */
export const step = (op, sg, stratum, moves, run = 1) => ({ op, sg, stratum, run, moves });

/** @type {(number: number, steps: Step[], other?: Partial<Tick>) => Tick} */
export const tick = (number, steps, other = {}) => ({
  tick: number, why: "input", batch: {}, complete: true, strata_done: 2, fault: null, skipped_steps: 0, steps, ...other,
});

/** What is sent behind so many items that are carried over.
 * @type {(carried: number, ...items: string[]) => Move}
 */
export const behind = (carried, ...items) => ({
  count: carried + items.length, carried, items, kept: items.length, gaps: [[0, carried]],
});

/** Tick 0 sends two items, and the others one each, behind what they carry over.
 * @type {() => Tick[]}
 */
export const carrying = () => [
  tick(0, [step("op-1", "sg-1", 0, { "edge-1": moved("a", "b") })]),
  tick(1, [step("op-1", "sg-1", 0, { "edge-1": behind(2, "c") })]),
  tick(2, [step("op-1", "sg-1", 0, { "edge-1": behind(3, "d") })]),
];

/** Tick 0 joins two pairs and defers them, tick 1 takes them out and joins another.
 * @type {() => Tick[]}
 */
export const ticks = () => [
  tick(0, [
    step("op-1", "sg-1", 0, { "edge-1": moved("a", "b") }),
    step("op-2", "sg-1", 0, { "edge-2": moved("A") }),
    step("op-3", "sg-1", 0, { "edge-3": moved("aA", "bA") }),
  ], { why: "first", batch: { left: moved("a", "b") } }),
  tick(1, [
    step("op-1", "sg-1", 0, { "edge-1": moved("c") }),
    step("op-3", "sg-1", 0, { "edge-3": moved("cA") }),
    step("op-4", "sg-2", 1, { "edge-4": moved("aA", "bA") }),
  ], { batch: { left: moved("c") } }),
];
