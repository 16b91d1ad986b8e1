// The levels of a check, asked for and switched off.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { View } from "./view.js" */

import { Checked, SURROUNDINGS, question, wordsOf } from "./checked.js";

/** @param {{ view: View, kernel: Kernel | null, draw: () => void, say: (note: string) => void }} needs */
export function makeLevels({ view, kernel, draw, say }) {
  /** @type {(surroundings: string) => Promise<void>} */
  async function check(surroundings) {
    if (!kernel) return;
    view.surroundings = surroundings;
    draw();
    try {
      const told = await kernel.call("check", question(surroundings));
      if (view.surroundings !== surroundings) return; // another choice came, or the levels were switched off
      view.checked = new Checked(view.graph, told);
      say(`${wordsOf(surroundings)}, ${view.checked.summary()};`);
    } catch (problem) {
      if (view.surroundings === surroundings) forget(/** @type {Error} */ (problem).message);
    }
  }

  /** @type {(note: string) => void} */
  function forget(note) {
    view.surroundings = view.checked = null;
    say(note);
  }

  function toggle() {
    if (view.surroundings === null) check(SURROUNDINGS[0][0]);
    else forget("");
  }

  return { check, toggle };
}
