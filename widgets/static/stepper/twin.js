// The graph as a table: for a reader who does not see the picture, and for all readers where there is no picture.

/** @import { Checked } from "./checked.js" */
/** @import { Graph } from "./graph.js" */
/** @import { Look } from "./rows.js" */

import { html, say } from "../shared/dom.js";
import { ellipsis } from "../shared/text.js";
import { idNumber } from "./graph.js";
import { traffic } from "./rows.js";

/** @type {(tag: "td" | "th", texts: (string | number)[]) => HTMLTableRowElement} */
const row = (tag, texts) => html("tr", {}, ...texts.map((text) => html(tag, {}, String(text))));

/** The levels of what an operator gives.
 * @type {(graph: Graph, checked: Checked, op: string) => string}
 */
function levels(graph, checked, op) {
  const found = [op, ...graph.outOf(op)].map((id) => checked.level(id));
  return [...new Set(found.filter(Boolean))].join(", ");
}

/** Makes the table in its host; what is given back draws it anew. Rows stay, and so do cells that say the same.
 * @type {(look: Look & { readonly checked: Checked | null }, host: HTMLElement) => () => void}
 */
export function makeTwin(look, host) {
  const { graph } = look;
  const isReading = Object.keys(graph.reads).length > 0;
  const states = Object.keys(graph.ops).map((id) => graph.readBy(id).map((read) => graph.sentence(read)).join(", "));
  const fixed = Object.entries(graph.ops).map(([id, op]) => {
    const followers = graph.outOf(id).map((edge) => graph.ops[graph.target(edge)]?.name).join(", ");
    return [ellipsis(op.text, 120), idNumber(op.sg), graph.stratum(id), followers];
  });
  /** @type {HTMLTableRowElement[]} */
  let rows = [];
  /** @type {boolean | null} */
  let isChecked = null;

  function build() {
    isChecked = look.checked !== null;
    const heads = ["operator", "subgraph", "stratum", "to", "items this step", ...(isReading ? ["states"] : []),
      ...(isChecked ? ["in every run"] : [])];
    rows = fixed.map((texts, index) => row("td", [...texts, "", ...(isReading ? [states[index]] : []),
      ...(isChecked ? [""] : [])]));
    host.replaceChildren(html("table", {}, html("caption", {}, "The graph as a table"),
      html("thead", {}, row("th", heads)), html("tbody", {}, ...rows)));
  }

  return () => {
    const { checked } = look;
    if (isChecked !== (checked !== null)) build();
    Object.keys(graph.ops).forEach((id, index) => {
      const { cells } = rows[index];
      say(cells[4], String(traffic(look, id).gave));
      if (checked) say(cells[cells.length - 1], levels(graph, checked, id));
    });
  };
}
