// A flow that nodes of simulated networks run copies of: says so, and shows a node's stepper in place of the flow's.

/** @import { Kernel } from "../shared/connection.js" */
/** @import { Mount } from "../shared/nodestrip.js" */
/** @import { Feature } from "./features.js" */
/** @import { Needs } from "./view.js" */

import { first } from "../shared/nodelist.js";
import { makeNodeStrip } from "../shared/nodestrip.js";

/** @type {(needs: Needs & { kernel: Kernel | null, root: HTMLElement, mount: Mount }) => Feature} */
export function makeNodes({ view, act, kernel, root, mount }) {
  if (!kernel || Object.keys(view.cannot).length) return {}; // there is no kernel to ask, or this is a node
  const nodes = makeNodeStrip({
    kernel, mount, say: act.say, lead: "This flow runs as",
    own: ["the flow itself", "The flow itself, which no node changes"],
    changed() {
      // The flow's own stepper is hidden while that of a node is shown.
      root.classList.toggle("hosts", nodes.shown() !== null);
      showFirst();
    },
  });
  root.prepend(nodes.strip, nodes.place);

  // A flow that has not run by itself has nothing to show but its nodes.
  function showFirst() {
    const node = first(nodes.nodes());
    const hasRun = !view.state || view.state.tick > 0 || view.history.newest !== null || view.running;
    if (node && !nodes.hasChosen() && !nodes.shown() && !hasRun) nodes.show(node);
  }

  return { draw: showFirst, close: nodes.close };
}
