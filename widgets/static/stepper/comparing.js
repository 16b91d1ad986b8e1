// What differs: of the tick in sight from another one, or of a branch from the one that is shown. Badges in the graph,
// and the tab "diff".

/** @import { Difference, RunDifference } from "./differences.js" */
/** @import { FeatureNeeds, Tab } from "./features.js" */

import { html, iconButton } from "../shared/dom.js";
import { plural } from "../shared/text.js";
import { ticksOf } from "./branches.js";
import { differencesOf, differencesOfRuns, rowsOf } from "./differences.js";
import { Recorded } from "./history.js";

const ROWS = 200; // differences of an edge that are listed

/** `at` says of an edge how it differs where the reader looks, and whether it is the first one that does.
 * @typedef {object} Comparing
 * @property {HTMLElement} button
 * @property {Tab} tab
 * @property {() => void} toggle
 * @property {(name: string) => Promise<void>} compareBranch
 * @property {(edge: string) => [badge: string, isFirst: boolean]} at
 * @property {() => void} draw
 */

/** @type {(needs: FeatureNeeds) => Comparing} */
export function makeComparing({ view, act, listen, kernel, data }) {
  const { graph } = view;
  /** @type {number | null} */
  let base = null; // the tick that the one in sight is compared with
  /** @type {RunDifference | null} */
  let runs = null;
  /** @type {Difference | null} */
  let difference = null;

  const button = iconButton("compare", "Compare with this tick", "", { "aria-pressed": "false" });
  listen(button, "click", () => toggle());

  function toggle() {
    base = base === null && runs === null ? view.cursor.tick : null;
    runs = null;
    if (base !== null) act.showTab("diff");
    else act.closeTab("diff");
    act.redraw();
  }

  /** @type {(name: string) => Promise<void>} */
  async function compareBranch(name) {
    try {
      runs = kernel ? (await kernel.call("diff", { branch: name })).diff : differenceOfBranch(name);
      base = null;
      act.showTab("diff");
    } catch (problem) {
      act.say(/** @type {Error} */ (problem).message);
    }
  }

  /** @type {(name: string) => RunDifference} */
  function differenceOfBranch(name) {
    const { branches = [], ticks = [] } = data;
    const here = view.time.branches.find((one) => one.current)?.name ?? "";
    const known = new Map(ticks.map((tick) => [tick, new Recorded(tick)]));
    const [ones, others] = [name, here].map((one) => new Map(ticksOf(branches, one, ticks).map((tick) => {
      const record = known.get(tick) ?? new Recorded(tick);
      known.set(tick, record);
      return [tick.tick, record];
    })));
    return differencesOfRuns([name, here], ones, others, drains, (edge) => graph.label(edge));
  }

  const drains = (/** @type {string} */ edge) => graph.kind(graph.ends(edge)[0]) === "handoff"
    || graph.edges[edge]?.from in graph.handoffs;

  // ---- the tab

  const head = html("p", { class: "told" });
  const tables = html("div", { class: "hf-diffs" });
  const panel = html("div", { class: "hf-panel" }, head, tables);

  function drawTicks() {
    const { tick } = view.cursor;
    if (base === null || tick === null) {
      head.textContent = "nothing is compared";
      tables.replaceChildren();
      return;
    }
    const first = difference?.first;
    const place = first?.edge ? ` First at ${graph.label(first.edge)}: ${first.before} → ${first.after}.` : "";
    const size = difference?.edges.size;
    const is = tick === base ? "Step, or look at another tick, to see how it differs from this one."
      : size === undefined ? "…"
      : size ? `${plural(size, "edge")} differ${size === 1 ? "s" : ""}.${place}`
      : "They are the same.";
    head.textContent = `Tick ${tick} against tick ${base}: ${is}`;
    tables.replaceChildren(...[...(difference?.edges.values() ?? [])].map((one) =>
      table(one.edge, one.badge, first?.edge === one.edge, rowsOf(one))));
  }

  /** @type {(diff: RunDifference) => void} */
  function drawRuns({ words, edges, first }) {
    head.textContent = words;
    tables.replaceChildren(...edges.slice(0, ROWS).map((one) => {
      const isFirst = first?.tick === one.tick && first?.edge === one.edge;
      return table(one.edge, `tick ${one.tick} · ${one.badge}`, isFirst, one.rows, one.tick);
    }));
  }

  /** @type {(row: [string, string]) => HTMLElement} */
  function drawRow([sign, item]) {
    return html("tr", { class: sign === "+" ? "add" : sign === "-" ? "gone" : "" },
      html("td", { class: "sign" }, sign), html("td", { class: "item", title: item }, item));
  }

  /**
   * @type {(
   *   edge: string, badge: string, isFirst: boolean, rows: [string, string][], tick?: number,
   * ) => HTMLElement}
   */
  function table(edge, badge, isFirst, rows, tick) {
    const name = html("button", { type: "button", class: "name", title: "Show it in the graph" }, graph.label(edge));
    name.addEventListener("click", () => {
      act.select(edge, true);
      act.showTab("diff");
      if (tick !== undefined && view.history.has(tick)) act.show({ tick, done: view.history.steps(tick) ?? 0 });
    });
    const more = rows.length - ROWS;
    return html("section", {}, html("h5", {}, name, html("span", { class: "quiet" }, badge),
      isFirst ? html("b", { class: "hf-tag" }, "first difference") : null),
    html("table", {}, html("tbody", {}, ...rows.slice(0, ROWS).map(drawRow))),
    more > 0 ? html("p", { class: "quiet" }, `and ${more.toLocaleString("en")} more`) : null);
  }

  return {
    button,
    tab: { element: panel, label: () => "diff", draw: () => (runs ? drawRuns(runs) : drawTicks()) },
    toggle,
    compareBranch,
    at(edge) {
      if (!runs) return [difference?.edges.get(edge)?.badge ?? "", difference?.first?.edge === edge];
      const { tick } = view.cursor;
      const one = runs.edges.find((each) => each.edge === edge && each.tick === tick);
      return [one?.badge ?? "", runs.first?.edge === edge && runs.first?.tick === tick];
    },
    draw() {
      const { tick } = view.cursor;
      const isComparing = base !== null || runs !== null;
      button.setAttribute("aria-pressed", String(isComparing));
      button.disabled = tick === null && !isComparing;
      button.title = isComparing ? "Compare no more (d)" : "Compare other ticks with this one (d)";
      const [one, other] = [view.history.record(base), view.history.record(tick)];
      difference = base !== null && one && other ? differencesOf(one, other, drains, [view.history, view.history])
        : null;
    },
  };
}
