"""The errors of a flow whose text can be read, but which cannot be built: HF20x to HF25x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_PASSES_ON = {"double.hf": "mod -> map(|x| 2 * x) -> mod;"}
_ADDS = {
    "add.hf": "numbers = union() -> fold(|| 0, |total, x| total + x) -> mod;\n"
    "mod[left] -> numbers;\nmod[right] -> numbers;"
}

BUILDING: tuple[Entry, ...] = (
    # --- names ------------------------------------------------------------------------------------------------------
    Entry(
        code="HF201",
        title="There is no operator of that name",
        meaning="The operators are those of Hydroflow; a flow cannot define new ones. Your own function is an "
        "argument: `map(f)`, `filter(f)`. `%hydroflow operators` lists all operators. If the operator had this name in "
        "the past, the message tells its present name.",
        wrong="source_iter([1, 2]) -> merge() -> for_each(print);",
        right="numbers = union() -> for_each(print);\nsource_iter([1, 2]) -> numbers;\nsource_iter([3]) -> numbers;",
    ),
    Entry(
        code="HF202",
        title="A name is assigned twice",
        meaning="A name stands for one pipeline everywhere in the flow, so the order of statements does not matter. "
        "With a second assignment it would matter.",
        wrong="numbers = source_iter([1]);\nnumbers = source_iter([2]);\nnumbers -> for_each(print);",
        right="numbers = union() -> for_each(print);\nsource_iter([1]) -> numbers;\nsource_iter([2]) -> numbers;",
    ),
    Entry(
        code="HF203",
        title="A name is never assigned",
        meaning="The flow's own text assigns the names that stand for pipelines. Python's names can be used in "
        "arguments only: `source_iter(numbers)`.",
        wrong="numbers -> for_each(print);",
        right="numbers = source_iter([1, 2]);\nnumbers -> for_each(print);",
    ),
    Entry(
        code="HF204",
        title="A name stands for itself",
        meaning="A name stands for the pipeline that is assigned to it. If that pipeline begins or ends with another "
        "name, it stands for the pipeline of that name in turn. Here the names form a circle, so an arrow to them "
        "leads to no operator. A cycle of items is different and allowed: it leads through operators.",
        wrong="a = b;\nb = a;\nsource_iter([1]) -> a;",
        right="a = b;\nb = for_each(print);\nsource_iter([1]) -> a;",
    ),
    Entry(
        code="HF205",
        title="A port is written in two places",
        meaning="If the pipeline of a name begins or ends with a name and its port, the port is fixed by that. A "
        "second port, where the name is used, contradicts it.",
        wrong="copies = source_iter([1]) -> tee();\nfirst = copies[0];\nfirst[1] -> for_each(print);\n"
        "copies[1] -> null();",
        right="copies = source_iter([1]) -> tee();\nfirst = copies[0];\nfirst -> for_each(print);\n"
        "copies[1] -> null();",
    ),
    Entry(
        code="HF206",
        title="Nothing is connected to a port",
        meaning="A port says which edge of an operator is meant, so there has to be an edge: an arrow that leads to "
        "`[0]name`, or one that begins at `name[0]`. A port on the wrong side of its name has no edge.",
        wrong="pairs = join() -> for_each(print);\nleft = source_iter([(1, 2)]);\n"
        "right = source_iter([(1, 3)]);\n[0]left -> [0]pairs;\nright -> [1]pairs;",
        right="pairs = join() -> for_each(print);\nleft = source_iter([(1, 2)]);\n"
        "right = source_iter([(1, 3)]);\nleft -> [0]pairs;\nright -> [1]pairs;",
    ),
    # --- generics and arguments -------------------------------------------------------------------------------------
    Entry(
        code="HF207",
        title="A lifetime is unknown",
        meaning="`'tick` and `'static` say how long an operator remembers. Rust's other lifetimes have no meaning "
        "here.",
        wrong="source_iter([1, 1]) -> unique::<'a>() -> for_each(print);",
        right="source_iter([1, 1]) -> unique::<'static>() -> for_each(print);",
    ),
    Entry(
        code="HF208",
        title="An operator has too many persistences",
        meaning="Only an operator that remembers something has a persistence; an operator with two inputs may have one "
        "for each. `map` and `filter` forget each item at once.",
        wrong="source_iter([1]) -> map::<'static>(|x| x + 1) -> for_each(print);",
        right="source_iter([1]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF209",
        title="The number of generic types is wrong",
        meaning="Python finds the types of items itself. Only operators whose work depends on a type take one, such as "
        "`demux_enum::<Shape>()` or `state::<Max>()`.",
        wrong="source_iter([1]) -> identity::<int, str>() -> for_each(print);",
        right="source_iter([1]) -> identity() -> for_each(print);",
    ),
    Entry(
        code="HF210",
        title="The number of arguments is wrong",
        meaning="Each operator takes a fixed number of arguments; `%hydroflow operators NAME` tells which.",
        wrong="source_iter([1, 2]) -> map() -> for_each(print);",
        right="source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);",
    ),
    Entry(
        code="HF211",
        title="A closure has the wrong number of parameters",
        meaning="An operator calls its function with a fixed number of values: `map` with one item, `fold` with the "
        "accumulator and an item. An item that is a pair is one parameter; parentheses take it apart.",
        wrong="source_iter([(1, 2)]) -> map(|a, b| a + b) -> for_each(print);",
        right="source_iter([(1, 2)]) -> map(|(a, b)| a + b) -> for_each(print);",
    ),
    # --- edges and ports --------------------------------------------------------------------------------------------
    Entry(
        code="HF212",
        title="The number of inputs or outputs is wrong",
        meaning="Only some operators join or copy streams. `union()` makes one stream of several, `tee()` makes "
        "several of one, and `null()` drops what is not needed.",
        wrong="doubled = map(|x| 2 * x) -> for_each(print);\nsource_iter([1]) -> doubled;\n"
        "source_iter([2]) -> doubled;",
        right="doubled = union() -> map(|x| 2 * x) -> for_each(print);\nsource_iter([1]) -> doubled;\n"
        "source_iter([2]) -> doubled;",
    ),
    Entry(
        code="HF213",
        title="An operator has no such port",
        meaning="The inputs of `join` are `[0]` and `[1]`, those of `difference` are `[pos]` and `[neg]`. They have "
        "different meanings, so each edge has to say which one it leads to.",
        wrong="pairs = join() -> for_each(print);\nsource_iter([(1, 2)]) -> pairs;\nsource_iter([(1, 3)]) -> pairs;",
        right="pairs = join() -> for_each(print);\nsource_iter([(1, 2)]) -> [0]pairs;\n"
        "source_iter([(1, 3)]) -> [1]pairs;",
    ),
    Entry(
        code="HF214",
        title="An operator stands alone",
        meaning="Nothing flows into the operator and nothing flows out of it, so it has nothing to do.",
        wrong="null();",
        right="source_iter([1]) -> null();",
    ),
    Entry(
        code="HF215",
        title="A value is needed, not a closure",
        meaning="`|item| ...` is a function of items. A source, a sink or a number is a value: write the expression "
        "without bars.",
        wrong="source_iter(|| [1, 2]) -> for_each(print);",
        right="source_iter([1, 2]) -> for_each(print);",
    ),
    Entry(
        code="HF216",
        title="A port is connected twice",
        meaning="A port has one edge. If two arrows led to it, their order would not be known.",
        wrong="copies = source_iter([1]) -> tee();\ncopies[0] -> for_each(print);\ncopies[0] -> null();",
        right="copies = source_iter([1]) -> tee();\ncopies[0] -> for_each(print);\ncopies[1] -> null();",
    ),
    Entry(
        code="HF217",
        title="An operator cannot have this persistence",
        meaning="Some operators can remember for one length of time only. `persist` keeps what it has seen for as long "
        "as the flow lives: it does nothing else.",
        wrong="source_iter([1]) -> persist::<'tick>() -> for_each(print);",
        right="source_iter([1]) -> persist::<'static>() -> for_each(print);",
    ),
    # --- strata and states ------------------------------------------------------------------------------------------
    Entry(
        code="HF218",
        title="An operator does not know a type",
        meaning="Some operators have several forms, which a type chooses. A join keeps sets with `HalfSetJoinState`, "
        "the default of `join`, and duplicates with `HalfMultisetJoinState`.",
        wrong="a = source_iter([1, 1]); b = source_iter([2]);\n"
        "a -> [0]pairs; b -> [1]pairs;\npairs = cross_join::<Multiset>() -> for_each(print);",
        right="a = source_iter([1, 1]); b = source_iter([2]);\n"
        "a -> [0]pairs; b -> [1]pairs;\npairs = cross_join::<HalfMultisetJoinState>() -> for_each(print);",
    ),
    Entry(
        code="HF219",
        title="An async function is not awaited",
        meaning="A call of an async function does nothing until its result is awaited. `dest_sink` awaits what its "
        "function returns, and `resolve_futures` awaits the items that a `map` makes. Other operators take what their "
        "functions return as it is. This is checked when the flow is compiled. If a name is bound anew, it is checked "
        "again when the next run begins.",
        wrong="async def store(item):\n    print(item)\n\n\n"
        "flow = hf.compile('source_iter([1, 2]) -> for_each(store);')",
        right="async def store(item):\n    print(item)\n\n\n"
        "flow = hf.compile('source_iter([1, 2]) -> dest_sink(store);')",
        by_hand=True,
    ),
    Entry(
        code="HF220",
        title="An operator waits for its own output",
        meaning="A blocking input, such as that of `fold` or `sort`, or the `[neg]` of `difference`, needs all items "
        "of the tick before the operator can begin. On a cycle, more items can always come. The message shows the path "
        "of the cycle. With `defer_tick()` on it, items arrive in the next tick.",
        wrong="total = union() -> fold(|| 0, |total, x| total + x) -> tee();\n"
        "source_iter([1, 2]) -> total;\ntotal -> filter(|x| x < 10) -> total;\n"
        "total -> for_each(print);",
        right="total = union() -> fold(|| 0, |total, x| total + x) -> tee();\n"
        "source_iter([1, 2]) -> total;\n"
        "total -> filter(|x| 0 < x < 3) -> map(|x| x - 1) -> defer_tick() -> total;\n"
        "total -> for_each(print);",
    ),
    Entry(
        code="HF221",
        title="What `$name` reads has no state",
        meaning="`$name` is the state of the operator that `name` ends in, so that operator needs a state: `fold`, "
        "`reduce`, `state`, `singleton()`, `optional()` or `handoff()`.",
        wrong="numbers = source_iter([1, 2]) -> map(|x| x + 1);\nnumbers -> null();\n"
        "source_iter([3]) -> filter(|x| x in $numbers) -> for_each(print);",
        right="numbers = source_iter([1, 2]) -> map(|x| x + 1) -> handoff();\n"
        "source_iter([3]) -> filter(|x| x in $numbers) -> for_each(print);",
    ),
    Entry(
        code="HF222",
        title="`$name` cannot be read in this argument",
        meaning="The argument is evaluated once, before the first tick, when no operator has a state yet. `$name` can "
        "be read in functions of items, and in expressions that are evaluated again in each tick.",
        wrong="known = source_iter([1, 2]) -> handoff();\nsource_iter($known) -> for_each(print);",
        right="known = source_iter([1, 2]) -> handoff();\niter_ref($known) -> for_each(print);",
    ),
    Entry(
        code="HF223",
        title="A state depends on the operator that reads it",
        meaning="`$name` reads a state that is complete, so the reader runs after everything that flows into the "
        "state. If the reader's own items flow into that state, neither can run first.",
        wrong="total = union() -> fold(|| 0, |total, x| total + x);\nsource_iter([1]) -> total;\n"
        "source_iter([2]) -> map(|x| x + $total) -> total;",
        right="total = union() -> fold(|| 0, |total, x| total + x);\nsource_iter([1]) -> total;\n"
        "source_iter([2]) -> map(|x| x + $total) -> defer_tick() -> total;",
    ),
    Entry(
        code="HF224",
        title="A cycle leads from a loop to one of its entries",
        meaning="A loop fires when everything that feeds its entries is complete; this holds for all of its entries "
        "together. What comes out of the loop cannot be a part of that, unless it arrives in the next tick.",
        wrong="n = union(); source_iter([1]) -> n; m = identity() -> filter(|x| x < 3) -> n;\n"
        "loop { n -> batch() -> map(|x| x + 1) -> all_iterations() -> m; };",
        right="n = union(); source_iter([1]) -> n; m = identity() -> filter(|x| x < 3) -> defer_tick() -> n;\n"
        "loop { n -> batch() -> map(|x| x + 1) -> all_iterations() -> m; };",
    ),
    Entry(
        code="HF225",
        title="A function is needed, not a value",
        meaning="A `fold` makes its first value anew each time it begins. So the argument is a closure that returns "
        "the value: `|| 0`. All other functions of operators are closures or names of functions as well.",
        wrong="source_iter([1, 2]) -> fold(0, |total, x| total + x) -> for_each(print);",
        right="source_iter([1, 2]) -> fold(|| 0, |total, x| total + x) -> for_each(print);",
    ),
    # --- modules ----------------------------------------------------------------------------------------------------
    Entry(
        code="HF230",
        title="`mod` stands outside of a module",
        meaning="In a file that is imported, `mod` stands for the flow that imports it. No flow imports a cell.",
        wrong="mod -> map(|x| 2 * x) -> for_each(print);",
        right='source_iter([1]) -> import!("double.hf") -> for_each(print);',
        files=_PASSES_ON,
    ),
    Entry(
        code="HF231",
        title="A module uses an input or output twice",
        meaning="`mod` without a port is one edge to the flow outside, and so is `mod` with one port. As at any port, "
        "two arrows cannot share it.",
        wrong='source_iter([1]) -> import!("twice.hf");',
        right='source_iter([1]) -> import!("once.hf");',
        files={
            "twice.hf": "mod -> for_each(print);\nmod -> null();",
            "once.hf": "items = mod -> tee();\nitems -> for_each(print);\nitems -> null();",
        },
    ),
    Entry(
        code="HF232",
        title="A module has no such port",
        meaning="The ports of a module are those that its own text writes at `mod`: `mod[left] -> ...` is its input "
        "`[left]`.",
        wrong='sum = import!("add.hf") -> for_each(print);\nsource_iter([1]) -> [a]sum;\n'
        "source_iter([2]) -> [right]sum;",
        right='sum = import!("add.hf") -> for_each(print);\nsource_iter([1]) -> [left]sum;\n'
        "source_iter([2]) -> [right]sum;",
        files=_ADDS,
    ),
    Entry(
        code="HF233",
        title="A port of a module is not connected",
        meaning="A module is a piece of a flow with open ends. The flow that imports it connects each of them; "
        "`null()` takes what is not needed.",
        wrong='sum = import!("add.hf") -> for_each(print);\nsource_iter([1]) -> [left]sum;',
        right='sum = import!("add.hf") -> for_each(print);\nsource_iter([1]) -> [left]sum;\n'
        "source_iter([2]) -> [right]sum;",
        files=_ADDS,
    ),
    Entry(
        code="HF234",
        title="A module imports itself",
        meaning="Every import puts a copy of the module in its place. A module that contains itself would have no end.",
        wrong='source_iter([1]) -> import!("round.hf") -> for_each(print);',
        right='source_iter([1]) -> import!("double.hf") -> for_each(print);',
        files={"round.hf": 'mod -> import!("round.hf") -> mod;', **_PASSES_ON},
    ),
    Entry(
        code="HF235",
        title="A module cannot be read",
        meaning="The file does not exist, you may not read it, it is a folder or a device, it is longer than 10 MB, or "
        "it is not UTF-8 text. Paths are relative to the folder of the file that imports; in a cell, to the folder of "
        "the notebook. The message tells which path was tried.",
        wrong='source_iter([1]) -> import!("duoble.hf") -> for_each(print);',
        right='source_iter([1]) -> import!("double.hf") -> for_each(print);',
        files=_PASSES_ON,
    ),
    # --- operators with outputs of their own names ------------------------------------------------------------------
    Entry(
        code="HF240",
        title="The outputs of `demux` or `partition` are not known",
        meaning="The closure's second parameter names the outputs: `demux(|item, (a, b)| ...)`, `partition(|item, [a, "
        "b]| ...)`. `demux` takes only a closure, because its text has to tell the names.",
        wrong="d = source_iter([1, 2]) -> demux(|item| item);\nd[evens] -> for_each(print);\nd[odds] -> null();",
        right="d = source_iter([1, 2])\n"
        "    -> demux(|item, (evens, odds)| odds.give(item) if item % 2 else evens.give(item));\n"
        "d[evens] -> for_each(print);\nd[odds] -> null();",
    ),
    Entry(
        code="HF241",
        title="An output needs a port",
        meaning="`demux`, `demux_enum` and `partition` choose an output by its name, so each arrow that leaves them "
        "says which output it is.",
        wrong="d = source_iter([1, 2]) -> partition(|x, [evens, odds]| odds if x % 2 else evens);\n"
        "d -> for_each(print);\nd[odds] -> null();",
        right="d = source_iter([1, 2]) -> partition(|x, [evens, odds]| odds if x % 2 else evens);\n"
        "d[evens] -> for_each(print);\nd[odds] -> null();",
    ),
    Entry(
        code="HF242",
        title="A port is not one of the outputs that the closure names",
        meaning="The second parameter of the closure of `demux` or `partition` lists its outputs. A port that is not "
        "in the list would never get an item.",
        wrong="d = source_iter([1, 2]) -> partition(|x, [evens, odds]| odds if x % 2 else evens);\n"
        "d[even] -> for_each(print);\nd[odds] -> null();\nd[evens] -> null();",
        right="d = source_iter([1, 2]) -> partition(|x, [evens, odds]| odds if x % 2 else evens);\n"
        "d[evens] -> for_each(print);\nd[odds] -> null();",
    ),
    Entry(
        code="HF243",
        title="An output that the closure names is not connected",
        meaning="Items that are given to this output would be lost without a sign. If that is intended, connect the "
        "output to `null()`.",
        wrong="d = source_iter([1, 2]) -> partition(|x, [evens, odds]| odds if x % 2 else evens);\n"
        "d[evens] -> for_each(print);",
        right="d = source_iter([1, 2]) -> partition(|x, [evens, odds]| odds if x % 2 else evens);\n"
        "d[evens] -> for_each(print);\nd[odds] -> null();",
    ),
    Entry(
        code="HF244",
        title="The outputs of `partition` are partly names and partly numbers",
        meaning="The function of `partition` returns either names or numbers. Outputs of the other kind would never "
        "get an item.",
        wrong='d = source_iter([1, 2]) -> partition(|x| "evens");\nd[evens] -> for_each(print);\nd[1] -> null();',
        right="d = source_iter([1, 2]) -> partition(|x| x % 2);\nd[0] -> for_each(print);\nd[1] -> null();",
    ),
    Entry(
        code="HF245",
        title="The numbers of `partition`'s outputs have a gap",
        meaning="The numbers of the outputs begin at 0. The function can get their count: `|item, n| item % n`.",
        wrong="d = source_iter([1, 2]) -> partition(|x, n| x % n);\nd[0] -> for_each(print);\nd[2] -> null();",
        right="d = source_iter([1, 2]) -> partition(|x, n| x % n);\nd[0] -> for_each(print);\nd[1] -> null();",
    ),
    Entry(
        code="HF246",
        title="A part of the closure's second pattern names no output",
        meaning="Each output has a name of its own, which is its port. `_` and patterns within patterns are not names.",
        wrong="d = source_iter([1, 2]) -> demux(|x, (evens, _)| evens.give(x));\nd[evens] -> for_each(print);",
        right="d = source_iter([1, 2]) -> demux(|x, (evens, odds)| evens.give(x));\n"
        "d[evens] -> for_each(print);\nd[odds] -> null();",
    ),
    Entry(
        code="HF247",
        title="`demux_enum` finds no kinds in its type",
        meaning="`demux_enum` takes a class with subclasses, a union of classes, or an `enum.Enum`, and has an output "
        "for each kind. The type is evaluated when the flow is built, so it has to be defined before.",
        wrong='d = source_iter([1, "a"]) -> demux_enum::<5>();\nd[int] -> for_each(print);\nd[str] -> null();',
        right='d = source_iter([1, "a"]) -> demux_enum::<int | str>();\nd[int] -> for_each(print);\nd[str] -> null();',
    ),
    Entry(
        code="HF248",
        title="A port of `demux_enum` is not one of its kinds",
        meaning="The ports have the names of the subclasses, of the union's classes, or of the enum's members.",
        wrong='d = source_iter([1, "a"]) -> demux_enum::<int | str>();\nd[int] -> for_each(print);\n'
        "d[str] -> null();\nd[float] -> null();",
        right='d = source_iter([1, "a"]) -> demux_enum::<int | str>();\nd[int] -> for_each(print);\nd[str] -> null();',
    ),
    Entry(
        code="HF249",
        title="A kind of `demux_enum` has no output",
        meaning="Every kind of item needs an output, so that no item is lost without a sign when the type gets a new "
        "kind.",
        wrong='d = source_iter([1, "a"]) -> demux_enum::<int | str>();\nd[int] -> for_each(print);',
        right='d = source_iter([1, "a"]) -> demux_enum::<int | str>();\nd[int] -> for_each(print);\nd[str] -> null();',
    ),
    Entry(
        code="HF250",
        title="`state` has no such output",
        meaning="The outputs are `[items]`, the items that changed the state, and `[state]`, the state itself.",
        wrong="highest = source_iter([hf.lattices.Max(1)]) -> state::<hf.lattices.Max>();\n"
        "highest[values] -> for_each(print);",
        right="highest = source_iter([hf.lattices.Max(1)]) -> state::<hf.lattices.Max>();\n"
        "highest[items] -> for_each(print);",
    ),
    Entry(
        code="HF251",
        title="Both outputs of `state` are the same one",
        meaning="`state` has one output of each kind, `[items]` and `[state]`. To give one of them to several readers, "
        "use a `tee()`.",
        wrong="highest = source_iter([hf.lattices.Max(1)]) -> state::<hf.lattices.Max>();\n"
        "highest -> for_each(print);\nhighest[items] -> null();",
        right="highest = source_iter([hf.lattices.Max(1)]) -> state::<hf.lattices.Max>();\n"
        "highest[state] -> for_each(print);\nhighest[items] -> null();",
    ),
)
