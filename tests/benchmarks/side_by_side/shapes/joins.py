"""Joins of pairs by their keys: Hydroflow's benchmark `symmetric_hash_join`, and a large one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from side_by_side.peers import bytewax_way, database, frame
from side_by_side.shape import HAND, OURS, RustText, Shape, Way, flow_way, hand_way, query_way

Pairs = Sequence[tuple[int, int]]


def shapes(scale: float) -> Iterator[Shape]:
    """Joins without a match, with one match a key, with equal values, with few keys, and of many rows."""
    few, many = max(2, round(3_000 * scale)), max(2, round(100_000 * scale))
    rng = random.Random(1)

    def rows(count: int, keys: int) -> Pairs:
        return [(rng.randrange(keys), value) for value in range(count)]

    same = [(key, key) for key in range(few)]
    keys = max(2, few // 100)
    yield join(f"join, {few:,} rows, no match", same, [(key + 50_000, value) for key, value in same])
    yield join(f"join, {few:,} rows, one match a key", same, [(key, value + 50_000) for key, value in same], once=True)
    yield join(f"join, {few:,} rows, equal values", same, same, once=True)
    yield join(f"join, skewed: {few:,} rows, {keys} keys", rows(few, keys), rows(few, keys), first=True)
    yield join(f"join, {many:,} rows", rows(many, many), rows(many, many), first=True)


def join(name: str, lhs: Pairs, rhs: Pairs, once: bool = False, first: bool = False) -> Shape:
    """A join of two inputs; bytewax can say it where each key comes `once` at each side."""

    def hand(out: list[Any]) -> None:
        index: dict[int, dict[int, None]] = {}
        for k, v in rhs:
            index.setdefault(k, {})[v] = None
        seen, put = set(), out.append
        for item in lhs:
            if item not in seen:
                seen.add(item)
                k, v = item
                if k in index:
                    for w in index[k]:
                        put((k, (v, w)))

    def polars() -> list[Any]:
        found = frame(lhs, "k", "v").unique().join(frame(rhs, "k", "w").unique(), on="k")
        return [(k, (v, w)) for k, v, w in found.rows()]

    def duckdb() -> list[Any]:
        tables = database()
        tables.register("lhs", frame(lhs, "k", "v"))
        tables.register("rhs", frame(rhs, "k", "w"))
        query = "select k, v, w from (select distinct * from lhs) join (select distinct * from rhs) using (k)"
        return [(k, (v, w)) for k, v, w in tables.execute(query).fetchall()]

    def bytewax(op: Any, left: Any, right: Any) -> Any:
        keyed = [op.map(f"key{n}", stream, text_key) for n, stream in enumerate((left, right))]
        joined = op.join("join", *keyed, insert_mode="product", emit_mode="complete")
        return op.map("back", joined, lambda item: (int(item[0]), item[1]))

    def text_key(item: tuple[int, int]) -> tuple[str, int]:
        return str(item[0]), item[1]

    def flow(sink: str) -> str:
        return f"source_iter(lhs) -> [0]j; source_iter(rhs) -> [1]j; j = join() -> {sink};"

    ways: dict[str, Way] = {
        HAND: hand_way(hand),
        OURS: flow_way(flow("for_each(out0.append)"), lhs=lhs, rhs=rhs),
        "polars": query_way(polars),
        "duckdb": query_way(duckdb),
    }
    if once:
        ways["bytewax"] = bytewax_way(bytewax, lhs, rhs)
    rust = RustText(flow("for_each(|x| out0.borrow_mut().push(x))"))
    return Shape(name, {"lhs": lhs, "rhs": rhs}, ways, rust, first=first)
