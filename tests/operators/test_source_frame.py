from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from standing_in import frame_of

import hydroflow_nb as hf

TABLE = frame_of(name=["a", "b"], price=[1, 2])


def test_it_emits_the_rows_as_named_tuples_once(ticks: Callable[..., Any]) -> None:
    text = "source_frame(table) -> for_each(out.append); source_stream(items) -> null();"
    assert ticks(text, [], [], table=TABLE) == [[("a", 1), ("b", 2)], []]


def test_the_values_of_a_row_have_the_names_of_the_columns(ticks: Callable[..., Any]) -> None:
    text = "source_frame(table) -> map(|row| row.price) -> for_each(out.append); source_stream(items) -> null();"
    assert ticks(text, [], table=TABLE) == [[1, 2]]


def test_a_reset_reads_the_table_of_that_moment() -> None:
    out: list[Any] = []
    names = {"table": TABLE, "out": out}
    flow = hf.compile("source_frame(table) -> for_each(out.append);", names)
    flow.run_available()
    names["table"] = frame_of(name=["c"], price=[3])
    flow.reset()
    flow.run_available()
    assert out == [("a", 1), ("b", 2), ("c", 3)]


def test_an_aborted_tick_does_not_begin_the_rows_again() -> None:
    out: list[Any] = []
    flow = hf.compile(
        "source_frame(table) -> for_each(|row| out.append(1 // (row.price - 1)));", {"table": TABLE, "out": out}
    )
    with pytest.raises(ZeroDivisionError):
        flow.run_tick()
    flow.run_tick()
    assert out == []


def test_a_list_is_refused() -> None:
    with pytest.raises(hf.ItemError, match=r"\[1, 2\] is not a table"):
        hf.compile("source_frame([1, 2]) -> null();")
