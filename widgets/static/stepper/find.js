// Search for operators: a field that the key / opens. It jumps to what it finds and selects it; Enter goes on.

/** @import { Needs } from "./view.js" */

import { html, iconButton, say } from "../shared/dom.js";

/** @param {Needs & { root: HTMLElement }} needs */
export function makeFind({ view, act, listen, root }) {
  const hint = "Search operators (/)";
  const button = iconButton("search", "Search operators", hint, { "aria-expanded": "false" });
  const input = html("input", {
    type: "search", "aria-label": "Find operator", placeholder: "operator, argument or name", spellcheck: "false",
    autocomplete: "off",
  });
  const count = html("span", { class: "count", role: "status" });
  const named = { class: "hf-search", role: "search", "aria-label": "Operators", hidden: true };
  const element = html("div", named, input, count);
  let at = 0;
  /** @type {string[]} */
  let found = [];

  listen(button, "click", () => (element.hidden ? open() : close()));
  listen(input, "input", () => {
    found = view.graph.find(input.value);
    at = 0;
    show();
  });
  // JupyterLab and the stepper's own keys are not to see what is typed here.
  listen(input, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.isComposing && found.length) {
      at = (at + (event.shiftKey ? found.length - 1 : 1)) % found.length;
      show();
    } else return;
    event.preventDefault();
  });

  function show() {
    const words = found.length ? `${at + 1} of ${found.length}` : "none";
    say(count, input.value.trim() ? words : "");
    if (found.length) act.select(found[at], true);
  }

  function open() {
    element.hidden = false;
    button.setAttribute("aria-expanded", "true");
    input.select();
    input.focus();
  }

  function close() {
    element.hidden = true;
    button.setAttribute("aria-expanded", "false");
    root.focus({ preventScroll: true });
  }

  return { element, button, open };
}
