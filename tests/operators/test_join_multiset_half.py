from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    j = join_multiset_half{}() -> for_each(out.append);
    source_stream(build) -> [build]j;
    source_stream(probe) -> [probe]j;
"""
BATCHES: list[dict[str, list[Any]]] = [
    {"build": [(1, "a"), (2, "b"), (1, "a")], "probe": [(2, 1), (1, 2), (3, 3), (1, 2)]},
    {"build": [(3, "c")], "probe": [(1, 4)]},
    {},
]


def expected(build_lasts: bool, probe_lasts: bool) -> list[list[Any]]:
    found, builds, probes = [], list[Any](), list[Any]()
    for batch in BATCHES:
        builds = [*(builds if build_lasts else ()), *batch.get("build", ())]
        probes = [*(probes if probe_lasts else ()), *batch.get("probe", ())]
        found.append([(key, (probe, build)) for key, probe in probes for other, build in builds if key == other])
    return found


@pytest.mark.parametrize(
    ("persistences", "build_lasts", "probe_lasts"),
    [
        ("", False, False),
        ("::<'tick>", False, False),
        ("::<'static>", True, True),
        ("::<'static, 'tick>", True, False),
        ("::<'tick, 'static>", False, True),
    ],
)
def test_matches_come_in_the_order_of_probe_and_then_of_build(
    ticks: Callable[..., Any], persistences: str, build_lasts: bool, probe_lasts: bool
) -> None:
    assert ticks(TEXT.format(persistences), *BATCHES) == expected(build_lasts, probe_lasts)


def test_build_is_complete_before_probe_flows_also_where_it_comes_out_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(build) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 4) -> n;
        n -> map(|n| ("k", n)) -> [build]j;
        source_stream(probe) -> [probe]j;
        j = join_multiset_half() -> for_each(out.append);
    """

    assert ticks(text, {"build": [1], "probe": [("k", 0)]}) == [[("k", (0, 1)), ("k", (0, 2)), ("k", (0, 3))]]


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_in_a_cycle_of_probe_every_item_is_matched_once(ticks: Callable[..., Any], persistences: str) -> None:
    text = f"""
        n = union();
        source_stream(items) -> map(|n| (n, ())) -> n;
        n -> [probe]j;
        source_stream(edges) -> [build]j;
        j = join_multiset_half{persistences}() -> map(|(_, (_, to))| to) -> tee();
        j -> map(|n| (n, ())) -> n;
        j -> for_each(out.append);
    """

    found = ticks(text, {"items": [1], "edges": [(1, 2), (2, 3), (2, 4)]})

    assert found == [[2, 3, 4]]


def test_values_need_not_be_hashable(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT.format(""), {"build": [(1, [])], "probe": [(1, {})]}) == [[(1, ({}, []))]]


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
@pytest.mark.parametrize(("item", "message"), [(([], 1), "hashed"), (5, "pairs")])
@pytest.mark.parametrize("side", ["build", "probe"])
def test_an_item_that_cannot_be_joined_is_named(
    refused: Callable[..., Any], persistences: str, item: Any, message: str, side: str
) -> None:
    channels = {"build": hf.channel([(1, 1)]), "probe": hf.channel([(1, 1)])}
    channels[side].send(item)

    error = refused(TEXT.format(persistences), **channels, out=[])

    assert message in str(error)
    assert repr(item) in str(error)
