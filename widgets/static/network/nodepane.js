// The stepper of a node, below the run, at the tick that a reader has pointed at.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Actions, View } from "./view.js" */
/** @import { Message, Run, Tick } from "./run.js" */
/** @import { Led } from "../stepper/view.js" */
/** @import { Cause, Told } from "../stepper/derivation.js" */
/** @import { Places } from "./across.js" */

import { sideOf } from "../shared/connection.js";
import { html, iconButton } from "../shared/dom.js";
import { mount } from "../stepper/stepper.js";
import { savedReasons } from "./across.js";

/** `saved` has the recordings of a run without a kernel, by "node/life", and `places` where the items of messages are.
 * @param {{ view: View, act: Actions, kernel: Kernel | null, saved: Record<string, any>, places: Places }} needs
 */
export function makeNodePane({ view, act, kernel, saved, places }) {
  const { reasonsOf, ofMessage } = savedReasons(saved, places);
  const title = html("b", {});
  const links = html("span", { class: "hf-group" });
  const close = iconButton("close", "Close the node", "Close");
  const head = html("div", { class: "hf-nodehead" }, title, links, close);
  const place = html("div", { class: "hf-hosted" });
  const element = html("section", { class: "hf-node", "aria-label": "Node", hidden: true }, head, place);
  let unmount = () => {};
  let asked = 0;
  close.addEventListener("click", hide);

  function leave() {
    unmount();
    unmount = () => {};
    act.explain([]);
  }

  function hide() {
    asked += 1;
    leave();
    place.replaceChildren();
    element.hidden = true;
    view.shown = null;
    act.redraw();
  }

  /** @type {(tick: Tick, at: object, words: string, others: [string, () => void][], told?: Told | null)
   *   => Promise<void>} */
  async function show(tick, at, words, others, told = null) {
    const mine = (asked += 1);
    leave();
    place.replaceChildren();
    title.textContent = words;
    links.replaceChildren(...others.map(([text, press]) => {
      const link = html("button", { type: "button", class: "hf-choice" }, text);
      link.addEventListener("click", press);
      return link;
    }));
    element.hidden = false;
    const where = { ...at, tick: tick.tick, tab: told ? "why" : null };
    const home = { node: tick.node, life: tick.life };
    const why = { told, home, elsewhere: showCause, explains: act.explain };
    if (!kernel) {
      const key = `${tick.node}/${tick.life}`;
      const recording = saved[key];
      const reasons = reasonsOf(key);
      if (recording) unmount = mount(place, { ...recording, ...why, reasons, at: located(recording, where) }, null);
      else place.replaceChildren(html("p", {}, `The ticks of ${tick.node} were not saved with this run.`));
      return;
    }
    try {
      const { nodes } = await kernel.call("nodes");
      const { key } = nodes.find((/** @type {any} */ one) => one.node === tick.node) ?? {};
      const life = tick.life === newestLife(view.run, tick.node) ? {} : { life: tick.life };
      const opened = await kernel.call("open", { node: key, ...life });
      if (mine !== asked) return;
      const { side, graph, svg, cannot } = opened;
      unmount = mount(place, { graph, svg, cannot, ...why, at: located(opened, where) }, sideOf(kernel, side));
    } catch (problem) {
      if (mine === asked) act.say(/** @type {Error} */ (problem).message);
    }
  }

  /** A place in a node's stepper; the first edge over which messages come in or leave is the one that is opened.
   * @type {(opened: any, at: any) => Led}
   */
  function located(opened, { tick, via, row, words, edge, tab }) {
    const edges = via ? opened[via] ?? [] : [];
    return { tick, edge: edge ?? edges[0] ?? null, row: edges.length === 1 ? row : null, note: words ?? "", tab };
  }

  /** @type {(message: Message, wantsSender: boolean) => void} */
  function showMessage(message, wantsSender) {
    const { sender, taker } = message;
    const tick = wantsSender ? sender : taker ?? sender;
    view.shown = message.id;
    act.redraw();
    if (!tick) {
      act.say(`${message.message} was taken in by no tick yet, and the tick that sent it is not kept`);
      return;
    }
    const isSender = tick === sender && (wantsSender || !taker);
    const list = isSender ? tick.sent : tick.taken.filter((one) => "message" in one);
    const row = list.indexOf(message);
    /** @type {[string, () => void][]} */
    const others = [["why", () => why(message)]];
    const where = (/** @type {Tick} */ one) => `${one.node}, tick ${one.tick}`;
    if (sender && !isSender) others.push([`sent by ${where(sender)}`, () => showMessage(message, true)]);
    if (taker && isSender) others.push([`taken by ${where(taker)}`, () => showMessage(message, false)]);
    const did = isSender ? "sends" : "takes in";
    const at = { via: isSender ? "sends" : "receives", row, words: `${message.message} is row ${row}:` };
    show(tick, at, `${tick.node}, tick ${tick.tick}, ${did} ${message.message}`, others);
  }

  /** Where an item of a derivation is, with the derivation beside it.
   * @type {(cause: Cause, told?: Told | null) => void}
   */
  function showCause(cause, told = null) {
    const { node, life, tick, edge, text } = cause;
    const turn = [...view.run.ticks.values()]
      .find((one) => one.node === node && one.life === life && one.tick === tick);
    if (!turn) return void act.say(`tick ${tick} of ${node} is not in this run any more`);
    view.shown = turn.id;
    show(turn, { edge }, `${node}, tick ${tick}: ${text}`, [], told);
    act.redraw();
  }

  /** Why a message was sent, or is where it was taken in.
   * @type {(message: Message) => Promise<void>}
   */
  async function why(message) {
    const id = message.message;
    const told = kernel ? (await act.ask("why_message", { message: id }))?.told : ofMessage(id);
    if (told) showCause(told.steps[0], told);
    else if (!kernel) act.say(`this page does not tell why of ${id}`);
  }

  return {
    element,
    why,
    hide,
    /** @type {(tick: Tick) => void} */
    showTick(tick) {
      view.shown = tick.id;
      act.redraw();
      show(tick, {}, `${tick.node}, tick ${tick.tick}`, []);
    },
    showMessage,
    close() {
      unmount();
    },
  };
}

/** Which of its flows a node has at the end of a run; it may not have ticked yet.
 * @type {(run: Run, node: string) => number}
 */
function newestLife(run, node) {
  const last = [...run.ticks.values()].findLast((one) => one.node === node);
  const since = run.downs.filter((one) => one.node === node && !one.kept && (one.to ?? -1) > (last?.row ?? -1));
  return (last?.life ?? 0) + since.length;
}
