// "same?": asks whether the flow gives the same in every run, and in which surroundings.

/** @import { Needs } from "./view.js" */

import { html } from "../shared/dom.js";
import { SURROUNDINGS, about } from "./checked.js";

/** @param {Needs} needs */
export function makeSame({ view, act, listen }) {
  const hint = "Is it the same in every run? Write the level of each channel and output (c)";
  const button = html("button", { type: "button", class: "hf-button hf-same", title: hint, "aria-pressed": "false" },
    "same?");
  const chooser = html("select", { "aria-label": "Same in", title: "What surrounds the flow", hidden: true },
    ...SURROUNDINGS.map(([value, words]) => html("option", { value, title: about(value) }, words)));
  const element = html("span", { class: "hf-group" }, button, chooser);
  listen(button, "click", () => act.toggleCheck());
  listen(chooser, "change", () => act.checkIn(chooser.value));

  function draw() {
    const isAsked = view.surroundings !== null;
    element.hidden = !view.hasKernel;
    button.disabled = !view.state;
    button.setAttribute("aria-pressed", String(isAsked));
    chooser.hidden = !isAsked;
    if (view.surroundings === null) return;
    chooser.value = view.surroundings;
    chooser.title = `What surrounds the flow: ${about(view.surroundings)}`;
  }

  return { element, draw };
}
