// Marks each place of the name, port or lifetime that the cursor stands in.

import { syntaxTree } from "@codemirror/language";
import { Decoration, ViewPlugin } from "@codemirror/view";
import { isFlow } from "./language.js";

const MARK = Decoration.mark({ class: "hydroflow-same" });
// A name is defined at one place and used at others; `$name` in an argument reads it.
const FAMILIES = [/^variableName/, /^operatorName/, /^propertyName/, /^lifetime/];

/** @typedef {import("@codemirror/view").EditorView} EditorView */

export const occurrences = ViewPlugin.fromClass(
  class {
    /** @param {EditorView} view */
    constructor(view) {
      this.decorations = marks(view);
    }

    /** @param {import("@codemirror/view").ViewUpdate} update */
    update({ docChanged, selectionSet, focusChanged, view }) {
      if (docChanged || selectionSet || focusChanged) this.decorations = marks(view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** @param {EditorView} view */
function marks(view) {
  const { doc, selection } = view.state;
  if (!view.hasFocus || !selection.main.empty || !isFlow(doc.sliceString(0, 2_000))) return Decoration.none;
  const tree = syntaxTree(view.state), at = selection.main.head;
  const here = [tree.resolveInner(at, 1), tree.resolveInner(at, -1)].find((node) => familyOf(node.name));
  if (!here) return Decoration.none;
  const family = familyOf(here.name);
  const word = plain(doc.sliceString(here.from, here.to));
  /** @type {import("@codemirror/state").Range<Decoration>[]} */
  const found = [];
  tree.iterate({
    enter({ name, from, to }) {
      if (familyOf(name) === family && plain(doc.sliceString(from, to)) === word) found.push(MARK.range(from, to));
    },
  });
  return found.length > 1 ? Decoration.set(found) : Decoration.none;
}

/** @param {string} name */
const familyOf = (name) => FAMILIES.find((family) => family.test(name)) ?? null;

/** @param {string} word */
const plain = (word) => word.replace(/^\$/, "");
