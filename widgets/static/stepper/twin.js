// The graph as a table: for a reader who does not see the picture, and for all readers where there is no picture.

/** @import { Look } from "./rows.js" */

import { html } from "../shared/dom.js";
import { ellipsis } from "../shared/text.js";
import { idNumber } from "./graph.js";
import { traffic } from "./rows.js";

/** @type {(tag: "td" | "th", texts: (string | number)[]) => HTMLElement} */
const row = (tag, texts) => html("tr", {}, ...texts.map((text) => html(tag, {}, String(text))));

/** @type {(look: Look) => HTMLElement} */
export function drawTwin(look) {
  const { graph } = look;
  const isReading = Object.keys(graph.reads).length > 0;
  const heads = ["operator", "subgraph", "stratum", "to", "items this step", ...(isReading ? ["states"] : [])];
  const lines = Object.entries(graph.ops).map(([id, op]) => {
    const followers = graph.outOf(id).map((edge) => graph.ops[graph.target(edge)]?.name).join(", ");
    const states = graph.readBy(id).map((read) => graph.sentence(read)).join(", ");
    const { gave } = traffic(look, id);
    const texts = [ellipsis(op.text, 120), idNumber(op.sg), graph.stratum(id), followers, gave];
    return row("td", isReading ? [...texts, states] : texts);
  });
  return html("table", {}, html("caption", {}, "The graph as a table"),
    html("thead", {}, row("th", heads)), html("tbody", {}, ...lines));
}
