"""What arguments look at, or change, that is not one thing for all shards."""

from __future__ import annotations

import functools
import itertools
import operator
from collections import Counter, deque
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.apart import stands_apart

seen: set[Any] = set()
totals: Counter[Any] = Counter()
newest: deque[Any] = deque()
numbers = itertools.count()
prices = {"tea": 3}
count = 0


def counts(item: Any) -> Any:
    global count  # noqa: PLW0603
    count += 1
    return item


def keeps(item: Any) -> Any:
    seen.add(item)
    return item


def adds(item: Any) -> Any:
    totals[item] += 1
    return item


def calls(item: Any) -> Any:
    return adds(item)


def looks_up(item: Any) -> Any:
    found = {}
    found["price"] = prices.get(item)
    return found


def remembering() -> Any:
    before = None

    def remembers(item: Any) -> Any:
        nonlocal before
        before, found = item, before
        return found

    return remembers


@functools.cache
def cached(item: Any) -> Any:
    return item


NAMES = {**globals(), "remembers": remembering()}


def told(argument: str, *, acts: bool = False) -> str | None:
    source = hf.Source(text=f"source_iter([]) -> map({argument}) -> null();")
    (node,) = (one for one in compile_source(source, "flow").graph.nodes.values() if one.operator.name == "map")
    return stands_apart(node.call.arguments, NAMES, "shards", acts=acts)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("|x| (x, address)", "reads `address`, and each shard has its own"),
        ("|x| (x, len(shards))", "reads `shards`, which says how many shards there are"),
        ("|x| (x, context.current_tick())", "asks for the tick, and each shard counts its own ticks"),
        ("|x| seen.add(x) or x", "changes `seen`, and each shard has its own"),
        ("|x| [newest.popleft() for _ in x]", "changes `newest`, and each shard has its own"),
        ("|x| (next(numbers), x)", "changes `numbers`, and each shard has its own"),
        ("counts", "changes `count`, and each shard has its own"),
        ("keeps", "changes `seen`, and each shard has its own"),
        ("adds", "changes `totals`, and each shard has its own"),
        ("calls", "changes `totals`, and each shard has its own"),
        ("|x| (1, calls(x))", "changes `totals`, and each shard has its own"),
        ("remembers", "changes `before`, and each shard has its own"),
    ],
)
def test_what_is_a_shards_own_is_told(argument: str, words: str) -> None:
    assert told(argument) == words


@pytest.mark.parametrize(
    "argument",
    [
        "|x| x",
        "|(address, x)| (address, x)",
        "|x| x.pop()",
        "|x| [x.add(y) for y in x]",
        "|x| prices[x]",
        "|x| operator.add(x, 1)",
        "|x| Counter.update(x, [])",
        "|x| next(iter(x))",
        "looks_up",
        "cached",
        "remembering",
        "str",
        "no_such_name",
    ],
)
def test_of_a_function_of_its_items_nothing_is_told(argument: str) -> None:
    assert told(argument) is None


def test_what_a_sink_changes_is_an_output() -> None:
    assert told("keeps", acts=True) is None
    assert told("|x| seen.add((x, address))", acts=True) == "reads `address`, and each shard has its own"


def test_modules_and_classes_have_functions_by_the_words_of_methods() -> None:
    assert operator.add(1, 1) == 2
    assert told("|x| hf.lattices.Max(x)") is None
