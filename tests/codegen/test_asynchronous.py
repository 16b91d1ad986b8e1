from __future__ import annotations

import asyncio
import functools
import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf


async def later(*items: Any) -> Any:
    return items


async def several(*items: Any) -> AsyncIterator[Any]:
    yield items


class Later:
    async def __call__(self, *items: Any) -> Any:
        return items

    async def method(self, *items: Any) -> Any:
        return items

    @staticmethod
    async def static(*items: Any) -> Any:
        return items

    @property
    def trap(self) -> Any:
        raise AssertionError("nobody's code runs")


NAMES = {
    "later": later,
    "several": several,
    "made": Later(),
    "asyncio": asyncio,
    "partial": functools.partial,
    "plain": lambda *items: items,
    "other": functools.partial(later, 1),
}


@pytest.fixture(autouse=True)
def no_coroutine_is_lost() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
        gc.collect()


@pytest.mark.parametrize(
    "call",
    [
        "for_each(later)",
        "for_each(|x| later(x))",
        "for_each(lambda x: later(x))",
        "for_each(|x| later(x) if x else plain(x))",
        "for_each(|x| x and later(x))",
        "for_each(several)",
        "for_each(made)",
        "for_each(made.method)",
        "for_each(made.static)",
        "for_each(other)",
        "for_each(partial(later, 1))",
        "for_each(|x| asyncio.sleep(x))",
        "inspect(later) -> null()",
        "filter(later) -> null()",
        "assert(later) -> null()",
        "flat_map(later) -> null()",
        "fold(int, later) -> null()",
        "fold::<'static>(later, plain) -> null()",
        "reduce(later) -> null()",
        "scan(int, later) -> null()",
        "sort_by_key(later) -> null()",
        "map(|x| (x, x)) -> fold_keyed(int, later) -> null()",
        "map(|x| (x, x)) -> reduce_keyed(later) -> null()",
    ],
)
def test_an_async_function_that_nobody_awaits_is_an_error_with_a_way_out(call: str) -> None:
    with pytest.raises(hf.GraphError, match="is async, but does not await its result") as caught:
        hf.compile(f"source_iter([1, 2]) -> {call};", NAMES)

    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "HF219"
    assert ("dest_sink(" if call.startswith("for_each") else "resolve_futures()") in diagnostic.hint


def test_several_are_told_of_at_once_and_no_file_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    text = (
        "source_iter([1]) -> inspect(later) -> map(str) -> dest_file(path, False); source_iter([1]) -> for_each(later);"
    )

    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, {**NAMES, "path": path})

    assert len(caught.value.diagnostics) == 2
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    "call",
    [
        "map(later) -> resolve_futures() -> null()",
        "map(|x| later(x)) -> resolve_futures_ordered() -> null()",
        "filter_map(later) -> filter(|x| True) -> identity() -> resolve_futures() -> null()",
        "dest_sink(later)",
        "map(|x| later(x)) -> dest_sink(asyncio.ensure_future)",
        "for_each(|later| plain(later))",
        "for_each(plain)",
        "for_each(made.trap)",
        "for_each(no_such_name)",
    ],
)
def test_what_is_awaited_or_not_async_is_neither_error_nor_warning(call: str) -> None:
    flow = hf.compile(f"null() -> {call};", NAMES)

    assert flow.diagnostics == []


def test_items_that_nothing_awaits_are_warned_of() -> None:
    flow = hf.compile("null() -> map(|x| later(x)) -> for_each(print);", NAMES)

    (diagnostic,) = flow.diagnostics
    assert diagnostic.code == "HF291"
    assert "resolve_futures()" in diagnostic.hint


@pytest.mark.parametrize("run", ["run_available", "run_stratum"])
def test_a_name_that_is_bound_anew_is_looked_at_when_a_run_begins(run: str) -> None:
    names = dict(NAMES)
    items, out = hf.channel([1]), list[Any]()
    names.update(items=items, store=out.append)
    flow = hf.compile("source_stream(items) -> for_each(store);", names)
    flow.run_available()
    names["store"] = later
    items.send(2)

    with pytest.raises(hf.GraphError, match="`store`, which is async"):
        getattr(flow, run)()
    names["store"] = out.append
    flow.run_available()

    assert out == [1, 2]


def test_a_flow_that_runs_in_the_background_looks_too() -> None:
    async def main() -> None:
        items, out = hf.channel([1]), list[Any]()
        names = {"items": items, "store": out.append}
        task = hf.compile("source_stream(items) -> for_each(store);", names).start()
        while not out:
            await asyncio.sleep(0.001)
        names["store"] = later
        items.send(2)
        with pytest.raises(hf.GraphError, match="`store`, which is async"):
            await asyncio.wait_for(task, 60)

    asyncio.run(main())
