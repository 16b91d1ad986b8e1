// A kernel that plays a recording it was given: what a page test needs to see the stepper ask and be answered.
// `checked` are the answers of checks, by the name of a network, by "kernel" and by "replicas";
// one with a `delay` comes so many milliseconds late. A step takes `slow` milliseconds; with `holds` it takes until the
// page calls `goOn()`, from when on steps take no time.

function scriptedKernel(
  recording,
  { known = 0, waiting = {}, hangs = false, holds = false, live = false, slow = 0, unrecorded = 0, checked = {} } = {},
) {
  const copy = (value) => JSON.parse(JSON.stringify(value));
  const script = recording.ticks;
  const inputs = {};
  for (const name of Object.keys(recording.graph.inputs)) inputs[name] = [...(waiting[name] ?? [])];
  const listeners = new Set();
  const calls = [];
  let [count, strata, running, closed, release, timer] = [known, 0, live ? "live" : null, null, null, null];
  let isRecorded = !unrecorded;

  const partial = (tick, done) => ({
    ...tick,
    complete: done >= recording.graph.strata,
    strata_done: done,
    steps: tick.steps.filter((step) => step.stratum < done),
  });
  const recorded = () => [...script.slice(0, count), ...(strata ? [partial(script[count], strata)] : [])];
  const summary = ({ tick, why, complete, fault, steps }) => ({
    tick, why, complete, fault, steps: steps.length,
    moved: steps.reduce((sum, step) => sum + Object.values(step.moves).reduce((all, move) => all + move.count, 0), 0),
  });
  function tell(records = []) {
    const all = recorded();
    const state = {};
    for (const [name, items] of Object.entries(inputs)) {
      state[name] = { count: items.length, items: items.slice(0, 50) };
    }
    const news = {
      kind: "news",
      epoch: 0,
      running,
      recorded: isRecorded,
      closed,
      scheduled: count < script.length && running === "run",
      tick: count + unrecorded,
      waiting: state,
      trouble: null,
      oldest: all.length ? all[0].tick : null,
      newest: all.length ? all.at(-1).tick : null,
      dropped: 0,
      summaries: all.map(summary),
      records,
    };
    for (const listener of listeners) listener(copy(news));
  }
  function runTick() {
    if (count < script.length) count += 1;
    strata = 0;
    for (const items of Object.values(inputs)) items.length = 0;
  }
  const answers = {
    hello() {
      tell(recorded().slice(-1));
      return {};
    },
    async step({ grain }) {
      running = "step";
      tell();
      if (hangs) {
        await new Promise((resolve) => { release = resolve; });
        running = null;
        tell();
        throw Object.assign(new Error("KeyboardInterrupt"), { stopped: true });
      }
      if (holds) await new Promise((resolve) => { release = resolve; });
      if (slow) await new Promise((resolve) => setTimeout(resolve, slow));
      if (grain === "tick") runTick();
      else if ((strata += 1) >= recording.graph.strata) runTick();
      running = null;
      const fault = recorded().at(-1)?.fault;
      tell(recorded().slice(-1));
      if (fault) throw new Error(fault);
      return {};
    },
    run() {
      running = "run";
      tell();
      timer = setInterval(() => {
        runTick();
        if (count >= script.length) answers.stop();
        else tell(recorded().slice(-1));
      }, 15);
      return {};
    },
    // Live, a tick comes with what is sent.
    start() {
      running = "live";
      tell();
      return {};
    },
    record() {
      isRecorded = true;
      tell();
      return {};
    },
    stop() {
      if (hangs) return new Promise(() => {});
      clearInterval(timer);
      running = null;
      tell(recorded().slice(-1));
      return {};
    },
    send({ input, text, each }) {
      if (text === "boom") throw new Error("NameError: name 'boom' is not defined");
      const items = each ? text.replace(/^\[|\]$/g, "").split(/,\s*(?=\()/) : [text];
      inputs[input].push(...items);
      if (running === "live") runTick();
      tell(running === "live" ? recorded().slice(-1) : []);
      return { count: items.length };
    },
    discard({ input, index }) {
      inputs[input].splice(index, 1);
      tell();
      return {};
    },
    records: ({ ticks }) => ({ records: recorded().filter(({ tick }) => ticks.includes(tick)) }),
    summaries({ from, to }) {
      return { summaries: recorded().filter(({ tick }) => tick >= from && tick <= to).map(summary) };
    },
    page: ({ offset }) => ({
      items: offset < 1000 ? Array.from({ length: 200 }, (_, index) => `item ${offset + index}`) : [],
    }),
    item: ({ index }) => ({ text: `the whole of item ${index}` }),
    cells: () => ({ cells: ["%%hydroflow unreach", "unreach.run_tick()"] }),
    page_of_run: () => ({ page: "<!doctype html><title>Run of unreach</title>" }),
    async check({ network, replicas }) {
      const told = checked[network ?? (replicas > 1 ? "replicas" : "kernel")];
      if (!told) throw new Error("this flow was built by hand: there is no text that can be checked");
      await new Promise((resolve) => setTimeout(resolve, told.delay ?? 0));
      return told;
    },
  };
  return {
    calls,
    async call(kind, content = {}) {
      calls.push({ kind, ...content });
      await new Promise((resolve) => setTimeout(resolve, 5));
      return copy(await answers[kind](content));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    busy: () => false,
    interrupt() {
      calls.push({ kind: "interrupt" });
      release?.();
    },
    goOn() {
      holds = false;
      release();
    },
    close(reason) {
      closed = reason;
      tell();
    },
  };
}
