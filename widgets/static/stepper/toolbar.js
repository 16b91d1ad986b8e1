// The strips above and below: controls and place on top, status at the bottom, and what went wrong between.

/** @import { Grain } from "./cursor.js" */
/** @import { Features } from "./features.js" */
/** @import { Needs } from "./view.js" */

import { html, iconButton, say } from "../shared/dom.js";
import { plural, visible } from "../shared/text.js";
import { grainsOf } from "./cursor.js";
import { keysFor } from "./keys.js";
import { crumbs, status, upcoming } from "./words.js";

/** @type {(key: string) => HTMLElement} */
const kbd = (key) => html("kbd", {}, key);

const HOLD = 400; // ms from which a button that is pressed is held
const PACE = 60; // ms between two steps of a button that is held

/** `same` is the control of the check, `find` the button of the search.
 * @param {Needs & { root: HTMLElement, features: Features, same: HTMLElement, find: HTMLElement }} needs
 */
export function makeToolbar({ view, act, listen, root, features, same, find }) {
  const { graph } = view;
  const isFed = Object.keys(graph.inputs).length > 0;
  const live = `Run live: ${view.cannot.start ?? "a tick whenever input arrives, until Stop (l)"}`;
  const buttons = {
    start: iconButton("start", "To start", "To start (Home)"),
    back: iconButton("back", "Step back", "Step back (←, p); hold to go on"),
    step: iconButton("step", "Step", "Step (→, n); hold to go on"),
    newest: iconButton("newest", "To newest", "To newest (End)"),
    run: iconButton("run", "Run", "Run until nothing is scheduled (r)"),
    live: iconButton("live", "Run live", live, { hidden: !isFed }),
    stop: iconButton("stop", "Stop", "Stop (s)"),
    source: iconButton("source", "Source", "The text of the cell", { "aria-pressed": "true" }),
    keys: iconButton("keys", "Keys", "Keys (?)", { "aria-expanded": "false" }),
  };
  const grain = html("select", { "aria-label": "Step by", title: "Step by (↑ coarser, ↓ finer)" },
    ...grainsOf(graph).map((name) => html("option", {}, name)));
  const place = html("span", { class: "place" });
  const next = html("span", { class: "next" });
  const group = (/** @type {HTMLElement[]} */ ...members) => html("span", { class: "hf-group" }, ...members);
  const rule = () => html("i", { class: "hf-rule" });
  const meanings = [...keysFor(view.hasKernel), ...features.keys.map(({ key, meaning }) => [key, meaning])];
  const help = html("div", { class: "hf-keys", hidden: true }, html("dl", {}, ...meanings.flatMap(([keys, meaning]) => [
    html("dt", {}, ...keys.split(" ").map(kbd)), html("dd", {}, meaning),
  ])));
  const [driving, drivingRule] = [group(buttons.run, buttons.live, buttons.stop), rule()];
  driving.hidden = drivingRule.hidden = !view.hasKernel;
  const [where, afterWhere] = [html("div", { class: "hf-where" }, place, next), rule()];
  const tools = html("span", { class: "hf-group tools" }, ...features.buttons, find, buttons.source, buttons.keys);
  const element = html("div", { class: "hf-toolbar", role: "toolbar", "aria-label": "Stepper" },
    group(buttons.start, buttons.back, buttons.step, buttons.newest), rule(),
    driving, drivingRule,
    html("label", { class: "hf-label" }, html("span", {}, "step by"), grain),
    where, afterWhere, same, tools);

  /** @type {[HTMLButtonElement, () => unknown][]} */
  const commands = [
    [buttons.start, act.toStart],
    [buttons.back, () => act.back()],
    [buttons.step, () => act.step()],
    [buttons.newest, act.showNewest],
    [buttons.run, act.run],
    [buttons.live, act.runLive],
    [buttons.stop, act.stop],
    [buttons.source, act.toggleSource],
    [buttons.keys, () => showHelp(help.hidden === true)],
  ];
  let wasHeld = false;
  for (const [button, command] of commands) {
    listen(button, "click", (event) => {
      const isEndOfHold = wasHeld && event.detail > 0;
      wasHeld = false;
      if (!isEndOfHold) command();
    });
  }
  hold(buttons.back, act.back);
  hold(buttons.step, act.step);

  /** Goes on for as long as the button is held, and not one step longer.
   * @type {(button: HTMLElement, move: (isHeld: boolean) => void) => void}
   */
  function hold(button, move) {
    let timer = 0;
    const end = () => window.clearTimeout(timer);
    const again = () => {
      wasHeld = true;
      move(true);
      timer = window.setTimeout(again, PACE);
    };
    listen(button, "pointerdown", (event) => {
      if (event.button) return;
      wasHeld = false;
      end();
      timer = window.setTimeout(again, HOLD);
    });
    for (const type of ["pointerup", "pointerleave", "pointercancel", "blur"]) listen(button, type, end);
  }
  listen(grain, "change", () => act.setGrain(/** @type {Grain} */ (grain.value)));

  /** @type {(show: boolean) => void} */
  function showHelp(show) {
    help.hidden = !show;
    buttons.keys.setAttribute("aria-expanded", String(show));
  }

  function draw() {
    const { cursor, state, running } = view;
    buttons.start.disabled = buttons.back.disabled = cursor.tick === null;
    buttons.newest.disabled = view.isNewest;
    // A press during a step is kept, so the button stays what it is.
    buttons.step.disabled = view.isNewest && !view.isReady && running !== "step";
    buttons.run.disabled = !view.isReady;
    buttons.live.disabled = !view.isReady || "start" in view.cannot;
    buttons.stop.disabled = !running;
    if (Object.values(buttons).some((button) => button.disabled && button === document.activeElement)) {
      root.focus({ preventScroll: true });
    }
    grain.value = view.grain;
    const [first, ...others] = crumbs(view, state);
    const whole = [first, ...others].join(" › ");
    if (place.title !== whole) {
      const steps = others.flatMap((part) => [html("i", { "aria-hidden": "true" }, "›"), html("span", {}, part)]);
      place.replaceChildren(html("b", {}, first), ...steps);
      place.title = whole;
    }
    const isIdle = running === "live" && !state?.scheduled;
    const more = view.waiting ? ` and ${view.waiting} more` : "";
    if (isIdle) say(next, "live, waits for input");
    else if (running) say(next, running === "live" ? "live …" : `running …${more}`);
    else if (view.isNewest && !view.hasKernel) say(next, upcoming(view, state));
    else say(next, `next: ${upcoming(view, state)}${more}`);
    element.classList.toggle("running", Boolean(running) && !isIdle);
    element.classList.toggle("idles", isIdle);
  }

  /** Where the flow stands is told here, or in another strip where there is no room: that at the bottom tells the tick.
   * @type {(strip: HTMLElement | null) => void}
   */
  function tellIn(strip) {
    if (strip && where.parentElement !== strip) strip.append(where);
    else if (!strip && where.parentElement !== element) element.insertBefore(where, afterWhere);
  }

  return { element, help, draw, showHelp, helpShown: () => !help.hidden, buttons, tellIn };
}

/** @param {Needs} needs */
export function makeStatus({ view, act, listen }) {
  const fault = html("div", { class: "hf-fault", role: "alert", hidden: true });
  const line = html("output", { role: "status", "aria-live": "polite" });
  const past = html("span", { class: "hf-tag", hidden: true }, "looking back");
  const hint = html("span", { class: "hint", "aria-hidden": "true" },
    kbd("←"), kbd("→"), " step ", kbd("↑"), kbd("↓"), " grain ", kbd("?"), " all keys");
  const why = "Record from the next tick on, so that counts and tables show what runs";
  const record = html("button", { type: "button", class: "hf-button", hidden: true, title: why }, "Record");
  const element = html("div", { class: "hf-status" }, line, record, past, hint);
  listen(record, "click", () => act.record());

  function draw() {
    const { state, running, note } = view;
    past.hidden = view.isNewest;
    hint.hidden = !past.hidden || Boolean(running);
    record.hidden = running !== "live" || Boolean(state?.recorded);
    // What changes many times a second is not to be read aloud.
    line.setAttribute("aria-live", running ? "off" : "polite");
    const sentence = running && view.isNewest ? runningWords() : status(view, state);
    const stopped = view.isNewest && !running && state?.stopped ? `${state.stopped} · ` : "";
    const text = note ? `${note} ${sentence}` : `${stopped}${sentence}`;
    if (line.textContent !== text) line.textContent = text;
    const trouble = visible(view.problem ?? state?.closed ?? faultHere() ?? "");
    fault.hidden = !trouble;
    if (fault.textContent !== trouble) fault.textContent = trouble;
  }

  function runningWords() {
    const { history, state, running } = view;
    if (running !== "live") return `running tick ${state?.tick ?? ""}`;
    if (history.newest !== null) return `live, ${status(view, state)}`;
    return `live, ${plural(state?.tick ?? 0, "tick")} so far, not recorded`;
  }

  function faultHere() {
    const summary = view.history.summary(view.cursor.tick);
    if (!summary || view.cursor.done < summary.steps) return null;
    const told = (summary.set_aside ?? []).map((words) => `set aside: ${words}`);
    if (summary.more_set_aside) told.push(`and ${plural(summary.more_set_aside, "item")} more`);
    if (summary.fault) told.unshift(`tick ${summary.tick} was aborted: ${summary.fault}`);
    return told.length ? told.join("\n") : null;
  }

  return { element, fault, draw };
}
