// The text of a cell and the steppers of its notebook: what is selected in a stepper is marked in the text, and the place
// of the cursor is told to the steppers. Both name the text that they mean: once it is another, nothing is marked.

import { Decoration, ViewPlugin } from "@codemirror/view";
import { placesIn } from "./kernel.js";
import { flowOf } from "./language.js";

// The names that the steppers know them by (widgets/static/stepper/written.js).
const SELECTED = "hydroflow-selected";
const CURSOR = "hydroflow-cursor";
const STEPPERS = ".hf-stepper";

const MARKS = {
  own: Decoration.mark({ class: "hydroflow-selected" }),
  near: Decoration.mark({ class: "hydroflow-near" }),
};

/** @typedef {import("@codemirror/view").EditorView} EditorView */
/** @typedef {{ source: string, own: [number, number][], near: [number, number][] }} Selected */

export const selection = ViewPlugin.fromClass(
  class {
    /** @param {EditorView} view */
    constructor(view) {
      this.view = view;
      /** @type {Selected | null} */
      this.told = null;
      this.decorations = Decoration.none;
      this.tells = false;
      this.hear = (/** @type {any} */ event) => {
        if (notebookOf(event.target) !== notebookOf(view.dom)) return;
        const had = this.decorations !== Decoration.none;
        this.told = event.detail.own.length + event.detail.near.length ? event.detail : null;
        this.decorations = marks(view, this.told);
        if (had || this.decorations !== Decoration.none) view.dispatch({});
      };
      document.addEventListener(SELECTED, this.hear);
    }

    /** @param {import("@codemirror/view").ViewUpdate} update */
    update({ docChanged, selectionSet, focusChanged, view }) {
      if (docChanged && this.told) this.decorations = marks(view, this.told);
      if (docChanged || selectionSet || focusChanged) this.tell();
    }

    tell() {
      const { doc, selection: { main } } = this.view.state;
      const flow = this.view.hasFocus && main.empty ? flowOf(doc.toString()) : null;
      const at = flow && main.head >= flow.start ? main.head - flow.start : null;
      if (!flow || at === null) {
        if (this.tells) send(this.view, { source: "", at: null });
        this.tells = false;
      } else {
        send(this.view, { source: flow.text, at: [...flow.text.slice(0, at)].length });
        this.tells = true;
      }
    }

    destroy() {
      document.removeEventListener(SELECTED, this.hear);
      if (this.tells) send(this.view, { source: "", at: null });
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** @param {unknown} node */
const notebookOf = (node) => (node instanceof Element ? node.closest(".jp-Notebook") : null);

/** @type {(view: EditorView, detail: object) => void} */
function send(view, detail) {
  for (const stepper of notebookOf(view.dom)?.querySelectorAll(STEPPERS) ?? []) {
    stepper.dispatchEvent(new CustomEvent(CURSOR, { detail }));
  }
}

/** @type {(view: EditorView, told: Selected | null) => import("@codemirror/view").DecorationSet} */
function marks(view, told) {
  const flow = told && flowOf(view.state.doc.toString());
  if (!told || !flow || flow.text.trimEnd() !== told.source.trimEnd()) return Decoration.none;
  const place = placesIn(flow.text);
  const all = /** @type {const} */ (["own", "near"]).flatMap((kind) =>
    told[kind].map(([from, to]) => MARKS[kind].range(flow.start + place(from), flow.start + place(to)))
  );
  return all.length ? Decoration.set(all, true) : Decoration.none;
}
