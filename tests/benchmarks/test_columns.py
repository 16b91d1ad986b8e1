"""From a table to a table: one query over columns beside the same flow item by item; processor time, in one run."""

from __future__ import annotations

import gc
import random
import statistics
import time
from typing import Any

import pytest

import hydroflow_nb as hf

pl = pytest.importorskip("polars", reason="polars is not installed: pip install 'hydroflow-nb[columns]'")

pytestmark = pytest.mark.benchmark

ROWS = 100_000
JOIN = (
    "source_frame(left) -> [0]j; source_frame(right) -> [1]j; j = join() -> map(|(k, (v, w))| (k, v, w))"
    ' -> dest_frame({"k": int, "v": int, "w": int}, out.append);'
)
SHAPES = {
    "maps and filters": "source_frame(left) -> map(|(_, v)| v * 3 + 1) -> filter(|x| x % 2 == 0) -> map(|x| x // 3)"
    ' -> filter(|x| x % 5 != 0) -> map(|x| x - 7) -> dest_frame({"x": int}, out.append);',
    "keyed fold": "source_frame(left) -> fold_keyed(|| 0, |sum, v| sum + v)"
    ' -> dest_frame({"k": int, "sum": int}, out.append);',
    "join": JOIN,
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_query_over_columns_is_at_least_four_times_as_fast(name: str) -> None:
    rng = random.Random(1)
    keys = [[rng.randrange(ROWS) for _ in range(ROWS)] for _ in range(2)]
    names = {
        side: pl.DataFrame({"k": found, "v": range(ROWS)}) for side, found in zip(("left", "right"), keys, strict=True)
    }
    ratios = []
    for _ in range(5):
        took: dict[str, float] = {}
        tables: dict[str, Any] = {}
        for way in ("rows", "columns"):
            out: list[Any] = []
            without = {"columns"} if way == "rows" else frozenset()
            with hf.compile(SHAPES[name], {**names, "out": out}, without=without) as flow:
                gc.collect()
                start = time.process_time()
                flow.run_tick()
                took[way] = time.process_time() - start
            tables[way] = out[0]
        assert tables["rows"].equals(tables["columns"])
        ratios.append(took["rows"] / took["columns"])
    print(f"\n{name}: {statistics.median(ratios):.1f} times as fast over columns")
    assert statistics.median(ratios) >= 4
