// The search for a run that fails: what is asked for, how far it has come, and what it found.

/** @import { Actions, View } from "./view.js" */
/** @import { Listen } from "./controls.js" */

import { html } from "../shared/dom.js";

const FIELDS = /** @type {[string, string, number | null, string][]} */ ([
  ["runs", "runs", 1000, "At most so many schedules are tried"],
  ["seconds", "seconds", 10, "The search ends after so long"],
  ["loss", "lost", null, "So many messages may be lost; empty: as the network says"],
  ["duplication", "copied", null, "So many messages may be copied; empty: as the network says"],
  ["crashes", "crashes", null, "So often a node may crash; empty: as the network says"],
  ["partitions", "cuts", null, "So often the network may be cut; empty: as the network says"],
]);

/** `found` is called with the kernel's answer to a search that found a run that fails.
 * @param {{ view: View, act: Actions, listen: Listen, found: (answer: any) => void }} needs
 */
export function makeSearch({ view, act, listen, found }) {
  const fields = FIELDS.map(([name, words, value, hint]) => {
    const input = html("input", {
      type: "number", min: 0, step: name === "seconds" ? "any" : 1, name, value, title: hint, "aria-label": hint,
    });
    return { name, input, label: html("label", { class: "hf-label" }, html("span", {}, words), input) };
  });
  const go = html("button", { type: "submit", class: "hf-button" }, "Search");
  const stop = html("button", { type: "button", class: "hf-button", hidden: true }, "Stop");
  const bar = html("progress", { max: 1, value: 0, hidden: true, "aria-label": "Schedules tried" });
  const line = html("output", { role: "status" });
  const told = html("pre", { class: "hf-told", hidden: true });
  const form = html("form", { "aria-label": "Search for a run that fails" },
    html("span", { class: "hf-label" }, "search for a run that fails:"), ...fields.map(({ label }) => label), go, stop,
    bar, line);
  const element = html("section", { class: "hf-explore", "aria-label": "Explore", hidden: true }, form, told);

  listen(stop, "click", () => act.stop());
  listen(form, "submit", async (event) => {
    event.preventDefault();
    if (view.idle) {
      act.say(view.idle);
      return;
    }
    /** @type {Record<string, number>} */
    const wanted = {};
    for (const { name, input } of fields) if (input.value !== "") wanted[name] = Number(input.value);
    begin();
    const answer = await act.ask("explore", wanted);
    go.hidden = false;
    stop.hidden = bar.hidden = true;
    line.textContent = "";
    told.hidden = !answer;
    if (!answer) return;
    told.textContent = answer.told.join("\n");
    if (answer.fails) found(answer);
  });

  function begin() {
    go.hidden = told.hidden = true;
    stop.hidden = bar.hidden = false;
    bar.removeAttribute("value");
    line.textContent = "searching …";
  }

  return {
    element,
    toggle() {
      element.hidden = !element.hidden;
      if (!element.hidden) fields[0].input.focus();
      return !element.hidden;
    },
    /** How far the kernel has come.
     * @type {(news: { tried: number, runs: number, words: string }) => void}
     */
    tell({ tried, runs, words }) {
      if (bar.hidden) begin();
      bar.value = Math.min(1, tried / runs);
      line.textContent = words;
    },
  };
}
