// Why an item is in a node, in a saved run: the reasons of each node, joined by the messages between them.

/** @import { Told } from "../stepper/derivation.js" */

import { Reasons } from "../shared/reasons.js";

/** Where the items of messages are: "node/life", edge, tick, step, index.
 * @typedef {Record<string, [string, string, number, number, number]>} Places
 */

/** The reasons of each node by "node/life", null where they were not saved, and why a message was sent or taken in.
 * @param {Record<string, any>} saved
 * @param {Places} places
 */
export function savedReasons(saved, places) {
  /** @type {Map<string, Reasons | null>} */
  const known = new Map();

  /** @type {(key: string) => Reasons | null} */
  function reasonsOf(key) {
    const before = known.get(key);
    if (before !== undefined) return before;
    const { causes, ticks = [] } = Object.hasOwn(saved, key) ? saved[key] : {};
    const at = key.lastIndexOf("/");
    const byTick = new Map(ticks.map((/** @type {any} */ one) => [one.tick, one]));
    const among = { node: key.slice(0, at), life: Number(key.slice(at + 1)), of: reasonsOf };
    const found = causes ? new Reasons(causes, { record: (tick) => byTick.get(tick) }, among) : null;
    known.set(key, found);
    return found;
  }

  return {
    reasonsOf,
    /** @type {(message: string) => Told | null} */
    ofMessage(message) {
      if (!Object.hasOwn(places, message)) return null;
      const [key, edge, tick, step, index] = places[message];
      return reasonsOf(key)?.told({ edge, tick, step, index }) ?? null;
    },
  };
}
