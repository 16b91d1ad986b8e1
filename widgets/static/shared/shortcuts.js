// JupyterLab looks for an attribute before it runs a shortcut. Its one-letter commands must not fire from inside of a
// widget, its Ctrl commands (save) must.

/** Whether a key is a command of the front end.
 * @type {(event: { ctrlKey: boolean, metaKey: boolean, altKey: boolean }) => boolean}
 */
export function isCommand(event) {
  return event.ctrlKey || event.metaKey || event.altKey;
}

/** Keep keys that are pressed inside of a widget from the front end, but for its commands. The attribute is set for
 * each key, before other listeners see it; `signal` ends that.
 * @type {(root: HTMLElement, signal: AbortSignal) => void}
 */
export function keepKeys(root, signal) {
  window.addEventListener("keydown", (event) => {
    if (!root.contains(/** @type {Node} */ (event.target))) return;
    if (isCommand(event)) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  }, { capture: true, signal });
}
