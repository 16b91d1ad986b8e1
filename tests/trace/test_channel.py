from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf

Pair = namedtuple("Pair", ["tick", "legs"])


@dataclass(frozen=True)
class Point:
    x: int
    y: int


def recorded(*batches: list[Any], budget: int = 10_000) -> hf.Flow:
    numbers = hf.channel()
    text = "source_stream(numbers) -> doubled; doubled = tee(); doubled -> null(); doubled -> for_each(|x| None);"
    flow = hf.compile(text, {"numbers": numbers})
    flow.record(budget, copies=True)
    for batch in batches:
        numbers.extend(batch)
        flow.run_tick()
    return flow


PLACE = "source_stream -> doubled"


def test_a_channel_has_the_items_of_an_edge_with_their_ticks() -> None:
    found = recorded([1, 2], [], [3]).channel(PLACE)

    assert list(found) == [1, 2, 3]
    assert (found.ticks, found.count, len(found)) == ([0, 0, 2], 3, 3)
    assert repr(found).splitlines() == [f"{PLACE}: 3 items", "     0  1", "     0  2", "     2  3"]


def test_a_channel_of_one_tick_has_that_tick_s_items() -> None:
    assert list(recorded([1, 2], [3]).channel(PLACE, tick=1)) == [3]


def test_items_that_were_not_kept_are_counted() -> None:
    found = recorded(list(range(5_000)), budget=1_000).channel(PLACE)

    assert found.count == 5_000
    assert len(found) < 5_000
    assert f"{len(found):,} of them kept" in repr(found)
    assert "more: `.items` has all" in repr(found)


@pytest.mark.parametrize(
    ("items", "columns"),
    [
        ([1, "b"], {"tick": [0, 0], "item": [1, "b"]}),
        ([(1, 2), (3, 4)], {"tick": [0, 0], "0": [1, 3], "1": [2, 4]}),
        ([(1,), (3, 4)], {"tick": [0, 0], "item": [(1,), (3, 4)]}),
        ([Pair(1, 2)], {"_tick": [0], "tick": [1], "legs": [2]}),
        ([Point(1, 2)], {"tick": [0], "x": [1], "y": [2]}),
        ([{"a": 1}, {"b": 2}], {"tick": [0, 0], "a": [1, None], "b": [None, 2]}),
    ],
)
def test_items_of_one_form_are_columns(items: list[Any], columns: dict[str, list[Any]]) -> None:
    assert recorded(items).channel(PLACE).columns() == columns


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_channel_is_a_data_frame_of_each_library(library: str) -> None:
    pytest.importorskip(library)
    found = recorded([(1, "a")], [(2, "b")]).channel(PLACE)

    frame = {"pandas": found.to_pandas, "polars": found.to_polars, "pyarrow": found.to_arrow}[library]()

    columns = frame.to_pydict() if library == "pyarrow" else {name: list(frame[name]) for name in frame.columns}
    assert columns == {"tick": [0, 1], "0": [1, 2], "1": ["a", "b"]}


def test_html_is_escaped() -> None:
    shown = recorded(["<script>alert(1)</script>"]).channel(PLACE)._repr_html_()

    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_a_flow_that_is_not_recorded_says_what_to_do_and_an_unknown_tick_what_there_is() -> None:
    flow = hf.compile("source_iter([1]) -> null();", {})

    with pytest.raises(hf.HydroflowError, match=r"is not recorded: `flow\.record\(\)`"):
        flow.channel("source_iter -> null")
    with pytest.raises(KeyError, match="tick 9 is not recorded"):
        recorded([1]).channel(PLACE, tick=9)
