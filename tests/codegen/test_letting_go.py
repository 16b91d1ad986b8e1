from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.codegen.letting_go import relied_on_behind


def behind_a_fold(text: str) -> frozenset[str] | None:
    """The names that what stands behind `fold` has to rely on, to let go of its item."""
    flow = hf.compile(f"s = source_iter([1]) -> fold(list, list.append); {text}", namespace={"keep": list.append})
    graph = flow._compiled.graph
    (fold,) = (node for node in graph.nodes.values() if node.operator.name == "fold")
    return relied_on_behind(graph, graph.flat.outputs(fold.id))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("s -> null();", set()),
        ("s -> identity() -> map(|d| len(d)) -> for_each(keep);", {"len"}),
        ("s -> map(len) -> defer_tick() -> null();", {"len"}),
        ("s -> for_each(|d| d[0]);", set()),
        (
            "s -> tee() -> t; t = tee(); t -> for_each(|d| print(d)); t -> filter(|d| any(d)) -> null();",
            {"print", "any"},
        ),
        ("s -> u; source_iter([]) -> u; u = union() -> map(|d| len(d)) -> null();", {"len"}),
        ("s -> map(|d| d[0] > 1) -> sort() -> null();", set()),
    ],
)
def test_an_item_that_is_only_read_is_nobodys_afterwards(text: str, names: set[str]) -> None:
    assert behind_a_fold(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "s -> for_each(keep);",
        "s -> defer_tick() -> map(|d| len(d)) -> null();",
        "s -> persist::<'static>() -> null();",
        "s -> map(|d| d[0]) -> null();",
        "s -> map(|d| (1, d)) -> for_each(|(_, d)| print(d));",
        "s -> filter(|d| len(d) > 1) -> sort() -> null();",
        "s -> tee() -> t; t = tee(); t -> for_each(print); t -> for_each(keep);",
    ],
)
def test_an_item_may_be_kept_by_whatever_is_not_known_to_let_go_of_it(text: str) -> None:
    assert behind_a_fold(text) is None


def test_a_long_row_of_ways_that_come_together_again_is_no_long_way() -> None:
    ways = "".join(f"t{n} -> t{n + 1}; t{n} -> t{n + 1}; t{n + 1} = union() -> tee();" for n in range(40))

    assert behind_a_fold(f"s -> t0; t0 = tee(); {ways} t40 -> map(|d| len(d)) -> null();") is None
