// A small map of a graph that is larger than its pane: where its nodes are, and what part is in sight.

/** @import { Camera } from "./camera.js" */
/** @import { Graph } from "./graph.js" */
/** @import { Box } from "../shared/picture.js" */
/** @import { Listen } from "./view.js" */

import { put, svg } from "../shared/dom.js";

const MOST = [150, 110]; // pixels of its width and height

/** @param {{ graph: Graph, boxes: Record<string, Box>, camera: Camera, listen: Listen }} needs */
export function makeMinimap({ graph, boxes, camera, listen }) {
  const [x, y, width, height] = camera.whole;
  const scale = Math.min(MOST[0] / width, MOST[1] / height);
  const shown = svg("rect", { class: "view" });
  const element = svg("svg", {
    class: "hf-map", viewBox: `${x} ${y} ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true",
    width: Math.max(24, Math.round(width * scale)), height: Math.max(24, Math.round(height * scale)),
  }, ...["pull", "push", "handoff"].map(nodes), shown);

  /** The nodes of a colour, as one path.
   * @type {(colour: string) => SVGElement}
   */
  function nodes(colour) {
    const ids = colour === "handoff" ? Object.keys(graph.handoffs)
      : Object.keys(graph.ops).filter((id) => graph.ops[id].colour === colour);
    const outline = (/** @type {Box} */ [left, top, across, down]) => `M${left} ${top}h${across}v${down}h${-across}z`;
    return svg("path", { class: colour, d: ids.filter((id) => boxes[id]).map((id) => outline(boxes[id])).join("") });
  }

  let isDown = false;
  const go = (/** @type {PointerEvent} */ event) => {
    const frame = element.getBoundingClientRect();
    const across = ((event.clientX - frame.x) / frame.width) * width;
    camera.centre(x + across, y + ((event.clientY - frame.y) / frame.height) * height);
  };
  listen(element, "pointerdown", (event) => {
    isDown = true;
    element.setPointerCapture(event.pointerId);
    go(event);
  });
  listen(element, "pointermove", (event) => isDown && go(event));
  for (const type of ["pointerup", "pointercancel"]) listen(element, type, () => { isDown = false; });

  function draw() {
    element.classList.toggle("away", !camera.isPartial());
    const [left, top, across, down] = camera.view();
    const [right, bottom] = [Math.min(left + across, x + width), Math.min(top + down, y + height)];
    const [from, to] = [Math.max(left, x), Math.max(top, y)];
    const sides = { x: from, y: to, width: Math.max(0, right - from), height: Math.max(0, bottom - to) };
    for (const [name, side] of Object.entries(sides)) put(shown, name, String(Math.round(side)));
  }

  draw();
  camera.follow(draw);
  return element;
}
