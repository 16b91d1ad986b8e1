// `%%hydroflow` cells in JupyterLab and Notebook: colours, mistakes while writing, pages of operators.

import { EditorView } from "@codemirror/view";
import { IThemeManager } from "@jupyterlab/apputils";
import { EditorExtensionRegistry, IEditorExtensionRegistry, IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { followCells } from "./cells.js";
import { hydroflow } from "./language.js";
import { occurrences } from "./occurrences.js";
import { pages } from "./pages.js";
import { problems } from "./problems.js";
import { selection } from "./selection.js";
import { followTheme } from "./theme.js";

const looks = EditorView.baseTheme({
  ".hydroflow-same": {
    backgroundColor: "var(--jp-editor-selected-background, rgba(128, 128, 128, 0.25))",
    borderRadius: "2px",
  },
  ".hydroflow-near": { borderBottom: "2px solid color-mix(in srgb, var(--jp-brand-color1) 45%, transparent)" },
  ".hydroflow-selected": {
    backgroundColor: "color-mix(in srgb, var(--jp-brand-color1) 22%, transparent)",
    borderBottom: "2px solid var(--jp-brand-color1)",
  },
  ".hydroflow-page": {
    maxWidth: "48em",
    maxHeight: "22em",
    overflow: "auto",
    padding: "4px 12px",
    color: "var(--jp-ui-font-color1)",
    background: "var(--jp-layout-color1)",
    border: "1px solid var(--jp-border-color1)",
  },
  ".cm-diagnosticText": { whiteSpace: "pre-wrap" },
});

/** @type {import("@jupyterlab/application").JupyterFrontEndPlugin<void>} */
const plugin = {
  id: "hydroflow-nb:cells",
  description: "Colours, mistakes and manual pages in cells that begin with %%hydroflow",
  autoStart: true,
  requires: [INotebookTracker, IEditorLanguageRegistry, IEditorExtensionRegistry, IRenderMimeRegistry],
  optional: [IThemeManager],
  activate(
    _,
    /** @type {INotebookTracker} */ tracker,
    /** @type {IEditorLanguageRegistry} */ languages,
    /** @type {IEditorExtensionRegistry} */ extensions,
    /** @type {IRenderMimeRegistry} */ renderers,
    /** @type {IThemeManager | null} */ themes,
  ) {
    languages.addLanguage(hydroflow);
    followCells(tracker, languages);
    followTheme(themes);
    const kernelOf = (/** @type {EditorView} */ view) =>
      tracker.find((panel) => panel.node.contains(view.dom))?.sessionContext.session?.kernel ?? null;
    const all = [looks, occurrences, selection, problems(kernelOf), pages(kernelOf, renderers)];
    extensions.addExtension({
      name: "hydroflow",
      factory: () => EditorExtensionRegistry.createImmutableExtension(all),
    });
  },
};

export default plugin;
