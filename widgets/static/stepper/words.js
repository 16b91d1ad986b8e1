// Sentences about a place in the recording.

import { plural } from "../shared/text.js";
import { lastStep } from "./cursor.js";
import { iterationName, subgraphName } from "./graph.js";
import { intake } from "./rows.js";

export function whyStarted(record) {
  const batch = Object.entries(record?.batch ?? {}).filter(([, move]) => move.count);
  const brought = batch.map(([name, move]) => {
    const shown = move.items.slice(0, 3).join(" ");
    return `${name} ${shown}${move.count > 3 ? ` and ${(move.count - 3).toLocaleString("en")} more` : ""}`;
  }).join("; ");
  const reason = { first: "first tick", input: "input arrived", deferred: "an item deferred by the tick before", spin: "spin asked for it", hand: "by hand" }[record?.why] ?? "";
  return brought ? `${reason}: ${brought}` : record?.why === "hand" ? `${reason}, no input` : reason;
}

// Ticks that ran before the recording began; a flow is recorded from the first step that a page asks for.
export function unrecorded(history, state) {
  return history.newest === null && state?.tick > 0 ? plural(state.tick, "tick") : null;
}

export function crumbs(graph, history, cursor, grain, state) {
  if (cursor.tick === null && state?.running === "live" && history.newest === null) return [`tick ${state.tick}`, "not recorded"];
  if (cursor.tick === null) return [unrecorded(history, state) ? "not recorded" : "not started"];
  const record = history.record(cursor.tick);
  const step = record?.steps[cursor.done - 1];
  const parts = [`tick ${cursor.tick}`];
  if (!step) return parts;
  const run = step.run > 1 ? ` ×${step.run}` : "";
  if (grain !== "tick" || !record.complete) parts.push(`stratum ${step.stratum}`);
  if (!["tick", "stratum"].includes(grain) && step.iteration) parts.push(iterationName(step));
  if (grain === "subgraph" || grain === "operator") parts.push(`${subgraphName(step.sg)}${run}`);
  if (grain === "operator") parts.push(graph.ops[step.op].name);
  return parts;
}

export function status(graph, history, cursor, grain, state) {
  if (unrecorded(history, state)) return `${unrecorded(history, state)} ran before the recording: the next step is the first one recorded`;
  if (cursor.tick === null) return history.newest === null ? "not started: nothing is recorded yet" : "before the first recorded tick";
  const record = history.record(cursor.tick);
  const head = `tick ${cursor.tick}`;
  if (!record) return head;
  const [from, to] = lastStep(history, cursor, grain);
  const fault = record.fault && to === record.steps.length ? ", aborted" : "";
  if (from === to) return `${head}: nothing ran${fault}`;
  const step = record.steps[to - 1];
  const run = step.run > 1 ? `, run ${step.run}` : "";
  if (grain === "operator") {
    const sum = (edges, range) => edges.reduce((total, edge) => total + history.moved(cursor.tick, edge, ...range), 0);
    const took = `${sum(graph.into(step.op), intake(graph, history, cursor, grain, step.op)).toLocaleString("en")} in`;
    const gave = `${sum(graph.outOf(step.op), [from, to]).toLocaleString("en")} out`;
    const counts = [graph.into(step.op).length ? took : null, graph.outOf(step.op).length ? gave : null].filter(Boolean).join(", ");
    return `${head}, stratum ${step.stratum}, ${graph.ops[step.op].name}${run}: ${counts}${fault}`;
  }
  let moved = 0;
  for (let index = from; index < to; index += 1) moved += record.total(index);
  const iteration = step.iteration ? `, ${iterationName(step)}` : "";
  const place = { tick: "", iteration: `, stratum ${step.stratum}${iteration}`, stratum: `, stratum ${step.stratum}`, subgraph: `, stratum ${step.stratum}, ${subgraphName(step.sg)}${run}` }[grain];
  const batch = Object.values(record.batch).reduce((total, move) => total + move.count, 0);
  const ran = record.complete || record.fault || grain !== "tick" ? "" : `, ${plural(record.strata_done, "stratum").replace("stratums", "strata")} done`;
  const skipped = record.skipped_steps && to === record.steps.length ? `, ${plural(record.skipped_steps, "later step")} not kept` : "";
  return `${head}${place}: ${plural(moved, "item")} moved${grain === "tick" && batch ? `, batch of ${batch.toLocaleString("en")}` : ""}${ran}${skipped}${fault}`;
}

// What a step forward would do; `state` is the kernel's, null where there is none.
export function upcoming(graph, history, cursor, grain, state) {
  const record = history.record(cursor.tick);
  const step = record?.steps[cursor.done];
  if (step && grain !== "tick") {
    const run = step.run > 1 ? ` ×${step.run}` : "";
    return { stratum: `stratum ${step.stratum}`, iteration: iterationName(step) || `stratum ${step.stratum}`, subgraph: `${subgraphName(step.sg)}${run}`, operator: graph.ops[step.op].name }[grain];
  }
  if (step) return `the rest of tick ${cursor.tick}`;
  const following = cursor.tick === null ? history.oldest : cursor.tick + 1;
  if (history.has(following)) return `tick ${following}`;
  if (!state) return "the recording ends here";
  if (state.closed) return "nothing";
  if (record && !record.complete && !record.fault) return grain === "tick" ? `the rest of tick ${cursor.tick}` : `stratum ${record.strata_done} of tick ${cursor.tick}`;
  const waiting = Object.values(state.waiting).reduce((total, input) => total + input.count, 0);
  return `tick ${state.tick}${waiting ? ` (${waiting.toLocaleString("en")} waiting)` : state.scheduled || state.tick === 0 ? "" : " (nothing scheduled)"}`;
}
