"""Chains of twenty operators: Hydroflow's benchmarks `identity`, `arithmetic`, `upcase`, and a chain of filters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from side_by_side.peers import bytewax_way, query_way_of_polars, reactivex_way, streamz_way
from side_by_side.shape import HAND, OURS, RustText, Shape, Way, flow_way, hand_way

LENGTH = 20


def shapes(scale: float) -> Iterator[Shape]:
    """A chain that does nothing, one of sums, one of texts, and one of tests."""
    numbers = list(range(max(2, round(20_000 * scale))))
    rng = random.Random(3)
    yield chain("identity x20", "map", "x", "x", numbers, lambda x: x)
    yield chain("map x20", "map", "x + 1", "x + 1", numbers, lambda x: x + 1, lambda column: column + 1, first=True)
    yield chain(
        "upcase x20",
        "map",
        "x.upper()",
        "x.to_uppercase()",
        ["".join(rng.choices("abcdefgh", k=rng.randrange(4, 16))) for _ in numbers[: len(numbers) // 2]],
        lambda x: x.upper(),
        lambda column: column.str.to_uppercase(),
    )
    yield chain("filter x20", "filter", "x >= 0", "*x >= 0", numbers, lambda x: x >= 0)


def chain(
    name: str,
    operator: str,
    python: str,
    rust: str,
    items: Sequence[Any],
    function: Callable[[Any], Any],
    column: Callable[[Any], Any] | None = None,
    first: bool = False,
) -> Shape:
    """Twenty times the same operator, `map` or `filter`, whose function is `python` or `rust` of an item `x`."""

    def repeated(body: str) -> str:
        return f"source_iter(items) -> {' -> '.join([f'{operator}(|x| {body})'] * LENGTH)} -> "

    def streamz(stream: Any) -> Any:
        for _ in range(LENGTH):
            stream = getattr(stream, operator)(function)
        return stream

    def bytewax(op: Any, stream: Any) -> Any:
        for number in range(LENGTH):
            stream = getattr(op, operator)(f"step{number}", stream, function)
        return stream

    ways: dict[str, Way] = {
        HAND: hand_way(by_hand(operator, python, items)),
        OURS: flow_way(repeated(python) + "for_each(out0.append);", items=items),
        "streamz": streamz_way(streamz, items),
        "reactivex": reactivex_way(lambda op: [getattr(op, operator)(function) for _ in range(LENGTH)], items),
        "bytewax": bytewax_way(bytewax, items),
    }
    if column is not None:
        ways["polars"] = query_way_of_polars(column, LENGTH, items)
    return Shape(
        name,
        {"items": items},
        ways,
        RustText(repeated(rust) + "for_each(|x| out0.borrow_mut().push(x));"),
        first=first,
    )


def by_hand(operator: str, python: str, items: Sequence[Any]) -> Callable[[list[Any]], None]:
    """The loop that one would write: all twenty steps in one expression."""
    if operator == "map":
        body = "x"
        for _ in range(LENGTH):
            body = python.replace("x", body, 1)
        lines = ["  put(" + body + ")"]
    else:
        lines = ["  if " + " and ".join([python] * LENGTH) + ":", "   put(x)"]
    names: dict[str, Any] = {"items": items}
    exec("\n".join(["def loop(out):", " put = out.append", " for x in items:", *lines]), names)
    loop: Callable[[list[Any]], None] = names["loop"]
    return loop
