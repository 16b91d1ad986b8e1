// Hydroflow as a language of the editor, in cells that begin with `%%hydroflow`.

import { LanguageSupport, StreamLanguage } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { copyState, depth, startState, token } from "./tokens.js";

export const MIME = "text/x-hydroflow";

const language = StreamLanguage.define({
  name: "hydroflow",
  startState: () => startState(),
  copyState,
  token: (stream, state) => token(/** @type {any} */ (stream), state),
  indent: (state, textAfter, context) => depth(state, textAfter) * context.unit,
  tokenTable: { operatorName: tags.standard(tags.variableName), lifetime: tags.atom },
  languageData: {
    commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
    // Without the quote, with which a lifetime begins.
    closeBrackets: { brackets: ["(", "[", "{", '"'] },
    indentOnInput: /^\s*[)}\]]$/,
  },
});

/** What the registry of languages takes. */
export const hydroflow = {
  name: "hydroflow",
  displayName: "Hydroflow",
  mime: MIME,
  extensions: ["hf"],
  support: new LanguageSupport(language),
};

// Above the magic may stand empty lines and other magics.
const MAGIC = /^(?:[ \t]*(?:%%(?!hydroflow\b).*)?\r?\n)*[ \t]*%%hydroflow\b.*(?:\r?\n|$)/;

/**
 * Whether a cell's text is a flow.
 * @param {string} text
 */
export const isFlow = (text) => MAGIC.test(text);

/**
 * The flow in a cell's text, and where it starts; null where there is none.
 * @param {string} text
 * @returns {{ start: number, text: string } | null}
 */
export function flowOf(text) {
  const magic = MAGIC.exec(text);
  return magic && { start: magic[0].length, text: text.slice(magic[0].length) };
}
