"""Which parts of a flow can be answered over columns, as far as its text tells."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from standing_in import frame_of

import hydroflow_nb as hf

NAMES: dict[str, Any] = {"table": frame_of(x=[1]), "seen": [].append, "limit": 1}
END = ' -> dest_frame({"x": int}, seen);'


def how(text: str, **options: Any) -> str:
    """What `explain` says of the table that a flow makes."""
    *_, last = (row.how for row in hf.compile(text, NAMES, **options).explain() if row.operator == "dest_frame")
    return last


@pytest.mark.parametrize(
    "operators",
    [
        "map(|row| row.x + 1) -> filter(|x| 0 < x <= limit and not x % 2 == 1)",
        "map(|(x,)| (x, (min(x, 3), 'a'))) -> fold_keyed(|| (0, 0), |(s, n), (v, _)| (s + v, n + 1)) -> map(|r| r[0])",
        "unique() -> map(|(x,)| -x if x > 0.5 else x // 2)",
    ],
)
def test_what_only_computes_is_one_query(operators: str) -> None:
    assert how(f"source_frame(table) -> {operators}{END}").startswith("one query over columns for ")


def test_a_join_of_two_tables_is_one_query() -> None:
    text = "source_frame(table) -> map(|(x,)| (x, x)) -> [0]j; source_frame(table) -> map(|(x,)| (x, 1)) -> [1]j;"
    assert how(f"{text} j = join() -> map(|(k, _)| k){END}") == (
        "one query over columns for 7 operators, where the values allow it"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("source_iter([1])", "`source_iter` in line 1 works on items only"),
        ("source_frame(table) -> map(str)", "the `f` of `map` in line 1 is no closure"),
        ("source_frame(table) -> map(|r| str(r.x))", "the `f` of `map` in line 1 calls `str`"),
        ("source_frame(table) -> map(|r| r.x.real)", "the `f` of `map` in line 1 uses `r.x.real`"),
        (
            "source_frame(table) -> map(|r| r.x ** 2)",
            "the `f` of `map` in line 1 uses another operator than `+ - * / // %`",
        ),
        ("source_frame(table) -> filter(|r| r.x is None)", "the `f` of `filter` in line 1 uses"),
        ("source_frame(table) -> map(|r| limit.x)", "the `f` of `map` in line 1 uses `limit.x`"),
        ("source_frame(table) -> map(|r| [r.x])", "the `f` of `map` in line 1 uses `[r.x]`"),
        ("source_frame(table) -> map(|(x, *_)| x)", "takes its item apart by a class or a rest"),
        ("source_frame(table) -> unique::<'static>()", "`unique` in line 1 remembers more than a tick"),
        (
            "t = source_frame(table) -> tee(); t -> null(); t",
            "something else than tables is made of what `tee` in line 1 emits",
        ),
        (
            "t = source_frame(table) -> tee(); t -> map(str) -> dest_frame({'x': str}, seen); t",
            "something else than tables is made of what `tee` in line 1 emits",
        ),
        ("source_frame(table)" + " -> map(|r| r)" * 50, "more than 50 operators"),
    ],
)
def test_anything_else_is_left_to_the_rows_and_explained(text: str, reason: str) -> None:
    assert reason in how(text + END)
    assert how(text + END).startswith("item by item: ")


def test_several_tables_with_something_in_common_are_one_query() -> None:
    text = (
        "t = source_frame(table) -> tee(); t -> map(|(x,)| x) -> dest_frame({'x': int}, seen); "
        "source_frame(table) -> dest_frame({'x': int}, seen); "
    )
    flow = hf.compile(f"{text} t{END}", NAMES)

    queries = [row.how for row in flow.explain() if row.operator == "dest_frame" and "columns" in row.how]

    assert sorted(one.split(",")[0] for one in queries) == [
        "one query over columns for 2 operators",
        "one query over columns for 5 operators",
        "one query over columns for 5 operators",
    ]


def test_a_flow_without_the_optimisation_goes_through_the_rows() -> None:
    text = "source_frame(table)" + END
    assert how(text, without={"columns"}) == "item by item: the flow is compiled without `columns`"


def test_a_flow_without_tables_loads_nothing_of_it() -> None:
    text = "import sys, hydroflow_nb as hf; hf.compile('source_iter([1]) -> null();').run_tick()"
    loaded = f"{text}; print([name for name in sys.modules if 'engine.columns' in name or name == 'polars'])"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "[]\n"
