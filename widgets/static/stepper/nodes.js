// A flow that nodes of simulated networks run copies of: says so, and shows a node's stepper in place of the flow's.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Feature } from "./features.js" */
/** @import { Node } from "./nodelist.js" */
/** @import { Needs } from "./view.js" */

import { sideOf } from "../shared/connection.js";
import { html } from "../shared/dom.js";
import { again, byNetwork, first } from "./nodelist.js";

/** `mount` shows a stepper in an element.
 * @typedef {(el: Element, data: any, kernel: Kernel | null) => () => void} Mount
 */

/** @type {(needs: Needs & { kernel: Kernel | null, root: HTMLElement, mount: Mount }) => Feature} */
export function makeNodes({ view, act, listen, kernel, root, mount }) {
  if (!kernel || Object.keys(view.cannot).length) return {}; // there is no kernel to ask, or this is a node
  const strip = html("div", { class: "hf-nodes", role: "group", "aria-label": "Nodes", hidden: true });
  const place = html("div", { class: "hf-hosted", hidden: true });
  root.prepend(strip, place);
  /** @type {Node[]} */
  let nodes = [];
  /** @type {Node | null} */
  let shown = null;
  let hasChosen = false;
  let unmount = () => {};

  /** Show a node's stepper, or the flow's own.
   * @type {(node: Node | null) => Promise<void>}
   */
  async function show(node) {
    unmount();
    unmount = () => {};
    shown = node;
    place.replaceChildren();
    arrange();
    if (!node || !kernel) return;
    try {
      const opened = await kernel.call("open", { node: node.key });
      if (shown !== node) return;
      const { side, graph, svg, cannot } = opened;
      unmount = mount(place, { graph, svg, cannot }, sideOf(kernel, side));
    } catch (problem) {
      if (shown !== node) return;
      show(null);
      act.say(/** @type {Error} */ (problem).message);
    }
  }

  // The flow's own stepper is hidden while that of a node is shown.
  function arrange() {
    root.classList.toggle("hosts", shown !== null);
    place.hidden = shown === null;
    strip.hidden = !nodes.length;
    const networks = byNetwork(nodes).map(({ network, nodes: members }) => html("span", { class: "hf-group" },
      ...members.map((node) => button(node.node, `The stepper of ${node.node} in ${network}`, shown === node, node)),
      html("span", { class: "of" }, "in ", html("code", {}, network))));
    const own = button("the flow itself", "The flow itself, which no node changes", shown === null, null);
    strip.replaceChildren(html("span", { class: "of" }, "This flow runs as"), ...networks, own);
  }

  /** @type {(words: string, hint: string, isPressed: boolean, node: Node | null) => HTMLElement} */
  function button(words, hint, isPressed, node) {
    const pressed = { "aria-pressed": String(isPressed), title: hint };
    const found = html("button", { type: "button", class: "hf-choice", ...pressed }, words);
    found.addEventListener("click", () => {
      hasChosen = true;
      show(node);
      [...strip.querySelectorAll("button")].find((one) => one.title === hint)?.focus();
    });
    return found;
  }

  /** @type {(told: Node[]) => void} */
  function accept(told) {
    nodes = told;
    const now = shown && again(nodes, shown);
    if (shown && now?.key !== shown.key) show(now);
    else {
      shown = now ?? null;
      arrange();
    }
    showFirst();
  }

  // A flow that has not run by itself has nothing to show but its nodes.
  function showFirst() {
    const node = first(nodes);
    const hasRun = !view.state || view.state.tick > 0 || view.history.newest !== null || view.running;
    if (node && !hasChosen && !shown && !hasRun) show(node);
  }

  const unsubscribe = kernel.subscribe((news) => {
    if (news.side === "nodes") accept(news.nodes);
  });
  kernel.call("nodes").then(({ nodes: told }) => accept(told), () => {});
  return {
    draw: showFirst,
    close() {
      unsubscribe();
      unmount();
    },
  };
}
