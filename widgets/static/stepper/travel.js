// Time: going back to a tick, branches, breakpoints, watches, what differs, and looking for a text in all ticks.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Difference } from "./differences.js" */
/** @import { At, Feature } from "./features.js" */
/** @import { Found } from "./searching.js" */
/** @import { Needs } from "./view.js" */

import { html, iconButton, svg } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { branchTicks, branchWords, sentBefore, treeOf } from "./branches.js";
import { differencesOf } from "./differences.js";
import { foundWords, searchIn } from "./searching.js";
import { lines, valueAt } from "./sparkline.js";

const OCTAGON = "M5 1h6l4 4v6l-4 4H5l-4-4V5z";
const [WIDTH, HEIGHT] = [160, 26];
const ROWS = 200; // differences of an edge that are listed
const PAUSE = 250; // ms after a key before all ticks are searched

/** @param {Needs & { kernel: Kernel | null, root: HTMLElement }} needs
 * @returns {Feature}
 */
export function makeTravel({ view, act, listen, kernel, root }) {
  const { graph } = view;
  const isNode = Object.keys(view.cannot).length > 0; // its ticks are decisions of a network
  const asks = kernel && !isNode ? kernel : null;
  /** @type {number | null} */
  let base = null; // the tick that the one in sight is compared with
  /**
   * @type {{
   *   names: string[], words: string, edges: { tick: number, edge: string, badge: string }[], first: any,
   * } | null}
   */
  let branchDiff = null;
  /** @type {Difference | null} */
  let difference = null;
  /** @type {Found | null} */
  let found = null;
  let at = -1; // which of its places is in sight

  const rewind = iconButton("rewind", "Rewind here", "");
  const compare = iconButton("compare", "Compare with this tick", "", { "aria-pressed": "false" });
  const open = iconButton("octagon", "Time", "Breakpoints, watches, branches, and a search in all ticks (b, f)",
    { "aria-expanded": "false" });
  listen(rewind, "click", () => goBack());
  listen(compare, "click", () => toggleCompare());
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
  const where = html("span", { class: "where" });
  const predicate = box("Predicate", "An expression over `item`; empty: any item", "any item, or item[0] == 3");
  const when = html("select", { "aria-label": "When", title: "At which of these items" },
    html("option", { value: "" }, "each time"), html("option", { value: "nth" }, "the n-th time, n ="),
    html("option", { value: "grows" }, "a tick has more, by"));
  const count = html("input", {
    type: "number",
    class: "count",
    "aria-label": "Count",
    min: "1",
    value: "1",
    hidden: true,
  });
  const set = html("button", { type: "submit", class: "hf-button" }, "Break");
  const breaking = html("form", { class: "line", "aria-label": "Breakpoint" },
    html("span", { class: "name" }, "break on"), where, html("span", {}, "where"), predicate, when, count, set);
  const over = "Over `tick`, `edges`, `state`; with an edge selected over its `items`";
  const expression = box("Expression", over, "len(items)");
  const watching = html("form", { class: "line", "aria-label": "Watch" }, html("span", { class: "name" }, "watch"),
    expression, html("button", { type: "submit", class: "hf-button" }, "Watch"));
  const breakpoints = html("ul", { "aria-label": "Breakpoints" });
  const watches = html("ul", { "aria-label": "Watches" });
  const branches = html("ul", { "aria-label": "Branches" });
  const pane = html("div", { class: "hf-travel", role: "group", "aria-label": "Time", hidden: true },
    searching, ...(asks ? [breaking, watching] : []), breakpoints, watches, branches);

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

  /** The edge, or the operator whose edges, a breakpoint would be on.
   * @type {() => string | null}
   */
  function place() {
    const kind = graph.kind(view.selected);
    if (kind === "handoff") return graph.into(/** @type {string} */ (view.selected))[0] ?? null;
    return kind === "edge" || kind === "operator" ? view.selected : null;
  }

  /** @type {(id: string) => string} */
  const nameOf = (id) => (graph.kind(id) === "operator" ? `all that leaves ${graph.ops[id].name}` : graph.label(id));

  listen(when, "change", () => { count.hidden = !when.value; });
  listen(breaking, "submit", async (event) => {
    event.preventDefault();
    const on = place();
    if (!on) act.say("select an edge first: a click on it, or e at an operator");
    else if (await ask("break", {
      place: on, predicate: predicate.value, ...(when.value ? { [when.value]: Number(count.value) } : {}),
    })) {
      predicate.value = "";
      act.say(`breakpoint on ${nameOf(on)};`);
    }
  });
  listen(watching, "submit", async (event) => {
    event.preventDefault();
    const isOn = /\bitems\b/.test(expression.value);
    if (isOn && !place()) act.say("`items` are those of an edge: select one first");
    else if (await ask("watch", { expression: expression.value, place: isOn ? place() : null })) expression.value = "";
  });
  for (const form of [breaking, watching]) {
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

  function toggleCompare() {
    base = base === null ? view.cursor.tick : null;
    branchDiff = null;
    if (base !== null) act.showTab("diff");
    else act.closeTab("diff");
    act.redraw();
  }

  /** @type {(name: string) => Promise<void>} */
  async function compareBranch(name) {
    try {
      branchDiff = (await asks?.call("diff", { branch: name })).diff;
      base = null;
      act.showTab("diff");
    } catch (problem) {
      act.say(/** @type {Error} */ (problem).message);
    }
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

  const drains = (/** @type {string} */ edge) => graph.kind(graph.ends(edge)[0]) === "handoff"
    || graph.edges[edge]?.from in graph.handoffs;

  let drawnBranches = "";
  function drawLists() {
    const { time } = view;
    breakpoints.replaceChildren(...time.breakpoints.map((one) => html("li", {},
      html("b", { class: "sign", "aria-hidden": "true" }, "⬣"), html("code", {}, one.place), ` ${one.condition}`,
      html("span", { class: "quiet" }, one.hits ? `hit ${plural(one.hits, "time")}` : "never hit"),
      asks && button("Remove", "End this breakpoint", () => ask("unbreak", { number: one.number })))));
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
        branch.current ? html("span", { class: "hf-tag" }, "the flow is here") : null,
        ...(asks && !branch.current ? [
          button("Go there", `Go to the end of ${branch.name}`, () => ask("switch", { branch: branch.name })),
          button("Compare", `How ${branch.name} differs from the branch that the flow is on`,
            () => compareBranch(branch.name)),
          button("Delete", `Forget ${branch.name}`, () => ask("delete_branch", { branch: branch.name })),
        ] : []));
      item.style.paddingLeft = `${depth * 16}px`;
      return item;
    }));
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
    const isComparing = base !== null || branchDiff !== null;
    compare.setAttribute("aria-pressed", String(isComparing));
    compare.disabled = tick === null && !isComparing;
    compare.title = isComparing ? "Compare no more (d)" : "Compare other ticks with this one (d)";
    const [one, other] = [view.history.record(base), view.history.record(tick)];
    difference = base !== null && one && other ? differencesOf(one, other, drains) : null;
    open.classList.toggle("set", view.time.breakpoints.length > 0);
    drawPassed();
    drawLists();
    if (pane.hidden) return;
    const on = place();
    where.textContent = on ? nameOf(on) : "(select an edge)";
    answer.textContent = found ? foundWords(found, query.value) : "";
    before.disabled = after.disabled = !found?.hits.length;
  }

  // ---- the tab "diff"

  const diffHead = html("p", { class: "told" });
  const diffTables = html("div", { class: "hf-diffs" });
  const diffPanel = html("div", { class: "hf-panel" }, diffHead, diffTables);

  function drawDiff() {
    if (branchDiff) drawBranchDiff(branchDiff);
    else drawTickDiff();
  }

  function drawTickDiff() {
    const { tick } = view.cursor;
    if (base === null || tick === null) {
      diffHead.textContent = "nothing is compared";
      diffTables.replaceChildren();
      return;
    }
    const first = difference?.first;
    const place_ = first?.edge ? ` First at ${graph.label(first.edge)}: ${first.before} → ${first.after}.` : "";
    const size = difference?.edges.size;
    const is = tick === base ? "Step, or look at another tick, to see how it differs from this one."
      : size === undefined ? "…"
      : size ? `${plural(size, "edge")} differ${size === 1 ? "s" : ""}.${place_}`
      : "They are the same.";
    diffHead.textContent = `Tick ${tick} against tick ${base}: ${is}`;
    diffTables.replaceChildren(...[...(difference?.edges.values() ?? [])].map((one) => {
      const rows = [...one.removed.map((item) => row("-", item)), ...one.added.map((item) => row("+", item))];
      const notes = [
        one.isReordered ? "the same items in another order" : null,
        one.isWhole ? null : "not all items are known here: their counts are compared",
        rows.length > ROWS ? `and ${(rows.length - ROWS).toLocaleString("en")} more` : null,
      ].filter(Boolean);
      return table(one.edge, one.badge, first?.edge === one.edge, rows.slice(0, ROWS), notes.join("; "));
    }));
  }

  /** @param {NonNullable<typeof branchDiff>} diff */
  function drawBranchDiff(diff) {
    diffHead.textContent = diff.words;
    const { edges, first } = /** @type {any} */ (diff);
    diffTables.replaceChildren(...edges.slice(0, ROWS).map((/** @type {any} */ one) => {
      const isFirst = first?.tick === one.tick && first?.edge === one.edge;
      const rows = one.rows.map((/** @type {[string, string]} */ [sign, text]) => row(sign, text));
      return table(one.edge, `tick ${one.tick} · ${one.badge}`, isFirst, rows, "", one.tick);
    }));
  }

  /** @type {(sign: string, item: string) => HTMLElement} */
  const row = (sign, item) => html("tr", { class: sign === "+" ? "add" : sign === "-" ? "gone" : "" },
    html("td", { class: "sign" }, sign), html("td", { class: "item", title: item }, item));

  /**
   * @type {(
   *   edge: string, badge: string, isFirst: boolean, rows: HTMLElement[], note: string, tick?: number,
   * ) => HTMLElement}
   */
  function table(edge, badge, isFirst, rows, note, tick) {
    const name = html("button", { type: "button", class: "name", title: "Show it in the graph" }, graph.label(edge));
    name.addEventListener("click", () => {
      act.select(edge, true);
      act.showTab("diff");
      if (tick !== undefined && view.history.has(tick)) act.show({ tick, done: view.history.steps(tick) ?? 0 });
    });
    return html("section", {}, html("h5", {}, name, html("span", { class: "quiet" }, badge),
      isFirst ? html("b", { class: "hf-tag" }, "first difference") : null),
    html("table", {}, html("tbody", {}, ...rows)), note ? html("p", { class: "quiet" }, note) : null);
  }

  // ---- in the graph

  /** @type {(id: string) => import("./features.js").Mark | null} */
  function mark(id) {
    const broken = view.time.breakpoints.filter((one) => one.edges.includes(id) && !id.startsWith("handoff"));
    const isEdge = graph.kind(id) === "edge";
    const enters = isEdge && !graph.kind(graph.ends(id)[0] ?? "")?.startsWith("handoff");
    const [badge, isFirst] = isEdge ? differenceAt(id) : ["", false];
    const sent = isEdge ? sentBefore(view.time.branches, id, view.cursor.tick) : 0;
    if (!badge && !sent && !(broken.length && enters)) return null;
    const words = [
      broken.length ? `breakpoint: ${broken.map((one) => one.condition).join("; ")}` : "",
      sent ? `${plural(sent, "item")} sent before the rewind` : "",
      badge ? `differs: ${badge}${isFirst ? ", first difference" : ""}` : "",
    ].filter(Boolean).join(", ");
    return {
      classes: [badge ? "differs" : "", isFirst ? "first-difference" : ""].filter(Boolean).join(" "),
      badge: [isFirst && badge ? `${badge} first` : badge, sent ? `${sent} sent before` : ""]
        .filter(Boolean).join(" · "),
      ...(broken.length && enters ? { sign: OCTAGON } : {}),
      words,
    };
  }

  /** @type {(edge: string) => [badge: string, isFirst: boolean]} */
  function differenceAt(edge) {
    if (branchDiff) {
      const { tick } = view.cursor;
      const one = branchDiff.edges.find((each) => each.edge === edge && each.tick === tick);
      return [one?.badge ?? "", branchDiff.first?.edge === edge && branchDiff.first?.tick === tick];
    }
    return [difference?.edges.get(edge)?.badge ?? "", difference?.first?.edge === edge];
  }

  /** @type {(at: At) => void} */
  function pressBreak({ id }) {
    const kind = graph.kind(id);
    if (id && kind && kind !== "read" && id !== view.selected) act.select(id, true);
    showPane(true);
    predicate.focus();
  }

  return {
    buttons: [rewind, compare, open],
    pane,
    keys: [
      ...(asks ? [{ key: "b", meaning: "breakpoint on the edge", press: pressBreak }] : []),
      {
        key: "f",
        meaning: "search all ticks",
        press() {
          showPane(true);
          query.focus();
        },
      },
      { key: "d", meaning: "what differs from this tick", press: toggleCompare },
    ],
    tabs: { diff: { element: diffPanel, label: () => "diff", draw: drawDiff } },
    mark,
    draw,
    close: () => clearTimeout(timer),
  };
}
