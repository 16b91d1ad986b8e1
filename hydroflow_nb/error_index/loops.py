"""The errors of loops: HF27x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_ENDS_OF_LOOP = "numbers = source_iter([1, 2]); seen = for_each(print);\n"

LOOPS: tuple[Entry, ...] = (
    Entry(
        code="HF270",
        title="A window, or `all_iterations`, stands outside of all loops",
        meaning="Items enter a loop at `batch`, `batch_lazy`, `batch_eager` or `snapshot`, which are called windows, "
        "and leave it at `all_iterations`. These operators stand between the braces of a loop.",
        wrong="source_iter([1, 2]) -> batch() -> for_each(print);",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF271",
        title="Items enter a loop without a window",
        meaning="Items that come into a loop may make it fire or not, and may be kept until it fires or not. A window, "
        "the first operator inside, says so.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> map(|x| 2 * x) -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF272",
        title="A window is not the first operator inside of its loop",
        meaning="Items enter a loop at the window, so no operator of the loop can stand before it.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> map(|x| 2 * x) -> batch() -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF273",
        title="Items leave a loop without `all_iterations`",
        meaning="`all_iterations` is the last operator inside of a loop. When the loop has ended, it emits what came "
        "to it in all iterations, in their order. The operators behind it stand outside of the loop, and have a name.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF274",
        title="A source stands inside of a loop",
        meaning="A loop works on items that come in, so a source stands outside. Every operator without an input "
        "counts as a source, also `null()`.",
        wrong="seen = for_each(print);\nloop { source_iter([1, 2]) -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF275",
        title="An arrow crosses two loops at once",
        meaning="Each loop that items enter has a window of its own. Each loop that items leave has an "
        "`all_iterations` of its own.",
        wrong=_ENDS_OF_LOOP + "loop { loop { numbers -> batch() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { m = numbers -> batch(); loop { m -> batch() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
    ),
    Entry(
        code="HF276",
        title="`batch_eager` or `snapshot` stands in a nested loop",
        meaning="Within a tick, a nested loop fires again while items wait that make it fire. With `batch_eager` it "
        "would always fire, and never end. A `snapshot` keeps items over several ticks, and a nested loop ends with "
        "its tick.",
        wrong=_ENDS_OF_LOOP + "loop { m = numbers -> batch(); loop { m -> batch_eager() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { m = numbers -> batch(); loop { m -> batch() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
    ),
    Entry(
        code="HF277",
        title="A cycle in a loop has no delay",
        meaning="Items on a cycle in a loop go through `defer_tick` or `defer_tick_lazy`. They arrive in the next "
        "iteration of a nested loop, or in the next tick of a root loop.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> n; n = union() -> tee(); n -> filter(|x| x < 0) -> n;\n"
        "    n -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> n; n = union() -> tee();\n"
        "    n -> filter(|x| x < 0) -> defer_tick() -> n; n -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF278",
        title="The state of a loop is read outside of it",
        meaning="A state inside of a loop exists while the loop fires. Operators of the same loop, and of the loops in "
        "it, read it by `$name`. They can also read states outside, which are complete before the loop fires.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> total; total = fold(|| 0, |sum, x| sum + x); };\n"
        "source_iter([3]) -> map(|x| x + $total) -> seen;",
        right=_ENDS_OF_LOOP
        + "loop { numbers -> batch() -> fold(|| 0, |sum, x| sum + x) -> all_iterations() -> total; };\n"
        "total = singleton();\nsource_iter([3]) -> map(|x| x + $total) -> seen;",
    ),
    Entry(
        code="HF279",
        title="An operator that waits for futures stands in a loop",
        meaning="An event loop can wait between strata. It cannot wait between the iterations of a loop.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> resolve_futures_blocking() -> all_iterations() -> seen; };",
        right="numbers = source_iter([]); seen = resolve_futures_blocking() -> for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
)
