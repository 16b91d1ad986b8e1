"""The errors of a text that cannot be read as a flow: HF1xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

READING: tuple[Entry, ...] = (
    Entry(
        code="HF101",
        title="Something else is expected at this place",
        meaning="A flow is made of statements that end in `;`. A statement is a pipeline, names and operator calls "
        "joined by `->`, with `name =` in front of it where it is used again. Most often an arrow, a "
        "semicolon or the operator behind an arrow is missing.",
        wrong="source_iter([1, 2]) -> ;",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF102",
        title="A bracket is never closed",
        meaning="Every `(`, `[` and `{` needs its partner in the same statement. The message points at the one that "
        "is left over; where it should have been closed only you can know.",
        wrong="source_iter([1, 2) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF103",
        title="A bracket is closed that was never opened",
        meaning="There is one closing bracket too many, or its partner was left out.",
        wrong="source_iter([1, 2])) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF104",
        title="A character has no meaning at this place",
        meaning="Outside of Python's expressions a flow knows names, `->`, `=`, `;`, parentheses and ports in "
        "brackets; inside of them Python's own rules hold. A backslash at a line's end is never needed.",
        wrong="source_iter([1, \\ 2]) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF105",
        title="A comment is never closed",
        meaning="A comment that begins with `/*` ends at `*/`. One that begins with `#` or `//` ends with its line.",
        wrong="/* all numbers\nsource_iter([1, 2]) -> for_each(print);",
        right="/* all numbers */\nsource_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF106",
        title="A string is never closed",
        meaning="A string ends at the quote that it began with, on the same line. One of several lines stands "
        "between three quotes.",
        wrong='source_iter(["one, "two"]) -> for_each(print);',
        right='source_iter(["one", "two"]) -> for_each(print);',
    ),
    Entry(
        code="HF107",
        title="This is not an arrow",
        meaning="Operators are joined by `->`, and items flow from left to right.",
        wrong="source_iter([1, 2]) => for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF108",
        title="This cannot be assigned to",
        meaning="In front of `=` stands one name, at the start of a statement. It stands for the pipeline behind "
        "it: `-> name` leads to that pipeline's begin, `name ->` goes on from its end.",
        wrong="source_iter([1]) -> numbers = map(|x| x + 1) -> for_each(print);",
        right="numbers = map(|x| x + 1) -> for_each(print);\nsource_iter([1]) -> numbers;",
    ),
    Entry(
        code="HF109",
        title="Brackets or expressions are nested too deeply",
        meaning="More brackets within brackets than Python reads, or an expression of more than 140 levels, such as a "
        "sum. What a program wrote is cut into several statements or functions.",
        wrong=f"{'(' * 300}source_iter([1]){')' * 300} -> for_each(print);",
        right="(source_iter([1])) -> for_each(print);",
    ),
    Entry(
        code="HF110",
        title="A port is wrong",
        meaning="A port is a whole number or a name, one in brackets: in front of a name for its input, `-> "
        "[0]pairs`, behind it for its output, `pairs[0] ->`.",
        wrong="pairs = join() -> for_each(print);\nsource_iter([(1, 2)]) -> [-1]pairs;\n"
        "source_iter([(1, 3)]) -> [1]pairs;",
        right="pairs = join() -> for_each(print);\nsource_iter([(1, 2)]) -> [0]pairs;\n"
        "source_iter([(1, 3)]) -> [1]pairs;",
    ),
    Entry(
        code="HF111",
        title="A port stands at an operator",
        meaning="Ports stand at names and parentheses only. Assign the operator to a name, and write the ports "
        "there: an operator with several inputs or outputs needs a name anyway.",
        wrong="source_iter([1, 2]) -> tee()[0] -> for_each(print);",
        right="copies = source_iter([1, 2]) -> tee();\ncopies[0] -> for_each(print);\ncopies[1] -> null();",
    ),
    Entry(
        code="HF112",
        title="The generics of an operator are wrong",
        meaning="Between `::<` and `>` stand an operator's persistences, `'tick` or `'static`, and then Python "
        "types, joined by commas. The `::` belongs to it.",
        wrong="source_iter([1, 1]) -> unique<'static>() -> for_each(print);",
        right="source_iter([1, 1]) -> unique::<'static>() -> for_each(print);",
    ),
    Entry(
        code="HF113",
        title="This is not the name of an operator",
        meaning="An operator's name is one plain word. The paths and the exclamation marks that Rust puts at names "
        "belong to Rust, but for `import!`.",
        wrong="source_iter([1, 2]) -> ops::map(|x| x + 1) -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF114",
        title="`import!` is wrong",
        meaning="`import!` takes one text between its parentheses, the path of a file with a flow in it. The path "
        "is relative to the folder of the importing file; for a cell, to that of the notebook.",
        wrong="source_iter([1]) -> import!(double.hf) -> for_each(print);",
        right='source_iter([1]) -> import!("double.hf") -> for_each(print);',
        files={"double.hf": "mod -> map(|x| 2 * x) -> mod;"},
    ),
    Entry(
        code="HF120",
        title="An argument is missing before a comma",
        meaning="Arguments are joined by commas, and each is there. A comma behind the last one is allowed.",
        wrong="source_iter([1, 2]) -> fold(, |total, x| total + x) -> for_each(print);",
        right="source_iter([1, 2]) -> fold(|| 0, |total, x| total + x) -> for_each(print);",
    ),
    Entry(
        code="HF121",
        title="An argument is not one Python expression",
        meaning="What stands between the parentheses of an operator are Python expressions and closures, `|item| "
        "expression`. Python's own parser does not understand this one.",
        wrong="source_iter([1, 2]) -> map(|x| x +) -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF122",
        title="An argument is not an expression",
        meaning="Statements, assignments, keyword arguments and unpacking have no place in an argument. What takes "
        "more than an expression is a function, defined in a cell of its own and given by its name.",
        wrong="source_iter([1, 2]) -> map(|x| return x + 1) -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF123",
        title="This is Rust",
        meaning="Arguments are Python. Hydroflow's own programs are Rust, and much of it looks alike; the message "
        "says how Python writes it.",
        wrong="source_iter(vec![1, 2]) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF124",
        title="`yield`, `await` and `async` belong into functions",
        meaning="An argument is evaluated inside of the flow's loops, which are no generator and no coroutine. "
        "Futures are items like others: `resolve_futures` waits for them.",
        wrong="source_iter([1, 2]) -> map(|x| (yield x)) -> for_each(print);",
        right="source_iter([1, 2]) -> flat_map(|x| [x]) -> for_each(print);",
    ),
    Entry(
        code="HF125",
        title="A closure is wrong",
        meaning="A closure is written `|parameters| expression`. A parameter is a name, `_`, or several of them in "
        "parentheses, which take an item apart: `|(key, value)| value`.",
        wrong="source_iter([(1, 2)]) -> map(|(a, b) a + b) -> for_each(print);",
        right="source_iter([(1, 2)]) -> map(|(a, b)| a + b) -> for_each(print);",
    ),
    Entry(
        code="HF126",
        title="A comment of this kind has no place in Python",
        meaning="Inside of an argument Python's comments hold: `#` up to the line's end. There, `//` divides.",
        wrong="source_iter([1, /* two */ 2]) -> for_each(print);",
        right="source_iter([\n    1,  # two comes next\n    2,\n]) -> for_each(print);",
    ),
    Entry(
        code="HF127",
        title="`$` is not followed by a name that can be read",
        meaning="`$name` reads the state of the operator that `name` ends in. It is a value: it cannot be assigned "
        "to, and behind the `$` stands a name of the flow.",
        wrong="source_iter([1, 2]) -> map(|x| x + $) -> for_each(print);",
        right="total = source_iter([1, 2]) -> fold(|| 0, |total, x| total + x);\n"
        "source_iter([3]) -> map(|x| x + $total) -> for_each(print);",
    ),
    Entry(
        code="HF191",
        title="A loop is not ended",
        meaning="Behind the closing brace of a loop stands a `;`, as behind every statement.",
        wrong="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; }",
        right="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
)
