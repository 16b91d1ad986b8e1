// The keyboard. Keys act while the focus is inside the widget and never elsewhere; those with Ctrl, Alt or Meta stay JupyterLab's.

import { grainsOf } from "./cursor.js";

export const KEYS = [
  ["→ n", "step"], ["← p", "step back"], ["↑ ↓", "coarser, finer; rows in a table"], ["Home End", "to start, to newest"],
  ["Tab", "next operator, along the edges"], ["Enter", "open its table; unfold a row"], ["e", "the operator's edges in turn"],
  ["Space", "fit the graph"], ["+ -", "zoom (or Ctrl and the wheel)"], ["r l s", "run, run live, stop"], ["t", "to the timeline"],
  ["/", "search in the table"], ["i", "inject"], ["Esc", "out: row, node, selection, widget"],
];

export function bindKeys(view, { toolbar, drawing, tables, inject, timeline }) {
  const { root, act, graph } = view;
  // JupyterLab looks for this attribute before it runs a shortcut. Its one-letter commands must not fire from inside the
  // widget, its Ctrl commands (save) must, so the attribute is set key by key, before anybody else sees the key.
  view.listen(window, "keydown", (event) => {
    if (!root.contains(event.target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  }, { capture: true });

  view.listen(root, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const typing = target.matches("input, select, textarea");
    const row = target.closest("tbody tr");
    const id = target.closest("[data-id]")?.dataset.id;
    if (event.key === "Escape") leave(typing || row || graph.kind(id));
    else if (typing) return;
    else if (target.matches("button") && [" ", "Enter"].includes(event.key)) return;
    else if (!press(event.key, row, id)) return;
    event.preventDefault();
    event.stopPropagation();
  });

  function press(key, row, id) {
    const grains = grainsOf(graph);
    const grainBy = (by) => act.setGrain(grains[Math.max(0, Math.min(grains.length - 1, grains.indexOf(view.grain) + by))]);
    const enter = () => {
      if (row) tables.toggle(row);
      else if (graph.kind(id)) act.select(id, true);
    };
    const command = {
      ArrowRight: act.step, n: act.step, ArrowLeft: act.back, p: act.back, Home: act.toStart, End: act.showNewest,
      ArrowUp: () => (row ? tables.moveRow(row, -1) : grainBy(-1)), ArrowDown: () => (row ? tables.moveRow(row, 1) : grainBy(1)),
      r: act.run, l: act.runLive, s: act.stop, "+": () => drawing.camera.zoom(0.8), "=": () => drawing.camera.zoom(0.8), "-": () => drawing.camera.zoom(1.25),
      " ": () => drawing.camera.fit(), Enter: enter, e: () => edgesInTurn(id), t: () => timeline.focus(),
      "/": () => view.active && tables.search.focus(), i: () => inject.element.hidden || inject.item.focus(), "?": () => toolbar.showHelp(!toolbar.helpShown()),
    }[key];
    command?.();
    return Boolean(command);
  }

  let turning = null;
  function edgesInTurn(id) {
    if (graph.kind(id) === "operator" || graph.kind(id) === "handoff") turning = id;
    else if (graph.kind(view.selected) === "operator") turning = view.selected;
    if (!turning) return;
    const edges = [...graph.into(turning), ...graph.outOf(turning)];
    if (!edges.length) return;
    const next = edges[(edges.indexOf(view.selected) + 1) % edges.length];
    act.select(next, true);
    drawing.focus(next);
  }

  function leave(inner) {
    if (toolbar.helpShown()) toolbar.showHelp(false);
    else if (inner) root.focus({ preventScroll: true });
    else if (view.selected) act.select(null);
    else {
      root.blur();
      root.closest(".jp-Notebook")?.focus({ preventScroll: true });
    }
  }
}
