// The graph as a table: for a reader who does not see the picture, and for all readers where there is no picture.

/** @import { Checked } from "./checked.js" */
/** @import { Graph } from "./graph.js" */
/** @import { Look } from "./rows.js" */

import { html } from "../shared/dom.js";
import { ellipsis } from "../shared/text.js";
import { idNumber } from "./graph.js";
import { traffic } from "./rows.js";

/** @type {(tag: "td" | "th", texts: (string | number)[]) => HTMLElement} */
const row = (tag, texts) => html("tr", {}, ...texts.map((text) => html(tag, {}, String(text))));

/** The levels of what an operator gives.
 * @type {(graph: Graph, checked: Checked, op: string) => string}
 */
function levels(graph, checked, op) {
  const found = [op, ...graph.outOf(op)].map((id) => checked.level(id));
  return [...new Set(found.filter(Boolean))].join(", ");
}

/** @type {(look: Look & { readonly checked: Checked | null }) => HTMLElement} */
export function drawTwin(look) {
  const { graph, checked } = look;
  const isReading = Object.keys(graph.reads).length > 0;
  const heads = ["operator", "subgraph", "stratum", "to", "items this step", ...(isReading ? ["states"] : []),
    ...(checked ? ["in every run"] : [])];
  const lines = Object.entries(graph.ops).map(([id, op]) => {
    const followers = graph.outOf(id).map((edge) => graph.ops[graph.target(edge)]?.name).join(", ");
    const states = graph.readBy(id).map((read) => graph.sentence(read)).join(", ");
    const { gave } = traffic(look, id);
    const texts = [ellipsis(op.text, 120), idNumber(op.sg), graph.stratum(id), followers, gave];
    return row("td", [...texts, ...(isReading ? [states] : []), ...(checked ? [levels(graph, checked, id)] : [])]);
  });
  return html("table", {}, html("caption", {}, "The graph as a table"),
    html("thead", {}, row("th", heads)), html("tbody", {}, ...lines));
}
