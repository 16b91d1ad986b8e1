"""The warnings of a flow that is built all the same: HF29x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

WARNINGS: tuple[Entry, ...] = (
    Entry(
        code="HF290",
        title="An operator has fewer inputs or outputs than usual",
        meaning="A `union()` of one input and a `tee()` of one output do nothing, and a `union()` of none emits "
        "nothing. They may be left over from an edit.",
        wrong="source_iter([1]) -> union() -> for_each(print);",
        right="source_iter([1]) -> for_each(print);",
    ),
    Entry(
        code="HF291",
        title="Items that are not awaited",
        meaning="An async function returns something to await. `map` emits it as it is, for `resolve_futures` and its "
        "kin, or for `dest_sink`; where none of them stands behind it, what the function does may never happen.",
        wrong="async def fetch(item):\n    return item\n\n\n"
        "flow = hf.compile('source_iter([1, 2]) -> filter_map(fetch) -> for_each(|item| item.close());')",
        right="async def fetch(item):\n    return item\n\n\n"
        "flow = hf.compile('source_iter([1, 2]) -> filter_map(fetch) -> resolve_futures() -> for_each(print);')",
        by_hand=True,
    ),
    Entry(
        code="HF292",
        title="A loop never fires",
        meaning="A root loop fires where something waits at a `batch`, and in every tick with a `batch_eager`; a "
        "nested one while something waits at a `batch`. With `batch_lazy` and `snapshot` alone nothing makes it fire, "
        "and what waits before a `snapshot` grows without bound.",
        wrong="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> snapshot() -> all_iterations() -> seen; };",
        right="numbers = source_iter([1, 2]); seen = for_each(print);\n"
        "loop { numbers -> batch() -> all_iterations() -> seen; };",
    ),
    Entry(
        code="HF293",
        title="The name of a channel was bound anew",
        meaning="A flow keeps the channels, queues and ends of a network that it found when it was compiled. Where the "
        "cell that makes one is run again, its name means another one from then on: what is sent there, the flow does "
        "not get. It is told by the next run of the flow, and by `flow.diagnostics`.",
        wrong="channel = hf.channel([1])\nflow = hf.compile('source_stream(channel) -> for_each(print);')\n\n"
        "channel = hf.channel([2])",
        right="channel = hf.channel([1])\nflow = hf.compile('source_stream(channel) -> for_each(print);')\n\n"
        "channel.send(2)",
        by_hand=True,
    ),
)
