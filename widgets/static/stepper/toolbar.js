// The strips above and below: controls and place on top, status at the bottom, and what went wrong between.

import { html, iconButton } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { grainsOf } from "./cursor.js";
import { KEYS } from "./keys.js";
import { crumbs, status, upcoming } from "./words.js";

export function makeToolbar(view) {
  const { act } = view;
  const buttons = {
    start: iconButton("start", "To start", "To start (Home)"),
    back: iconButton("back", "Step back", "Step back (←, p)"),
    step: iconButton("step", "Step", "Step (→, n)"),
    newest: iconButton("newest", "To newest", "To newest (End)"),
    run: iconButton("run", "Run", "Run until nothing is scheduled (r)"),
    live: iconButton("live", "Run live", "Run live: a tick whenever input arrives, until Stop (l)", { hidden: !Object.keys(view.graph.inputs).length }),
    stop: iconButton("stop", "Stop", "Stop (s)"),
    source: iconButton("source", "Source", "The text of the cell", { "aria-pressed": "true" }),
    keys: iconButton("keys", "Keys", "Keys (?)", { "aria-expanded": "false" }),
  };
  const grain = html("select", { "aria-label": "Step by", title: "Step by (↑ coarser, ↓ finer)" }, ...grainsOf(view.graph).map((name) => html("option", {}, name)));
  const place = html("span", { class: "place" });
  const next = html("span", { class: "next" });
  const group = (...names) => html("span", { class: "hf-group" }, ...names.map((name) => buttons[name]));
  const rule = () => html("i", { class: "hf-rule" });
  const help = html("div", { class: "hf-keys", hidden: true }, html("dl", {}, ...KEYS.flatMap(([keys, meaning]) => [
    html("dt", {}, ...keys.split(" ").map((key) => html("kbd", {}, key))), html("dd", {}, meaning),
  ])));
  const element = html("div", { class: "hf-toolbar", role: "toolbar", "aria-label": "Stepper" },
    group("start", "back", "step", "newest"), rule(), group("run", "live", "stop"), rule(),
    html("label", { class: "hf-label" }, html("span", {}, "step by"), grain),
    html("div", { class: "hf-where" }, place, next), rule(), html("span", { class: "hf-group tools" }, buttons.source, buttons.keys));

  const commands = { start: act.toStart, back: act.back, step: act.step, newest: act.showNewest, run: act.run, live: act.runLive, stop: act.stop, source: act.toggleSource, keys: () => showHelp(help.hidden) };
  for (const [name, command] of Object.entries(commands)) {
    view.listen(buttons[name], "click", () => {
      command();
      if (buttons[name].disabled) view.root.focus({ preventScroll: true });
    });
  }
  view.listen(grain, "change", () => act.setGrain(grain.value));

  function showHelp(show) {
    help.hidden = !show;
    buttons.keys.setAttribute("aria-expanded", String(show));
  }

  function draw() {
    const { graph, history, cursor, state } = view;
    const running = view.running();
    buttons.start.disabled = buttons.back.disabled = cursor.tick === null;
    buttons.newest.disabled = view.atNewest();
    buttons.step.disabled = view.atNewest() && !view.ready();
    buttons.run.disabled = buttons.live.disabled = !view.ready();
    buttons.stop.disabled = !running;
    grain.value = view.grain;
    const parts = crumbs(graph, history, cursor, view.grain, state);
    place.replaceChildren(...parts.flatMap((part, index) => (index ? [html("i", { "aria-hidden": "true" }, "›"), html("span", {}, part)] : [html("b", {}, part)])));
    place.title = parts.join(" › ");
    const idles = running === "live" && !state.scheduled;
    next.textContent = idles ? "live, waits for input" : running === "live" ? "live …" : running ? "running …" : `next: ${upcoming(graph, history, cursor, view.grain, state)}`;
    element.classList.toggle("running", Boolean(running) && !idles);
    element.classList.toggle("idles", idles);
  }

  return { element, help, draw, showHelp, helpShown: () => !help.hidden, buttons };
}

export function makeStatus(view) {
  const fault = html("div", { class: "hf-fault", role: "alert", hidden: true });
  const line = html("output", { role: "status", "aria-live": "polite" });
  const past = html("span", { class: "hf-tag", hidden: true }, "looking back");
  const hint = html("span", { class: "hint", "aria-hidden": "true" }, html("kbd", {}, "←"), html("kbd", {}, "→"), " step ", html("kbd", {}, "↑"), html("kbd", {}, "↓"), " grain ", html("kbd", {}, "?"), " all keys");
  const record = html("button", { type: "button", class: "hf-button", hidden: true, title: "Record from the next tick on, so that counts and tables show what runs" }, "Record");
  const element = html("div", { class: "hf-status" }, line, record, past, hint);
  view.listen(record, "click", () => view.act.record());

  function draw() {
    const { graph, history, cursor, grain, state } = view;
    past.hidden = view.atNewest();
    hint.hidden = !past.hidden || Boolean(view.running());
    const live = view.running() === "live";
    record.hidden = !live || state.recorded;
    // What changes many times a second is not to be read aloud.
    line.setAttribute("aria-live", view.running() ? "off" : "polite");
    const here = () => status(graph, history, cursor, grain, state);
    const now = live ? `live, ${history.newest === null ? `${plural(state.tick, "tick")} so far, not recorded` : here()}` : `running tick ${state?.tick ?? ""}`;
    const sentence = view.running() && view.atNewest() ? now : here();
    const text = view.note ? `${view.note} ${sentence}` : sentence;
    if (line.textContent !== text) line.textContent = text;
    const trouble = view.problem ?? state?.closed ?? faultHere();
    fault.hidden = !trouble;
    if (fault.textContent !== (trouble ?? "")) fault.textContent = trouble ?? "";
  }

  function faultHere() {
    const summary = view.history.summary(view.cursor.tick);
    if (!summary?.fault || view.cursor.done < summary.steps) return null;
    return `tick ${summary.tick} was aborted: ${summary.fault}`;
  }

  return { element, fault, draw };
}
