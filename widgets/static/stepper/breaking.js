// Breakpoints: the form that sets one on what is selected, the list of those that are set, and their octagons.

/** @import { At, FeatureNeeds, Mark } from "./features.js" */

import { html } from "../shared/dom.js";
import { plural } from "../shared/text.js";

const OCTAGON = "M5 1h6l4 4v6l-4 4H5l-4-4V5z";

/** When a breakpoint is hit: the words of the choice, and what the predicate is about.
 * @type {Record<string, { words: string, hint: string, holder: string }>}
 */
const WHEN = {
  "": { words: "each time", hint: "An expression over `item`; empty: any item", holder: "any item, or item[0] == 3" },
  nth: { words: "the n-th time, n =", hint: "An expression over `item`; empty: any item", holder: "any item" },
  grows: { words: "a tick has more, by", hint: "An expression over `item`; empty: any item", holder: "any item" },
  state: { words: "in its state, becoming true", hint: "An expression over `state`", holder: "state.size > 100" },
  stratum: { words: "before its stratum runs", hint: "", holder: "" },
};
const COUNTED = ["nth", "grows"];

/** `place` is the edge or operator that is selected, `ask` asks the kernel and is false where it refuses.
 * @typedef {FeatureNeeds & {
 *   place: () => string | null, ask: ((kind: string, content: object) => Promise<boolean>) | null,
 * }} BreakingNeeds
 */

/** @param {BreakingNeeds} needs */
export function makeBreaking({ view, act, listen, place, ask }) {
  const { graph } = view;
  /** @type {string | null} the box of a stratum that was chosen in place of an edge */
  let box = null;
  const where = html("span", { class: "where" });
  const predicate = html("input", { type: "text", "aria-label": "Predicate", spellcheck: "false" });
  const between = html("span", {}, "where");
  const when = html("select", { "aria-label": "When", title: "When it is hit" },
    ...Object.entries(WHEN).map(([value, { words }]) => html("option", { value }, words)));
  const count = html("input", { type: "number", class: "count", "aria-label": "Count", min: "1", value: "1" });
  const form = html("form", { class: "line", "aria-label": "Breakpoint" },
    html("span", { class: "name" }, "break on"), where, between, predicate, when, count,
    html("button", { type: "submit", class: "hf-button" }, "Break"));
  const list = html("ul", { "aria-label": "Breakpoints" });

  listen(when, "change", () => {
    if (when.value !== "stratum") box = null;
    draw();
  });
  listen(form, "submit", async (event) => {
    event.preventDefault();
    const content = contentOf();
    if (typeof content === "string") act.say(content);
    else if (await ask?.("break", content)) {
      predicate.value = "";
      act.say(`breakpoint on ${where.textContent};`);
    }
  });

  /** What is to be set, or why that cannot be.
   * @type {() => object | string}
   */
  function contentOf() {
    const on = place();
    if (when.value === "stratum") {
      const stratum = stratumOf(on);
      return stratum === null ? "select an operator of the stratum first, or its title" : { stratum };
    }
    if (!on) return "select an edge first: a click on it, or e at an operator";
    if (when.value === "state") {
      if (graph.kind(on) !== "operator") return "select an operator that remembers: an edge holds nothing";
      return predicate.value.trim() ? { place: on, state: predicate.value } : "say when: an expression over `state`";
    }
    const counted = COUNTED.includes(when.value) ? { [when.value]: Number(count.value) } : {};
    return { place: on, predicate: predicate.value, ...counted };
  }

  /** @type {(on: string | null) => number | null} */
  function stratumOf(on) {
    if (box) return Number(box.slice("stratum-".length));
    const op = on && graph.kind(on) !== "operator" ? graph.target(on) : on;
    return op ? graph.stratum(op) ?? null : null;
  }

  /** @type {(on: string | null) => string} */
  function words(on) {
    if (when.value === "stratum") {
      const stratum = stratumOf(on);
      return stratum === null ? "(select an operator)" : `stratum ${stratum}`;
    }
    if (!on) return "(select an edge)";
    if (graph.kind(on) !== "operator") return graph.label(on);
    return when.value === "state" ? `the state of ${graph.ops[on].name}` : `all that leaves ${graph.ops[on].name}`;
  }

  function draw() {
    const { hint, holder } = WHEN[when.value];
    where.textContent = words(place());
    predicate.title = hint;
    predicate.placeholder = holder;
    predicate.hidden = between.hidden = when.value === "stratum";
    count.hidden = !COUNTED.includes(when.value);
    list.replaceChildren(...view.time.breakpoints.map((one) => html("li", {},
      html("b", { class: "sign", "aria-hidden": "true" }, "⬣"), html("code", {}, one.place), ` ${one.condition}`,
      html("span", { class: "quiet" }, one.hits ? `hit ${plural(one.hits, "time")}` : "never hit"),
      ask && removal(one.number))));
  }

  /** @type {(number: number) => HTMLElement} */
  function removal(number) {
    const made = html("button", { type: "button", class: "hf-button", title: "End this breakpoint" }, "Remove");
    made.addEventListener("click", () => ask?.("unbreak", { number }));
    return made;
  }

  return {
    form,
    list,
    draw,
    /** What was chosen by a key: a thing of the graph, or the box of a stratum.
     * @type {(at: At) => void}
     */
    choose({ id }) {
      box = id?.startsWith("stratum-") ? id : null;
      const kind = graph.kind(id);
      if (id && kind && kind !== "read" && id !== view.selected) act.select(id, true);
      if (box) when.value = "stratum";
      else if (when.value === "stratum") when.value = "";
      draw();
      if (box) when.focus();
      else predicate.focus();
    },
    /** The octagon on an edge, an operator or a stratum that a breakpoint is on.
     * @type {(id: string) => Mark | null}
     */
    mark(id) {
      const on = view.time.breakpoints.filter((one) => one.edges.includes(id) || one.ops.includes(id)
        || (one.stratum !== null && id === `stratum-${one.stratum}`));
      if (!on.length || id.startsWith("handoff")) return null;
      // Of an edge with a handoff the first half has it.
      if (graph.kind(id) === "edge" && graph.kind(graph.ends(id)[0] ?? "")?.startsWith("handoff")) return null;
      return { sign: OCTAGON, words: `breakpoint: ${on.map((one) => one.condition).join("; ")}` };
    },
  };
}
