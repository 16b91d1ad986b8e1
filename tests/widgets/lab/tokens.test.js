import assert from "node:assert/strict";
import test from "node:test";
import { copyState, depth, startState, token } from "../../../widgets/lab/src/tokens.js";

/** @import { State } from "../../../widgets/lab/src/tokens.js" */

/** A line as CodeMirror's stream gives it. */
class Line {
  at = 0;

  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  sol = () => this.at === 0;
  eol = () => this.at >= this.text.length;
  next = () => this.text[this.at++];

  eatSpace() {
    const from = this.at;
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
    return this.at > from;
  }

  skipToEnd() {
    this.at = this.text.length;
  }

  /** @param {RegExp} pattern */
  match(pattern, consume = true) {
    const found = pattern.exec(this.text.slice(this.at));
    if (found?.index !== 0) return null;
    if (consume) this.at += found[0].length;
    return found;
  }
}

/**
 * The words of a cell that have a kind, as `kind word`, and the state at its end.
 * @param {string} cell
 */
function read(cell) {
  let state = startState();
  /** @type {string[]} */
  const words = [];
  for (const text of cell.split("\n")) {
    const line = new Line(text);
    while (!line.eol()) {
      const from = line.at;
      const kind = token(line, state);
      assert.ok(line.at > from || kind === null, `nothing was read of ${text.slice(from)}`);
      if (kind) words.push(`${kind} ${text.slice(from, line.at)}`);
    }
    state = copyState(state);
  }
  return { words, state };
}

/** @param {string} cell @param {string} kind */
const all = (cell, kind) =>
  read(cell).words.filter((word) => word.startsWith(`${kind} `)).map((word) => word.slice(kind.length + 1));

test("the magic's line ends above the flow, with other magics and empty lines before it", () => {
  const { words } = read("%%time\n\n%%hydroflow reach --recording 20\nmap");

  assert.deepEqual(words, [
    "meta %%time",
    "keyword %%hydroflow",
    "variableName.definition reach",
    "attributeName --recording",
    "number 20",
    "variableName map",
  ]);
});

test("operators, names, ports and lifetimes are told apart", () => {
  const cell = "%%hydroflow\nhop = join::<'static, 'tick>() -> map(|x| x);\nhop[1] -> [out]sink;";

  assert.deepEqual(all(cell, "operatorName"), ["join", "map"]);
  assert.deepEqual(all(cell, "variableName.definition"), ["hop"]);
  assert.deepEqual(all(cell, "variableName"), ["hop", "sink"]);
  assert.deepEqual(all(cell, "propertyName"), ["1", "out"]);
  assert.deepEqual(all(cell, "lifetime"), ["'static", "'tick"]);
});

test("within an argument Python's rules hold: two slashes divide, a quote begins a string", () => {
  const cell = "%%hydroflow\nmap(|x| x // 2 if x else f'a # {x}') -> for_each(print); // done 'static";

  assert.deepEqual(all(cell, "comment"), ["// done 'static"]);
  assert.deepEqual(all(cell, "keyword"), ["%%hydroflow", "if", "else"]);
  assert.deepEqual(all(cell, "string"), ["f'a # {x}'"]);
  assert.deepEqual(all(cell, "operatorName"), ["map", "for_each"]);
});

test("comments and strings go over lines, and a string whose end was forgotten ends with its line", () => {
  const cell = "%%hydroflow\n/* one\ntwo */ map(lambda: '''a\nb''', 'c)\n) -> tee();";

  assert.deepEqual(all(cell, "comment"), ["/* one", "two */"]);
  assert.deepEqual(all(cell, "string"), ["'''a", "b'''", "'c)"]);
  assert.deepEqual(all(cell, "operatorName"), ["map", "tee"]);
});

test("a name that is read by an argument is special", () => {
  assert.deepEqual(all("%%hydroflow\nmap(|x| x + $total)", "variableName.special"), ["$total"]);
});

test("a line within a statement and within brackets is indented", () => {
  const after = (/** @type {string} */ cell, next = "") => depth(/** @type {State} */ (read(cell).state), next);

  assert.equal(after("%%hydroflow\nsource_iter([1])"), 1);
  assert.equal(after("%%hydroflow\nsource_iter([1]);"), 0);
  assert.equal(after("%%hydroflow\nloop a {"), 1);
  assert.equal(after("%%hydroflow\nloop a {", "}"), 0);
  assert.equal(after("%%hydroflow\nmap(|x| (", ")"), 1);
});

test("nothing that is half written keeps the reader from the end of the line", () => {
  for (const end of ["a[", "a[1", "a::<'st", "map(|x", "map(']", "import!(", "/*", "\u{1F30A}", "[", "::", "'a"]) {
    assert.ok(read(`%%hydroflow\n${end}\n${end};`));
  }
});

test("places, arrows to them and routes have colours, and a route's key is Python", () => {
  const cell = "%%hydroflow two\nserver = process();\nc = cluster(open=True);\n" +
    "@server source_iter([1]) ~> @c.by(|x| x % 2)::<int> map(f) ~> said;\n@c { said = null(); }";

  assert.deepEqual(all(cell, "meta"), ["@server", "@c", "@c"]);
  assert.deepEqual(all(cell, "operator").filter((sign) => sign.length === 2), ["~>", "~>"]);
  assert.deepEqual(all(cell, "propertyName"), [".by"]);
  assert.deepEqual(all(cell, "typeName"), ["int"]);
  assert.ok(all(cell, "keyword").includes("process"));
  assert.ok(all(cell, "keyword").includes("cluster"));
  assert.ok(all(cell, "variableName.local").includes("x"));
  assert.equal(read(cell).state.rooms.length, 0);
});
