"""What `flow.to_rust()` says of a flow that is not translated: HF6xx."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry


def _translated(text: str, options: str = "", before: str = "") -> str:
    """Python code that compiles a flow and translates it."""
    return f"{before}flow = hf.compile({text!r})\nflow.to_rust({options})"


TRANSLATING: tuple[Entry, ...] = (
    Entry(
        code="HF601",
        title="An operator is not in Hydroflow's crate",
        meaning="The Rust program is written with the operators of the published crate. It lacks some of those of this "
        "package, and others do something else there. What the other operators can say is translated.",
        wrong=_translated("source_iter([1, 2]) -> scan(|| 0, |acc, x| (acc + x, acc + x)) -> for_each(print);"),
        right=_translated("source_iter([1, 2]) -> fold(|| 0, |acc, x| acc + x) -> for_each(print);"),
        by_hand=True,
    ),
    Entry(
        code="HF602",
        title="Python code is not translated",
        meaning="Closures are translated that compute with numbers, texts, tuples, lists, sets and dicts, by Python's "
        "operators, its own functions, and the common methods. A function that does more has to be written in Rust.",
        wrong=_translated("source_iter([1, 2]) -> map(|x| print(x) or x) -> for_each(print);"),
        right=_translated("source_iter([1, 2]) -> map(|x| x + 1) -> for_each(print);"),
        by_hand=True,
    ),
    Entry(
        code="HF603",
        title="The type of items is not known",
        meaning="Rust has to know the type of each item before the program runs. It is found from the data of "
        "`source_iter`, and from the items that wait in a channel; nothing tells it where there are none.",
        wrong=_translated("source_stream(ages) -> for_each(print);", before="ages = hf.channel()\n"),
        right=_translated(
            "source_stream(ages) -> for_each(print);", "types={'ages': int}", before="ages = hf.channel()\n"
        ),
        by_hand=True,
    ),
    Entry(
        code="HF604",
        title="Values of two types come to one place",
        meaning="All items of an edge, all elements of a list, and both results of a choice have one type in Rust. "
        "None beside values of one type is translated: that is an `Option`.",
        wrong=_translated("source_iter([1, 2]) -> map(|x| x if x > 1 else 'none') -> for_each(print);"),
        right=_translated("source_iter([1, 2]) -> map(|x| str(x) if x > 1 else 'none') -> for_each(print);"),
        by_hand=True,
    ),
    Entry(
        code="HF605",
        title="A value cannot be written in Rust",
        meaning="The data of a source and the values of the notebook's names become part of the program. A number of "
        "more than 64 bits, an object of a class, or a list of several types cannot.",
        wrong=_translated("source_iter([2 ** 64]) -> for_each(print);"),
        right=_translated("source_iter([2 ** 32]) -> for_each(print);"),
        by_hand=True,
    ),
    Entry(
        code="HF606",
        title="A float is looked up or sorted",
        meaning="Joins, `unique`, keyed folds and `sort` look values up or put them in a total order. Floats have "
        "neither a hash nor a total order in Rust, because of NaN.",
        wrong=_translated("source_iter([1.5, 2.5, 1.5]) -> unique() -> for_each(print);"),
        right=_translated("source_iter([1.5, 2.5, 1.5]) -> map(|x| round(x * 100)) -> unique() -> for_each(print);"),
        by_hand=True,
    ),
)
