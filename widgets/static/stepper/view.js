// What is shown: the place in the recording, what is selected, which tables are open, and where the kernel's flow
// stands. It draws nothing and asks nothing: the panes read it; stepper.js, running.js and levels.js alone change it.

/** @import { Branch } from "./branches.js" */
/** @import { Checked, Named } from "./checked.js" */
/** @import { Grain, Place } from "./cursor.js" */
/** @import { Graph } from "./graph.js" */
/** @import { History, Move } from "./history.js" */
/** @import { Value } from "./sparkline.js" */

import { START, atNewest } from "./cursor.js";
import { Tabs } from "./tabs.js";

/** A breakpoint: on edges, on the state of operators, or on the entry of a stratum.
 * @typedef {object} Breakpoint
 * @property {number} number
 * @property {string} place
 * @property {string[]} edges
 * @property {string[]} ops
 * @property {number | null} stratum
 * @property {string} condition
 * @property {number} hits
 */

/** What a person has set on a flow, and the branches of its run where there are several; `kept` are the ticks that it
 * can go back to.
 * @typedef {object} Time
 * @property {Branch[]} branches
 * @property {Breakpoint[]} breakpoints
 * @property {{ number: number, title: string, values: Value[] }[]} watches
 * @property {number[]} kept
 */

/** Where the kernel's flow stands, as it tells it.
 * @typedef {object} State
 * @property {"step" | "run" | "live" | null} running
 * @property {string | null} closed why it can run no more
 * @property {boolean} recorded
 * @property {boolean} scheduled whether a tick is due
 * @property {number} tick the next one
 * @property {Record<string, Move>} waiting what waits at each input
 * @property {string | null} [stopped] at which breakpoint the last run has stopped
 */

/** What a reader can do; each pane calls those that it offers.
 * @typedef {object} Actions
 * @property {(place: Place) => void} show
 * @property {() => void} toStart
 * @property {() => void} showNewest
 * @property {(name: string) => void} showBranch in a saved run
 * @property {(isHeld?: boolean) => void} back a press is kept while another is under way, one of a held key is not
 * @property {(isHeld?: boolean) => void} step
 * @property {() => void} run
 * @property {() => void} runLive
 * @property {() => void} record
 * @property {() => void} stop
 * @property {(grain: Grain) => void} setGrain
 * @property {(note: string) => void} say
 * @property {(id: string | null, keep?: boolean) => void} select
 * @property {(id: string | null) => void} hover
 * @property {(ids: string[]) => void} light what the cursor in the cell's text stands in
 * @property {(id: string, kind?: "module") => void} fold a box, or that around a thing (of a kind), or unfold it;
 *   "stratum" and "module" are all of these
 * @property {() => void} pin
 * @property {() => void} redraw draw anew at the next frame, when what a feature shows has changed
 * @property {(id: string) => void} openTab
 * @property {(id: string) => void} showTab open a tab that a feature adds, and put it on top
 * @property {(id: string) => void} closeTab
 * @property {() => void} toggleSource
 * @property {() => void} toggleCheck
 * @property {(surroundings: string) => void} checkIn
 */

/** A place to begin at: a tick, and where there is one an edge, and an item on it by its number; `note` is said, and
 * `tab` is the tab on top.
 * @typedef {{ tick: number, edge?: string | null, row?: number | null, note?: string, tab?: string | null }} Led
 */

/** Listens until the stepper goes.
 * @callback Listen
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => unknown} listener
 * @param {AddEventListenerOptions} [options]
 * @returns {void}
 */

/** What every pane needs.
 * @typedef {{ view: View, act: Actions, listen: Listen }} Needs
 */

export class View {
  /**
   * @param {Graph} graph
   * @param {History} history
   * @param {boolean} hasKernel whether there is one that can be asked to go on
   * @param {Record<string, string>} cannot what it cannot be asked, by the kind of the question, and why
   */
  constructor(graph, history, hasKernel, cannot = {}) {
    this.graph = graph;
    this.history = history;
    this.hasKernel = hasKernel;
    this.cannot = cannot;
    this.cursor = START;
    /** @type {Grain} */
    this.grain = "tick";
    this.tabs = new Tabs();
    /** @type {string | null} */
    this.selected = null;
    /** What is under the pointer.
     * @type {string | null}
     */
    this.hot = null;
    /** What the cursor in the cell's text stands in.
     * @type {string[]}
     */
    this.written = [];
    /** @type {State | null} */
    this.state = null;
    /** @type {Time} */
    this.time = { branches: [], breakpoints: [], watches: [], kept: [] };
    /** What is marked in the timeline, by kind.
     * @type {Record<string, Set<number>>}
     */
    this.marks = {};
    /** What was asked of the kernel and is under way.
     * @type {"step" | "run" | "start" | null}
     */
    this.pending = null;
    /** Steps that were asked for, and come when the one under way has ended. */
    this.waiting = 0;
    this.note = "";
    /** @type {string | null} */
    this.problem = null;
    /** The place that a reader was led to.
     * @type {Led | null}
     */
    this.led = null;
    /** In what surroundings the reader asks for levels, null where they are not asked for.
     * @type {string | null}
     */
    this.surroundings = null;
    /** @type {Checked | null} */
    this.checked = null;
  }

  /** Whether an item is the one that a reader was led to.
   * @type {(tick: number | undefined, edge: string | undefined, item: number) => boolean}
   */
  isLedTo(tick, edge, item) {
    const { led } = this;
    return Boolean(led && led.edge && led.tick === tick && led.edge === edge && led.row === item);
  }

  get isNewest() {
    return atNewest(this.history, this.cursor);
  }

  /** What the flow is doing, null where it rests. */
  get running() {
    return this.pending ?? this.state?.running ?? null;
  }

  /** Whether the flow can be asked to step or to run. */
  get isReady() {
    return Boolean(this.hasKernel && this.state && !this.state.closed && !this.running);
  }

  /** Whether items can be put in. */
  get takesItems() {
    return this.isReady || (this.running === "live" && !this.state?.closed);
  }

  /** The ticks on display, which stay in the history. */
  get kept() {
    const { tick } = this.cursor;
    return new Set([tick, tick === null ? null : tick - 1, this.history.newest]);
  }

  /** What is lit beside the selection: what the pointer or the cursor in the text is at, and the operators at both ends
   * of a selected edge, handoff or read.
   * @type {() => Set<string | undefined>}
   */
  lit() {
    const isThing = this.selected && this.graph.kind(this.selected) !== "operator";
    const ends = this.selected && isThing ? this.graph.ends(this.selected) : [];
    return new Set([...(this.hot ? [this.hot] : []), ...this.written, ...ends]);
  }

  /** The causes of the level of what is selected, by operator.
   * @type {() => Map<string, Named>}
   */
  selectedCauses() {
    return this.checked?.causes(this.selected) ?? new Map();
  }

  /** Select a thing, or nothing, and show its table; what is selected already is let go unless it is kept.
   * @type {(id: string | null, keep: boolean) => void}
   */
  select(id, keep) {
    this.selected = this.selected === id && !keep ? null : id;
    if (this.graph.hasItems(this.selected)) this.tabs.preview(this.selected);
  }
}
