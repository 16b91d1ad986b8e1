// Underlines mistakes at a pause of writing: the cell is compiled by the kernel, and nothing of it runs.

import { linter } from "@codemirror/lint";
import { placesIn, problemsOf } from "./kernel.js";
import { isFlow } from "./language.js";

const PAUSE = 400; // milliseconds

const SEVERITIES = /** @type {const} */ ({ error: "error", warning: "warning", note: "info" });

/**
 * @param {import("./kernel.js").KernelOf} kernelOf
 */
export const problems = (kernelOf) =>
  linter(async (view) => {
    const kernel = kernelOf(view);
    const text = view.state.doc.toString();
    if (!kernel || !isFlow(text)) return [];
    const found = await problemsOf(kernel, text);
    return (found ?? []).map((problem) => marked(problem, placesIn(text)));
  }, { delay: PAUSE });

/**
 * @param {import("./kernel.js").Problem} problem
 * @param {(place: number) => number} place
 * @returns {import("@codemirror/lint").Diagnostic}
 */
function marked({ from, to, severity, code, message, hint, notes, replacement }, place) {
  return {
    from: place(from),
    to: place(to),
    severity: SEVERITIES[severity],
    source: code,
    message: [message, ...notes, hint && `help: ${hint}`].filter(Boolean).join("\n"),
    actions: replacement
      ? [{
        name: `Write ${replacement}`,
        apply: (view, start, end) => view.dispatch({ changes: { from: start, to: end, insert: replacement } }),
      }]
      : [],
  };
}
