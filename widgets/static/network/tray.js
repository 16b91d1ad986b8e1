// The tray: every message in flight is a card, and what may be decided about it a button and a key.

/** @import { Actions, View } from "./view.js" */
/** @import { Card } from "./tickets.js" */
/** @import { Listen } from "./controls.js" */

import { html } from "../shared/dom.js";
import { unlessPressed } from "../shared/pressed.js";
import { plural } from "../shared/text.js";
import { control } from "./controls.js";
import { inOrder, reordering } from "./tickets.js";

/** The keys of a card. */
const KEYS = /** @type {Record<string, string>} */ ({ d: "deliver", h: "hold", x: "drop", 2: "duplicate" });
const DECISIONS = /** @type {Record<string, [string, string]>} */ ({
  deliver: ["deliver", "Deliver (d)"],
  hold: ["hold", "Hold: others may come before it (h)"],
  drop: ["drop", "Drop: it is lost for good (x)"],
  duplicate: ["copy", "Duplicate: a copy is in flight, too (2)"],
});

/** @param {{ view: View, act: Actions, listen: Listen }} needs */
export function makeTray({ view, act, listen }) {
  const count = html("b", {});
  const hint = html("small", {});
  const list = html("ul", { class: "hf-cards", "aria-label": "Messages in flight" });
  const more = html("small", { hidden: true });
  const element = html("section", { class: "hf-tray", "aria-label": "Tray" },
    html("div", { class: "hf-trayhead" }, count, hint), list, more);
  /** @type {Card[]} */
  let cards = [];
  let drawn = "";
  /** @type {string | null} */
  let dragged = null;

  const card = (/** @type {string} */ message) => cards.find((one) => one.message === message);

  /** @type {(message: string, name: string) => void} */
  function decide(message, name) {
    const found = card(message);
    const reason = found ? view.whyNot(found, name) : "this message is not in flight any more";
    if (reason) act.say(reason);
    else if (name === "hold") act.decide({ do: "delay", message }, `hold ${message}`);
    else act.decide({ do: name, message }, `${name} ${message}`);
  }

  /** @type {(message: string, before: string) => void} */
  function reorder(message, before) {
    if (view.idle) {
      act.say(view.idle);
      return;
    }
    const { first, then, why } = reordering(cards, message, before, view.state?.fifo ?? true);
    if (why) act.say(why);
    else act.decide({ do: "reorder", first, then }, `reorder ${first.join(", ")} before ${then.join(", ")}`);
  }

  /** @type {(one: Card) => HTMLElement} */
  function makeCard(one) {
    const { message, from, to, text, held, after, copy } = one;
    const waits = after.length ? `after ${after.slice(0, 3).join(", ")}${after.length > 3 ? " …" : ""}` : "";
    const said = [held ? "held" : "", waits, copy ? "a copy" : ""].filter(Boolean).map((one) => `, ${one}`).join("");
    const words = `${message}, from ${from} to ${to}: ${text}${said}`;
    const buttons = Object.entries(DECISIONS).map(([name, [short, hint]]) => control({
      words: short, label: `${name} ${message}`, hint, say: act.say,
      why: () => { const found = card(message); return found ? view.whyNot(found, name) : "it is gone"; },
      press: () => decide(message, name),
    }));
    buttons.forEach((button) => button.draw());
    const tags = [held ? "held" : "", waits, copy ? "copy" : ""].filter(Boolean).map((tag) => html("i", {}, tag));
    return html("li", {
      class: `hf-card${held ? " held" : ""}`, tabindex: 0, draggable: view.hasKernel ? "true" : null,
      "data-message": message, "data-id": `m${message}`, "aria-label": words, title: words,
    },
      html("div", { class: "way" }, html("span", {}, from), html("span", { "aria-hidden": "true" }, "→"),
        html("span", {}, to), ...tags),
      html("code", {}, text),
      html("div", { class: "acts" }, ...buttons.map((button) => button.element)));
  }

  const at = (/** @type {any} */ event) => event.target.closest?.(".hf-card") ?? null;
  listen(list, "keydown", (event) => {
    const focused = at(event);
    if (!focused || event.target !== focused || event.ctrlKey || event.metaKey) return;
    const { message } = focused.dataset;
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".hf-card"))];
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const other = all[all.indexOf(focused) + step];
    if (step && event.altKey) {
      if (other) reorder(message, other.dataset.message ?? "");
    } else if (step) other?.focus();
    else if (Object.hasOwn(KEYS, event.key) && !event.altKey) decide(message, KEYS[event.key]);
    else if (event.key === "Enter") act.open(focused.dataset.id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  listen(list, "click", (event) => {
    const focused = at(event);
    if (focused && !event.target.closest("button")) act.open(focused.dataset.id);
  });
  listen(list, "pointerover", (event) => act.hover(at(event)?.dataset.id ?? null));
  listen(list, "pointerleave", () => act.hover(null));
  listen(list, "focusin", (event) => act.hover(at(event)?.dataset.id ?? null));
  listen(list, "focusout", () => act.hover(null));
  listen(list, "dragstart", (event) => {
    dragged = at(event)?.dataset.message ?? null;
    event.dataTransfer?.setData("text/plain", dragged ?? "");
  });
  listen(list, "dragover", (event) => {
    if (!dragged || !at(event)) return;
    event.preventDefault();
    for (const one of list.children) one.classList.toggle("target", one === at(event));
  });
  listen(list, "drop", (event) => {
    const target = at(event)?.dataset.message;
    if (dragged && target && target !== dragged) reorder(dragged, target);
    event.preventDefault();
  });
  listen(list, "dragend", () => {
    dragged = null;
    for (const one of list.children) one.classList.remove("target");
  });

  function draw() {
    const { state, run } = view;
    cards = state ? state.flying : saved();
    const total = state ? state.in_flight : cards.length;
    count.textContent = total ? `${plural(total, "message")} in flight` : "Nothing in flight";
    hint.textContent = total > 1 ? "reorder: drag, or Alt ↑ ↓" : "";
    more.hidden = total <= cards.length;
    more.textContent = `and ${(total - cards.length).toLocaleString("en")} more`;
    const now = JSON.stringify([cards, view.idle, run.rows]);
    if (now === drawn) return;
    drawn = now;
    const focused = list.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).closest(".hf-card") : null;
    const index = focused ? [...list.children].indexOf(focused) : -1;
    list.replaceChildren(...inOrder(cards).map(makeCard));
    if (focused) {
      const same = [...list.children].find((one) =>
        /** @type {HTMLElement} */ (one).dataset.message === /** @type {HTMLElement} */ (focused).dataset.message);
      const next = same ?? list.children[Math.min(index, list.children.length - 1)];
      /** @type {HTMLElement | undefined} */ (next)?.focus({ preventScroll: true });
    }
  }

  /** What was in flight when the run was saved.
   * @type {() => Card[]}
   */
  function saved() {
    return view.run.flying().slice(0, 200).map(({ message, from, to, text, original, holds }) => ({
      message, from, to, text, held: holds.length > 0, after: [], copy: original !== null,
      why: {},
    }));
  }

  return { element, draw: unlessPressed(list, draw) };
}
