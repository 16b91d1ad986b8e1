"""Diagnostics: what the compiler has found."""

from __future__ import annotations

import dataclasses

import pytest

from hydroflow_nb.diagnostics import Label, Severity, error, warning
from hydroflow_nb.source import Source

SPAN = Source(text="a -> b;").span(0, 1)


def test_an_error_is_one():
    found = error("HF999", "it is wrong", SPAN, hint="write it anew")

    assert found.is_error
    assert found.severity == "error"


def test_a_warning_is_not_an_error():
    found = warning("HF999", "it is odd", SPAN)

    assert not found.is_error
    assert found.severity is Severity.WARNING


def test_the_hint_is_the_help():
    assert error("HF999", "it is wrong", SPAN, hint="write it anew").help == "write it anew"
    assert error("HF999", "it is wrong", SPAN).help == ""


def test_labels_and_notes_are_kept_in_their_order():
    labels = [Label(span=SPAN, text="here"), Label(span=SPAN, text="and here")]

    found = warning("HF999", "it is odd", SPAN, labels=labels, notes=["one", "two"])

    assert [label.text for label in found.labels] == ["here", "and here"]
    assert list(found.notes) == ["one", "two"]


def test_a_diagnostic_does_not_change():
    found = error("HF999", "it is wrong", SPAN)

    with pytest.raises(dataclasses.FrozenInstanceError):
        found.message = "it is right"
