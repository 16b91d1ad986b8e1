"""Tables of other libraries as items. Tests of one that is not installed are skipped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

COLUMNS = {"name": ["ant", "bee"], "legs": [6, 6], "unit price": [1.5, None]}


def pandas_table() -> Any:
    return pytest.importorskip("pandas").DataFrame(COLUMNS, index=[7, 8])


def polars_table() -> Any:
    return pytest.importorskip("polars").DataFrame(COLUMNS)


def arrow_table() -> Any:
    return pytest.importorskip("pyarrow").table(COLUMNS)


def arrow_batch() -> Any:
    return pytest.importorskip("pyarrow").table(COLUMNS).to_batches()[0]


TABLES = pytest.mark.parametrize("table", [pandas_table, polars_table, arrow_table, arrow_batch])


@TABLES
def test_a_row_of_a_table_is_a_named_tuple_of_python_s_own_values(table: Callable[[], Any]) -> None:
    out: list[Any] = []
    flow = hf.compile("source_iter(table) -> for_each(out.append);", {"table": table(), "out": out})

    flow.run_tick()

    assert [(row.name, row.legs) for row in out] == [("ant", 6), ("bee", 6)]
    assert out[0]._fields == ("name", "legs", "_2")
    assert [type(value) for value in out[0]] == [str, int, float]
    assert out[0]._2 == 1.5


@TABLES
def test_a_channel_takes_the_rows_of_a_table(table: Callable[[], Any]) -> None:
    numbers, out = hf.channel(table()), []
    numbers.extend(table())
    text = "source_stream(numbers) -> map(|(name, legs, _)| (name, legs)) -> for_each(out.append);"
    flow = hf.compile(text, {"numbers": numbers, "out": out})

    flow.run_tick()

    assert out == [("ant", 6), ("bee", 6)] * 2


def test_rows_of_tables_with_the_same_columns_are_of_one_class() -> None:
    first, second = hf.channel(polars_table()), hf.channel(polars_table())

    assert type(first.drain()[0]) is type(second.drain()[0])


def test_a_class_of_the_user_s_that_is_called_like_a_table_is_no_table() -> None:
    class DataFrame(list[int]):
        pass

    assert hf.channel(DataFrame([1, 2])).drain() == [1, 2]
