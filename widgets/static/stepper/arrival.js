// A large picture comes with what is in sight; the rest is put in afterwards, in slices, so that the page stays alive.
// It is out of the page until then, not hidden: Chromium works out the styles of hidden parts of an SVG as well.

const SLICE = 80; // elements that are put in at once

/** Take elements out, and put them in again where they stood, slice by slice.
 * @param {Element[]} elements
 * @param {(go: () => void) => void} [later] calls when the page has had time for something else
 */
export function letIn(elements, later = (go) => setTimeout(go, 0)) {
  const waiting = elements.map((element) => {
    const place = document.createComment("");
    element.replaceWith(place);
    return { element, place };
  });
  const go = () => {
    for (const { element, place } of waiting.splice(0, SLICE)) place.replaceWith(element);
    if (waiting.length) later(go);
  };
  if (waiting.length) later(go);
}
