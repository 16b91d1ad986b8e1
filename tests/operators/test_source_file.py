from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = "source_file(path) -> for_each(out.append);"


@pytest.mark.parametrize("recorded", [False, True])
def test_the_lines_come_in_the_first_tick(tmp_path: Path, recorded: bool) -> None:
    path, out = tmp_path / "text", list[Any]()
    path.write_text("one\n\nthree", encoding="utf-8")
    flow = hf.compile("source_file(path) -> for_each(|l| out.append((context.current_tick(), l)));", locals())
    if recorded:
        flow.record()

    flow.run_tick()
    flow.run_tick()

    assert out == [(0, "one"), (0, ""), (0, "three")]


def test_a_reset_reads_the_file_anew(tmp_path: Path) -> None:
    path, out = tmp_path / "text", list[Any]()
    path.write_text("old")
    flow = hf.compile(TEXT, {"path": path, "out": out})
    path.write_text("new")

    flow.run_available()
    flow.reset()
    flow.run_available()

    assert out == ["old", "new"]


def test_it_is_an_input_of_the_flow(tmp_path: Path) -> None:
    path, out = tmp_path / "text", list[Any]()
    path.write_text("one")
    flow = hf.compile(TEXT, {"path": path, "out": out})

    flow.inputs["path"].send("two")
    waiting = flow.inputs["path"].waiting()
    flow.run_available()

    assert waiting == out == ["one", "two"]


def test_a_missing_file_is_an_error_when_the_flow_is_compiled() -> None:
    with pytest.raises(hf.ItemError) as caught:
        hf.compile('\n  source_file("no/such file") -> null();', {})

    assert "`source_file`: cannot read the file `no/such file`: No such file" in str(caught.value)
    assert "flow:2:3" in str(caught.value)
