// The widget of a network: mount(el, data, kernel?) -> cleanup. The notebook's widget and a saved page call the same
// function. `data` is a saved run, {run, nodes}; `kernel`, where there is one, is what connect() gives.

/** @import { Kernel, Model } from "../shared/connection.js" */
/** @import { Actions } from "./view.js" */
/** @import { Listen } from "./controls.js" */

import { connect } from "../shared/connection.js";
import { html, iconButton } from "../shared/dom.js";
import { isCommand, keepKeys } from "../shared/shortcuts.js";
import { hideStill } from "../shared/still.js";
import { visible } from "../shared/text.js";
import { makeChart } from "./chart.js";
import { idsOf, pointsOf } from "./causes.js";
import { control } from "./controls.js";
import { makeNodePane } from "./nodepane.js";
import { Run } from "./run.js";
import { makeSearch } from "./search.js";
import { cutOf } from "./tickets.js";
import { makeTray } from "./tray.js";
import { View } from "./view.js";

const PATIENCE = 60; // ms that a Stop waits for the kernel's answer before it interrupts

/** @typedef {{ run?: any, nodes?: Record<string, any>, messages?: any, name?: string }} Saved */

/** Show a network in an element; the function that is given back takes it away.
 * @type {(el: Element, data: Saved, kernel?: Kernel | null) => () => void}
 */
export function mount(el, data, kernel = null) {
  const ending = new AbortController();
  const view = new View(kernel !== null);
  const root = html("div", { class: "hf hf-net", tabindex: "0", role: "region", "aria-label": "Network" });
  /** @type {number | null} */
  let epoch = null;

  /** @type {Listen} */
  const listen = (target, type, listener) => target.addEventListener(type, listener, { signal: ending.signal });

  /** @type {Actions} */
  const act = {
    async ask(kind, content = {}, words = "") {
      if (!kernel) return null;
      view.problem = null;
      try {
        const answer = await kernel.call(kind, content);
        view.note = words;
        return answer;
      } catch (problem) {
        const { message, stopped } = /** @type {Error & { stopped?: boolean }} */ (problem);
        if (stopped) view.note = "stopped";
        else view.problem = message;
        return null;
      } finally {
        draw();
      }
    },
    decide(decision, words) {
      forgetPair();
      act.ask("decide", { decision }, words);
    },
    say(note) {
      view.note = note;
      drawWords();
    },
    hover(id) {
      if (id === view.hot) return;
      view.hot = id;
      chart.drawLight();
    },
    light(id) {
      view.lit = id;
      chart.drawLight();
    },
    explain(causes) {
      view.why = causes.length ? idsOf(view.run, causes) : null;
      chart.drawLight();
    },
    open(id) {
      const point = pointsOf(view.run).get(id);
      if (!point) return;
      if ("taken" in point) pane.showTick(point);
      else if ("fate" in point) pane.showMessage(point, false);
      else if (point.taker) pane.showTick(point.taker);
    },
    unfold(row) {
      view.opened.add(row);
      draw();
    },
    choose(node) {
      if (!view.chosen.delete(node)) view.chosen.add(node);
      draw();
    },
    stop,
    redraw: draw,
  };

  // During a search the kernel does not read messages; then only an interrupt reaches it.
  function stop() {
    if (!kernel) return;
    let isAnswered = false;
    const answered = () => { isAnswered = true; };
    kernel.call("stop").then(answered, answered);
    const watch = setTimeout(() => {
      if (!isAnswered && view.state?.running) kernel.interrupt();
    }, PATIENCE);
    ending.signal.addEventListener("abort", () => clearTimeout(watch));
  }

  const chart = makeChart({ view, act, listen });
  const still = makeChart({ view, act, listen, isStill: true });
  const tray = makeTray({ view, act, listen });
  const pane = makeNodePane({ view, act, kernel, saved: data.nodes ?? {}, places: data.messages ?? {} });
  const search = makeSearch({ view, act, listen, found });

  // ---- the toolbar

  const why = () => view.idle;
  /** @type {(words: string, label: string, hint: string, ask: () => unknown, why: () => string | null) => any} */
  const button = (words, label, hint, press, reason) =>
    control({ words, label, hint, why: reason, press: () => { press(); }, say: act.say, classes: "hf-button" });
  const here = () => view.run.rows;
  const controls = {
    start: button("|◁", "To start", "To the start of the run (Home)", () => act.ask("start"),
      () => why() ?? (here() ? null : "nothing has been decided yet")),
    undo: button("◁ undo", "Undo", "Take the last decision back: replay without it (←, u)", () => act.ask("undo"),
      () => why() ?? (here() ? null : "nothing has been decided yet")),
    redo: button("redo ▷", "Redo", "Make again what was taken back (→)", () => act.ask("redo"),
      () => why() ?? (view.state?.ahead ? null : "nothing was taken back")),
    end: button("▷|", "To end", "Make again all that was taken back (End)", () => act.ask("end"),
      () => why() ?? (view.state?.ahead ? null : "nothing was taken back")),
    step: button("step", "Step by chance", "One decision by chance, from the seed (n)", () => {
      forgetPair();
      act.ask("step", {}, "one decision by chance");
    }, why),
    run: button("run", "Run by chance", "Decide by chance until nothing is left to do (r)", () => {
      forgetPair();
      act.ask("run");
    }, why),
    stop: button("stop", "Stop", "Stop (s)", stop, () => (view.state?.running ? null : "nothing runs")),
    cut: button("cut off", "Cut", "Let nothing pass between the chosen nodes and the others", () => {
      const { groups } = cutOf([...view.chosen], view.run.lanes.map((lane) => lane.node));
      view.chosen.clear();
      act.decide({ do: "cut", groups }, "cut");
    }, () => why() ?? cutOf([...view.chosen], view.run.lanes.map((lane) => lane.node)).why),
    heal: button("heal", "Heal", "Let all messages pass again", () => act.decide({ do: "heal" }, "heal"),
      () => why() ?? view.state?.heal ?? null),
    resend: button("connect again", "Connect again",
      "Let two chosen durable nodes connect again, and send once more what is not acknowledged", () => {
        const [node, peer] = view.chosen;
        view.chosen.clear();
        act.decide({ do: "resend", node, peer }, "connect again");
      }, () => why() ?? (view.chosen.size === 2 ? null : "choose two durable nodes, by the boxes at their names")),
  };
  const explore = html("button", { type: "button", class: "hf-button", "aria-expanded": "false",
    title: "Search for a run that fails (e)" }, "explore");
  explore.hidden = !kernel;
  listen(explore, "click", () => explore.setAttribute("aria-expanded", String(search.toggle())));
  const place = html("span", { class: "place" });
  const group = (/** @type {any[]} */ ...members) => html("span", { class: "hf-group" },
    ...members.map((one) => one.element));
  const rule = () => html("i", { class: "hf-rule" });
  const toolbar = html("div", { class: "hf-toolbar", role: "toolbar", "aria-label": "Network" },
    group(controls.start, controls.undo, controls.redo, controls.end), rule(),
    group(controls.step, controls.run, controls.stop), rule(), group(controls.cut, controls.heal, controls.resend),
    rule(), explore,
    html("div", { class: "hf-where" }, place));

  /** Why the message under the pointer, with the focus, or shown below was sent or taken in. */
  function askWhy() {
    const points = pointsOf(view.run);
    const point = [view.hot, view.lit, view.shown].map((id) => (id === null ? undefined : points.get(id)))
      .find((one) => one && "fate" in one);
    if (point && "fate" in point) pane.why(point);
    else act.say("point at a message, or open a node and press w on a row: it tells how that came to be");
  }

  // ---- two runs beside each other

  const leave = iconButton("close", "Close the comparison", "Close");
  const besideHead = html("div", { class: "hf-pairhead" }, html("b", {}, "the nearest run that holds"), leave);
  const besideElement = html("div", { class: "hf-beside", hidden: true }, besideHead, still.element);
  listen(leave, "click", () => {
    forgetPair();
    draw();
  });

  /** @type {(answer: any) => void} */
  function found({ beside, parts }) {
    view.beside = null;
    view.parts = parts;
    if (beside) {
      view.beside = new Run(beside.before);
      view.beside.accept(beside);
    }
    draw();
    if (parts !== null) {
      chart.reveal(parts);
      still.reveal(parts);
    }
  }

  // What is decided from here on is another run.
  function forgetPair() {
    view.beside = null;
    view.parts = null;
  }

  // ---- news

  /** @type {(news: any) => void} */
  function receive(news) {
    if (news.kind === "gone") {
      view.gone = news.why;
      draw();
      return;
    }
    if (news.side === "explore") {
      search.tell(news);
      return;
    }
    if (news.side) return; // it is about a node
    if (news.epoch !== epoch) {
      epoch = news.epoch;
      view.run = new Run(news.before);
    }
    view.run.accept(news);
    const { nodes, flying, in_flight, groups, heal, quiet, fifo, ahead, running } = news;
    view.state = { nodes, flying, in_flight, groups, heal, quiet, fifo, ahead, running };
    if (news.trouble) view.problem = news.trouble;
    draw();
  }

  // ---- the page

  const line = html("output", { role: "status", "aria-live": "polite" });
  const hint = html("span", { class: "hint", "aria-hidden": "true" },
    "click a box: its node · c: its causes · w: why, on a message · d h x 2 on a card · ← → undo, redo");
  const fault = html("div", { class: "hf-fault", role: "alert", hidden: true });
  const body = html("div", { class: "hf-netbody" },
    html("div", { class: "hf-run" }, chart.element), besideElement, tray.element);
  root.append(toolbar, search.element, body, pane.element, fault, html("div", { class: "hf-status" }, line, hint));

  function drawWords() {
    place.textContent = view.sentence;
    line.textContent = view.note;
    const trouble = visible(view.problem ?? view.gone ?? "");
    fault.hidden = !trouble;
    fault.textContent = trouble;
  }

  function draw() {
    Object.values(controls).forEach((one) => one.draw());
    controls.resend.element.hidden = !view.state?.nodes.some((one) => one.points.length);
    besideElement.hidden = !view.beside;
    root.classList.toggle("pairs", Boolean(view.beside));
    toolbar.classList.toggle("running", Boolean(view.state?.running));
    chart.draw();
    if (view.beside) still.draw();
    tray.draw();
    drawWords();
  }

  keepKeys(root, ending.signal);
  const KEYS = /** @type {Record<string, () => void>} */ ({
    ArrowLeft: () => controls.undo.element.click(),
    u: () => controls.undo.element.click(),
    ArrowRight: () => controls.redo.element.click(),
    Home: () => controls.start.element.click(),
    End: () => controls.end.element.click(),
    n: () => controls.step.element.click(),
    r: () => controls.run.element.click(),
    s: () => controls.stop.element.click(),
    e: () => { if (!explore.hidden) explore.click(); },
    w: askWhy,
    c: () => act.light(view.lit === null ? view.hot : null),
    Escape: () => (view.lit === null ? root.focus({ preventScroll: true }) : act.light(null)),
  });
  listen(root, "keydown", (event) => {
    if (isCommand(event) || pane.element.contains(event.target)) return;
    if (event.target.matches("input, select, textarea") && event.key !== "Escape") return;
    if (event.target.matches("button") && [" ", "Enter"].includes(event.key)) return;
    if (!Object.hasOwn(KEYS, event.key)) return;
    KEYS[event.key]();
    event.preventDefault();
    event.stopPropagation();
  });
  listen(root, "click", () => {
    if (!root.contains(document.activeElement)) root.focus({ preventScroll: true });
  });

  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (root.clientWidth === width || !root.clientWidth) return;
    width = root.clientWidth;
    draw();
  });
  if (data.run) {
    view.run = new Run(data.run.before);
    view.run.accept(data.run);
  }
  el.replaceChildren(root);
  draw();
  sizes.observe(root);
  let unsubscribe = () => {};
  if (kernel) {
    unsubscribe = kernel.subscribe(receive);
    kernel.call("hello").catch(() => {});
  }
  return () => {
    ending.abort();
    sizes.disconnect();
    unsubscribe();
    pane.close();
    el.replaceChildren();
  };
}

export default {
  /** @type {(widget: { model: Model, el: Element }) => () => void} */
  render({ model, el }) {
    const kernel = connect(model);
    const unmount = mount(el, {}, kernel);
    const showStill = hideStill(el, model.get("still"));
    return () => {
      showStill();
      unmount();
      kernel.close();
    };
  },
};
