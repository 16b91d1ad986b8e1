// Putting items into the flow's inputs, and what waits there for the next tick.

import { html, icon } from "../shared/dom.js";

export function makeInject(view) {
  const { graph } = view;
  const names = Object.keys(graph.inputs);
  const input = html("select", { "aria-label": "Input" }, ...names.map((name) => html("option", {}, name)));
  const item = html("input", { class: "item", "aria-label": "Item", placeholder: "a Python expression", spellcheck: "false", autocomplete: "off" });
  const each = html("select", { "aria-label": "As", title: "The value is one item, or an iterable of items" },
    html("option", { value: "one" }, "as one item"), html("option", { value: "each" }, "each item of"));
  const send = html("button", { type: "submit", class: "hf-button" }, "Send");
  const waiting = html("ul", { class: "hf-waiting", "aria-label": "Waiting" });
  const error = html("pre", { class: "hf-error", role: "alert", hidden: true });
  const element = html("form", { class: "hf-inject", "aria-label": "Inject" },
    html("label", { class: "hf-label" }, html("span", {}, "inject into"), input), item, each, send, waiting, error);

  view.listen(element, "submit", async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    error.hidden = true;
    try {
      const reply = await view.kernel.call("send", { input: input.value, text: item.value, each: each.value === "each" });
      item.value = "";
      view.act.say(`${reply.count.toLocaleString("en")} sent to ${input.value}, waiting for the next tick.`);
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
    }
  });
  // JupyterLab keeps line breaks out of a cell's fields, and with them the form's own Enter.
  view.listen(item, "keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    element.requestSubmit();
  });
  view.listen(waiting, "click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    try {
      await view.kernel.call("discard", { input: button.dataset.input, index: Number(button.dataset.index), text: button.dataset.text });
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
    }
  });

  let last = "";
  function draw() {
    element.hidden = !view.kernel || !names.length;
    if (element.hidden) return;
    send.disabled = item.disabled = input.disabled = each.disabled = !view.takes();
    const state = JSON.stringify(view.state?.waiting ?? {});
    if (state === last) return;
    last = state;
    const focused = waiting.contains(document.activeElement);
    waiting.replaceChildren(...chips(view.state?.waiting ?? {}));
    if (focused) (waiting.querySelector("button") ?? item).focus();
  }

  function chips(inputs) {
    const found = [];
    for (const [name, { count, items }] of Object.entries(inputs)) {
      items.forEach((text, index) => {
        const drop = html("button", { type: "button", "aria-label": `Take back ${text}`, title: "Take back", "data-input": name, "data-index": index, "data-text": text }, icon("close"));
        found.push(html("li", { class: "hf-chip", title: `${text}, waiting at ${name}` }, html("span", {}, text), drop));
      });
      if (count > items.length) found.push(html("li", { class: "more" }, `and ${(count - items.length).toLocaleString("en")} more at ${name}`));
    }
    const total = Object.values(inputs).reduce((sum, one) => sum + one.count, 0);
    waiting.dataset.count = total ? `${total.toLocaleString("en")} waiting` : "nothing waiting";
    return found;
  }

  return { element, draw, item };
}
