"""How often each word comes: Hydroflow's benchmark `words_diamond` is its like."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from side_by_side.peers import bytewax_way, database, reactivex_way
from side_by_side.shape import HAND, OURS, PythonWay, Run, RustText, Shape, flow_way, hand_way, query_way


def shapes(scale: float) -> Iterator[Shape]:
    """Word count."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefgh", k=4)) for _ in range(max(20, round(50_000 * scale)))]
    yield word_count([" ".join(words[start : start + 10]) for start in range(0, len(words), 10)])


def count(counts: dict[str, int], word: str) -> dict[str, int]:
    """One word more."""
    counts[word] = counts.get(word, 0) + 1
    return counts


def word_count(lines: list[str]) -> Shape:
    """The words of lines, counted."""

    def hand(out: list[Any]) -> None:
        counts: dict[str, int] = {}
        for line in lines:
            for word in line.split():
                counts[word] = counts.get(word, 0) + 1
        out.extend(counts.items())

    def streamz() -> Run:
        from streamz import Stream

        source, counts = Stream(), dict[str, int]()

        source.map(str.split).flatten().accumulate(count, start=counts).sink(len)

        def go() -> None:
            for line in lines:
                source.emit(line)

        return Run(go, counts.items)

    def polars() -> list[Any]:
        import polars

        words = polars.col("line").str.extract_all(r"\S+").explode().alias("word")
        counted = polars.DataFrame({"line": lines}).lazy().select(words).group_by("word").len().collect()
        found: list[Any] = counted.rows()
        return found

    def duckdb() -> list[Any]:
        import polars

        tables = database()
        tables.register("lines", polars.DataFrame({"line": lines}))
        query = (
            r"select word, count(*) from (select unnest(regexp_extract_all(line, '\S+')) word from lines) group by word"
        )
        found: list[Any] = tables.execute(query).fetchall()
        return found

    def reactivex(op: Any) -> list[Any]:
        import reactivex as rx

        split = op.flat_map(lambda line: rx.from_iterable(line.split()))
        return [split, op.reduce(count, {}), op.flat_map(lambda counts: rx.from_iterable(counts.items()))]

    def bytewax(op: Any, stream: Any) -> Any:
        return op.count_final("count", op.flat_map("split", stream, str.split), lambda word: word)

    text = """
        source_iter(lines) -> flat_map(|line| line.split()) -> map(|word| (word, 1))
            -> fold_keyed(|| 0, |n, one| n + one) -> for_each(out0.append);
    """
    rust = """
        source_iter(lines) -> flat_map(|line: String| line.split_whitespace().map(String::from).collect::<Vec<_>>())
            -> map(|word| (word, 1i64)) -> fold_keyed::<'tick>(|| 0i64, |n: &mut i64, one: i64| *n += one)
            -> for_each(|x| out0.borrow_mut().push(x));
    """
    return Shape(
        f"word count, {len(lines):,} lines",
        {"lines": lines},
        {
            HAND: hand_way(hand),
            OURS: flow_way(text, lines=lines),
            "streamz": PythonWay(streamz),
            "reactivex": reactivex_way(reactivex, lines),
            "bytewax": bytewax_way(bytewax, lines),
            "polars": query_way(polars),
            "duckdb": query_way(duckdb),
        },
        RustText(rust),
        first=True,
    )
