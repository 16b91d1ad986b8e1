"""Diagnostics as people read them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.diagnostics import Label, error, warning
from hydroflow_nb.rendering import SHOWN_WIDTH, all_as_text, as_html, as_text
from hydroflow_nb.source import Source


def test_an_error_shows_message_place_line_carets_and_hint():
    source = Source(text="a -> b;\nb -> join();", label="In[3]")
    found = error("HF201", "`join` takes exactly 2 inputs", source.span(13, 17), hint="name both ports")

    assert as_text(found).splitlines() == [
        "error[HF201]: `join` takes exactly 2 inputs",
        " --> In[3]:2:6",
        "2 | b -> join();",
        "  |      ^^^^",
        "  = hint: name both ports",
    ]


def test_labels_show_their_own_lines_and_notes_come_before_the_hint():
    source = Source(text="a;\n" * 12)
    found = warning(
        "HF999",
        "twice",
        source.span(0, 1),
        labels=[Label(span=source.span(33, 34), text="and here")],
        notes=["a note\nof two lines"],
    )

    assert as_text(found).splitlines() == [
        "warning[HF999]: twice",
        "  --> <flow>:1:1",
        " 1 | a;",
        "   | ^",
        "  ::: <flow>:12:1",
        "12 | a;",
        "   | ^ and here",
        "   = note: a note",
        "           of two lines",
    ]


def test_carets_stand_under_the_text_behind_tabs():
    source = Source(text="\ta ->\tb;")

    lines = as_text(error("HF999", "no", source.span(6, 7))).splitlines()

    assert lines[3] == "  | \t    \t^"


def test_a_span_over_lines_is_marked_to_the_end_of_its_first_line():
    source = Source(text="a(\n1\n)")

    lines = as_text(error("HF999", "no", source.span(0, 6))).splitlines()

    assert lines[2:] == ["1 | a(", "  | ^^"]


def test_the_end_of_the_text_has_one_caret():
    source = Source(text="a ->")

    lines = as_text(error("HF999", "no", source.span(4, 4))).splitlines()

    assert lines[3] == "  |     ^"


def test_of_a_very_long_line_the_part_around_the_span_is_shown():
    source = Source(text="x" * 5000 + "y" + "z" * 5000)

    lines = as_text(error("HF999", "no", source.span(5000, 5001))).splitlines()

    assert len(lines[2]) < SHOWN_WIDTH + 12
    assert lines[2][lines[3].index("^")] == "y"


def test_several_diagnostics_are_kept_apart():
    found = error("HF999", "no", Source(text="a").span(0, 1))

    assert all_as_text([found, found]).count("\n\n") == 1


def test_html_escapes_what_the_user_wrote():
    source = Source(text="<b>")

    html = as_html(error("HF999", "`<b>` is wrong", source.span(0, 3)))

    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert 'class="hydroflow-diagnostic hydroflow-error"' in html


def test_html_wraps_sentences_and_never_a_line_with_carets():
    found = warning("HF999", "no", Source(text="a()").span(0, 1), notes=["one\ntwo", "three"], hint="write `b()`")

    blocks = re.findall(r'<(?:strong|span) style="([^"]*)">(.*?)</', as_html(found), re.DOTALL)

    carets = [style for style, text in blocks if "^" in text]
    assert len(carets) == 1
    assert "white-space: pre;" in carets[0]
    assert all("white-space: pre-wrap" in style for style, text in blocks if "^" not in text)
    assert len(blocks) == 5


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_html_has_the_same_text(text, message, hint):
    found = error("HF999", message, Source(text=text).span(0, len(text)), notes=[message], hint=hint)

    assert unescape(re.sub("<[^>]*>", "", as_html(found))) == as_text(found)


@pytest.mark.parametrize("character", ["\N{RIGHT-TO-LEFT OVERRIDE}", "\x1b", "\x00", "\ud800", "\N{ZERO WIDTH SPACE}"])
def test_what_cannot_be_seen_or_acts_on_the_text_around_it_is_shown_as_a_mark(character):
    source = Source(text=f"a{character}b")

    lines = as_text(error("HF999", f"no {character}", source.span(2, 3))).splitlines()

    assert lines[0] == "error[HF999]: no \N{REPLACEMENT CHARACTER}"
    assert lines[2] == "1 | a\N{REPLACEMENT CHARACTER}b"
    assert lines[3] == "  |   ^"


@given(st.text(max_size=40), st.data())
def test_any_span_of_any_text_can_be_shown(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))

    shown = as_text(error("HF999", "no", Source(text=text).span(start, end)))

    assert "^" in shown
