// The records of ticks: those on display are loaded before they are drawn.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { View } from "./view.js" */

import { ticksForMove } from "./cursor.js";

const RECORDS = 12; // ticks that are asked for at once

export class Loading {
  /**
   * @param {View} view
   * @param {Kernel | null} kernel
   */
  constructor(view, kernel) {
    this.view = view;
    this.kernel = kernel;
    /** @type {Set<number>} */
    this.asked = new Set();
  }

  /** @type {(ticks: (number | null)[]) => number[]} */
  missing(ticks) {
    const { history } = this.view;
    const known = [...new Set(ticks)].filter((tick) => history.has(tick));
    return this.kernel ? known.filter((tick) => !history.record(tick)) : [];
  }

  /** @type {(ticks: (number | null)[]) => Promise<void>} */
  async load(ticks) {
    const wanted = this.missing(ticks);
    if (!wanted.length || !this.kernel) return;
    const near = wanted.flatMap((tick) => [tick - 1, tick, tick + 1]);
    const part = await this.kernel.call("records", { ticks: this.missing(near).slice(0, RECORDS) });
    this.view.history.accept(part, new Set([...this.view.kept, ...wanted]));
  }

  /** @type {(from: number, to: number) => Promise<void>} */
  async summaries(from, to) {
    if (this.kernel) this.view.history.accept(await this.kernel.call("summaries", { from, to }), this.view.kept);
  }

  /** The records that a move from here reads are there when it returns.
   * @type {() => Promise<void>}
   */
  async forMove() {
    const wanted = ticksForMove(this.view);
    if (this.missing(wanted).length) await this.load(wanted);
  }

  /** Ask for the records of the place of the cursor that are not here; `arrived` is called when they are.
   * @type {(arrived: () => void, failed: (problem: Error) => void) => void}
   */
  forPlace(arrived, failed) {
    const { graph, cursor: { tick }, running } = this.view;
    const before = graph.remembers && tick !== null ? tick - 1 : null;
    const wanted = this.missing([tick, before]).filter((one) => !this.asked.has(one));
    // While ticks keep coming the newest moves on before its record is here: one question at a time.
    if (!wanted.length || (this.asked.size && running)) return;
    wanted.forEach((one) => this.asked.add(one));
    const ended = () => wanted.forEach((one) => this.asked.delete(one));
    this.load(wanted).then(arrived, failed).finally(ended);
  }
}
