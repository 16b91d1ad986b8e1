import assert from "node:assert/strict";
import test from "node:test";
import { Features } from "../../../../widgets/static/stepper/features.js";

/** @import { Tab } from "../../../../widgets/static/stepper/features.js" */

const element = /** @type {any} */ (null);

/** @type {(beside?: (thing: string) => boolean) => Tab} */
const tab = (beside) => ({ element, label: (thing) => `state of ${thing}`, draw() {}, beside });

test("a tab is found by its kind, with its thing where it has one", () => {
  const [state, diff] = [tab(), tab()];
  const features = new Features([{ tabs: { state } }, { tabs: { diff } }]);

  assert.deepEqual(features.tab("state:op-3"), { tab: state, thing: "op-3" });
  assert.deepEqual(features.tab("diff"), { tab: diff, thing: null });
  assert.deepEqual([features.tab("op-3"), features.tab(null)], [null, null]);
});

test("a tab stands beside the tables that it says", () => {
  const features = new Features([{ tabs: { state: tab((thing) => thing === "op-3"), why: tab() } }]);

  assert.deepEqual(features.beside("op-3"), ["state:op-3"]);
  assert.deepEqual(features.beside("op-4"), []);
});

test("what several features say of a node is one mark", () => {
  const features = new Features([
    { mark: (id) => (id === "op-1" ? { classes: "lit", words: "made it" } : null) },
    { mark: () => ({ badge: "3", classes: "holds" }) },
    { mark: () => null },
  ]);

  assert.deepEqual(features.mark("op-2"), { badge: "3", classes: "holds" });
  assert.deepEqual(features.mark("op-1"), { classes: "lit holds", badge: "3", words: "made it", sign: undefined });
  assert.equal(new Features([]).mark("op-1"), null);
});

test("buttons, panes and keys come in the order of the features, and all are drawn", () => {
  /** @type {string[]} */
  const drawn = [];
  const [share, why] = [/** @type {any} */ ("share"), /** @type {any} */ ("why")];
  const key = { key: "w", meaning: "why?", press() {} };
  const features = new Features([
    { buttons: [share], draw: () => drawn.push("share") }, { buttons: [why], pane: why, keys: [key] },
    { draw: () => drawn.push("state") },
  ]);

  features.draw();

  assert.deepEqual([features.buttons, features.panes, features.keys], [[share, why], [why], [key]]);
  assert.deepEqual(drawn, ["share", "state"]);
});
