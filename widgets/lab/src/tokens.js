// The words of a `%%hydroflow` cell, for colours: the magic's line, the flow, and Python inside of arguments. A line is
// read from left to right, by CodeMirror's stream parser; text that is still being written may be wrong anywhere.

/** @typedef {"flow" | "python" | "port" | "generics"} Room where a word stands */

/**
 * @typedef {object} Stream what CodeMirror gives: the rest of a line
 * @property {() => boolean} sol
 * @property {() => boolean} eol
 * @property {() => boolean} eatSpace
 * @property {() => string | void} next
 * @property {() => void} skipToEnd
 * @property {(pattern: RegExp, consume?: boolean) => RegExpMatchArray | boolean | null} match
 */

/**
 * @typedef {object} State
 * @property {boolean} above true above the flow's text: the magic's own line has not ended
 * @property {Room[]} rooms the open brackets, outermost first
 * @property {boolean} comment true within a comment of several lines
 * @property {string} quote the end of a string of several lines; empty where there is none
 * @property {boolean} called true behind an operator's name, whose arguments begin with the next bracket
 * @property {boolean} within true within a statement
 */

const KEYWORDS = new Set(
  ("and as assert async await class def del elif else except finally for from if import in is lambda not or raise " +
    "return try while with yield").split(" "),
);
const ATOMS = /^(?:True|False|None)$/;
const NAME = /^[\p{ID_Start}_]\p{ID_Continue}*/u;
const NUMBER =
  /^(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?)/;
const STRING = /^(?:[rRbBuUfF]{0,2})('''|"""|'|")/;
const LIFETIME = /^'[a-z]+\b(?!')/;

/** @returns {State} */
export const startState = () => ({ above: true, rooms: [], comment: false, quote: "", called: false, within: false });

/** @param {State} state @returns {State} */
export const copyState = (state) => ({ ...state, rooms: [...state.rooms] });

/**
 * The kind of the next word; null where it has no colour. Most kinds have the names of the tags of Lezer, `language.js`
 * knows the others.
 * @param {Stream} stream
 * @param {State} state
 * @returns {string | null}
 */
export function token(stream, state) {
  if (state.comment) return inComment(stream, state);
  if (state.quote) return inString(stream, state);
  if (state.above) return magic(stream, state);
  if (stream.eatSpace()) return null;
  switch (state.rooms.at(-1) ?? "flow") {
    case "python": return python(stream, state);
    case "port": return port(stream, state);
    case "generics": return generics(stream, state);
    default: return flow(stream, state);
  }
}

/** @type {(stream: Stream, state: State) => string | null} */
function magic(stream, state) {
  const ends = (/** @type {string | null} */ kind) => {
    if (stream.eol() && isMagic(state)) leave(state);
    return kind;
  };
  if (stream.match(/^\s*%%hydroflow\b/)) {
    state.called = true;
    return ends("keyword");
  }
  if (stream.eatSpace()) return ends(null);
  if (!isMagic(state)) {
    stream.skipToEnd();
    return "meta";
  }
  if (stream.match(/^--[\w-]*/)) return ends("attributeName");
  if (stream.match(NUMBER)) return ends("number");
  if (stream.match(NAME)) return ends("variableName.definition");
  stream.next();
  return ends(null);
}

/** @param {State} state */
const isMagic = (state) => state.called;

/** @param {State} state */
function leave(state) {
  state.above = state.called = false;
}

/** @type {(stream: Stream, state: State) => string | null} */
function flow(stream, state) {
  if (stream.match(/^(?:\/\/|#)/)) {
    stream.skipToEnd();
    return "comment";
  }
  if (stream.match(/^\/\*/)) {
    state.comment = true;
    return inComment(stream, state);
  }
  if (stream.match(/^;/)) {
    state.within = false;
    return "punctuation";
  }
  state.within = true;
  if (stream.match(/^(?:->|~>)/)) return "operator";
  if (stream.match(/^@[\p{ID_Start}_]\p{ID_Continue}*/u)) return "meta";
  if (stream.match(/^\.(?:all|others|next|by)\b/)) {
    state.called = /^\s*\(/.test(rest(stream));
    return "propertyName";
  }
  if (stream.match(/^::\s*</)) {
    state.rooms.push("generics");
    return "punctuation";
  }
  if (stream.match(/^\[/)) {
    state.rooms.push("port");
    return "squareBracket";
  }
  if (stream.match(/^[({]/)) {
    state.rooms.push(state.called ? "python" : "flow");
    state.called = state.within = false;
    return "bracket";
  }
  if (stream.match(/^[)}]/)) {
    close(state);
    return "bracket";
  }
  if (stream.match(/^import!/)) {
    state.called = true;
    return "keyword";
  }
  if (stream.match(NUMBER)) return "number";
  if (stream.match(NAME, false)) return name(stream, state);
  stream.next();
  return null;
}

/** The rest of the line. @type {(stream: Stream) => string} */
function rest(stream) {
  const found = stream.match(/^.*/, false);
  return found && typeof found === "object" ? found[0] : "";
}

/** @type {(stream: Stream, state: State) => string} */
function name(stream, state) {
  if (stream.match(/^(?:process|cluster|external)(?=\s*\()/)) {
    state.called = true;
    return "keyword";
  }
  if (stream.match(/^(?:mod|loop|pub)\b(?=\s+[\p{L}_]|\s*\{)/u)) return "keyword";
  if (stream.match(/^[\p{ID_Start}_]\p{ID_Continue}*(?=\s*(?:\(|::\s*<))/u)) {
    state.called = true;
    return "operatorName";
  }
  if (stream.match(/^[\p{ID_Start}_]\p{ID_Continue}*(?=\s*=(?!=))/u)) return "variableName.definition";
  stream.match(NAME);
  return "variableName";
}

/** @type {(stream: Stream, state: State) => string | null} */
function port(stream, state) {
  if (stream.match(/^\]/)) {
    state.rooms.pop();
    return "squareBracket";
  }
  if (stream.match(NUMBER) || stream.match(NAME)) return "propertyName";
  if (stream.match(/^(?=[;)])/)) state.rooms.pop();
  else stream.next();
  return null;
}

/** @type {(stream: Stream, state: State) => string | null} */
function generics(stream, state) {
  if (stream.match(LIFETIME)) return "lifetime";
  if (stream.match(/^>/)) {
    state.rooms.pop();
    return "punctuation";
  }
  if (stream.match(NAME)) return "typeName";
  if (stream.match(/^(?=[;()])/)) state.rooms.pop();
  else stream.next();
  return null;
}

/** @type {(stream: Stream, state: State) => string | null} */
function python(stream, state) {
  if (stream.match(/^#/)) {
    stream.skipToEnd();
    return "comment";
  }
  const quote = stream.match(STRING);
  if (quote && typeof quote === "object") {
    state.quote = quote[1];
    return inString(stream, state);
  }
  if (stream.match(/^[([{]/)) {
    state.rooms.push("python");
    return "bracket";
  }
  if (stream.match(/^[)\]}]/)) {
    close(state);
    return "bracket";
  }
  if (stream.match(NUMBER)) return "number";
  if (stream.match(/^\$[\p{ID_Start}_]\p{ID_Continue}*/u)) return "variableName.special";
  const word = stream.match(NAME);
  if (word && typeof word === "object") {
    if (KEYWORDS.has(word[0])) return "keyword";
    return ATOMS.test(word[0]) ? "atom" : "variableName.local";
  }
  if (stream.match(/^(?:[-+*/%<>=!&|^~@]|:=)+/)) return "operator";
  stream.next();
  return null;
}

/** @type {(stream: Stream, state: State) => string} */
function inComment(stream, state) {
  while (!stream.eol()) {
    if (stream.match(/^\*\//)) {
      state.comment = false;
      break;
    }
    stream.next();
  }
  return "comment";
}

/** @type {(stream: Stream, state: State) => string} */
function inString(stream, state) {
  while (!stream.eol()) {
    if (stream.match(state.quote === "'" ? /^'/ : state.quote === '"' ? /^"/ : new RegExp(`^${state.quote}`))) {
      state.quote = "";
      return "string";
    }
    if (stream.next() === "\\") stream.next();
  }
  // A string with one quote ends with its line; the end was forgotten.
  if (state.quote.length === 1) state.quote = "";
  return "string";
}

/** @param {State} state */
function close(state) {
  state.rooms.pop();
  state.within = true;
}

/**
 * How far a line is indented, in units: once for each bracket that is open, and once within a statement.
 * @param {State} state
 * @param {string} textAfter
 */
export function depth(state, textAfter) {
  const closes = /^[)}\]]/.test(textAfter) ? 1 : 0;
  const continues = state.within && !closes && (state.rooms.at(-1) ?? "flow") === "flow" ? 1 : 0;
  return Math.max(0, state.rooms.length - closes) + continues;
}
