// Gives the cells of a notebook that hold a flow the language of flows, and gives it back when they hold one no more.

import { isFlow, MIME } from "./language.js";

/** @typedef {import("@jupyterlab/codemirror").IEditorLanguageRegistry} Languages */
/** @typedef {import("@jupyterlab/cells").ICellModel} Cell */

/**
 * @param {import("@jupyterlab/notebook").INotebookTracker} tracker
 * @param {Languages} languages
 */
export function followCells(tracker, languages) {
  const follow = follower(languages);
  const watch = (/** @type {import("@jupyterlab/notebook").NotebookPanel} */ panel) =>
    void panel.context.ready.then(() => {
      const cells = panel.content.model?.cells;
      if (!cells) return;
      for (const cell of cells) follow(cell);
      cells.changed.connect((_, change) => change.newValues.forEach(follow));
    });
  tracker.forEach(watch);
  tracker.widgetAdded.connect((_, panel) => watch(panel));
}

/** @param {Languages} languages */
function follower(languages) {
  /** @type {WeakSet<Cell>} */
  const followed = new WeakSet();
  return (/** @type {Cell} */ cell) => {
    if (cell.type !== "code" || followed.has(cell)) return;
    followed.add(cell);
    let other = cell.mimeType;
    const update = async () => {
      if (cell.mimeType !== MIME) other = cell.mimeType;
      if ((cell.mimeType === MIME) === holdsFlow(cell)) return;
      // An editor takes the language that it was told of last only if no other one is still being loaded.
      await languages.getLanguage(other);
      await new Promise((resolve) => setTimeout(resolve));
      const wanted = holdsFlow(cell) ? MIME : other;
      if (cell.mimeType !== wanted) cell.mimeType = wanted;
    };
    void update();
    cell.contentChanged.connect(update);
    // The notebook tells all cells the language of its kernel when that is known.
    cell.mimeTypeChanged.connect(update);
  };
}

/** @param {Cell} cell */
const holdsFlow = (cell) => isFlow(cell.sharedModel.getSource().slice(0, 2_000));
