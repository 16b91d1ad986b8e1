"""What functions change, and read, that is there before they run."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.uses import Uses, uses_of

log: list[Any] = []
prices = {"tea": 3}
count = 0


def counts(item: Any) -> Any:
    global count  # noqa: PLW0603
    count += 1
    return item


def of_its_own(item: Any, most: int = 3) -> Any:
    found = [item]
    found.append(most)
    number = len(prices)
    number += 1
    return found, number


def found(argument: str) -> Uses:
    source = hf.Source(text=f"source_iter([]) -> map({argument}) -> null();")
    (node,) = (one for one in compile_source(source, "flow").graph.nodes.values() if one.operator.name == "map")
    return uses_of(node.call.arguments[0], globals())


@pytest.mark.parametrize(
    ("argument", "changes", "reads"),
    [
        ("|x| prices[x]", set(), {"prices"}),
        ("|x| log.append(x)", {"log"}, set()),
        ("log.append", {"log"}, set()),
        ("|x| log.append((x, len(log)))", {"log"}, {"len", "log"}),
        ("|x| log.pop()", {"log"}, {"log"}),
        ("|x| prices.__setitem__(x, 1)", {"prices"}, set()),
        ("|log| log.append(1)", set(), set()),
        ("of_its_own", set(), {"of_its_own", "len", "prices"}),
        ("counts", {"count"}, {"counts", "count"}),
    ],
)
def test_what_is_put_into_is_changed_and_not_read(argument: str, changes: set[str], reads: set[str]) -> None:
    uses = found(argument)

    assert {one.name for one in uses.changes} == changes
    assert {one.name for one in uses.reads} - {"Any", "int"} == reads


def test_two_names_of_one_object_are_the_same() -> None:
    (one,), (other,) = found("log.append").changes, uses_of_same().changes

    assert one.name != other.name
    assert one.is_same(other)


def uses_of_same() -> Uses:
    source = hf.Source(text="source_iter([]) -> map(same.append) -> null();")
    (node,) = (one for one in compile_source(source, "flow").graph.nodes.values() if one.operator.name == "map")
    return uses_of(node.call.arguments[0], {"same": log})
