from __future__ import annotations

import pytest

from hydroflow_nb.syntax.tree import Loop, Statement


def test_a_loop_holds_its_statements_and_has_its_place(read):
    result = read("a -> b;\nloop turns { a -> c; d = e; };\nf -> g;")

    first, loop, last = result.flow.statements
    assert not result.diagnostics
    assert isinstance(loop, Loop)
    assert (loop.name, loop.head.text, loop.span.text) == ("turns", "loop turns", "loop turns { a -> c; d = e; }")
    assert [statement.span.text for statement in loop.statements] == ["a -> c", "d = e"]
    assert (first.span.text, last.span.text) == ("a -> b", "f -> g")


def test_loops_nest_and_need_no_name(read):
    (outer,) = read("loop { loop inner { a -> b; }; c -> d; };").flow.statements

    inner, statement = outer.statements
    assert outer.name is None
    assert (inner.name, [one.span.text for one in inner.statements]) == ("inner", ["a -> b"])
    assert isinstance(statement, Statement)


def test_a_loop_may_be_empty(read):
    result = read("loop {};")

    assert not result.diagnostics
    assert result.flow.statements[0].statements == ()


def test_the_pipelines_of_a_flow_are_those_of_its_loops_as_well(read):
    flow = read("a; loop { b; loop { c; }; d; }; e;").flow

    assert [pipeline.span.text for pipeline in flow.pipelines()] == ["a", "b", "c", "d", "e"]


def test_loop_may_be_a_name(read):
    result = read("loop -> a; loop = b;")

    assert not result.diagnostics
    assert all(isinstance(statement, Statement) for statement in result.flow.statements)


@pytest.mark.parametrize(
    ("marked", "code", "hint"),
    [
        ("loop { a -> b; ⟦}⟧", "HF191", "write `};`"),
        ("loop { a -> b; ⟦}⟧ c -> d;", "HF191", "write `};`"),
        ("loop { loop { a -> b; ⟦}⟧ c -> d; };", "HF191", "write `};`"),
        ("loop { a -> b ⟦}⟧;", "HF101", "write `;` before the `}`"),
        ("loop ⟦{⟧ a -> b;", "HF102", "write `};` after the last statement of the loop"),
        ("loop { loop ⟦{⟧ a -> b;", "HF102", "write `};` after the last statement of the loop"),
    ],
)
def test_what_is_wrong_with_braces_and_ends_is_one_error_at_its_place(only_error, marked, code, hint):
    found_code, _, found_hint = only_error(marked)

    assert (found_code, found_hint) == (code, hint)


def test_every_error_inside_of_a_loop_is_found_and_what_follows_it_is_read(read):
    result = read("loop { a -> -> b; c -> map(1 +); loop { d -> ; }; }; e -> ;")

    assert [(found.code, found.span.start) for found in result.diagnostics] == [
        ("HF101", 12),
        ("HF121", result.diagnostics[1].span.start),
        ("HF101", 45),
        ("HF101", 58),
    ]


def test_a_statement_that_cannot_be_read_ends_at_the_brace_of_its_loop(read):
    result = read("loop { a -> 5 }; b -> c;")

    assert [found.code for found in result.diagnostics] == ["HF101"]
    assert result.flow.statements[-1].span.text == "b -> c"


def test_loops_nested_ever_deeper_are_refused(read):
    result = read("loop {" * 20_000 + "};" * 20_000)

    assert [found.code for found in result.diagnostics] == ["HF109"]
