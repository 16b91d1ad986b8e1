// The nodes of networks as a strip of buttons, and the stepper of the one that is chosen.

/** @import { Kernel } from "./connection.js" */
/** @import { Node } from "./nodelist.js" */

import { sideOf } from "./connection.js";
import { html } from "./dom.js";
import { again, byNetwork } from "./nodelist.js";
import { unlessPressed } from "./pressed.js";

/** `mount` shows a stepper in an element.
 * @typedef {(el: Element, data: any, kernel: Kernel | null) => () => void} Mount
 */

/** `lead` stands before the nodes; `own` is the button for none of them, its words and its hint. `changed` is called
 * when another node is shown, or others are there.
 * @typedef {object} StripNeeds
 * @property {Kernel} kernel
 * @property {Mount} mount
 * @property {string} lead
 * @property {[words: string, hint: string]} own
 * @property {(problem: string) => void} say
 * @property {() => void} changed
 */

/** @param {StripNeeds} needs */
export function makeNodeStrip({ kernel, mount, lead, own, say, changed }) {
  const strip = html("div", { class: "hf-nodes", role: "group", "aria-label": "Nodes", hidden: true });
  const place = html("div", { class: "hf-hosted", hidden: true });
  /** @type {Node[]} */
  let nodes = [];
  /** @type {Node | null} */
  let shown = null;
  let hasChosen = false;
  let unmount = () => {};

  /** Show a node's stepper, or none.
   * @type {(node: Node | null) => Promise<void>}
   */
  async function show(node) {
    unmount();
    unmount = () => {};
    shown = node;
    place.replaceChildren();
    arrangeUnlessPressed();
    if (!node) return;
    try {
      const opened = await kernel.call("open", { node: node.key });
      if (shown !== node) return;
      const { side, graph, svg, cannot } = opened;
      unmount = mount(place, { graph, svg, cannot }, sideOf(kernel, side));
    } catch (problem) {
      if (shown !== node) return;
      show(null);
      say(/** @type {Error} */ (problem).message);
    }
  }

  function arrange() {
    place.hidden = shown === null;
    strip.hidden = !nodes.length;
    const networks = byNetwork(nodes).map(({ network, nodes: members }) => html("span", { class: "hf-group" },
      ...members.map((node) => button(node.node, `The stepper of ${node.node} in ${network}`, shown === node, node)),
      html("span", { class: "of" }, "in ", html("code", {}, network))));
    strip.replaceChildren(html("span", { class: "of" }, lead), ...networks, button(...own, shown === null, null));
    changed();
  }

  /** @type {(words: string, hint: string, isPressed: boolean, node: Node | null) => HTMLElement} */
  function button(words, hint, isPressed, node) {
    const pressed = { "aria-pressed": String(isPressed), title: hint };
    const found = html("button", { type: "button", class: "hf-choice", ...pressed }, words);
    found.addEventListener("click", () => {
      choose(node);
      [...strip.querySelectorAll("button")].find((one) => one.title === hint)?.focus();
    });
    return found;
  }

  /** Show what a reader has asked for.
   * @type {(node: Node | null) => void}
   */
  function choose(node) {
    hasChosen = true;
    show(node);
  }

  /** @type {(told: Node[]) => void} */
  function accept(told) {
    nodes = told;
    const now = shown && again(nodes, shown);
    if (shown && now?.key !== shown.key) show(now);
    else {
      shown = now ?? null;
      arrangeUnlessPressed();
    }
  }

  const arrangeUnlessPressed = unlessPressed(strip, arrange);
  const unsubscribe = kernel.subscribe((news) => {
    if (news.side === "nodes") accept(news.nodes);
  });
  kernel.call("nodes").then(({ nodes: told }) => accept(told), () => {});
  return {
    strip,
    place,
    show,
    choose,
    nodes: () => nodes,
    shown: () => shown,
    hasChosen: () => hasChosen,
    close() {
      unsubscribe();
      unmount();
    },
  };
}
