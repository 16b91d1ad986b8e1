// What the widget of a network shows: the run, how the network stands, and what a reader has pointed at. The panes read
// it, and network.js alone changes it.

/** @import { Card } from "./tickets.js" */
/** @import { Cause } from "../stepper/derivation.js" */

import { Run } from "./run.js";

/** A node as it is now; `why` says what cannot be decided about it, and why, `points` at which steps of their protocol
 * durable nodes crash.
 * @typedef {{
 *   node: string, state: string, tick: number, due: boolean, points: string[], why: Record<string, string>,
 * }} NodeNow
 */

/** How the network stands, as `run_news.py` tells it.
 * @typedef {object} State
 * @property {NodeNow[]} nodes
 * @property {Card[]} flying
 * @property {number} in_flight
 * @property {string[][]} groups
 * @property {string | null} heal why it cannot heal
 * @property {boolean} quiet
 * @property {boolean} fifo
 * @property {number} ahead decisions that were taken back
 * @property {string | null} running
 */

/** What a reader can do.
 * @typedef {object} Actions
 * @property {(kind: string, content?: object, words?: string) => Promise<any>} ask
 * @property {(decision: object, words: string) => void} decide
 * @property {(note: string) => void} say
 * @property {(id: string | null) => void} hover
 * @property {(id: string | null) => void} light keep past and future of something lit, or let it go
 * @property {(causes: Cause[]) => void} explain light what had a part in an item, or let it go where there is nothing
 * @property {(id: string) => void} open open the node of a tick, or the receiver of a message
 * @property {(row: number) => void} unfold
 * @property {(node: string) => void} choose for a cut
 * @property {() => void} stop
 * @property {() => void} redraw
 */

export const NO_KERNEL = "this is a saved run: run the notebook to decide something else";

export class View {
  /** @param {boolean} hasKernel */
  constructor(hasKernel) {
    this.hasKernel = hasKernel;
    this.run = new Run();
    /** The nearest run that holds, beside one that fails.
     * @type {Run | null}
     */
    this.beside = null;
    /** The row from which on the two differ.
     * @type {number | null}
     */
    this.parts = null;
    /** @type {State | null} */
    this.state = null;
    /** The folds that are open, by their first rows.
     * @type {Set<number>}
     */
    this.opened = new Set();
    /** The nodes that are chosen for a cut.
     * @type {Set<string>}
     */
    this.chosen = new Set();
    /** What is under the pointer or has the focus, and what is kept lit.
     * @type {string | null}
     */
    this.hot = null;
    /** @type {string | null} */
    this.lit = null;
    /** What had a part in the item whose reasons are shown: ticks and messages.
     * @type {Set<string> | null}
     */
    this.why = null;
    /** What is shown below: a tick or a message.
     * @type {string | null}
     */
    this.shown = null;
    this.note = "";
    /** @type {string | null} */
    this.problem = null;
    /** Why nothing can be decided any more, where the kernel has gone.
     * @type {string | null}
     */
    this.gone = null;
  }

  /** Why nothing can be decided now, null where something can.
   * @returns {string | null}
   */
  get idle() {
    if (!this.hasKernel) return NO_KERNEL;
    if (this.gone) return this.gone;
    if (!this.state) return "the kernel has not answered yet";
    return this.state.running ? "the network is running: stop it first" : null;
  }

  /** Why a decision about a node or a message cannot be made, null where it can.
   * @type {(thing: { why: Record<string, string> }, name: string) => string | null}
   */
  whyNot(thing, name) {
    return this.idle ?? thing.why[name] ?? null;
  }

  /** The run in a sentence.
   * @returns {string}
   */
  get sentence() {
    const { run, state } = this;
    const decisions = `${run.rows.toLocaleString("en")} decision${run.rows === 1 ? "" : "s"}`;
    const flying = state?.in_flight ?? run.flying().length;
    const ahead = state?.ahead ? `, ${state.ahead.toLocaleString("en")} taken back` : "";
    const doing = state?.running === "run" ? "running …" : "searching …";
    const rest = state?.running ? doing : state?.quiet ? "quiet" : "";
    return [`${decisions}${ahead}`, flying ? `${flying.toLocaleString("en")} in flight` : "nothing in flight", rest]
      .filter(Boolean).join(", ");
  }
}
