"""The errors of a text that cannot be read as a flow: HF1xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

READING: tuple[Entry, ...] = (
    Entry(
        code="HF101",
        title="Something else is expected at this place",
        meaning="A flow consists of statements, each of which ends with `;`. A statement is a pipeline: names and "
        "calls of operators, joined by `->`. It begins with `name =` if other statements use it. Most often, an arrow, "
        "a semicolon, or the operator behind an arrow is missing.",
        wrong="source_iter([1, 2]) -> ;",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF102",
        title="A bracket is never closed",
        meaning="Every `(`, `[` and `{` needs a closing bracket in the same statement. The message points at the "
        "bracket that has none; only you can know where it has to be closed.",
        wrong="source_iter([1, 2) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF103",
        title="A closing bracket has no opening bracket",
        meaning="There is one closing bracket too many, or its opening bracket is missing.",
        wrong="source_iter([1, 2])) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF104",
        title="A character has no meaning at this place",
        meaning="Outside of Python expressions, a flow consists of names, `->`, `=`, `;`, parentheses, and ports in "
        "brackets. Inside of them Python's rules hold. A flow never needs a backslash at the end of a line.",
        wrong="source_iter([1, \\ 2]) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF105",
        title="A comment is never closed",
        meaning="A comment that begins with `/*` ends at `*/`. A comment that begins with `#` or `//` ends with its "
        "line.",
        wrong="/* all numbers\nsource_iter([1, 2]) -> for_each(print);",
        right="/* all numbers */\nsource_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF106",
        title="A string is never closed",
        meaning="A string ends at the same quote with which it begins, on the same line. A string of several lines "
        "stands between three quotes.",
        wrong='source_iter(["one, "two"]) -> for_each(print);',
        right='source_iter(["one", "two"]) -> for_each(print);',
    ),
    Entry(
        code="HF107",
        title="This is not an arrow",
        meaning="`->` joins operators. Items flow from left to right.",
        wrong="source_iter([1, 2]) => for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF108",
        title="This cannot be the target of an assignment",
        meaning="One name stands in front of `=`, at the start of a statement. It stands for the pipeline behind the "
        "`=`: `-> name` leads to the start of that pipeline, and `name ->` goes on from its end.",
        wrong="source_iter([1]) -> numbers = map(|x| x + 1) -> for_each(print);",
        right="numbers = map(|x| x + 1) -> for_each(print);\nsource_iter([1]) -> numbers;",
    ),
    Entry(
        code="HF109",
        title="Brackets or expressions are nested too deeply",
        meaning="There are more brackets within brackets than Python can read, or an expression, such as a sum, has "
        "more than 140 levels. If a program wrote the text, let it write several statements or functions.",
        wrong=f"{'(' * 300}source_iter([1]){')' * 300} -> for_each(print);",
        right="(source_iter([1])) -> for_each(print);",
    ),
    Entry(
        code="HF110",
        title="A port is wrong",
        meaning="A port is a whole number or a name in brackets. The port of an input stands in front of a name, `-> "
        "[0]pairs`; the port of an output stands behind it, `pairs[0] ->`.",
        wrong="pairs = join() -> for_each(print);\nsource_iter([(1, 2)]) -> [-1]pairs;\n"
        "source_iter([(1, 3)]) -> [1]pairs;",
        right="pairs = join() -> for_each(print);\nsource_iter([(1, 2)]) -> [0]pairs;\n"
        "source_iter([(1, 3)]) -> [1]pairs;",
    ),
    Entry(
        code="HF111",
        title="A port stands at an operator",
        meaning="Ports stand at names and parentheses only. An operator with several inputs or outputs needs a name "
        "anyway: assign it to one, and write the ports there.",
        wrong="source_iter([1, 2]) -> tee()[0] -> for_each(print);",
        right="copies = source_iter([1, 2]) -> tee();\ncopies[0] -> for_each(print);\ncopies[1] -> null();",
    ),
    Entry(
        code="HF112",
        title="The generics of an operator are wrong",
        meaning="Between `::<` and `>` stand an operator's persistences, `'tick` or `'static`, and then Python types, "
        "separated by commas. The `::` is always needed.",
        wrong="source_iter([1, 1]) -> unique<'static>() -> for_each(print);",
        right="source_iter([1, 1]) -> unique::<'static>() -> for_each(print);",
    ),
    Entry(
        code="HF113",
        title="This is not the name of an operator",
        meaning="The name of an operator is one plain word. Paths and exclamation marks belong to Rust; only `import!` "
        "has one.",
        wrong="source_iter([1, 2]) -> ops::map(|x| x + 1) -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF114",
        title="`import!` is wrong",
        meaning="`import!` takes one string between its parentheses: the path of a file that contains a flow. The path "
        "is relative to the folder of the file that imports it. In a cell, it is relative to the folder of the "
        "notebook.",
        wrong="source_iter([1]) -> import!(double.hf) -> for_each(print);",
        right='source_iter([1]) -> import!("double.hf") -> for_each(print);',
        files={"double.hf": "mod -> map(|x| 2 * x) -> mod;"},
    ),
    Entry(
        code="HF120",
        title="An argument is missing before a comma",
        meaning="Commas separate arguments, so an argument stands before each comma. A comma behind the last argument "
        "is allowed.",
        wrong="source_iter([1, 2]) -> fold(, |total, x| total + x) -> for_each(print);",
        right="source_iter([1, 2]) -> fold(|| 0, |total, x| total + x) -> for_each(print);",
    ),
    Entry(
        code="HF121",
        title="An argument is not one Python expression",
        meaning="Between the parentheses of an operator stand Python expressions and closures, `|item| expression`. "
        "Python's own parser does not understand this one.",
        wrong="source_iter([1, 2]) -> map(|x| x +) -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF122",
        title="An argument is not an expression",
        meaning="Statements, assignments, keyword arguments and unpacking cannot stand in an argument. If one "
        "expression is not enough, define a function in another cell, and give the operator its name.",
        wrong="source_iter([1, 2]) -> map(|x| return x + 1) -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF123",
        title="This is Rust",
        meaning="Arguments are Python. Hydroflow's own programs are Rust, which often looks alike; the message says "
        "how to write it in Python.",
        wrong="source_iter(vec![1, 2]) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF124",
        title="`yield`, `await` and `async` belong in functions",
        meaning="An argument is evaluated inside of the loops of the flow, which are neither generators nor "
        "coroutines. Futures can be items: `resolve_futures` waits for them.",
        wrong="source_iter([1, 2]) -> map(|x| (yield x)) -> for_each(print);",
        right="source_iter([1, 2]) -> flat_map(|x| [x]) -> for_each(print);",
    ),
    Entry(
        code="HF125",
        title="A closure is wrong",
        meaning="A closure is written as `|parameters| expression`. A parameter is a name, `_`, or several of them in "
        "parentheses, which take an item apart: `|(key, value)| value`.",
        wrong="source_iter([(1, 2)]) -> map(|(a, b) a + b) -> for_each(print);",
        right="source_iter([(1, 2)]) -> map(|(a, b)| a + b) -> for_each(print);",
    ),
    Entry(
        code="HF126",
        title="Python has no comments of this kind",
        meaning="Inside of an argument, comments are Python's: they begin with `#` and end with the line. There, `//` "
        "divides.",
        wrong="source_iter([1, /* two */ 2]) -> for_each(print);",
        right="source_iter([\n    1,  # two comes next\n    2,\n]) -> for_each(print);",
    ),
    Entry(
        code="HF127",
        title="No name that can be read stands behind `$`",
        meaning="`$name` reads the state of the operator that `name` ends in. A name of the flow stands behind the "
        "`$`. `$name` is a value: nothing can be assigned to it.",
        wrong="source_iter([1, 2]) -> map(|x| x + $) -> for_each(print);",
        right="total = source_iter([1, 2]) -> fold(|| 0, |total, x| total + x);\n"
        "source_iter([3]) -> map(|x| x + $total) -> for_each(print);",
    ),
    Entry(
        code="HF191",
        title="The `;` behind a loop is missing",
        meaning="A `;` stands behind the closing brace of a loop, as behind every statement.",
        wrong="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; }",
        right="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
)
