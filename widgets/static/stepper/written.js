// The text of the cell and the stepper below it: what is selected here is marked in an editor that holds the same text,
// and what the cursor stands in there is lit here. Both talk by events of the page, and say which text they mean; where
// no editor listens, as in a saved page, nothing comes of it.

/** @import { Feature, FeatureNeeds } from "./features.js" */
/** @import { Graph } from "./graph.js" */

/** Stretches of the source, in characters as Python counts.
 * @typedef {[start: number, end: number][]} Places
 */

/** From the stepper: `own` is the text of what is selected, `near` that of its neighbours.
 * @typedef {{ source: string, own: Places, near: Places }} Selected
 */

/** From an editor: the place of its cursor, null where it is in no flow.
 * @typedef {{ source: string, at: number | null }} Cursor
 */

export const SELECTED = "hydroflow-selected";
export const CURSOR = "hydroflow-cursor";

/** @type {(needs: FeatureNeeds) => Feature} */
export function makeWritten({ view, act, listen, root }) {
  const { graph } = view;
  /** @type {string | null} */
  let told = null;

  /** @type {(id: string | null) => void} */
  function tell(id) {
    if (id === told) return;
    told = id;
    const detail = { source: graph.source, ...textOf(graph, id) };
    root.dispatchEvent(new CustomEvent(SELECTED, { bubbles: true, detail }));
  }

  listen(root, CURSOR, (event) => {
    /** @type {Cursor} */
    const { source, at } = event.detail;
    act.light(at === null || source.trimEnd() !== graph.source.trimEnd() ? [] : thingsAt(graph, at));
  });

  return { draw: () => tell(view.selected), close: () => tell(null) };
}

/** Where a thing stands in the text: an operator with its lifetimes, and near it the names and ports that lead to it
 * and away; of an edge its ends, and near it the operators that they stand for.
 * @type {(graph: Graph, id: string | null) => { own: Places, near: Places }}
 */
export function textOf(graph, id) {
  const kind = graph.kind(id);
  if (id === null || kind === null) return { own: [], near: [] };
  const call = (/** @type {string | undefined} */ op) => (op && graph.ops[op] ? [graph.ops[op].span] : []);
  const places = (/** @type {string} */ edge) => graph.edges[edge]?.places ?? [];
  /** @type {Places} */
  let own;
  /** @type {Places} */
  let near = graph.ends(id).flatMap(call);
  if (kind === "operator") {
    own = call(id);
    near = [...graph.into(id), ...graph.outOf(id)].flatMap(places);
  } else if (kind === "edge") own = places(id);
  else if (kind === "handoff") own = places(graph.fills(id));
  else own = [];
  const apart = (/** @type {[number, number]} */ [from, to]) => !own.some(([start, end]) => from < end && start < to);
  return { own: once(own), near: once(near.filter(apart)) };
}

/** The things that a place of the text names: the operator around it, or the edges whose end it is with the operators
 * that those lead to; at a name that is assigned, the operators of its statement.
 * @type {(graph: Graph, at: number) => string[]}
 */
export function thingsAt(graph, at) {
  const covers = (/** @type {[number, number]} */ [from, to]) => from < to && from <= at && at <= to;
  const ops = Object.keys(graph.ops).filter((id) => covers(graph.ops[id].span));
  if (ops.length) return ops;
  const edges = Object.keys(graph.edges).filter((id) => graph.edges[id].places?.some(covers));
  if (edges.length) return [...new Set(edges.flatMap((id) => [id, ...endsBehind(graph, id, covers)]))];
  const name = wordAt(graph.source, at);
  return name ? Object.keys(graph.ops).filter((id) => graph.ops[id].variable === name) : [];
}

/** The operators of an edge whose call is not what stands at the place.
 * @type {(graph: Graph, edge: string, covers: (place: [number, number]) => boolean) => string[]}
 */
function endsBehind(graph, edge, covers) {
  const [from, to] = graph.ends(edge);
  const { places = [] } = graph.edges[edge];
  // The left end of an arrow comes first in the text.
  const op = covers(places[0]) ? from : to;
  return op === undefined ? [] : [op];
}

/** @type {(source: string, at: number) => string} */
function wordAt(source, at) {
  const characters = Array.from(source);
  const isWord = (/** @type {string | undefined} */ one) => one !== undefined && /[\p{L}\p{N}_]/u.test(one);
  let [from, to] = [at, at];
  while (isWord(characters[from - 1])) from -= 1;
  while (isWord(characters[to])) to += 1;
  return characters.slice(from, to).join("");
}

/** Each place once, in the order of the text; those within others are a part of them.
 * @type {(places: Places) => Places}
 */
function once(places) {
  const sorted = places.filter(([from, to]) => from < to).sort(([a, b], [c, d]) => a - c || d - b);
  /** @type {Places} */
  const kept = [];
  for (const place of sorted) if (!kept.some(([from, to]) => from <= place[0] && place[1] <= to)) kept.push(place);
  return kept;
}
