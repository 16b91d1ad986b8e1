from __future__ import annotations

import pytest
from IPython.utils.capture import capture_output

import hydroflow_nb as hf
from hydroflow_nb.magics import _display


@pytest.fixture
def shown(notebook):
    """What a function displays: its only bundle."""

    def only_bundle(function, *arguments):
        with capture_output() as captured:
            function(*arguments)
        (output,) = captured.outputs
        return output.data

    return only_bundle


def test_a_table_is_aligned_text_and_escaped_html(shown):
    bundle = shown(_display.show_table, ("name", "state"), [("a", "<i>"), ("longer", "")])

    assert bundle["text/plain"] == "name    state\na       <i>\nlonger"
    assert "<td>&lt;i&gt;</td>" in bundle["text/html"]
    assert bundle["text/html"].count("<tr>") == 3


def test_code_that_holds_a_fence_is_put_into_a_longer_one(shown):
    flow = hf.compile("source_iter([1]) -> map(|x| '```') -> for_each(print);", namespace={})

    markdown = shown(_display.show_code, flow)["text/markdown"]

    assert markdown.startswith("````python\n")
    assert markdown.endswith("\n````")


def test_no_warnings_leave_no_output():
    with capture_output() as captured:
        _display.show_warnings([])

    assert captured.outputs == []
