from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

import hydroflow_nb as hf
from hydroflow_nb.codegen.module_lines import remember_module_lines
from hydroflow_nb.source import Source

IMPORTING = "source_iter([{item}])\n -> import!('outer.hf') -> null();"


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    """The last lines of the traceback of a flow of two modules, one within the other, for an item."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outer.hf").write_text('mod\n  -> map(|x| 1 // x) -> import!("inner.hf") -> mod;\n')
    (tmp_path / "inner.hf").write_text("mod -> map(|x| 2 // (x - 1)) -> mod;")

    def traced(item: int) -> str:
        flow = hf.compile(IMPORTING.format(item=item), namespace={})
        with pytest.raises(ZeroDivisionError) as caught:
            flow.run_tick()
        return "".join(traceback.format_exception(caught.value)).partition('  File "<hydroflow flow>", ')[2]

    return traced


def test_a_traceback_shows_a_modules_line_with_its_place(trace: Callable[[int], str]) -> None:
    shown = trace(0).splitlines()

    assert shown[0].startswith("line 1002, in ")
    assert shown[1].strip() == '-> map(|x| 1 // x) -> import!("inner.hf") -> mod;  # outer.hf, line 2'
    assert shown[2].split() == ["~~^^~~"]
    assert shown[-1] == "hydroflow: in `map` at outer.hf, line 2, item 0, tick 0, stratum 0"


def test_a_module_that_a_module_imports_has_lines_of_its_own(trace: Callable[[int], str]) -> None:
    shown = trace(1).splitlines()

    assert shown[0].startswith("line 2001, in ")
    assert shown[1].strip() == "mod -> map(|x| 2 // (x - 1)) -> mod;  # inner.hf, line 1"


def test_the_flows_own_lines_stay_where_they_are_however_often_it_is_compiled(trace: Callable[[int], str]) -> None:
    trace(0)
    flow = hf.compile(IMPORTING.format(item=1), namespace={})

    lines = linecache.getlines("<hydroflow flow>")

    assert lines[:2] == [line + "\n" for line in flow.source.text.splitlines()]
    assert [number for number, line in enumerate(lines, 1) if line.strip()] == [1, 2, 1001, 1002, 2001]


def test_the_modules_of_a_flow_of_many_lines_come_behind_it(trace: Callable[[int], str]) -> None:
    flow = hf.compile("\n" * 1500 + IMPORTING.format(item=0), namespace={})

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()

    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 2002
    assert "in `map` at outer.hf, line 2" in caught.value.__notes__[0]


def test_where_no_lines_are_known_none_are_made_up() -> None:
    remember_module_lines("<hydroflow nobody>", [Source(text="mod -> mod;", label="m.hf", code_offset=1000)])

    assert linecache.getlines("<hydroflow nobody>") == []
