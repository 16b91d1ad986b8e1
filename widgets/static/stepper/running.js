// The kernel's part: a step beyond the recording, a run, a stop, and the news that it tells.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Loading } from "./loading.js" */
/** @import { View } from "./view.js" */

import { START, forward, newest } from "./cursor.js";

const PATIENCE = 60; // ms that a Stop waits for the kernel's answer before it interrupts

/** `draw` is for what a reader has just asked, `display` for a place whose records may have to come; `forget` lets go
 * what is known of a run that has gone back, `accepted` is called when news was taken in.
 * @param {object} needs
 * @param {View} needs.view
 * @param {Kernel | null} needs.kernel
 * @param {Loading} needs.loading
 * @param {AbortSignal} needs.signal
 * @param {() => void} needs.draw
 * @param {(isNews?: boolean) => void} needs.display
 * @param {() => void} needs.forget
 * @param {() => void} needs.accepted
 */
export function makeRunning({ view, kernel, loading, signal, draw, display, forget, accepted }) {
  const { history } = view;
  /** @type {number | null} */
  let epoch = null;

  /** True where it was done.
   * @type {(kind: "step" | "run" | "start", content?: object) => Promise<boolean>}
   */
  async function demand(kind, content) {
    view.pending = kind;
    view.note = "";
    view.problem = null;
    view.cursor = newest(history);
    draw();
    /** @type {any} */
    let trouble = null;
    try {
      await kernel?.call(kind, content);
    } catch (problem) {
      trouble = problem;
    }
    view.pending = null;
    draw(); // at once: the record may take a while to come
    if (kind === "step") {
      // A step by tick ends where the summary says; the record of a long tick is shown when it has come.
      if (view.grain !== "tick") await loading.load([view.cursor.tick, history.newest]).catch(() => {});
      view.cursor = forward(view) ?? newest(history);
    }
    if (trouble?.stopped) view.note = "stopped:";
    else if (trouble) view.problem = trouble.message;
    display();
    return trouble === null;
  }

  // During a tick that never ends the kernel does not read the message; then only an interrupt reaches it. It is sent
  // only while the kernel works for the stepper: the stepper must not interrupt a cell of the user's own.
  function stop() {
    if (!view.running || !kernel) return;
    let isAnswered = false;
    const answered = () => { isAnswered = true; };
    kernel.call("stop").then(answered, answered);
    const watch = setInterval(() => {
      const running = view.state?.running;
      const isOurs = running === "step" || ((running === "run" || running === "live") && !kernel.busy());
      if (!isAnswered && view.running && !isOurs) return;
      clearInterval(watch);
      if (!isAnswered && view.running) kernel.interrupt();
    }, PATIENCE);
    signal.addEventListener("abort", () => clearInterval(watch));
    draw();
  }

  /** @type {(news: any) => void} */
  function receive(news) {
    if (news.side) return; // it is about a node
    if (news.kind === "gone") {
      const state = view.state ?? { recorded: false, scheduled: false, tick: 0 };
      view.state = { ...state, running: null, closed: news.why, waiting: {} };
      view.problem = null;
      display(true);
      return;
    }
    const hasGoneBack = epoch !== null && news.epoch !== epoch;
    const isFollowing = epoch === null || hasGoneBack || (view.isNewest && view.pending !== "step");
    if (hasGoneBack) {
      forget();
      view.cursor = START;
    }
    epoch = news.epoch;
    const { running, closed, recorded, scheduled, tick, waiting, stopped } = news;
    view.state = { running, closed, recorded, scheduled, tick, waiting, stopped };
    if (news.time) view.time = news.time;
    history.accept(news, view.kept);
    if (!history.has(view.cursor.tick)) view.cursor = START;
    if (isFollowing) view.cursor = newest(history);
    accepted();
    if (news.trouble && !view.pending) view.problem = news.trouble;
    display(true);
  }

  return { demand, stop, receive };
}
