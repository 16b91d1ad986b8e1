from __future__ import annotations

import pytest

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.pipeline import CHECK, Compilation, run, through
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def checked(text: str) -> list[Diagnostic]:
    parsed = parse(Source(text=text))
    assert not parsed.diagnostics
    return run(Compilation(built=build(parsed.flow, "flow")), through(CHECK)).diagnostics


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("source_iter([1]) -> map::<'tick>(f) -> null();", "HF208", "'tick"),
        ("source_iter([1]) -> unique::<'mutable>() -> null();", "HF217", "'mutable"),
        ("source_iter([1]) -> unique::<'tick, 'static>() -> null();", "HF208", "'static"),
        ("source_iter([1]) -> map::<int>(f) -> null();", "HF209", "int"),
        ("source_iter() -> null();", "HF210", "source_iter()"),
        ("source_iter([1]) -> map(f, g) -> null();", "HF210", "g"),
        ("source_iter([1]) -> map(|a, b| a) -> null();", "HF211", "|a, b| a"),
        ("source_iter(|x| x) -> null();", "HF215", "|x| x"),
        ("source_iter([1]);", "HF212", "source_iter([1])"),
        ("source_iter([1]) -> source_iter([2]) -> null();", "HF212", "source_iter([2])"),
        ("a = map(f) -> null(); source_iter([1]) -> a; source_iter([2]) -> a;", "HF212", "map(f)"),
        (
            "j = join() -> null(); source_iter([]) -> [0]j; source_iter([]) -> [2]j; source_iter([]) -> [1]j;",
            "HF213",
            "[2]",
        ),
        ("j = join() -> null(); source_iter([]) -> [0]j;", "HF212", "join()"),
        ("t = source_iter([]) -> tee(); t[a] -> null(); t[a] -> null();", "HF216", "[a]"),
    ],
)
def test_an_error_has_its_code_and_its_place(text: str, code: str, place: str) -> None:
    found = checked(text)

    assert [(diagnostic.code, diagnostic.span.text) for diagnostic in found if diagnostic.is_error] == [(code, place)]


def test_a_correct_flow_has_nothing_to_report() -> None:
    assert checked("t = source_iter([1]) -> tee(); t -> null(); t -> for_each(print);") == []


def test_a_union_of_one_input_is_a_warning() -> None:
    (diagnostic,) = checked("source_iter([1]) -> union() -> null();")

    assert not diagnostic.is_error
    assert diagnostic.code == "HF290"


def test_a_port_connected_twice_shows_the_other_place() -> None:
    (diagnostic,) = checked("t = source_iter([]) -> tee(); t[a] -> null(); t[a] -> null();")

    (label,) = diagnostic.labels
    assert label.span.start < diagnostic.span.start


def test_a_closure_that_takes_a_pair_apart_is_shown_the_parentheses() -> None:
    (diagnostic,) = checked("source_iter([1]) -> map(|a, b| a) -> null();")

    assert "|(a, b)|" in diagnostic.hint


def test_what_leads_to_an_unknown_operator_counts_as_connected() -> None:
    assert checked("source_iter([1]) -> nonsense() -> null();") == []


def test_inputs_without_ports_are_reported_one_by_one_and_the_missing_ports_together() -> None:
    found = checked("j = join() -> null(); source_iter([]) -> j; source_iter([]) -> j;")

    assert [diagnostic.code for diagnostic in found] == ["HF213", "HF213", "HF212"]
    assert "`[0]`, `[1]`" in found[2].message


def test_a_pipeline_of_a_single_operator_stands_alone() -> None:
    found = checked("null();")

    assert [diagnostic.code for diagnostic in found if diagnostic.is_error] != []


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("unique::<'forever>()", "`unique` takes `'tick`, `'static` or `'durable`"),
        ("persist::<'forever>()", "`persist` takes `'static` or `'durable`"),
        (
            "unique::<'loop>()",
            "in loops too, a state lasts for an iteration or for ever; `unique` takes `'tick`, `'static` or `'durable`",
        ),
    ],
)
def test_an_unknown_lifetime_is_answered_with_those_that_the_operator_takes(call: str, hint: str) -> None:
    (found,) = checked(f"source_iter([1]) -> {call} -> null();")

    assert (found.code, found.hint) == ("HF207", hint)
