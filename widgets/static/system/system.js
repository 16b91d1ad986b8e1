// The widget of a system: its picture, from which the steppers of its nodes open, and what is in flight on its arrows.

/** @import { Kernel, Model } from "../shared/connection.js" */
/** @import { Channel, Location } from "./parts.js" */

import { connect } from "../shared/connection.js";
import { html, iconButton } from "../shared/dom.js";
import { makeNodeStrip } from "../shared/nodestrip.js";
import { readPicture } from "../shared/picture.js";
import { unlessPressed } from "../shared/pressed.js";
import { isCommand, keepKeys } from "../shared/shortcuts.js";
import { hideStill } from "../shared/still.js";
import { mount } from "../stepper/stepper.js";
import { flightWords, nextMember, partAt, wordsOf } from "./parts.js";

/** Show a system in an element; the function that is given back takes it away.
 * @type {(el: Element, name: string, kernel: Kernel) => () => void}
 */
export function showSystem(el, name, kernel) {
  const ending = new AbortController();
  const uid = `hf${Math.random().toString(36).slice(2, 8)}`;
  const root = html("div", {
    class: "hf hf-system", tabindex: "0", role: "region", "aria-label": `System ${name}`,
  });
  const stage = html("div", { class: "hf-stage" });
  const line = html("output", { role: "status", "aria-live": "polite" });
  const flightTitle = html("b", {});
  const closeFlight = iconButton("close", "Close what is in flight", "Close");
  const flightList = html("ul", {});
  const flight = html("section", { class: "hf-flight", "aria-label": "In flight", hidden: true },
    html("div", { class: "hf-flighthead" }, flightTitle, closeFlight), flightList);
  /** @type {Location[]} */
  let locations = [];
  /** @type {Channel[]} */
  let channels = [];
  /** The name of the channel that is looked at. @type {string | null} */
  let looked = null;

  const nodes = makeNodeStrip({
    kernel, mount, lead: `${name} runs as`, own: ["the picture alone", "Close the stepper"],
    say(problem) { line.textContent = problem; },
    changed() {
      line.textContent = nodes.nodes().length ? "" : `nothing runs yet: ${name}.network(...) makes a network`;
      mark();
    },
  });

  /** @type {(id: string) => void} */
  function press(id) {
    const { channel, location } = partAt(locations, channels, id);
    if (channel) {
      looked = looked === channel.name ? null : channel.name;
      drawFlight();
    } else if (location) {
      const shown = nodes.shown();
      const member = nextMember(location.members, shown && shown.node);
      const node = nodes.nodes().find((one) => one.node === member);
      if (node) nodes.choose(node);
      else line.textContent = `nothing runs at ${location.name} yet: ${name}.network(...) makes a network`;
    }
    mark();
  }

  function drawFlight() {
    const channel = channels.find((one) => one.name === looked);
    flight.hidden = !channel;
    if (!channel) return;
    const { head, rest } = flightWords(channel);
    flightTitle.textContent = head;
    const rows = channel.flying.map((text) => html("li", {}, html("code", {}, text)));
    flightList.replaceChildren(...rows, ...(rest ? [html("li", {}, rest)] : []));
  }

  // What is shown below is marked in the picture.
  function mark() {
    const shown = nodes.shown();
    for (const thing of stage.querySelectorAll("[data-part]")) {
      const { channel, location } = partAt(locations, channels, /** @type {SVGElement} */ (thing).dataset.id ?? "");
      const isShown = channel ? channel.name === looked : Boolean(shown && location?.members.includes(shown.node));
      thing.setAttribute("aria-pressed", String(isShown));
    }
  }

  /** @type {(svg: string) => void} */
  function draw(svg) {
    const picture = readPicture(svg, uid, true);
    if (!picture) return;
    const focused = stage.contains(document.activeElement)
      ? /** @type {SVGElement} */ (/** @type {unknown} */ (document.activeElement)).dataset.id : undefined;
    picture.classList.add("hf-picture");
    picture.setAttribute("role", "group");
    picture.setAttribute("aria-label", `Picture of ${name}`);
    const [, , width] = (picture.getAttribute("viewBox") ?? "0 0 700 0").split(" ").map(Number);
    // A large picture is scrolled: its texts are as large as those around it, or little smaller.
    picture.style.maxWidth = `${Math.round(width * 1.2)}px`;
    picture.style.minWidth = `${Math.round(width * 0.9)}px`;
    for (const { id, words } of wordsOf(locations, channels)) {
      const thing = picture.querySelector(`[data-id="${CSS.escape(id)}"]`);
      if (!thing) continue;
      for (const [attribute, value] of Object.entries({ role: "button", tabindex: "0", "data-part": "" })) {
        thing.setAttribute(attribute, value);
      }
      thing.setAttribute("aria-label", words);
    }
    stage.replaceChildren(picture);
    mark();
    if (focused) find(focused)?.focus({ preventScroll: true });
  }

  /** @type {(id: string) => SVGElement | null} */
  function find(id) {
    return stage.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  stage.addEventListener("click", (event) => {
    const thing = /** @type {Element} */ (event.target).closest("[data-id]");
    if (thing) press(/** @type {SVGElement} */ (thing).dataset.id ?? "");
  });
  stage.addEventListener("keydown", (event) => {
    if (![" ", "Enter"].includes(event.key) || isCommand(event)) return;
    const id = /** @type {SVGElement} */ (/** @type {unknown} */ (event.target)).dataset.id;
    if (!id) return;
    event.preventDefault();
    press(id);
  });
  closeFlight.addEventListener("click", () => {
    const channel = channels.find((one) => one.name === looked);
    looked = null;
    drawFlight();
    mark();
    if (channel) find(channel.parts[channel.parts.length - 1])?.focus({ preventScroll: true });
  });

  const drawUnlessPressed = unlessPressed(stage, draw);
  const unsubscribe = kernel.subscribe((news) => {
    if (news.kind === "gone") line.textContent = news.why;
    else if (!news.side) {
      ({ locations, channels } = news);
      drawUnlessPressed(news.svg);
      drawFlight();
    }
  });
  const hint = html("span", { class: "hint", "aria-hidden": "true" },
    "click a location: the stepper of a node there, again: the next one · click ~>: what is in flight");
  root.append(nodes.strip, stage, flight, nodes.place, html("div", { class: "hf-status" }, line, hint));
  el.replaceChildren(root);
  keepKeys(root, ending.signal);
  kernel.call("hello").catch(() => {});
  return () => {
    ending.abort();
    unsubscribe();
    nodes.close();
    el.replaceChildren();
  };
}

export default {
  /** @type {(widget: { model: Model, el: Element }) => () => void} */
  render({ model, el }) {
    const kernel = connect(model);
    const unmount = showSystem(el, model.get("name"), kernel);
    const showStill = hideStill(el, model.get("still"));
    return () => {
      showStill();
      unmount();
      kernel.close();
    };
  },
};
