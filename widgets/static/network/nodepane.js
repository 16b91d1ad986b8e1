// The stepper of a node, below the run, at the tick that a reader has pointed at.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Actions, View } from "./view.js" */
/** @import { Message, Tick } from "./run.js" */
/** @import { Led } from "../stepper/view.js" */

import { sideOf } from "../shared/connection.js";
import { html, iconButton } from "../shared/dom.js";
import { mount } from "../stepper/stepper.js";

/** `saved` has the recordings of a run without a kernel, by "node/life".
 * @param {{ view: View, act: Actions, kernel: Kernel | null, saved: Record<string, any> }} needs
 */
export function makeNodePane({ view, act, kernel, saved }) {
  const title = html("b", {});
  const links = html("span", { class: "hf-group" });
  const close = iconButton("close", "Close the node", "Close");
  const head = html("div", { class: "hf-nodehead" }, title, links, close);
  const place = html("div", { class: "hf-hosted" });
  const element = html("section", { class: "hf-node", "aria-label": "Node", hidden: true }, head, place);
  let unmount = () => {};
  let asked = 0;
  close.addEventListener("click", hide);

  function hide() {
    asked += 1;
    unmount();
    unmount = () => {};
    place.replaceChildren();
    element.hidden = true;
    view.shown = null;
    act.redraw();
  }

  /** @type {(tick: Tick, at: object, words: string, others: [string, () => void][]) => Promise<void>} */
  async function show(tick, at, words, others) {
    const mine = (asked += 1);
    unmount();
    unmount = () => {};
    place.replaceChildren();
    title.textContent = words;
    links.replaceChildren(...others.map(([text, press]) => {
      const link = html("button", { type: "button", class: "hf-choice" }, text);
      link.addEventListener("click", press);
      return link;
    }));
    element.hidden = false;
    const where = { ...at, tick: tick.tick };
    if (!kernel) {
      const recording = saved[`${tick.node}/${tick.life}`];
      if (recording) unmount = mount(place, { ...recording, at: located(recording, where) }, null);
      else place.replaceChildren(html("p", {}, `The ticks of ${tick.node} were not saved with this run.`));
      return;
    }
    try {
      const { nodes } = await kernel.call("nodes");
      const { key } = nodes.find((/** @type {any} */ one) => one.node === tick.node) ?? {};
      const newest = Math.max(...[...view.run.ticks.values()].filter((one) => one.node === tick.node)
        .map((one) => one.life));
      const life = tick.life === newest ? {} : { life: tick.life };
      const opened = await kernel.call("open", { node: key, ...life });
      if (mine !== asked) return;
      const { side, graph, svg, cannot } = opened;
      unmount = mount(place, { graph, svg, cannot, at: located(opened, where) }, sideOf(kernel, side));
    } catch (problem) {
      if (mine === asked) act.say(/** @type {Error} */ (problem).message);
    }
  }

  /** A place in a node's stepper; the first edge over which messages come in or leave is the one that is opened.
   * @type {(opened: any, at: any) => Led}
   */
  function located(opened, { tick, via, row, words }) {
    const edges = via ? opened[via] ?? [] : [];
    return { tick, edge: edges[0] ?? null, row: edges.length === 1 ? row : null, note: words ?? "" };
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
    const others = [];
    const where = (/** @type {Tick} */ one) => `${one.node}, tick ${one.tick}`;
    if (sender && !isSender) others.push([`sent by ${where(sender)}`, () => showMessage(message, true)]);
    if (taker && isSender) others.push([`taken by ${where(taker)}`, () => showMessage(message, false)]);
    const did = isSender ? "sends" : "takes in";
    const at = { via: isSender ? "sends" : "receives", row, words: `${message.message} is row ${row}:` };
    show(tick, at, `${tick.node}, tick ${tick.tick}, ${did} ${message.message}`, others);
  }

  return {
    element,
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
