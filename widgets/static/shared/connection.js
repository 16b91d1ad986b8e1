// The kernel as the stepper sees it, over a widget's model: calls with an answer, news, and an interrupt.
// The last of the news, where the kernel ended, is {kind: "gone", why}.

export function connect(model) {
  const name = Math.random().toString(36).slice(2, 8);
  const open = new Map();
  const listeners = new Set();
  let count = 0;

  const receive = (message) => {
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
  // Where the kernel was restarted or shut down, this is how one notices: nothing can be sent.
  const check = () => call("hello").catch(() => {});
  model.on("comm_live_update", check);
  const kernel = () => model.widget_manager?.kernel;

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
