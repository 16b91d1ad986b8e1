// Putting items into the flow's inputs, and what waits there for the next tick.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Move } from "./history.js" */
/** @import { Needs } from "./view.js" */

import { html, icon } from "../shared/dom.js";
import { textsOf } from "../shared/kept.js";
import { unlessPressed } from "../shared/pressed.js";

/** @param {Needs & { kernel: Kernel | null }} needs */
export function makeInject({ view, act, listen, kernel }) {
  const names = Object.keys(view.graph.inputs);
  const input = html("select", { "aria-label": "Input" }, ...names.map((name) => html("option", {}, name)));
  const item = html("input", {
    class: "item",
    "aria-label": "Item",
    placeholder: "a Python expression",
    spellcheck: "false",
    autocomplete: "off",
  });
  const each = html("select", { "aria-label": "As", title: "The value is one item, or an iterable of items" },
    html("option", { value: "one" }, "as one item"), html("option", { value: "each" }, "each item of"));
  const send = html("button", { type: "submit", class: "hf-button" }, "Send");
  const waiting = html("ul", { class: "hf-waiting", "aria-label": "Waiting" });
  const error = html("pre", { class: "hf-error", role: "alert", hidden: true });
  const element = html("form", { class: "hf-inject", "aria-label": "Inject" },
    html("label", { class: "hf-label" }, html("span", {}, "inject into"), input), item, each, send, waiting, error);

  /** @type {(problem: any) => void} */
  function complain(problem) {
    error.textContent = problem.message;
    error.hidden = false;
  }

  listen(element, "submit", async (event) => {
    event.preventDefault();
    if (send.disabled || !kernel) return;
    error.hidden = true;
    try {
      const question = { input: input.value, text: item.value, each: each.value === "each" };
      const { count } = await kernel.call("send", question);
      item.value = "";
      act.say(`${count.toLocaleString("en")} sent to ${input.value}, waiting for the next tick.`);
    } catch (problem) {
      complain(problem);
    }
  });
  // JupyterLab keeps line breaks out of a cell's fields, and with them the form's own Enter.
  listen(item, "keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    element.requestSubmit();
  });
  listen(waiting, "click", async (event) => {
    const button = event.target.closest("button");
    if (!button || !kernel) return;
    const { input: name, index, text } = button.dataset;
    try {
      await kernel.call("discard", { input: name, index: Number(index), text });
    } catch (problem) {
      complain(problem);
    }
  });

  let last = "";
  function draw() {
    element.hidden = !kernel || !names.length;
    if (element.hidden) return;
    send.disabled = item.disabled = input.disabled = each.disabled = !view.takesItems;
    const inputs = view.state?.waiting ?? {};
    const state = JSON.stringify(inputs);
    if (state === last) return;
    last = state;
    const isFocused = waiting.contains(document.activeElement);
    waiting.replaceChildren(...chips(inputs));
    for (const button of view.cannot.discard ? waiting.querySelectorAll("button") : []) {
      button.disabled = true;
      button.title = view.cannot.discard;
    }
    const total = Object.values(inputs).reduce((sum, { count }) => sum + count, 0);
    waiting.dataset.count = total ? `${total.toLocaleString("en")} waiting` : "nothing waiting";
    if (isFocused) (waiting.querySelector("button") ?? item).focus();
  }

  return { element, draw: unlessPressed(waiting, draw), item };
}

/** What waits at the inputs, item by item as far as the kernel lists them.
 * @type {(inputs: Record<string, Move>) => HTMLElement[]}
 */
function chips(inputs) {
  return Object.entries(inputs).flatMap(([name, move]) => {
    const [count, items] = [move.count, textsOf(move)];
    const found = items.map((text, index) => chip(name, text, index));
    const more = count - items.length;
    if (more > 0) found.push(html("li", { class: "more" }, `and ${more.toLocaleString("en")} more at ${name}`));
    return found;
  });
}

/** @type {(input: string, text: string, index: number) => HTMLElement} */
function chip(input, text, index) {
  const drop = html("button", {
    type: "button",
    "aria-label": `Take back ${text}`,
    title: "Take back",
    "data-input": input,
    "data-index": index,
    "data-text": text,
  }, icon("close"));
  return html("li", { class: "hf-chip", title: `${text}, waiting at ${input}` }, html("span", {}, text), drop);
}
