// The tab "state" of each operator that remembers, and how much it holds as a number at its node.

/** @import { Feature, FeatureNeeds } from "./features.js" */
/** @import { Answer, Part, StateRow } from "./states.js" */

import { html } from "../shared/dom.js";
import { compact, plural } from "../shared/text.js";
import { partsAt } from "./branches.js";
import { CHANGED, GONE, NEW, StateHistory, WORDS } from "./states.js";

const KIND = "state";
const ELSEWHERE = "The states of this branch are not in the file, but those of the branch that the flow was on.";
/** A drum, as memory is drawn. */
const SIGN = "M3 4.2C3 3 5.2 2 8 2s5 1 5 2.2v7.6C13 13 10.8 14 8 14s-5-1-5-2.2zM4.4 5.9v5.9c.3.3 1.7.8 3.6.8s3.3-.5 "
  + "3.6-.8V5.9C10.7 6.3 9.4 6.5 8 6.5s-2.7-.2-3.6-.6z";
/** The classes of rows, as in the tables of items.
 * @type {Record<string, string>}
 */
const CLASSES = { [NEW]: "add", [GONE]: "sub", [CHANGED]: "changed" };

/** @type {(needs: FeatureNeeds) => Feature} */
export function makeState({ view, act, kernel, data, root }) {
  const { graph, history } = view;
  const element = html("div", { class: "hf-state" });
  const saved = data.states ? new StateHistory(data.states) : null;
  /** The newest answer, and what it answers.
   * @type {{ key: string, answer: Answer }}
   */
  let known = { key: "", answer: {} };
  /** @type {string | null} what is asked for and has no answer yet */
  let asked = null;
  /** @type {unknown} */
  let epoch = null;
  /** What the element shows.
   * @type {unknown[]}
   */
  let drawn = [];

  if (kernel) {
    kernel.subscribe((/** @type {any} */ news) => {
      if (news.epoch === epoch) return;
      // The flow has gone back: what was told of its ticks holds no longer.
      epoch = news.epoch;
      known = { key: "", answer: {} };
    });
  }

  /** The tick whose end is shown, null for now; undefined where nothing is held yet. */
  function shownTick() {
    const { tick } = view.cursor;
    if (tick === null) return history.newest === null && !saved ? null : undefined;
    return history.summary(tick)?.complete || saved ? tick : null;
  }

  /** Whether a tick is one of the branch whose states are saved.
   * @type {(tick: number | null) => boolean}
   */
  function isOfBranch(tick) {
    const current = data.branches?.find((one) => one.current)?.name;
    const shown = view.time.branches.find((one) => one.current)?.name;
    return tick === null || !current || !shown || tick < partsAt(view.time.branches, current, shown);
  }

  function draw() {
    const tick = shownTick();
    if (tick === undefined) {
      known = { key: "start", answer: {} };
      return;
    }
    const ops = view.tabs.open.flatMap((id) => (id.startsWith(`${KIND}:`) ? [id.slice(KIND.length + 1)] : []));
    const steps = tick === null ? `now ${view.cursor.tick} ${history.steps(view.cursor.tick)}` : "";
    const branch = saved ? view.time.branches.find((one) => one.current)?.name : "";
    const key = [epoch, branch, tick, steps, ...ops].join(" ");
    if (key === known.key) return;
    if (saved) known = { key, answer: isOfBranch(tick) ? saved.answer(tick, ops) : { why: ELSEWHERE } };
    else if (kernel && view.state && !view.state.closed && !view.running && asked === null) {
      asked = key;
      kernel.call("states", { tick, ops }).then((answer) => {
        known = { key, answer };
      }, () => {
        known = { key, answer: {} };
      }).finally(() => {
        asked = null;
        act.redraw();
      });
    }
  }

  /** @type {(id: string) => boolean} */
  const remembers = (id) => (saved ? id in saved.saved.parts : id in (known.answer.sizes ?? {}));

  /** @type {(id: string) => import("./features.js").Mark | null} */
  function mark(id) {
    const size = known.answer.sizes?.[id];
    // A chosen metric has the place.
    if (!size || root.classList.contains("hf-measured")) return null;
    return { classes: "holds", badge: compact(size), sign: SIGN, words: `holds ${plural(size, "item")}` };
  }

  /** @type {(thing: string | null) => void} */
  function drawTab(thing) {
    const { why } = known.answer;
    const page = thing === null ? undefined : known.answer.states?.[thing];
    const now = [thing, page ?? why];
    if (drawn.length === now.length && drawn.every((one, place) => one === now[place])) return;
    drawn = now;
    if (thing === null || !page) {
      element.replaceChildren(html("p", { class: "hf-empty" }, why ?? "Reading the state …"));
      return;
    }
    const size = page.parts.reduce((sum, part) => sum + part.size, 0);
    const when = page.tick === null ? "" : ` ${page.within ? "within" : "after"} tick ${page.tick}`;
    element.replaceChildren(
      html("p", { class: "hf-statehead" }, html("code", {}, graph.ops[thing]?.name ?? thing),
        `${when} holds ${size ? plural(size, "item") : "nothing"}`),
      ...page.parts.flatMap((part) => drawPart(part)),
    );
  }

  return {
    draw,
    mark,
    tabs: {
      [KIND]: {
        element,
        label: (thing) => (thing === null ? "state" : `state of ${graph.label(thing)}`),
        draw: drawTab,
        beside: (thing) => graph.kind(thing) === "operator" && remembers(thing),
      },
    },
  };
}

/** @type {(part: Part) => HTMLElement[]} */
function drawPart(part) {
  const told = part.lasts ? [part.form, part.size.toLocaleString("en"), part.changes].filter(Boolean).join(" · ")
    : "forgotten at the end of each tick ('tick)";
  const head = html("h4", {}, part.name, " ", html("small", {}, told));
  if (!part.rows.length) return [head];
  const hasKeys = part.rows.some(([, key]) => key !== null);
  const heads = ["#", ...(hasKeys ? ["key", "value"] : ["item"]), "in this tick"];
  const table = html("table", { "aria-label": `${part.name}: ${part.form}` },
    html("thead", {}, html("tr", {}, ...heads.map((text) => html("th", { scope: "col" }, text)))),
    html("tbody", {}, ...part.rows.map((row, place) => drawRow(row, place, hasKeys))));
  const left = part.count - part.rows.length;
  const more = left > 0 ? html("p", { class: "hf-empty" }, `and ${left.toLocaleString("en")} more`) : null;
  return [head, table, ...(more ? [more] : [])];
}

/** @type {(row: StateRow, place: number, hasKeys: boolean) => HTMLElement} */
function drawRow([sign, key, value, before, inside], place, hasKeys) {
  const content = before === undefined ? [value] : [html("s", {}, before), " → ", value];
  const words = [WORDS[sign] ?? "", inside ? `(${inside} inside)` : ""].filter(Boolean).join(" ");
  return html("tr", { class: CLASSES[sign] ?? "" },
    html("td", {}, String(place)),
    hasKeys ? html("td", { class: "item key", title: key }, key ?? "") : null,
    html("td", { class: "item", title: value }, ...content),
    html("td", { class: "delta" }, html("b", {}, sign), sign ? words : ""));
}
