// The kernel as the stepper sees it, over a widget's model: calls with an answer, news, and an interrupt.
// The last of the news, when the kernel has ended, is {kind: "gone", why}.

/** What a widget's front end has in common with its kernel side, as anywidget gives it.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(content: object) => void} send
 * @property {(event: string, listener: (message: any) => void) => void} on
 * @property {(event: string, listener: (message: any) => void) => void} off
 * @property {{ kernel?: { status: string, interrupt(): void } }} [widget_manager]
 */

/** `call` gives the kernel's answer and rejects with what went wrong; `busy` tells whether the kernel works, for the
 * stepper or for a cell.
 * @typedef {object} Kernel
 * @property {(kind: string, content?: object) => Promise<any>} call
 * @property {(listener: (news: any) => void) => () => void} subscribe
 * @property {() => boolean} busy
 * @property {() => void} interrupt
 */

/** The part of a kernel that answers about one thing of several: questions and news that bear its `side`.
 * @type {(kernel: Kernel, side: string) => Kernel}
 */
export function sideOf(kernel, side) {
  return {
    call: (kind, content = {}) => kernel.call(kind, { ...content, side }),
    subscribe: (listener) => kernel.subscribe((news) => {
      if (news.side === side || news.kind === "gone") listener({ ...news, side: undefined });
    }),
    busy: kernel.busy,
    interrupt: kernel.interrupt,
  };
}

/** @type {(model: Model) => Kernel & { close(): void }} */
export function connect(model) {
  const name = Math.random().toString(36).slice(2, 8);
  /** @type {Map<string, { resolve(message: any): void, reject(problem: Error): void }>} */
  const open = new Map();
  /** @type {Set<(news: any) => void>} */
  const listeners = new Set();
  let count = 0;

  const receive = (/** @type {any} */ message) => {
    if (message.kind === "news") {
      for (const listener of listeners) listener(message);
      return;
    }
    // Every view of the model hears every answer; it takes those to its own questions.
    const call = open.get(message.request);
    open.delete(message.request);
    if (message.error) call?.reject(Object.assign(new Error(message.error.message), message.error));
    else call?.resolve(message);
  };
  model.on("msg:custom", receive);
  // Where the kernel was restarted or shut down nothing can be sent: so the page notices it.
  const check = () => call("hello").catch(() => {});
  model.on("comm_live_update", check);
  const kernel = () => model.widget_manager?.kernel;

  /** @type {(kind: string, content?: object) => Promise<any>} */
  async function call(kind, content = {}) {
    const request = `${name}.${(count += 1)}`;
    const answer = new Promise((resolve, reject) => open.set(request, { resolve, reject }));
    try {
      model.send({ ...content, kind, request });
    } catch {
      open.delete(request);
      const why = "this flow is gone with its kernel: run its cell again";
      for (const listener of listeners) listener({ kind: "gone", why });
      throw new Error(why);
    }
    return answer;
  }

  return {
    call,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    busy: () => kernel()?.status === "busy",
    interrupt: () => kernel()?.interrupt(),
    close() {
      model.off("msg:custom", receive);
      model.off("comm_live_update", check);
      open.clear();
      listeners.clear();
    },
  };
}
