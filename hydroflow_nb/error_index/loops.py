"""The errors of loops: HF27x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_ENDS_OF_LOOP = "numbers = source_iter([1, 2]); seen = for_each(print);\n"

LOOPS: tuple[Entry, ...] = (
    Entry(
        code="HF270",
        title="A window, or `all_iterations`, outside of any loop",
        meaning="`batch`, `batch_lazy`, `batch_eager` and `snapshot` are where items enter a loop, `all_iterations` is "
        "where they leave one. The operator stands inside of the loop's braces.",
        wrong="source_iter([1, 2]) -> batch() -> for_each(print);",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF271",
        title="Items enter a loop without a window",
        meaning="What comes into a loop may make it fire or not, and be kept until it fires or not: the first operator "
        "inside says so.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> map(|x| 2 * x) -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF272",
        title="A window is not the first operator inside of its loop",
        meaning="Items enter a loop where the window stands, so nothing can stand before it in the loop.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> map(|x| 2 * x) -> batch() -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF273",
        title="Items do not leave a loop as they have to",
        meaning="A loop hands on what comes out in all its iterations, in their order, when it has ended. "
        "`all_iterations` is the last operator inside; what comes behind it stands outside and has a name.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> map(|x| 2 * x) -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF274",
        title="A source inside of a loop",
        meaning="A loop works on what comes in: a source stands outside. Whatever has no input counts as a source, "
        "`null()` too.",
        wrong="seen = for_each(print);\nloop { source_iter([1, 2]) -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF275",
        title="An arrow crosses two loops at once",
        meaning="Each loop that items enter has a window of its own, and each that they leave an `all_iterations`.",
        wrong=_ENDS_OF_LOOP + "loop { loop { numbers -> batch() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { m = numbers -> batch(); loop { m -> batch() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
    ),
    Entry(
        code="HF276",
        title="`batch_eager` or `snapshot` in a nested loop",
        meaning="A nested loop fires again as long as something waits that makes it fire, within the tick. One that "
        "always fires would never end, and a snapshot is kept over ticks.",
        wrong=_ENDS_OF_LOOP + "loop { m = numbers -> batch(); loop { m -> batch_eager() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { m = numbers -> batch(); loop { m -> batch() -> all_iterations() -> n; };\n"
        "    n = all_iterations() -> seen; };",
    ),
    Entry(
        code="HF277",
        title="A cycle inside of a loop",
        meaning="What goes round in a loop goes through `defer_tick` or `defer_tick_lazy`: it comes in the next "
        "iteration of a nested loop, and in the next tick in a root loop.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> n; n = union() -> tee(); n -> filter(|x| x < 0) -> n;\n"
        "    n -> all_iterations() -> seen; };",
        right=_ENDS_OF_LOOP + "loop { numbers -> batch() -> n; n = union() -> tee();\n"
        "    n -> filter(|x| x < 0) -> defer_tick() -> n; n -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF278",
        title="The state of a loop is read outside of it",
        meaning="A state inside of a loop is there while the loop fires. Operators of the same loop, and of loops in "
        "it, read it by `$name`; they may also read the states outside, which are complete before the loop fires.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> total; total = fold(|| 0, |sum, x| sum + x); };\n"
        "source_iter([3]) -> map(|x| x + $total) -> seen;",
        right=_ENDS_OF_LOOP
        + "loop { numbers -> batch() -> fold(|| 0, |sum, x| sum + x) -> all_iterations() -> total; };\n"
        "total = singleton();\nsource_iter([3]) -> map(|x| x + $total) -> seen;",
    ),
    Entry(
        code="HF279",
        title="An operator that waits for futures stands in a loop",
        meaning="Between strata an event loop may wait; within the iterations of a loop it does not.",
        wrong=_ENDS_OF_LOOP + "loop { numbers -> batch() -> resolve_futures_blocking() -> all_iterations() -> seen; };",
        right="numbers = source_iter([]); seen = resolve_futures_blocking() -> for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
)
