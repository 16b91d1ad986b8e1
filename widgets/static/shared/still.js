// The still picture beside a living widget is hidden, and seen again when the widget goes.
//
// The kernel shows three outputs: the picture, a seam that bears its name, and the widget. Each front end wraps outputs
// in elements of its own. The nearest element around the seam and the widget holds the outputs, whatever it is called;
// the picture is what stands before the seam in it.

const PICTURE = "svg, img, table";

/** Hides the picture of this name, now and when it is put there anew; the function that is given back ends that.
 * @type {(el: Element, name: string) => () => void}
 */
export function hideStill(el, name) {
  /** What is hidden, and how it was shown.
   * @type {Map<HTMLElement, string>}
   */
  const hidden = new Map();
  const hide = (/** @type {HTMLElement | null} */ part) => {
    if (!part || hidden.has(part)) return;
    hidden.set(part, part.style.display);
    part.style.display = "none";
  };

  function look() {
    const found = around(el, name);
    if (!found) return;
    const { outputs, seam } = found;
    const picture = /** @type {HTMLElement | null} */ (seam.previousElementSibling);
    for (const part of hidden.keys()) if (!part.isConnected) hidden.delete(part);
    hide(seam);
    if (picture?.matches(PICTURE) || picture?.querySelector(PICTURE)) hide(picture);
    arrival.disconnect();
    renewal.observe(outputs, { childList: true });
  }

  const renewal = new MutationObserver(look);
  // A widget may be made before it is put into the page; it has a size from then on.
  const arrival = new ResizeObserver(look);
  if (name) arrival.observe(el);
  return () => {
    arrival.disconnect();
    renewal.disconnect();
    for (const [part, display] of hidden) part.style.display = display;
  };
}

/** The element that holds the outputs, and the output in it that is the seam; null where there is none.
 * @type {(el: Element, name: string) => { outputs: Element, seam: HTMLElement } | null}
 */
function around(el, name) {
  const wanted = `[data-still="${CSS.escape(name)}"]`;
  for (let outputs = el.parentElement; outputs; outputs = outputs.parentElement) {
    const mark = outputs.querySelector(wanted);
    const seam = mark && [...outputs.children].find((part) => part.contains(mark));
    if (seam) return { outputs, seam: /** @type {HTMLElement} */ (seam) };
  }
  return null;
}
