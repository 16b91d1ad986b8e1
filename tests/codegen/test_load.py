from __future__ import annotations

import gc
import inspect
import linecache
import traceback
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import expressions
from hydroflow_nb.codegen.load import forget_lines, remember_lines
from hydroflow_nb.ir.partitioned import PartitionedGraph

DIVISION = "source_iter([0])\n -> map(|x| 1 / x)\n -> for_each(print);"


def raised_by(flow: hf.Flow) -> BaseException:
    try:
        flow.run_tick()
    except ZeroDivisionError as error:
        return error
    raise AssertionError("the tick raised nothing")


def test_a_traceback_shows_the_lines_of_a_flow_that_was_closed_meanwhile() -> None:
    with hf.compile(DIVISION, namespace={}) as flow:
        error = raised_by(flow)

    shown = "".join(traceback.format_exception(error))

    assert 'File "<hydroflow flow>", line 2' in shown
    assert "-> map(|x| 1 / x)" in shown


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("argument", ["|x, y| 1 / y", "lambda x, y: [1 / y for y in [y]]"])
def test_every_frame_of_a_flow_finds_the_flows_lines_though_they_are_no_python(argument: str, recorded: bool) -> None:
    text = f"source_iter([0]) -> fold::<'static>(lambda: 1, {argument})\n -> for_each(print);"
    flow = hf.compile(text, namespace={})
    if recorded:
        flow.record()

    error = raised_by(flow)

    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    found = [inspect.getsourcelines(frame) for frame in frames if frame.f_code.co_filename == "<hydroflow flow>"]
    assert found
    assert all([line.rstrip("\n") for line in lines] == text.splitlines() for lines, _ in found)


def test_closing_a_flow_leaves_the_lines_of_another_one_of_the_same_name() -> None:
    old = hf.compile("source_iter([1]) -> for_each(print);", namespace={})
    new = hf.compile(DIVISION, namespace={})

    old.close()
    del old
    gc.collect()

    assert linecache.getline("<hydroflow flow>", 2) == " -> map(|x| 1 / x)\n"
    del new


def test_the_lines_of_a_flow_go_with_it() -> None:
    flow = hf.compile("source_iter([1]) -> for_each(print);", namespace={}, name="short_lived")

    del flow
    gc.collect()

    assert "<hydroflow short_lived>" not in linecache.cache


def test_only_the_lines_that_were_remembered_are_forgotten() -> None:
    first = remember_lines("one", "<hydroflow lines>")
    second = remember_lines("two", "<hydroflow lines>")

    forget_lines("<hydroflow lines>", first)
    kept = linecache.getline("<hydroflow lines>", 1)
    forget_lines("<hydroflow lines>", second)

    assert kept == "two\n"
    assert "<hydroflow lines>" not in linecache.cache


def test_the_text_of_a_flow_is_not_looked_through_again_for_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"items": [1], "f": abs, "seen": [], "inbound": hf.channel(), "outbound": hf.channel()}
    text = "source_iter(items) -> map(f) -> for_each(seen.append); source_stream(inbound) -> dest_sink(outbound);"
    flow = hf.compile(text, dict(names))
    looked_at: list[Any] = []
    path_of = expressions.path_of
    monkeypatch.setattr(expressions, "path_of", lambda node: [looked_at.append(node), path_of(node)][1])
    monkeypatch.setattr(PartitionedGraph, "inputs", lambda graph: looked_at.append(graph) or [])

    copied = flow.copy({"seen": []})

    copied.run_tick()
    assert ((copied.drive().names or {})["seen"], list(copied.inputs), looked_at) == ([1], ["inbound"], [])


def test_what_the_names_of_a_copy_are_bound_to_is_looked_at_anew() -> None:
    async def fetch(item: int) -> int:
        return item

    flow = hf.compile("source_iter([1]) -> map(f) -> for_each(seen.append);", {"f": abs, "seen": []})

    with pytest.raises(hf.GraphError, match="HF225"):
        flow.copy({"f": 5})
    with pytest.raises(hf.GraphError, match="HF219"):
        flow.copy({"seen": Asynchronous()})
    assert [one.code for one in flow.copy({"f": fetch}).diagnostics] == ["HF291"]
    assert flow.diagnostics == []


class Asynchronous:
    async def append(self, item: Any) -> None:
        """Takes an item."""


def test_a_copy_of_a_flow_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = hf.compile("source_iter([2]) -> map(|x| x * factor) -> for_each(out.append);", {"factor": 1, "out": []})
    monkeypatch.setattr("hydroflow_nb.codegen.load.compile", lambda *_: pytest.fail("compiled"), raising=False)
    out: list[int] = []

    flow.copy({"factor": 10, "out": out}).run_tick()

    assert out == [20]


def test_what_only_the_recorded_variant_makes_may_read_what_both_have() -> None:
    def grow(lists: dict[int, list[int]], x: int) -> None:
        lists[0].append(x)

    # Nothing comes to the `fold`, so the plain variant needs no code that takes items in.
    text = "source_iter([1]) -> null() -> fold::<'static>(|| {0: []}, grow) -> for_each(|d| out.append(d));"
    out: list[Any] = []
    flow = hf.compile(text, {"grow": grow, "out": out})

    flow.record()
    flow.run_tick()

    assert out == [{0: []}]
