// The heads of the lanes, which stay in sight: each node's name and state, and what can be decided about it.

/** @import { Actions, View } from "./view.js" */
/** @import { Control } from "./controls.js" */

import { html } from "../shared/dom.js";
import { control } from "./controls.js";
import { laneX } from "./places.js";

/** @param {{ view: View, act: Actions, isStill: boolean }} needs */
export function makeLanes({ view, act, isStill }) {
  const element = html("div", { class: "hf-heads" });
  let known = "";
  /** @type {{ part: HTMLElement, draw: () => void }[]} */
  let heads = [];

  /** @type {(node: string, address: string) => { part: HTMLElement, draw: () => void }} */
  function head(node, address) {
    const name = html("b", { title: address ? `${node} at ${address}` : node }, node);
    const state = html("small", {});
    const part = html("div", { class: "hf-nethead", "data-node": node }, name, state);
    if (isStill) return { part, draw() {} };
    const chosen = { "aria-label": `Choose ${node} for a cut`, title: "Choose for a cut" };
    const box = html("input", { type: "checkbox", ...chosen });
    box.addEventListener("change", () => act.choose(node));
    const now = () => view.state?.nodes.find((one) => one.node === node);
    /** @type {(words: string, name: string, decision: object, hint: string) => Control} */
    const made = (words, decided, decision, hint) => control({
      words, label: `${hint} ${node}`, hint: `${hint} ${node}`, say: act.say,
      why: () => { const found = now(); return found ? view.whyNot(found, decided) : view.idle; },
      press: () => act.decide({ ...decision, node }, `${hint} ${node}`),
    });
    const tick = made("tick", "tick", { do: "tick" }, "Tick");
    const crash = made("crash", "crash", { do: "crash" }, "Crash");
    const point = html("select", { class: "hf-act", title: "Crash at a step of the protocol of durable nodes",
      "aria-label": `Crash ${node} at a step of its protocol` });
    point.addEventListener("change", () => {
      const at = point.value;
      point.value = "";
      const found = now();
      const reason = found ? view.whyNot(found, `crash at ${at}`) : view.idle;
      if (reason) act.say(reason);
      else act.decide({ do: "crash", node, at }, `Crash ${node} at ${at}`);
    });
    const kept = made("restart", "kept", { do: "restart", state: "kept" }, "Restart with its state");
    const lost = made("restart, lost", "lost", { do: "restart", state: "lost" }, "Restart without state");
    const durable = made(
      "restart, durable", "durable", { do: "restart", state: "durable" }, "Restart with the durable state alone",
    );
    const join = made("join", "join", { do: "join" }, "Join");
    const controls = [tick, crash, kept, lost, durable, join];
    part.prepend(box);
    part.append(html("span", { class: "acts" }, tick.element, crash.element, point,
      ...controls.slice(2).map((one) => one.element)));
    return {
      part,
      draw() {
        const found = now();
        const isDown = found?.state === "down";
        const isLate = Boolean(found && found.state !== "up" && !isDown);
        [tick, crash].forEach((one) => { one.element.hidden = isDown || isLate; });
        const points = found?.points ?? [];
        point.hidden = isDown || isLate || !points.length;
        if (!point.hidden && point.childElementCount !== points.length + 1) {
          const option = (/** @type {string} */ value) => html("option", { value }, value);
          point.replaceChildren(html("option", { value: "" }, "crash at …"), ...points.map(option));
        }
        [kept, lost].forEach((one) => { one.element.hidden = !isDown; });
        durable.element.hidden = !isDown || !("durable" in found.why);
        join.element.hidden = !isLate;
        controls.forEach((one) => one.draw());
        state.textContent = !found ? "" : found.state === "up" ? `${found.due ? "due" : "idle"}` : found.state;
        part.classList.toggle("down", isDown || isLate);
        part.classList.toggle("due", Boolean(found?.due));
        box.checked = view.chosen.has(node);
        box.disabled = !view.hasKernel;
      },
    };
  }

  return {
    element,
    /** @type {(gap: number) => void} */
    draw(gap) {
      const { lanes } = isStill && view.beside ? view.beside : view.run;
      const names = JSON.stringify(lanes);
      if (names !== known) {
        known = names;
        heads = lanes.map(({ node, address }) => head(node, address));
        element.replaceChildren(...heads.map(({ part }) => part));
      }
      heads.forEach(({ part, draw }, index) => {
        part.style.left = `${laneX(index, gap) - gap / 2 + 3}px`;
        part.style.width = `${gap - 6}px`;
        draw();
      });
    },
  };
}
