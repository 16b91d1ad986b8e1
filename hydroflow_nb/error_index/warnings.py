"""The warnings of a flow that is built, and can run: HF29x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

WARNINGS: tuple[Entry, ...] = (
    Entry(
        code="HF290",
        title="An operator has fewer inputs or outputs than usual",
        meaning="A `union()` of one input and a `tee()` of one output do nothing, and a `union()` without inputs emits "
        "nothing. They may be left over from an edit.",
        wrong="source_iter([1]) -> union() -> for_each(print);",
        right="source_iter([1]) -> for_each(print);",
    ),
    Entry(
        code="HF291",
        title="Items are not awaited",
        meaning="An async function returns an awaitable. `map` emits it as it is, for `dest_sink`, `resolve_futures` "
        "or one of its relatives. If none of them follows, the function may never run.",
        wrong="async def fetch(item):\n    return item\n\n\n"
        "flow = hf.compile('source_iter([1, 2]) -> filter_map(fetch) -> for_each(|item| item.close());')",
        right="async def fetch(item):\n    return item\n\n\n"
        "flow = hf.compile('source_iter([1, 2]) -> filter_map(fetch) -> resolve_futures() -> for_each(print);')",
        by_hand=True,
    ),
    Entry(
        code="HF292",
        title="A loop never fires",
        meaning="A root loop fires while items wait at a `batch`, and in every tick if it has a `batch_eager`. A "
        "nested loop fires while items wait at a `batch`. With only `batch_lazy` and `snapshot` a loop never fires, "
        "and the items that wait at a `snapshot` grow without bound.",
        wrong="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> snapshot() -> all_iterations() -> seen; };",
        right="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF293",
        title="The name of a channel was bound to another one",
        meaning="A flow keeps the channels, queues and network ends that it found when it was compiled. If you run the "
        "cell that makes one again, its name stands for another one from then on. The flow does not get what you send "
        "there. The next run of the flow tells you, and so does `flow.diagnostics`.",
        wrong="channel = hf.channel([1])\nflow = hf.compile('source_stream(channel) -> for_each(print);')\n\n"
        "channel = hf.channel([2])",
        right="channel = hf.channel([1])\nflow = hf.compile('source_stream(channel) -> for_each(print);')\n\n"
        "channel.send(2)",
        by_hand=True,
    ),
)
