// Boxes that a reader folds: strata, subgraphs, loops and modules. What stands in a folded box is hidden, and a summary
// of it is shown in its place; nothing is laid out anew.

/** @import { Graph } from "./graph.js" */
/** @import { Look } from "./rows.js" */

import { plural } from "../shared/text.js";
import { badge } from "./rows.js";

/** @typedef {[x: number, y: number, width: number, height: number]} Place */

export class Folding {
  /** `places` tells where nodes and boxes stand, by id.
   * @param {Graph} graph
   * @param {Record<string, Place>} places
   */
  constructor(graph, places) {
    this.graph = graph;
    this.places = places;
    const isBox = (/** @type {string} */ id) => graph.kind(id) === null;
    const area = (/** @type {string} */ id) => places[id][2] * places[id][3];
    /** From the smallest on, so that a box comes before those around it. */
    this.boxes = Object.keys(places).filter(isBox).sort((one, other) => area(one) - area(other));
    this.nodes = Object.keys(places).filter((id) => ["operator", "handoff"].includes(graph.kind(id) ?? ""));
    /** What was made for an arrow to another place is folded at first.
     * @type {Set<string>}
     */
    this.folded = new Set(this.boxes.filter((box) => graph.modules[box.split(".")[0]]?.made));
    /** @type {Map<string, Set<string>>} */
    this.insides = new Map();
  }

  /** The nodes and boxes that stand in a box.
   * @type {(box: string) => Set<string>}
   */
  inside(box) {
    const known = this.insides.get(box);
    if (known) return known;
    const [left, top, width, height] = this.places[box];
    const holds = (/** @type {string} */ id) => {
      const [x, y, across, down] = this.places[id];
      return id !== box && x >= left && y >= top && x + across <= left + width && y + down <= top + height;
    };
    const found = new Set([...this.boxes, ...this.nodes].filter(holds));
    this.insides.set(box, found);
    return found;
  }

  /** The boxes around a thing, the smallest first.
   * @type {(id: string) => string[]}
   */
  around(id) {
    return this.boxes.filter((box) => this.inside(box).has(id));
  }

  /** Fold a box, or unfold it; a module with all its parts.
   * @type {(box: string) => void}
   */
  toggle(box) {
    const parts = this.parts(box);
    if (this.folded.has(box)) parts.forEach((part) => this.folded.delete(part));
    else parts.forEach((part) => this.folded.add(part));
  }

  /** A module's operators may stand in several boxes: "module-3.1", "module-3.2".
   * @type {(box: string) => string[]}
   */
  parts(box) {
    const [module] = box.split(".");
    return module === box ? [box] : this.boxes.filter((other) => other.startsWith(`${module}.`));
  }

  /** Fold all strata, or all modules; where any box is folded, unfold all.
   * @type {(kind?: "stratum" | "module") => void}
   */
  toggleAll(kind = "stratum") {
    if (this.folded.size) this.folded.clear();
    else this.boxes.filter((box) => box.startsWith(`${kind}-`)).forEach((box) => this.folded.add(box));
  }

  /** Unfold what hides a thing; true where anything did.
   * @type {(id: string) => boolean}
   */
  reveal(id) {
    const ends = this.graph.edges[id] ?? this.graph.reads[id];
    const hiding = (ends ? [ends.from, ends.to] : [id]).flatMap((one) => this.around(one))
      .filter((box) => this.folded.has(box));
    hiding.forEach((box) => this.folded.delete(box));
    return hiding.length > 0;
  }

  /** What is hidden: nodes and boxes in a folded box, and lines that begin and end in the same one.
   * @type {() => Set<string>}
   */
  hidden() {
    /** @type {Set<string>} */
    const found = new Set();
    for (const box of this.folded) {
      for (const id of this.inside(box)) found.add(id);
      for (const id of this.lines(box).inside) found.add(id);
    }
    return found;
  }

  /** The lines inside of a box, into it and out of it.
   * @type {(box: string) => { inside: string[], into: string[], outOf: string[] }}
   */
  lines(box) {
    const within = this.inside(box);
    const { edges, reads } = this.graph;
    const lines = Object.entries({ ...edges, ...reads });
    const pick = (/** @type {boolean} */ from, /** @type {boolean} */ to) =>
      lines.filter(([, line]) => within.has(line.from) === from && within.has(line.to) === to).map(([id]) => id);
    return { inside: pick(true, true), into: pick(false, true), outOf: pick(true, false) };
  }

  /** What a folded box says of what it holds, in lines.
   * @type {(box: string, look: Look) => string[]}
   */
  summary(box, look) {
    const { inside, into, outOf } = this.lines(box);
    const operators = [...this.inside(box)].filter((id) => id in this.graph.ops).length;
    const moved = inside.filter((id) => id in this.graph.edges).reduce((sum, id) => sum + badge(look, id).count, 0);
    const ways = `${into.length} in, ${outOf.length} out`;
    return [plural(operators, "operator"), `${plural(moved, "item")} inside`, ways];
  }
}
