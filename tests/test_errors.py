"""The exceptions of the package."""

from __future__ import annotations

import pytest

from hydroflow_nb.diagnostics import error, warning
from hydroflow_nb.errors import AssertionFailed, GraphError, HydroflowError, ItemError, SurfaceSyntaxError
from hydroflow_nb.source import Source

SOURCE = Source(text="a -> b;\nb -> ;", label="In[3]", first_line=2)
ODD = warning("HF998", "it is odd", SOURCE.span(0, 1))
WRONG = error("HF999", "it is wrong", SOURCE.span(13, 14))


@pytest.mark.parametrize("kind", [SurfaceSyntaxError, GraphError, ItemError, AssertionFailed])
def test_every_error_is_a_hydroflow_error(kind):
    assert issubclass(kind, HydroflowError)


def test_a_failed_assertion_is_an_assertion_error():
    assert issubclass(AssertionFailed, AssertionError)


def test_the_text_of_an_error_shows_every_diagnostic_with_its_place():
    raised = GraphError([ODD, WRONG])

    assert "warning[HF998]: it is odd" in str(raised)
    assert "In[3]:3:6" in str(raised)
    assert raised.diagnostics == [ODD, WRONG]


def test_a_message_stands_for_the_diagnostics():
    assert str(HydroflowError(message="the flow is closed")) == "the flow is closed"


def test_a_syntax_error_bears_line_and_text_of_its_first_error():
    raised = SurfaceSyntaxError([ODD, WRONG])

    assert raised.lineno == 3
    assert raised.text == "b -> ;"


def test_a_syntax_error_of_warnings_only_has_no_line():
    assert SurfaceSyntaxError([ODD]).lineno is None
    assert SurfaceSyntaxError([ODD]).text is None


def test_ipython_shows_the_text_and_the_notes_and_no_frames_in_one_piece_whatever_it_joins_pieces_with():
    raised = GraphError([WRONG])
    raised.add_note("in tick 3")

    pieces = raised._render_traceback_()

    assert pieces == [f"{raised}\nin tick 3"]
