// The keyboard. Keys act while the focus is inside the widget and never elsewhere; those with Ctrl, Alt or Meta stay
// JupyterLab's.

/** @import { Camera } from "./camera.js" */
/** @import { At, Features } from "./features.js" */
/** @import { Needs } from "./view.js" */

import { isCommand, keepKeys } from "../shared/shortcuts.js";
import { grainsOf } from "./cursor.js";

/** What the keys do, for the reader. */
const KEYS = [
  ["→ n", "step; hold to go on"], ["← p", "step back"], ["↑ ↓", "coarser, finer; rows in a table"],
  ["Home End", "to start, to newest"], ["Tab", "next operator, along the edges"],
  ["Enter", "open its table; unfold a row"], ["e", "the operator's edges in turn"],
  ["Space", "fit the graph"], ["+ -", "zoom (or Ctrl and the wheel)"],
  ["r l s", "run, run live, stop"], ["t", "to the timeline"], ["i", "inject"],
  ["/", "search operators; in a table, its rows"], ["x X", "fold the box around, all strata"],
  ["m M", "fold the module around, all modules"],
  ["c", "same in every run?"],
  ["Esc", "out: row, node, selection, widget"],
];
const NEED_A_KERNEL = new Set(["r l s", "i", "c"]);

/** The keys that do something, with a kernel or without one, and what they do.
 * @type {(hasKernel: boolean) => string[][]}
 */
export const keysFor = (hasKernel) => KEYS.filter(([keys]) => hasKernel || !NEED_A_KERNEL.has(keys));

/** @typedef {{ toggle(row: any): void, moveRow(row: Element, by: number): void, rowAt(row: Element): At["row"],
 *   search: HTMLElement }} TableKeys
 */

/** What the keys ask of the panes.
 * @typedef {object} Panes
 * @property {{ helpShown(): boolean, showHelp(show: boolean): void }} toolbar
 * @property {{ camera: Camera, focus(id: string): void }} drawing
 * @property {{ open(): void }} find
 * @property {TableKeys} tables
 * @property {{ element: HTMLElement, item: HTMLElement }} inject
 * @property {{ focus(): void }} timeline
 */

/** Whether a key scrolls a pane that was reached by Tab; a click into it leaves the keys with the stepper.
 * @type {(target: Element, key: string) => boolean}
 */
const scrolls = (target, key) => target.matches(".hf-source:focus-visible, .hf-lane:focus-visible")
  && key.startsWith("Arrow");

/** @param {Needs & { signal: AbortSignal, root: HTMLElement, features: Features, panes: Panes }} needs */
export function bindKeys({ view, act, listen, signal, root, features, panes }) {
  const { find, toolbar, drawing, tables, inject, timeline } = panes;
  const { graph } = view;
  keepKeys(root, signal);

  listen(root, "keydown", (event) => {
    if (isCommand(event)) return;
    const target = event.target;
    const typing = target.matches("input, select, textarea");
    const row = target.closest("tbody tr");
    const near = target.closest("[data-id], [data-box]")?.dataset;
    const id = near?.id ?? near?.box ?? null;
    if (event.key === "Escape") leave(Boolean(typing || row || graph.kind(id)));
    else if (typing || scrolls(target, event.key)) return;
    else if (target.matches("button") && [" ", "Enter"].includes(event.key)) return;
    else if (!press(event.key, row, id, event.repeat)) return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** @type {(by: number) => void} */
  function changeGrain(by) {
    const grains = grainsOf(graph);
    act.setGrain(grains[Math.max(0, Math.min(grains.length - 1, grains.indexOf(view.grain) + by))]);
  }

  /** @type {(row: Element | null, id: string | null) => void} */
  function enter(row, id) {
    if (row) tables.toggle(row);
    else if (graph.kind(id)) act.select(id, true);
    else if (id) act.fold(id);
  }

  /** @type {(id: string | null, kind?: "module") => void} */
  function fold(id, kind) {
    if (id) act.fold(id, kind);
  }

  /** Whether the key has a meaning; if so it was done.
   * @type {(key: string, row: Element | null, id: string | null, isHeld: boolean) => boolean}
   */
  function press(key, row, id, isHeld) {
    /** @type {Record<string, (() => unknown) | undefined>} */
    const commands = {
      ArrowRight: () => act.step(isHeld),
      n: () => act.step(isHeld),
      ArrowLeft: () => act.back(isHeld),
      p: () => act.back(isHeld),
      Home: act.toStart,
      End: act.showNewest,
      ArrowUp: () => (row ? tables.moveRow(row, -1) : changeGrain(-1)),
      ArrowDown: () => (row ? tables.moveRow(row, 1) : changeGrain(1)),
      r: act.run,
      l: act.runLive,
      s: act.stop,
      "+": () => drawing.camera.zoomIn(),
      "=": () => drawing.camera.zoomIn(),
      "-": () => drawing.camera.zoomOut(),
      " ": () => drawing.camera.fit(),
      Enter: () => enter(row, id),
      e: () => edgesInTurn(id),
      c: () => act.toggleCheck(),
      t: () => timeline.focus(),
      "/": () => (row ? tables.search.focus() : find.open()),
      x: () => fold(id ?? view.selected),
      X: () => act.fold("stratum"),
      m: () => fold(id ?? view.selected, "module"),
      M: () => act.fold("module"),
      i: () => inject.element.hidden || inject.item.focus(),
      "?": () => toolbar.showHelp(!toolbar.helpShown()),
    };
    const added = features.keys.find((one) => one.key === key);
    const at = () => ({ id: id ?? view.selected, row: row && tables.rowAt(row) });
    const command = added ? () => added.press(at()) : Object.hasOwn(commands, key) ? commands[key] : undefined;
    command?.();
    return Boolean(command);
  }

  /** @type {string | null} */
  let turning = null;
  /** @type {(id: string | null) => void} */
  function edgesInTurn(id) {
    const kind = graph.kind(id);
    if (kind === "operator" || kind === "handoff") turning = id;
    else if (graph.kind(view.selected) === "operator") turning = view.selected;
    if (!turning) return;
    const edges = [...graph.into(turning), ...graph.outOf(turning)];
    if (!edges.length) return;
    const next = edges[(edges.indexOf(view.selected ?? "") + 1) % edges.length];
    act.select(next, true);
    drawing.focus(next);
  }

  /** @type {(isInside: boolean) => void} */
  function leave(isInside) {
    if (toolbar.helpShown()) toolbar.showHelp(false);
    else if (isInside) root.focus({ preventScroll: true });
    else if (view.selected) act.select(null);
    else {
      root.blur();
      /** @type {HTMLElement | null} */
      const notebook = root.closest(".jp-Notebook");
      notebook?.focus({ preventScroll: true });
    }
  }
}
