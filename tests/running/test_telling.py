"""What a notebook shows of a flow's parts."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import hydroflow_nb as hf

TEXT = "source_stream(numbers) -> map(|x| 1 / x) -> for_each(out.append);"


@pytest.fixture
def flow() -> hf.Flow:
    names: dict[str, Any] = {"numbers": hf.channel([1, "<b>"]), "out": []}
    return hf.compile(TEXT, names)


def test_a_question_mark_tells_the_inputs_the_text_and_what_can_be_done(flow: hf.Flow) -> None:
    told = InteractiveShell().inspector.info(flow)["docstring"]

    assert "<flow flow, 3 operators, at tick 0>" in told
    assert "numbers: 2 waiting" in told
    assert TEXT in told
    assert 'why(item), break_on("A -> B")' in told


def test_every_call_that_is_told_exists(flow: hf.Flow) -> None:
    told = flow.getdoc().partition("calls:")[2]

    for name in ("run_tick", "run_available", "start", "stop", "inputs", "recording", "channel", "state", "why"):
        assert name in told
        assert hasattr(type(flow), name) or hasattr(flow, name)
    for name in ("break_on", "rewind", "check", "find", "graph", "stepper", "explain"):
        assert name in told
        assert hasattr(type(flow), name) or hasattr(flow, name)


def test_channels_and_inputs_are_tables_of_what_waits(flow: hf.Flow) -> None:
    channel = hf.channel(["<b>", *range(100)])

    assert "&lt;b&gt;" in channel._repr_html_()
    assert "101 waiting" in channel._repr_html_()
    assert "51 more" in channel._repr_html_()
    assert "&lt;b&gt;" in flow.inputs._repr_html_()
    assert "numbers: 2 waiting" in flow.inputs["numbers"]._repr_html_()
    assert "takes nothing in" in hf.compile("source_iter([1]) -> null();", {}).inputs._repr_html_()


def test_faults_are_a_table_of_the_newest(flow: hf.Flow) -> None:
    assert "no tick was aborted" in flow.faults._repr_html_()

    for _ in range(60):
        flow.inputs["numbers"].send(0)
        with pytest.raises((ZeroDivisionError, TypeError)):
            flow.run_tick()

    shown = flow.faults._repr_html_()
    assert shown.count("<tr>") == 51
    assert "10 earlier ones are not shown" in shown


def test_an_explanation_is_a_table(flow: hf.Flow) -> None:
    shown = flow.explain()._repr_html_()

    operators, optimisations = shown.split("</table>")[:2]
    assert operators.count("<tr>") == len(flow.explain()) + 1
    assert "inlining" in optimisations
    assert "map" in shown
