// Sentences about a place in the recording.

/** @import { Grain } from "./cursor.js" */
/** @import { History, Recorded, Step } from "./history.js" */
/** @import { Look } from "./rows.js" */
/** @import { State } from "./view.js" */

import { plural } from "../shared/text.js";
import { lastStep } from "./cursor.js";
import { iterationName, subgraphName } from "./graph.js";
import { textsOf } from "../shared/kept.js";
import { traffic } from "./rows.js";

/** @type {Record<string, string>} */
const REASONS = {
  first: "first tick",
  input: "input arrived",
  deferred: "an item deferred by the tick before",
  spin: "spin asked for it",
  hand: "by hand",
};

/** @type {(count: number) => string} */
const number = (count) => count.toLocaleString("en");
/** @type {(step: Step) => string} */
const again = (step) => (step.run > 1 ? ` ×${step.run}` : "");

/** Why a tick happened, and what it took in.
 * @type {(record: Recorded) => string}
 */
export function whyStarted(record) {
  const batch = Object.entries(record.batch).filter(([, move]) => move.count);
  const brought = batch.map(([name, move]) => {
    const more = move.count > 3 ? ` and ${number(move.count - 3)} more` : "";
    return `${name} ${textsOf(move).slice(0, 3).join(" ")}${more}`;
  }).join("; ");
  const reason = REASONS[record.why] ?? "";
  if (brought) return `${reason}: ${brought}`;
  return record.why === "hand" ? `${reason}, no input` : reason;
}

/** Ticks that ran before the recording began; a flow is recorded from the first step that a page asks for.
 * @type {(history: History, state: State | null) => string | null}
 */
export function unrecorded(history, state) {
  return history.newest === null && state && state.tick > 0 ? plural(state.tick, "tick") : null;
}

/** The place as parts, the coarsest first: "tick 3", "stratum 1", "subgraph 2", "join".
 * @type {(look: Look, state: State | null) => string[]}
 */
export function crumbs({ graph, history, cursor, grain }, state) {
  if (cursor.tick === null) {
    if (state?.running === "live" && history.newest === null) return [`tick ${state.tick}`, "not recorded"];
    return [unrecorded(history, state) ? "not recorded" : "not started"];
  }
  const record = history.record(cursor.tick);
  const step = record?.steps[cursor.done - 1];
  const parts = [`tick ${cursor.tick}`];
  if (!record || !step) return parts;
  if (grain !== "tick" || !record.complete) parts.push(`stratum ${step.stratum}`);
  if (!["tick", "stratum"].includes(grain) && step.iteration) parts.push(iterationName(step));
  if (grain === "subgraph" || grain === "operator") parts.push(`${subgraphName(step.sg)}${again(step)}`);
  if (grain === "operator") parts.push(graph.ops[step.op].name);
  return parts;
}

/** What the last step did, in a sentence.
 * @type {(look: Look, state: State | null) => string}
 */
export function status(look, state) {
  const { history, cursor, grain } = look;
  const before = unrecorded(history, state);
  if (before) return `${before} ran before the recording: the next step is the first one recorded`;
  if (cursor.tick === null) {
    return history.newest === null ? "not started yet" : "before the first recorded tick";
  }
  const record = history.record(cursor.tick);
  const head = `tick ${cursor.tick}`;
  if (!record) return head;
  const [from, to] = lastStep(look);
  const isEnd = to === record.steps.length;
  const aside = record.aside && isEnd ? `, ${plural(record.aside, "item")} set aside` : "";
  const fault = `${aside}${record.fault && isEnd ? ", aborted" : ""}`;
  if (from === to) return `${head}: nothing ran${fault}`;
  const step = record.steps[to - 1];
  if (grain === "operator") return `${head}, stratum ${step.stratum}, ${operatorWords(look, step)}${fault}`;
  let [moved, carried] = [0, 0];
  for (let index = from; index < to; index += 1) {
    moved += record.total(index);
    carried += record.over(index);
  }
  const over = carried ? `, ${number(carried)} carried over` : "";
  const taken = Object.values(record.batch).reduce((total, move) => total + move.count, 0);
  const batch = grain === "tick" && taken ? `, batch of ${number(taken)}` : "";
  const isPart = grain === "tick" && !record.complete && !record.fault;
  const strata = isPart ? `, ${record.strata_done} ${record.strata_done === 1 ? "stratum" : "strata"} done` : "";
  const skipped = record.skipped_steps && isEnd ? `, ${plural(record.skipped_steps, "later step")} not kept` : "";
  return `${head}${placeWords(step, grain)}: ${plural(moved, "item")} moved${over}${batch}${strata}${skipped}${fault}`;
}

/** @type {(look: Look, step: Step) => string} */
function operatorWords(look, step) {
  const { graph } = look;
  const { took, gave, over } = traffic(look, step.op);
  const counts = [
    graph.into(step.op).length ? `${number(took)} in` : null,
    graph.outOf(step.op).length ? `${number(gave)} out` : null,
    over ? `${number(over)} carried over` : null,
  ];
  const run = step.run > 1 ? `, run ${step.run}` : "";
  return `${graph.ops[step.op].name}${run}: ${counts.filter(Boolean).join(", ")}`;
}

/** @type {(step: Step, grain: Grain) => string} */
function placeWords(step, grain) {
  if (grain === "tick") return "";
  const stratum = `, stratum ${step.stratum}`;
  if (grain === "iteration") return step.iteration ? `${stratum}, ${iterationName(step)}` : stratum;
  const run = step.run > 1 ? `, run ${step.run}` : "";
  return grain === "subgraph" ? `${stratum}, ${subgraphName(step.sg)}${run}` : stratum;
}

/** What a step forward would do; `state` is the kernel's, null without a kernel.
 * @type {(look: Look, state: State | null) => string}
 */
export function upcoming({ graph, history, cursor, grain }, state) {
  const record = history.record(cursor.tick);
  const step = record?.steps[cursor.done];
  if (step) {
    return {
      tick: `the rest of tick ${cursor.tick}`,
      stratum: `stratum ${step.stratum}`,
      iteration: iterationName(step) || `stratum ${step.stratum}`,
      subgraph: `${subgraphName(step.sg)}${again(step)}`,
      operator: graph.ops[step.op].name,
    }[grain];
  }
  const following = cursor.tick === null ? history.oldest : cursor.tick + 1;
  if (history.has(following)) return `tick ${following}`;
  if (!state) return "the recording ends here";
  if (state.closed) return "nothing";
  if (record && !record.complete && !record.fault) {
    const part = grain === "tick" ? "the rest" : `stratum ${record.strata_done}`;
    return `${part} of tick ${cursor.tick}`;
  }
  const waiting = Object.values(state.waiting).reduce((total, input) => total + input.count, 0);
  if (waiting) return `tick ${state.tick} (${number(waiting)} waiting)`;
  return state.scheduled || state.tick === 0 ? `tick ${state.tick}` : `tick ${state.tick} (nothing scheduled)`;
}
