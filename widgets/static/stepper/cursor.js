// Where a reader stands: {tick, done} says that `done` operator steps of `tick` have happened; START is before everything.
// The end of one tick and the beginning of the next are the same place; it is written as the end.

// Iterations are those of nested loops; a root loop fires once a tick.
export const GRAINS = ["tick", "stratum", "iteration", "subgraph", "operator"];
export const START = { tick: null, done: 0 };

export function grainsOf(graph) {
  return GRAINS.filter((grain) => grain !== "iteration" || graph.iterates);
}

export function newest(history) {
  return history.newest === null ? START : endOf(history, history.newest);
}

export function endOf(history, tick) {
  return { tick, done: history.steps(tick) ?? 0 };
}

export function same(one, other) {
  return one.tick === other.tick && one.done === other.done;
}

export function atNewest(history, cursor) {
  return same(cursor, newest(history));
}

// The steps [from, to) of the unit of `grain` that holds step `index`.
export function unit(steps, index, grain) {
  if (grain === "tick") return [0, steps.length];
  const key = (step) =>
    grain === "stratum" ? step.stratum : grain === "iteration" ? `${step.stratum}/${step.loop ?? ""}/${step.iteration ?? ""}` : grain === "subgraph" ? `${step.stratum}/${step.sg}/${step.run}` : null;
  if (grain === "operator") return [index, index + 1];
  const wanted = key(steps[index]);
  let [from, to] = [index, index + 1];
  while (from > 0 && key(steps[from - 1]) === wanted) from -= 1;
  while (to < steps.length && key(steps[to]) === wanted) to += 1;
  return [from, to];
}

// The steps [from, to) that the last step of `grain` took; empty before the start or in a tick in which nothing ran.
export function lastStep(history, cursor, grain) {
  const record = history.record(cursor.tick);
  if (!record || cursor.done === 0) return [0, 0];
  if (grain === "tick") return [0, cursor.done];
  return [unit(record.steps, Math.min(cursor.done, record.steps.length) - 1, grain)[0], cursor.done];
}

// The steps [from, to) that a step forward would take inside the recorded part of the cursor's tick, or null.
export function nextStep(history, cursor, grain) {
  const record = history.record(cursor.tick);
  if (!record || cursor.done >= record.steps.length) return null;
  return [cursor.done, unit(record.steps, cursor.done, grain)[1]];
}

// The ticks whose records a move by `grain` from here reads; a move by whole ticks reads summaries only.
export function ticksForMove(history, cursor, grain) {
  if (grain === "tick") return [];
  const around = cursor.tick === null ? [history.oldest] : [cursor.tick - 1, cursor.tick, cursor.tick + 1];
  return around.filter((tick) => history.has(tick));
}

// The place one step on, or null at the newest.
export function forward(history, cursor, grain) {
  if (history.newest === null) return null;
  const steps = cursor.tick === null ? 0 : history.steps(cursor.tick);
  if (cursor.tick !== null && cursor.done < steps) return { tick: cursor.tick, done: stepEnd(history, cursor.tick, cursor.done, grain) };
  const tick = cursor.tick === null ? history.oldest : cursor.tick + 1;
  return history.has(tick) ? { tick, done: stepEnd(history, tick, 0, grain) } : null;
}

// The place one step before, or null at the start.
export function back(history, cursor, grain) {
  if (cursor.tick === null) return null;
  const record = history.record(cursor.tick);
  const done = cursor.done === 0 || grain === "tick" || !record ? 0 : unit(record.steps, cursor.done - 1, grain)[0];
  if (done > 0) return { tick: cursor.tick, done };
  return history.has(cursor.tick - 1) ? endOf(history, cursor.tick - 1) : START;
}

function stepEnd(history, tick, index, grain) {
  const all = history.steps(tick) ?? 0;
  const record = history.record(tick);
  return grain === "tick" || !record || index >= all ? all : unit(record.steps, index, grain)[1];
}
