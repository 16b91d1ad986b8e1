// Items as values, read from their texts: how alike two of them are, and in which parts they differ. The kernel does
// the same with the items themselves (`trace/values.py`).

/** A value of Python as its text tells it: `kind` is its type, `parts` what it holds. A dict has its `keys` beside.
 * @typedef {{ kind: string, text: string, parts: Value[], keys?: Value[] }} Value
 */

/** A part that differs: where in the value, as one would write it behind its name, and the texts before and after.
 * @typedef {{ path: string, before: string, after: string }} Part
 */

export const ABSENT = "absent";
const DEEPEST = 20;
const MOST_PARTS = 200;
const LONGEST_KEY = 40;
const NUMBER = /[+-]?(?:\d[\d_]*)?(?:\.\d*)?(?:e[+-]?\d+)?(?:[+-]\d+(?:\.\d*)?(?:e[+-]?\d+)?)?j?/iy;
const WORD = /(?:True|False|None|nan|inf|-inf)\b/y;
const TEXT = /(b?)('(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*")/y;
/** @type {Record<string, [end: string, kind: string]>} */
const BRACKETS = { "(": [")", "tuple"], "[": ["]", "list"], "{": ["}", "set"] };

/** The value that a text tells; where it is no plain value, a value of the kind "text".
 * @type {(text: string) => Value}
 */
export function valueOf(text) {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    if (reader.at === text.length) return value;
  } catch {
    // it is that of a class of the user's, or was cut
  }
  return { kind: "text", text, parts: [] };
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @type {(depth: number) => Value} */
  value(depth) {
    this.space();
    const from = this.at;
    const bracket = this.text[from];
    if (this.text.startsWith("set()", from)) {
      this.at += 5;
      return { kind: "set", text: "set()", parts: [] };
    }
    if (Object.hasOwn(BRACKETS, bracket)) {
      if (depth >= DEEPEST) throw new Error("too deep");
      return this.several(from, ...BRACKETS[bracket], depth + 1);
    }
    const string = this.find(TEXT);
    const word = string ? null : this.find(WORD);
    const found = string?.[0] ?? word?.[0] ?? this.find(NUMBER)?.[0] ?? "";
    if (!found || !(string || word || /\d/.test(found))) throw new Error("no value");
    this.at += found.length;
    return { kind: string ? (string[1] ? "bytes" : "str") : kindOf(found), text: found, parts: [] };
  }

  /** @type {(from: number, end: string, kind: string, depth: number) => Value} */
  several(from, end, kind, depth) {
    this.at += 1;
    /** @type {Value[]} */
    const parts = [];
    /** @type {Value[]} */
    const keys = [];
    let hasComma = false;
    for (this.space(); this.text[this.at] !== end; this.space()) {
      const one = this.value(depth);
      this.space();
      if (kind === "set" && this.text[this.at] === ":") {
        this.at += 1;
        keys.push(one);
        parts.push(this.value(depth));
      } else parts.push(one);
      this.space();
      if (this.text[this.at] === ",") {
        this.at += 1;
        hasComma = true;
      } else if (this.text[this.at] !== end) throw new Error("no end");
    }
    this.at += 1;
    if (kind === "tuple" && parts.length === 1 && !hasComma) return parts[0];
    const text = this.text.slice(from, this.at);
    if (kind !== "set" || (parts.length && !keys.length)) return { kind, text, parts };
    if (keys.length !== parts.length) throw new Error("no dict");
    return { kind: "dict", text, parts, keys };
  }

  /** @type {(what: RegExp) => RegExpExecArray | null} */
  find(what) {
    what.lastIndex = this.at;
    return what.exec(this.text);
  }

  space() {
    while (this.text[this.at] === " ") this.at += 1;
  }
}

/** @type {(text: string) => string} */
function kindOf(text) {
  if (text === "None") return "NoneType";
  if (text === "True" || text === "False") return "bool";
  if (text.endsWith("j")) return "complex";
  return /^[+-]?[\d_]+$/.test(text) ? "int" : "float";
}

/** The innermost parts in which two values differ, the first 200.
 * @type {(before: Value, after: Value) => Part[]}
 */
export function partsThatDiffer(before, after) {
  /** @type {Part[]} */
  const found = [];
  differing(before, after, "", found);
  return found.slice(0, MOST_PARTS);
}

/** @type {(before: Value | undefined, after: Value | undefined, path: string, found: Part[]) => void} */
function differing(before, after, path, found) {
  if (found.length >= MOST_PARTS || before?.text === after?.text) return;
  if (!before || !after || before.kind !== after.kind) {
    found.push({ path, before: before?.text ?? ABSENT, after: after?.text ?? ABSENT });
  } else if (before.kind === "dict") {
    const [ones, others] = [byKey(before), byKey(after)];
    for (const key of new Set([...ones.keys(), ...others.keys()])) {
      differing(ones.get(key), others.get(key), `${path}[${short(key)}]`, found);
    }
  } else if (before.kind === "list" || before.kind === "tuple") {
    for (let at = 0; at < Math.max(before.parts.length, after.parts.length); at += 1) {
      differing(before.parts[at], after.parts[at], `${path}[${at}]`, found);
    }
  } else if (before.kind === "set") {
    const [ones, others] = [textsOf(before), textsOf(after)];
    for (const text of ones) {
      if (others.includes(text)) continue;
      found.push({ path: `${path} without ${short(text)}`.trim(), before: text, after: ABSENT });
    }
    for (const text of others) {
      if (ones.includes(text)) continue;
      found.push({ path: `${path} with ${short(text)}`.trim(), before: ABSENT, after: text });
    }
  } else found.push({ path, before: before.text, after: after.text });
}

/** How alike two different values are, from 0 to below 1: the share of their parts that is equal.
 * @type {(before: Value, after: Value) => number}
 */
export function likeness(before, after) {
  if (before.kind !== after.kind) return 0;
  const every = Math.max(1, size(before), size(after));
  return Math.max(0, 1 - partsThatDiffer(before, after).length / every);
}

/** @type {(value: Value) => number} */
function size(value) {
  if (value.kind === "set") return value.parts.length;
  if (!["dict", "list", "tuple"].includes(value.kind)) return 1;
  return value.parts.reduce((sum, part) => sum + size(part), 0);
}

/** @type {(dict: Value) => Map<string, Value>} */
const byKey = (dict) => new Map((dict.keys ?? []).map((key, at) => [key.text, dict.parts[at]]));

/** @type {(set: Value) => string[]} */
const textsOf = (set) => set.parts.map((part) => part.text).sort();

/** @type {(text: string) => string} */
const short = (text) => (text.length > LONGEST_KEY ? `${text.slice(0, LONGEST_KEY - 1)}…` : text);
