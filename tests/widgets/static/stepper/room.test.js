import assert from "node:assert/strict";
import test from "node:test";
import { arrange, mostIn } from "../../../../widgets/static/stepper/room.js";

/** @import { Room } from "../../../../widgets/static/stepper/room.js" */

/** A widget beside JupyterLab's file browser in a window of 1280 by 900.
 * @type {(across: number, down: number, other?: Partial<Room>) => Room}
 */
const room = (across, down, other = {}) => (
  { width: 815, most: 765, bars: 60, strips: 114, whole: [across, down], letters: 11, ...other }
);

/** The letters of a picture that fills its pane.
 * @type {(given: Room) => number}
 */
function lettersIn(given) {
  const { graph: [width, height] } = arrange(given);
  const [across, down] = given.whole;
  return given.letters * Math.min((width - 16) / across, (height - 32) / down);
}

test("the widget takes a part of the window, and some room in a very low one", () => {
  assert.deepEqual([mostIn(900), mostIn(200)], [765, 420]);
});

test("a small graph stands beside the tables, a low one with room for them", () => {
  const { shape, graph: [, height] } = arrange(room(300, 200));

  assert.equal(shape, "beside");
  assert.ok(height >= 380);
});

test("a graph that is higher than the tables takes the height of the strips too, so that it can be read", () => {
  const given = room(504, 818);

  assert.equal(arrange(given).shape, "tall");
  assert.ok(lettersIn(given) >= 9);
});

test("a broad graph stands above the tables", () => {
  const given = room(900, 300, { width: 900 });

  assert.equal(arrange(given).shape, "above");
  assert.ok(lettersIn(given) >= 9);
});

test("whatever the graph, the widget stays within its part of the window and the graph within the widget", () => {
  for (const width of [400, 640, 815, 1100, 1600]) {
    for (const most of [420, 765, 1200]) {
      for (const [across, down] of [[1, 1], [300, 200], [504, 818], [900, 300], [9000, 1200], [400, 30000]]) {
        const { graph, middle } = arrange(room(across, down, { width, most }));

        assert.ok(middle + 60 <= most, `${width} ${most} ${across}x${down}: ${middle}`);
        assert.ok(graph[0] <= width && graph[0] > 0 && graph[1] >= 180);
      }
    }
  }
});

test("a graph that is shown in part has the shape that shows most of it", () => {
  assert.equal(arrange(room(9000, 400)).shape, "above");
  assert.equal(arrange(room(400, 9000)).shape, "tall");
});

test("a narrow widget has all in one column", () => {
  assert.equal(arrange(room(504, 818, { width: 600 })).shape, "above");
});
