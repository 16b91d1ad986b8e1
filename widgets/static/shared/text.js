// Numbers and texts as a reader sees them.

/** @type {(count: number, word: string) => string} */
export function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

/** @type {(count: number) => string} */
export function compact(count) {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1e3).toFixed(count < 9950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(count < 9.95e6 ? 1 : 0)}M`;
}

/** How many items went over an edge, and in brackets how many were carried over on it, where there is little room.
 * @type {(count: number, carried: number) => string}
 */
export function countText(count, carried) {
  if (!carried) return compact(count);
  return count ? `${compact(count)} (${compact(carried)})` : `(${compact(carried)})`;
}

/** @type {(text: string, limit: number) => string} */
export function ellipsis(text, limit) {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** A text of anyone: what cannot be seen, or turns the text around, is a `�`. Lines stay lines.
 * @type {(text: string) => string}
 */
export function visible(text) {
  return text.replace(/[^\n\t\P{C}]/gu, "\u{fffd}");
}

/** The name of a page's file: what its flow is called, as far as files may be called so.
 * @type {(name: string) => string}
 */
export function fileName(name) {
  const plain = name.replace(/[^\p{L}\p{N}_.-]+/gu, "_").replace(/^[_.]+|[_.]+$/g, "").slice(0, 60);
  return `${plain || "run"}.html`;
}
