// Time: going back to a tick, branches, breakpoints, watches, and looking for a text in all ticks.

/** @import { At, Feature, FeatureNeeds } from "./features.js" */
/** @import { Found } from "./searching.js" */

import { html, iconButton, svg } from "../shared/dom.js";
import { unlessPressed } from "../shared/pressed.js";
import { plural } from "../shared/text.js";
import { branchTicks, branchWords, sentBefore, treeOf } from "./branches.js";
import { makeBreaking } from "./breaking.js";
import { makeComparing } from "./comparing.js";
import { foundWords, searchIn } from "./searching.js";
import { lines, valueAt } from "./sparkline.js";

const [WIDTH, HEIGHT] = [160, 26];
const PAUSE = 250; // ms after a key before all ticks are searched

/** @type {(needs: FeatureNeeds) => Feature} */
export function makeTravel(needs) {
  const { view, act, listen, kernel, root } = needs;
  const { graph } = view;
  const isNode = Object.keys(view.cannot).length > 0; // its ticks are decisions of a network
  const asks = kernel && !isNode ? kernel : null;
  const comparing = makeComparing({ ...needs, kernel: asks });
  /** @type {Found | null} */
  let found = null;
  let at = -1; // which of its places is in sight

  const rewind = iconButton("rewind", "Rewind here", "");
  const open = iconButton("octagon", "Time", "Breakpoints, watches, branches, and a search in all ticks (b, f)",
    { "aria-expanded": "false" });
  listen(rewind, "click", () => goBack());
  listen(open, "click", () => showPane(pane.hidden === true));

  // ---- the pane

  /** @type {(label: string, hint: string, holder: string) => HTMLInputElement} */
  const box = (label, hint, holder) =>
    html("input", { type: "text", "aria-label": label, title: hint, placeholder: holder, spellcheck: "false" });
  /** @type {(words: string, hint: string, press: () => unknown) => HTMLButtonElement} */
  function button(words, hint, press) {
    const made = html("button", { type: "button", class: "hf-button", title: hint }, words);
    made.addEventListener("click", press);
    return made;
  }

  const query = html("input", {
    type: "search", "aria-label": "Search all ticks", placeholder: "search all ticks: when did it first appear?",
    spellcheck: "false",
  });
  const answer = html("span", { class: "told", "aria-live": "polite" });
  const before = iconButton("previous", "Previous place", "The place before");
  const after = iconButton("following", "Next place", "The next place (Enter)");
  const searching = html("div", { class: "line", role: "search" }, query, before, after, answer);
  const over = "Over `tick`, `edges`, `state`; with an edge selected over its `items`";
  const expression = box("Expression", over, "len(items)");
  const watching = html("form", { class: "line", "aria-label": "Watch" }, html("span", { class: "name" }, "watch"),
    expression, html("button", { type: "submit", class: "hf-button" }, "Watch"));
  const breaking = makeBreaking({ ...needs, place, ask: asks && ask });
  const watches = html("ul", { "aria-label": "Watches" });
  const branches = html("ul", { "aria-label": "Branches" });
  const pane = html("div", { class: "hf-travel", role: "group", "aria-label": "Time", hidden: true },
    searching, ...(asks ? [breaking.form, watching] : []), breaking.list, watches, branches);

  /** @type {(isShown: boolean) => void} */
  function showPane(isShown) {
    pane.hidden = !isShown;
    open.setAttribute("aria-expanded", String(isShown));
    if (!isShown) root.focus({ preventScroll: true });
    act.redraw();
  }

  /** Ask the kernel, and say what it refuses.
   * @type {(kind: string, content: object) => Promise<boolean>}
   */
  async function ask(kind, content) {
    try {
      await asks?.call(kind, content);
      return true;
    } catch (problem) {
      act.say(/** @type {Error} */ (problem).message);
      return false;
    }
  }

  // ---- breakpoints and watches

  /** The edge or the operator that a breakpoint or a watch would be on.
   * @type {() => string | null}
   */
  function place() {
    const kind = graph.kind(view.selected);
    if (kind === "handoff") return graph.into(/** @type {string} */ (view.selected))[0] ?? null;
    return kind === "edge" || kind === "operator" ? view.selected : null;
  }

  listen(watching, "submit", async (event) => {
    event.preventDefault();
    const isOn = /\bitems\b/.test(expression.value);
    if (isOn && !place()) act.say("`items` are those of an edge: select one first");
    else if (await ask("watch", { expression: expression.value, place: isOn ? place() : null })) expression.value = "";
  });
  for (const form of [breaking.form, watching]) {
    listen(form, "keydown", (event) => {
      if (event.key === "Escape") {
        showPane(false);
        event.stopPropagation();
      }
    });
  }

  // ---- going back

  function goBack() {
    const { tick } = view.cursor;
    if (asks && tick !== null && !rewind.disabled) ask("rewind", { tick });
  }

  // ---- searching

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  listen(query, "input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  listen(query, "keydown", (event) => {
    if (event.key === "Enter") turn(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") showPane(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  listen(before, "click", () => turn(-1));
  listen(after, "click", () => turn(1));

  async function search() {
    const text = query.value;
    found = null;
    if (text) {
      try {
        const told = kernel ? await kernel.call("search", { text }) : searchIn(view.history.records.values(), text);
        if (query.value !== text) return;
        found = told;
      } catch (problem) {
        act.say(/** @type {Error} */ (problem).message);
      }
    }
    at = -1;
    view.marks = { ...view.marks, hit: new Set(found?.ticks) };
    if (found?.hits.length) turn(1);
    act.redraw();
  }

  /** @type {(by: number) => void} */
  function turn(by) {
    const hits = found?.hits ?? [];
    if (!hits.length) return;
    at = (at + by + hits.length) % hits.length;
    const { tick, done, edge } = hits[at];
    act.select(edge, true);
    act.show({ tick, done });
  }

  // ---- marks of what is selected

  let passedOf = "";
  function drawPassed() {
    const on = view.selected && graph.kind(view.selected) !== "read" ? view.selected : null;
    const edges = !on ? [] : graph.kind(on) === "operator" ? [...graph.into(on), ...graph.outOf(on)]
      : graph.kind(on) === "handoff" ? graph.into(on) : [on];
    const now = `${edges.join(" ")}/${view.history.newest}/${view.history.oldest}/${view.running ?? ""}`;
    if (now === passedOf || (view.running && edges.length)) return;
    passedOf = now;
    const marked = (/** @type {Iterable<number>} */ ticks) => {
      view.marks = { ...view.marks, passed: new Set(ticks) };
    };
    if (!edges.length) marked([]);
    else if (kernel) {
      kernel.call("passed", { edges }).then(({ ticks }) => {
        if (passedOf !== now) return;
        marked(ticks);
        act.redraw();
      }, () => {});
    } else {
      const records = [...view.history.records.values()];
      marked(records.filter((one) => edges.some((edge) => one.passages.has(edge))).map((one) => one.tick));
    }
  }

  // ---- drawing

  let drawnBranches = "";
  function drawLists() {
    const { time } = view;
    watches.replaceChildren(...time.watches.map((one) => {
      const value = valueAt(one.values, view.cursor.tick);
      const line = svg("svg", { width: WIDTH, height: HEIGHT, role: "img", "aria-label": `${one.title} over ticks` },
        ...lines(one.values, WIDTH, HEIGHT).map((points) =>
          points.includes(" ") ? svg("polyline", { points }) : svg("circle", dot(points))));
      return html("li", {}, html("code", {}, one.title), line,
        html("span", { class: value?.[2].startsWith("raised ") ? "raised" : "" },
          value ? `${value[2]} in tick ${value[0]}` : "no values yet"),
        asks && button("Remove", "End this watch", () => ask("unwatch", { number: one.number })));
    }));
    const told = JSON.stringify(time.branches);
    if (told === drawnBranches) return;
    drawnBranches = told;
    view.marks = { ...view.marks, branch: branchTicks(time.branches) };
    branches.replaceChildren(...treeOf(time.branches).map(({ branch, depth }) => {
      const item = html("li", { class: branch.current ? "current" : "" },
        html("span", { "aria-hidden": "true" }, depth ? "└" : ""),
        html("b", {}, branch.name), html("span", { class: "quiet" }, branchWords(branch)),
        branch.current ? html("span", { class: "hf-tag" }, asks ? "the flow is here" : "shown") : null,
        ...(branch.current ? [] : branchButtons(branch.name)));
      item.style.paddingLeft = `${depth * 16}px`;
      return item;
    }));
  }

  /** @type {(name: string) => HTMLElement[]} */
  function branchButtons(name) {
    if (isNode) return [];
    const from = `the branch that ${asks ? "the flow is on" : "is shown"}`;
    const compare = button("Compare", `How ${name} differs from ${from}`, () => comparing.compareBranch(name));
    if (!asks) return [button("Show", `Look at ${name}`, () => act.showBranch(name)), compare];
    return [button("Go there", `Go to the end of ${name}`, () => ask("switch", { branch: name })), compare,
      button("Delete", `Forget ${name}`, () => ask("delete_branch", { branch: name }))];
  }

  /** @type {(point: string) => { cx: string, cy: string, r: string }} */
  function dot(point) {
    const [cx, cy] = point.split(",");
    return { cx, cy, r: "2" };
  }

  /** The tick before which a rewind would go back, or why it cannot.
   * @type {() => string | null}
   */
  function whyNoRewind() {
    const { tick } = view.cursor;
    if (isNode) return "a node's ticks are decisions of its network";
    if (!asks) return "there is no kernel here";
    if (view.state?.closed) return view.state.closed;
    if (view.running) return "stop the flow first";
    if (tick === null) return "look at a tick first";
    return view.time.kept.includes(tick) ? null : `the state before tick ${tick} is not kept`;
  }

  function draw() {
    const why = whyNoRewind();
    const { tick } = view.cursor;
    rewind.disabled = why !== null;
    rewind.title = `Rewind here: ${why ?? `go back to before tick ${tick}, and run on as a branch`}`;
    comparing.draw();
    open.classList.toggle("set", view.time.breakpoints.length > 0);
    drawPassed();
    drawLists();
    if (pane.hidden) return;
    breaking.draw();
    answer.textContent = found ? foundWords(found, query.value) : "";
    before.disabled = after.disabled = !found?.hits.length;
  }

  // ---- in the graph

  /** @type {(id: string) => import("./features.js").Mark | null} */
  function mark(id) {
    const broken = breaking.mark(id);
    const isEdge = graph.kind(id) === "edge";
    const [badge, isFirst] = isEdge ? comparing.at(id) : ["", false];
    const sent = isEdge ? sentBefore(view.time.branches, id, view.cursor.tick) : 0;
    if (!badge && !sent && !broken) return null;
    const words = [
      broken?.words ?? "",
      sent ? `${plural(sent, "item")} sent before the rewind` : "",
      badge ? `differs: ${badge}${isFirst ? ", first difference" : ""}` : "",
    ].filter(Boolean).join(", ");
    return {
      classes: [badge ? "differs" : "", isFirst ? "first-difference" : ""].filter(Boolean).join(" "),
      badge: [isFirst && badge ? `${badge} first` : badge, sent ? `${sent} sent before` : ""]
        .filter(Boolean).join(" · "),
      ...(broken ? { sign: broken.sign } : {}),
      words,
    };
  }

  /** @type {(at: At) => void} */
  function pressBreak(at_) {
    showPane(true);
    breaking.choose(at_);
  }

  return {
    buttons: [rewind, comparing.button, open],
    pane,
    keys: [
      ...(asks ? [{ key: "b", meaning: "breakpoint on the edge, operator or stratum", press: pressBreak }] : []),
      {
        key: "f",
        meaning: "search all ticks",
        press() {
          showPane(true);
          query.focus();
        },
      },
      { key: "d", meaning: "what differs from this tick", press: comparing.toggle },
    ],
    tabs: { diff: comparing.tab },
    mark,
    draw: unlessPressed(pane, draw),
    close: () => clearTimeout(timer),
  };
}
