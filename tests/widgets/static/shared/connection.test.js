import assert from "node:assert/strict";
import test from "node:test";
import { connect } from "../../../../widgets/static/shared/connection.js";

/** A widget's model whose other side the test plays. */
function scripted({ isGone = false } = {}) {
  /** @type {Map<string, (message: any) => void>} */
  const listeners = new Map();
  /** @type {any[]} */
  const sent = [];
  const manager = { kernel: { status: "busy", interrupted: 0, interrupt: () => { manager.kernel.interrupted += 1; } } };
  const model = {
    get: () => null,
    send(/** @type {object} */ content) {
      if (isGone) throw new Error("no comm");
      sent.push(content);
    },
    on: (/** @type {string} */ event, /** @type {(message: any) => void} */ listener) => listeners.set(event, listener),
    off: (/** @type {string} */ event) => listeners.delete(event),
    widget_manager: manager,
  };
  const tell = (/** @type {object} */ message) => listeners.get("msg:custom")?.(message);
  return { model, sent, tell, listeners, manager };
}

test("a call gets the answer to its own question, whatever the order of the answers", async () => {
  const { model, sent, tell } = scripted();
  const kernel = connect(model);
  const [one, other] = [kernel.call("step", { grain: "tick" }), kernel.call("run")];

  tell({ kind: "answer", request: sent[1].request, value: 2 });
  tell({ kind: "answer", request: sent[0].request, value: 1 });
  tell({ kind: "answer", request: "another view's", value: 3 });

  assert.deepEqual([(await one).value, (await other).value], [1, 2]);
  assert.deepEqual([sent[0].kind, sent[0].grain], ["step", "tick"]);
});

test("an answer that tells of an error rejects with its message and marks", async () => {
  const { model, sent, tell } = scripted();
  const call = connect(model).call("step");

  tell({ kind: "answer", request: sent[0].request, error: { message: "boom", stopped: true } });

  await assert.rejects(call, { message: "boom", stopped: true });
});

test("news reach those who subscribed, until they unsubscribe", () => {
  const { model, tell } = scripted();
  const kernel = connect(model);
  /** @type {any[]} */
  const heard = [];
  const unsubscribe = kernel.subscribe((news) => heard.push(news.tick));

  tell({ kind: "news", tick: 1 });
  unsubscribe();
  tell({ kind: "news", tick: 2 });

  assert.deepEqual(heard, [1]);
});

test("where nothing can be sent the kernel is gone: the call says so and so does the news", async () => {
  const kernel = connect(scripted({ isGone: true }).model);
  /** @type {any[]} */
  const heard = [];
  kernel.subscribe((news) => heard.push(news.kind));

  await assert.rejects(kernel.call("step"), /run its cell again/);

  assert.deepEqual(heard, ["gone"]);
});

test("the kernel's state and interrupt are those of the widget's manager", () => {
  const { model, manager } = scripted();
  const kernel = connect(model);

  kernel.interrupt();

  assert.equal(kernel.busy(), true);
  assert.equal(manager.kernel.interrupted, 1);
});

test("a closed connection listens no more", () => {
  const { model, listeners } = scripted();

  connect(model).close();

  assert.equal(listeners.size, 0);
});
