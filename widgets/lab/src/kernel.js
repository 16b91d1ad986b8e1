// What the kernel says of a cell: its mistakes, and the page of the word at a place. Both are answers to Jupyter's own
// request "inspect", which the package answers for cells with a flow: there is no connection to keep, and a kernel
// without the package says that it has found nothing.

const PROBLEMS = "application/vnd.hydroflow-nb.problems+json";

/**
 * @typedef {object} Problem
 * @property {number} from
 * @property {number} to
 * @property {"error" | "warning" | "note"} severity
 * @property {string} code
 * @property {string} message
 * @property {string} hint
 * @property {string[]} notes
 * @property {string} replacement what to write in its place; empty where that is not the whole mend
 */

/** @typedef {import("@jupyterlab/services").Kernel.IKernelConnection} Kernel */
/** @typedef {import("@codemirror/view").EditorView} EditorView */
/** @typedef {(view: EditorView) => Kernel | null} KernelOf the kernel of an editor's notebook */

/**
 * The mistakes of a cell's text; places count characters as Python does. Null where nobody knows.
 * @param {Kernel} kernel
 * @param {string} text
 * @returns {Promise<Problem[] | null>}
 */
export async function problemsOf(kernel, text) {
  await idle(kernel);
  const data = await inspect(kernel, text, 0);
  const found = data?.[PROBLEMS];
  return Array.isArray(found) ? found : null;
}

/**
 * What there is to read of the word at a place of a cell's text, by kind; null where there is nothing.
 * @param {Kernel} kernel
 * @param {string} text
 * @param {number} place as JavaScript counts
 * @returns {Promise<Record<string, any> | null>}
 */
export async function pageOf(kernel, text, place) {
  if (kernel.status !== "idle" || place === 0) return null;
  return inspect(kernel, text, [...text.slice(0, place)].length);
}

/** @type {(kernel: Kernel, code: string, place: number) => Promise<Record<string, any> | null>} */
async function inspect(kernel, code, place) {
  const reply = await kernel.requestInspect({ code, cursor_pos: place, detail_level: 0 });
  const { content } = reply;
  return content.status === "ok" && content.found ? content.data : null;
}

/** @param {Kernel} kernel */
function idle(kernel) {
  if (kernel.status === "idle") return Promise.resolve();
  return new Promise((resolve) => {
    const look = (/** @type {any} */ _, /** @type {string} */ status) => {
      if (status !== "idle") return;
      kernel.statusChanged.disconnect(look);
      resolve(undefined);
    };
    kernel.statusChanged.connect(look);
  });
}

/**
 * The places in a text as JavaScript counts of places as Python counts: what lies outside of the Basic Multilingual
 * Plane is one character there, two here.
 * @param {string} text
 * @returns {(place: number) => number}
 */
export function placesIn(text) {
  const starts = [0];
  for (const character of text) starts.push(starts[starts.length - 1] + character.length);
  return (place) => starts[Math.max(0, Math.min(place, starts.length - 1))];
}
