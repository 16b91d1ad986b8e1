// The tab "why": how an item came to be, as a tree and as a path that is lit in the graph and the tables; and what kept
// another item away. The kernel is asked when a reader asks, and never else; a saved page knows the direct causes.

/** @import { Row } from "./rows.js" */
/** @import { At, Feature, FeatureNeeds } from "./features.js" */
/** @import { Cause, Line, Told } from "./derivation.js" */

import { html } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { Derivation } from "./derivation.js";
import { Reasons } from "../shared/reasons.js";

const KIND = "why";
const MOST_TICKS = 12;
const NEEDS_KERNEL = "This page has no reasons with it: in a notebook, `flow.why(item)` tells them.";
const NOT_HERE = "This page does not tell why: in a notebook, `flow.why(item)` does.";

/** An obstacle, as the kernel tells it.
 * @typedef {object} Obstacle
 * @property {string} operator
 * @property {string} op
 * @property {string} place
 * @property {string} edge
 * @property {number} tick
 * @property {string} words
 * @property {string} text
 */

/** @type {(needs: FeatureNeeds) => Feature} */
export function makeWhy({ view, act, listen, kernel, data, root }) {
  const { graph } = view;
  const own = () => (data.causes ? new Reasons(data.causes, view.history) : null);
  const reasons = kernel ? null : data.reasons ?? own();
  const canTell = Boolean(kernel || reasons);
  const branch = () => view.time.branches.find((one) => one.current)?.name;
  // A saved page knows the causes of the branch that the flow was on.
  const saved = data.branches?.find((one) => one.current)?.name;
  const isElsewhere = () => !kernel && saved !== undefined && (branch() ?? saved) !== saved;
  const words = html("p", { class: "hf-empty" });
  const head = html("div", { class: "hf-whyhead" });
  const tree = html("div", { class: "hf-whytree", role: "list", "aria-label": "What made it" });
  const input = html("input", {
    type: "text",
    placeholder: "a Python expression",
    spellcheck: "false",
    "aria-label": "An item that is missing",
  });
  const ask = html("button", { type: "submit", class: "hf-button" }, "Why not?");
  const where = html("span", { class: "where" });
  const form = html("form", { class: "hf-whynot" }, html("label", {}, "missing ", input), where, ask);
  const answer = html("div", { class: "hf-whyanswer", role: "status" });
  const element = html("div", { class: "hf-why" }, words, head, tree, form, answer);
  /** @type {Derivation | null} */
  let derivation = null;
  /** @type {Map<string, Set<number>>} */
  let path = new Map();
  /** What the reader opened or folded, by place.
   * @type {Map<number, boolean>}
   */
  const opened = new Map();
  /** @type {(Cause | null)[]} */
  let drawn = [];
  let note = "";
  /** What the timeline marks the ticks of.
   * @type {Derivation | null}
   */
  let marked = null;
  /** @type {unknown} */
  let epoch = null;
  let asked = 0;

  if (kernel) {
    kernel.subscribe((/** @type {any} */ news) => {
      if (news.epoch === undefined || news.epoch === epoch) return;
      const isFirst = epoch === null;
      epoch = news.epoch;
      if (isFirst) return;
      // The flow has gone back: what was told of its ticks holds no longer.
      forget("");
      answer.replaceChildren();
    });
  }

  const isOpen = () => view.tabs.open.includes(KIND);
  /** The edge whose items are asked about: the one that is selected, or the first that leaves the selected operator. */
  function edge() {
    const id = view.selected;
    if (graph.kind(id) === "edge") return id;
    if (graph.kind(id) === "handoff") return graph.fills(/** @type {string} */ (id));
    if (graph.kind(id) === "operator" && id) return graph.outOf(id)[0] ?? graph.into(id)[0] ?? null;
    return null;
  }

  /** @type {(words: string) => void} */
  function forget(words) {
    derivation = null;
    path = new Map();
    note = words;
    opened.clear();
  }

  /** Ask why an item of a row is there, and show the tab.
   * @type {(row: Row) => Promise<void>}
   */
  async function explain({ segment, item }) {
    if (!canTell) return void act.say(NEEDS_KERNEL);
    if (segment.items) return void act.say("It waits in its input: no tick has taken it in yet.");
    if (isElsewhere()) return void act.say(`This page tells why of the branch ${saved}.`);
    const number = asked += 1;
    const { tick, step, edge } = segment;
    forget("Asking …");
    act.showTab(KIND);
    /** @type {any} */
    let told = null;
    try {
      told = kernel ? await kernel.call("why", { tick, step, edge, index: item })
        : { told: reasons?.told({ tick, step, edge, index: item }) };
    } catch (problem) {
      told = { refused: /** @type {Error} */ (problem).message };
    }
    if (number !== asked) return;
    if (!told.told) forget(told.refused ?? NOT_HERE);
    else showTold(told.told);
    act.redraw();
  }

  /** @type {(told: Told) => void} */
  function showTold(told) {
    derivation = new Derivation(told, data.home ?? null);
    path = derivation.path(graph);
    note = "";
  }

  if (data.told) showTold(data.told);

  /** @type {(at: At) => void} */
  function press({ row }) {
    if (row) explain(row);
    else if (!canTell) act.say(NEEDS_KERNEL);
    else act.showTab(KIND);
  }

  listen(form, "submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!kernel || !input.value.trim()) return;
    answer.replaceChildren("Asking …");
    try {
      const told = await kernel.call("why_not", { edge: edge(), tick: null, text: input.value });
      answer.replaceChildren(...(told.refused ? [told.refused] : drawAbsence(told)));
    } catch (problem) {
      answer.replaceChildren(/** @type {Error} */ (problem).message);
    }
  });

  listen(tree, "click", (/** @type {any} */ event) => {
    const fold = event.target.closest("button.fold");
    const line = event.target.closest("button.cause");
    if (fold) {
      opened.set(Number(fold.dataset.place), fold.getAttribute("aria-expanded") !== "true");
      drawn = [];
      act.redraw();
    } else if (line && derivation) {
      const cause = derivation.steps[Number(line.dataset.place)];
      if (derivation.isHere(cause)) show(cause);
      else if (data.elsewhere) data.elsewhere(cause, derivation);
      else act.say(`it is in the node ${cause.node}, tick ${cause.tick}: open it in the network`);
    }
  });
  listen(head, "click", (/** @type {any} */ event) => {
    const tick = event.target.closest("button[data-tick]")?.dataset.tick;
    if (tick) act.show({ tick: Number(tick), done: view.history.steps(Number(tick)) ?? 0 });
  });
  listen(answer, "click", (/** @type {any} */ event) => {
    const thing = event.target.closest("button[data-edge]");
    if (thing) show({ tick: Number(thing.dataset.tick), step: Infinity, edge: thing.dataset.edge });
  });

  /** Stand where an item was put onto its edge, with the edge selected; the tab stays on top.
   * @type {(what: { tick: number, step: number, edge: string }) => void}
   */
  function show({ tick, step, edge }) {
    const all = view.history.steps(tick);
    if (all === null || all === undefined) return void act.say(`tick ${tick} is no longer kept`);
    act.show({ tick, done: Math.min(step + 1, all) });
    act.select(edge, true);
    act.showTab(KIND);
  }

  function draw() {
    if (derivation && isElsewhere()) forget("");
    const told = isOpen() ? derivation : null;
    root.classList.toggle("explains", told !== null);
    if (told === marked) return;
    marked = told;
    view.marks = { ...view.marks, why: new Set(told?.ticks) };
    data.explains?.(told?.steps ?? []);
  }

  function drawTab() {
    words.hidden = derivation !== null;
    const hint = canTell ? "Press w on a row of a table: it tells how that item came to be." : NEEDS_KERNEL;
    words.textContent = note || hint;
    form.hidden = !kernel;
    const id = edge();
    where.textContent = id ? `on ${graph.label(id)}` : "at the end of the flow";
    if (!derivation) {
      tree.replaceChildren();
      head.replaceChildren();
      drawn = [];
      return;
    }
    if (drawn.length && drawn[0] === derivation.root) return;
    drawn = [derivation.root];
    head.replaceChildren(...drawHead(derivation));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.closest(".hf-whytree button");
    const again = focused instanceof HTMLElement ? [focused.className, focused.dataset.place] : null;
    tree.replaceChildren(...derivation.lines(opened).map(drawLine));
    if (again) {
      const found = [...tree.querySelectorAll("button")].find((one) =>
        one.className === again[0] && one.dataset.place === again[1]);
      found?.focus({ preventScroll: true });
    }
  }

  /** @type {(found: Derivation) => (HTMLElement | string)[]} */
  function drawHead(found) {
    const doubts = found.steps.filter((cause) => cause.doubt).length;
    const absent = found.steps.filter((cause) => cause.absent.length).length;
    const few = found.ticks.slice(-MOST_TICKS);
    const said = [
      plural(found.steps.length + found.more, "item"),
      absent ? `${plural(absent, "step")} need something to be absent` : "",
      doubts ? `${plural(doubts, "step")} not certain` : "",
    ].filter(Boolean).join(" · ");
    return [
      html("small", {}, said),
      html("span", { class: "ticks" }, found.ticks.length > few.length ? "… " : "",
        ...few.map((tick) =>
          html("button", { type: "button", class: "hf-choice", "data-tick": tick }, `tick ${tick}`)
        )),
    ];
  }

  /** @type {(line: Line) => HTMLElement} */
  function drawLine({ place, cause, last, depth, through, again, folded, count }) {
    const style = `--depth: ${Math.min(depth, 24)}`;
    if (count) {
      return html("div", { class: "line more", role: "listitem", style }, `and ${count.toLocaleString("en")} more`);
    }
    const folds = last.causes.length > 0 && !again;
    const fold = folds
      ? html("button", {
        type: "button",
        class: "fold",
        "data-place": place,
        "aria-expanded": String(!folded),
        "aria-label": `What made ${cause.text}`,
      }, folded ? "▸" : "▾")
      : html("span", { class: "fold" }, last.origin ? "●" : "");
    const button = html("button", {
      type: "button",
      class: "cause",
      "data-place": place,
      title: `Show it: ${cause.node ? `${cause.node}, ` : ""}${cause.place}, tick ${cause.tick}`,
    }, html("code", {}, cause.text), html("small", {}, ...(cause.node ? [html("b", {}, cause.node), " "] : []),
      `${cause.place} · tick ${cause.tick}`));
    const passed = through.length ? `, through ${through.join(", ")}` : "";
    const named = last.input ? `${last.operator} ${last.input}` : last.operator;
    const why = again ? "told above" : last.because;
    const reason = html("span", { class: "because" }, html("b", {}, named), " ", ...coded(`${why}${passed}`));
    const further = again ? [] : [
      ...last.absent.map((text) => html("span", { class: "absent" }, `absent: ${text}`)),
      ...(last.doubt ? [html("span", { class: "doubt" }, `not certain: ${last.doubt}`)] : []),
    ];
    const kind = last.origin ? "line origin" : "line";
    return html("div", { class: kind, role: "listitem", style }, fold, button, reason, ...further);
  }

  /** @type {(told: { item: string, absence: { obstacles: Obstacle[] } }) => HTMLElement[]} */
  function drawAbsence({ item, absence }) {
    return absence.obstacles.slice(0, 4).map((one, place) => {
      const button = html("button", { type: "button", class: "cause", "data-edge": one.edge, "data-tick": one.tick },
        html("code", {}, one.text || item), html("small", {}, `${one.place} · tick ${one.tick}`));
      return html("div", { class: place ? "line also" : "line" }, button,
        html("span", { class: "because" }, html("b", {}, one.operator), " ", ...coded(one.words)));
    });
  }

  return {
    draw,
    keys: [{ key: "w", meaning: "why is it here? (on a row)", press }],
    tabs: { [KIND]: { element, label: () => "why", draw: drawTab } },
    rows: canTell
      ? {
        title: "Why is it here? (w)",
        text: "why",
        press: explain,
        classes: ({ segment, item }) => {
          if (segment.items || !derivation || !isOpen()) return "";
          const { tick, step, edge } = segment;
          return derivation.has({ tick, step, edge, index: item }) ? "lit" : "";
        },
      }
      : undefined,
    mark(id) {
      const ticks = isOpen() ? path.get(id) : undefined;
      if (!ticks) return null;
      const isNow = ticks.has(/** @type {number} */ (view.cursor.tick));
      return { classes: isNow ? "lit now" : "lit", words: "made the item that was asked about" };
    },
  };
}

/** Words in which what stands between backticks is code.
 * @type {(words: string) => (string | HTMLElement)[]}
 */
const coded = (words) => words.split("`").map((part, place) => (place % 2 ? html("code", {}, part) : part));
