// What is added to the stepper: each feature is a module of its own that is given what every pane needs, and tells here
// what it adds. `stepper.js` has the list of them.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { GraphData } from "./graph.js" */
/** @import { Tick } from "./history.js" */
/** @import { Row } from "./rows.js" */
/** @import { SavedStates } from "./states.js" */
/** @import { Led, Needs } from "./view.js" */

/** What is mounted. `cannot` says what cannot be asked of the kernel, by the kind of the question, and why. A saved
 * page has `page`, which gives the page itself, and `cells` to paste; `framed` where it fills a frame.
 * @typedef {object} Recording
 * @property {GraphData} graph
 * @property {string | null} [svg]
 * @property {Tick[]} [ticks]
 * @property {number} [dropped]
 * @property {import("./branches.js").Branch[]} [branches] of the run, where there are several
 * @property {SavedStates | null} [states]
 * @property {import("../shared/reasons.js").Saved} [causes] what directly made the items
 * @property {import("../shared/reasons.js").Reasons | null} [reasons] the same, where they are followed through
 *   other nodes
 * @property {import("./derivation.js").Told | null} [told] why an item is there, to be shown at first
 * @property {{ node: string, life: number }} [home] in a network, the node that is looked at
 * @property {(cause: import("./derivation.js").Cause, told: import("./derivation.js").Told) => void} [elsewhere]
 *   show what is in another node, with what was told
 * @property {(causes: import("./derivation.js").Cause[]) => void} [explains] is told what the tab "why" shows
 * @property {Record<string, string>} [cannot]
 * @property {Led} [at] where to begin
 * @property {() => string} [page]
 * @property {string[]} [cells]
 * @property {boolean} [framed]
 */

/** What a feature is given.
 * @typedef {Needs & { kernel: Kernel | null, data: Recording, root: HTMLElement }} FeatureNeeds
 */

/** What a key was pressed at: a thing of the graph, a row of a table with its text, or nothing.
 * @typedef {{ id: string | null, row: (Row & { text: string | null | undefined }) | null }} At
 */

/** A key, as in `{ key: "w", meaning: "why is it here?", press }`. It acts while the focus is in the stepper and nobody
 * types; `meaning` stands in the list of keys.
 * @typedef {{ key: string, meaning: string, press: (at: At) => unknown }} Key
 */

/** What stands at a node or an edge. `classes` are put on what is drawn of it, so that a style sheet can light it.
 * `badge` is a short text and `sign` a path within 16 by 16 units; they stand above the right corner of a node, beside
 * the number of an edge. `words` say the same to a screen reader.
 * @typedef {{ classes?: string, badge?: string, sign?: string, words?: string }} Mark
 */

/** A tab among the tables. Its id is its kind, as in "diff", or its kind and a thing, as in "state:op-3"; both `label`
 * and `draw` are given the thing, null where there is none. `beside` says beside the table of which things it stands by
 * itself; others are opened by `act.showTab(id)` and closed by the reader.
 * @typedef {object} Tab
 * @property {HTMLElement} element
 * @property {(thing: string | null) => string} label
 * @property {(thing: string | null) => void} draw
 * @property {(thing: string) => boolean} [beside]
 */

/** What stands at each row of a table: a button with `text` and `title`, and classes.
 * @typedef {{ text: string, title: string, press: (row: Row) => unknown, classes: (row: Row) => string }} AtRows
 */

/** All of it may be left out. `buttons` stand in the toolbar, `pane` below the graph and the tables; `mark` tells what
 * stands at a node or an edge, and is asked at each draw; `draw` is called before, once.
 * @typedef {object} Feature
 * @property {HTMLElement[]} [buttons]
 * @property {HTMLElement} [pane]
 * @property {Key[]} [keys]
 * @property {Record<string, Tab>} [tabs] by kind
 * @property {(id: string) => Mark | null} [mark]
 * @property {AtRows} [rows]
 * @property {() => void} [draw]
 * @property {() => void} [close] called when the stepper goes
 */

export class Features {
  /** @param {Feature[]} list */
  constructor(list) {
    this.list = list;
    /** @type {Map<string, Tab>} */
    this.tabs = new Map(list.flatMap((feature) => Object.entries(feature.tabs ?? {})));
    this.atRows = list.flatMap((feature) => feature.rows ?? []);
    this.marking = list.flatMap((feature) => (feature.mark ? [feature.mark] : []));
  }

  get buttons() {
    return this.list.flatMap((feature) => feature.buttons ?? []);
  }

  get panes() {
    return this.list.flatMap((feature) => feature.pane ?? []);
  }

  get keys() {
    return this.list.flatMap((feature) => feature.keys ?? []);
  }

  close() {
    for (const feature of this.list) feature.close?.();
  }

  draw() {
    for (const feature of this.list) feature.draw?.();
  }

  /** The tab of an id and the thing that it is of; null where the id is that of a channel or an operator.
   * @type {(id: string | null) => { tab: Tab, thing: string | null } | null}
   */
  tab(id) {
    const [kind, ...thing] = (id ?? "").split(":");
    const tab = this.tabs.get(kind);
    return tab ? { tab, thing: thing.length ? thing.join(":") : null } : null;
  }

  /** The ids of the tabs that stand beside the table of a thing.
   * @type {(thing: string) => string[]}
   */
  beside(thing) {
    return [...this.tabs].filter(([, tab]) => tab.beside?.(thing)).map(([kind]) => `${kind}:${thing}`);
  }

  /** What all features say of a node or an edge, as one mark; null where none says anything.
   * @type {(id: string) => Mark | null}
   */
  mark(id) {
    const marks = this.marking.flatMap((mark) => mark(id) ?? []);
    if (marks.length < 2) return marks[0] ?? null;
    const joined = (/** @type {"classes" | "badge" | "words"} */ name, /** @type {string} */ between) =>
      marks.map((mark) => mark[name]).filter(Boolean).join(between);
    const sign = marks.find((mark) => mark.sign)?.sign;
    return { classes: joined("classes", " "), badge: joined("badge", " · "), words: joined("words", ", "), sign };
  }
}
