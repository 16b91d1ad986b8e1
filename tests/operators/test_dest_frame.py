from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_columns_are_a_dict_of_types(refused: Callable[..., hf.ItemError]) -> None:
    for columns in ("[1]", "{}", "{'x': list}"):
        with pytest.raises(hf.ItemError, match="does not say what the columns are"):
            hf.compile(f"source_iter([1]) -> dest_frame({columns}, print);")


def test_a_tick_without_items_makes_no_table(ticks: Callable[..., Any]) -> None:
    assert ticks('source_stream(items) -> dest_frame({"x": int}, out.append);', [], []) == [[], []]


class TestTables:
    @pytest.fixture(autouse=True)
    def _with_polars(self) -> None:
        pytest.importorskip("polars", reason="polars is not installed: pip install 'hydroflow-nb[columns]'")

    def frames(self, columns: str, *batches: list[Any]) -> list[Any]:
        items, out = hf.channel(), []
        flow = hf.compile(f"source_stream(items) -> dest_frame({columns}, out.append);", {"items": items, "out": out})
        for batch in batches:
            items.extend(batch)
            flow.run_tick()
        return out

    def test_a_tick_s_items_are_one_table(self) -> None:
        first, second = self.frames('{"name": str, "n": int}', [("a", 1), ("b", None)], [], [("c", 3)])
        assert first.rows() == [("a", 1), ("b", None)]
        assert second.rows() == [("c", 3)]
        assert [str(dtype) for dtype in first.dtypes] == ["String", "Int64"]

    def test_an_item_may_be_the_value_of_the_only_column(self) -> None:
        (frame,) = self.frames('{"x": float}', [1.5, (2.5,)])
        assert frame.rows() == [(1.5,), (2.5,)]

    @pytest.mark.parametrize(
        ("item", "message"),
        [
            ((1, 2), r"\(1, 2\) is not a row of the 1 columns x"),
            (True, "True is not of the type int of the column `x`"),
            (2**63, "an int of the column `x` goes beyond int64"),
        ],
    )
    def test_an_item_that_does_not_fit_is_refused(
        self, refused: Callable[..., hf.ItemError], item: Any, message: str
    ) -> None:
        error = refused('source_iter([item]) -> dest_frame({"x": int}, print);', item=item)
        with pytest.raises(hf.ItemError, match=message):
            raise error

    def test_it_takes_what_recorded_flows_emit(self) -> None:
        out: list[Any] = []
        flow = hf.compile('source_iter([1, 2]) -> dest_frame({"x": int}, out.append);', {"out": out})
        flow.record()
        flow.run_tick()
        assert [frame.rows() for frame in out] == [[(1,), (2,)]]
