"""The arguments and generics of operator calls."""

from __future__ import annotations

import ast

import pytest

from hydroflow_nb.expressions import Binding, Closure, Expression, Wildcard


@pytest.mark.parametrize(
    ("text", "names", "body"),
    [
        ("|x| x + 1", ["x"], "x + 1"),
        ("||0", [], "0"),
        ("| | 0", [], "0"),
        ("|x| x | 1", ["x"], "x | 1"),
        ("|x|(x, 1)", ["x"], "(x, 1)"),
        ("|x| # the item\n  x", ["x"], "x"),
        ("lambda x, y: x", ["x", "y"], "x"),
        ("lambda: 0", [], "0"),
        ("(lambda x: x)", ["x"], "x"),
        ("lambda _: _", ["_"], "_"),
        ("|x| (y := x) + y", ["x"], "(y := x) + y"),
        ("|x| lambda y: x", ["x"], "lambda y: x"),
    ],
)
def test_closures_and_plain_lambdas_are_closures(arguments, text, names, body):
    (argument,) = arguments(text)

    assert isinstance(argument, Closure)
    assert [parameter.name for parameter in argument.parameters] == names
    assert ast.unparse(argument.body) == body
    assert argument.span.text == text


@pytest.mark.parametrize(
    "text",
    [
        "str.upper",
        "lambda x, k=1: x",
        "lambda *xs: xs",
        "lambda **xs: xs",
        "lambda x, /: x",
        "lambda *, x: x",
        "(lambda x: x)(1)",
        "x if y else lambda z: z",
        "(x for x in y)",
        "y := 3",
    ],
)
def test_everything_else_is_an_expression(arguments, text):
    (argument,) = arguments(text)

    assert isinstance(argument, Expression)
    assert argument.span.text == text


def test_the_parameters_of_a_lambda_have_places(arguments):
    (argument,) = arguments("lambda ä, b: ä")

    assert [parameter.span.text for parameter in argument.parameters] == ["ä", "b"]
    assert all(isinstance(parameter, Binding) for parameter in argument.parameters)


def test_an_underscore_between_bars_binds_nothing(arguments):
    (argument,) = arguments("|_| 5")

    assert isinstance(argument.parameters[0], Wildcard)


def test_a_reference_becomes_a_name_at_its_place(read):
    result = read("a -> filter(|x| x <= $top and '$x' != $low);")

    _, call = result.flow.statements[0].pipeline.nodes
    assert [(found.name, found.span.text) for found in call.arguments[0].references] == [
        ("top", "$top"),
        ("low", "$low"),
    ]
    assert not result.diagnostics


@pytest.mark.parametrize("text", ["($top := 3)", "lambda $top: 1", "x.$top", "f($top=1)", "[1 for $top in x]"])
def test_a_reference_can_only_be_read(read, text):
    result = read(f"a -> map({text});")

    assert {found.span.text for found in result.diagnostics} == {"$top"}
    assert [found.code for found in result.diagnostics] == ["HF127"]


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("|x| f'{⟦$top⟧}'", "f-string"),
        ("|x| x + ⟦$⟧ 1", "name of an operator"),
        ("⟦$⟧", "name of an operator"),
    ],
)
def test_a_dollar_elsewhere_is_an_error(only_error, marked, words):
    code, message, _ = only_error(f"a -> map({marked});")

    assert code == "HF127"
    assert words in message


@pytest.mark.parametrize(
    ("marked", "code", "words"),
    [
        ("int,⟦,⟧ max", "HF120", "missing"),
        ("int, ⟦,⟧ max", "HF120", "missing"),
        ("⟦,⟧ str", "HF120", "missing"),
        ("⟦,⟧", "HF120", "missing"),
        ("⟦|x|⟧", "HF125", "no body"),
        ("⟦|x|⟧, str", "HF125", "no body"),
        ("⟦|x|⟧ # nothing\n", "HF125", "no body"),
        ("⟦|x x + 1⟧", "HF125", "second `|`"),
        ("⟦|⟧", "HF125", "second `|`"),
    ],
)
def test_an_argument_that_is_none_is_reported_at_its_place(only_error, marked, code, words):
    found_code, message, hint = only_error(f"a -> fold({marked});")

    assert found_code == code
    assert words in message
    assert hint


def test_every_argument_is_reported_on(read):
    result = read("a -> fold(|x| x +, |&y| y, return) -> map(1 2);")

    assert [found.code for found in result.diagnostics] == ["HF121", "HF125", "HF122", "HF121"]


def test_generics_are_lifetimes_and_then_types(read):
    result = read("a::<'tick, 'static, dict[str, int], tuple,>(1);")

    (call,) = result.flow.statements[0].pipeline.nodes
    assert [lifetime.name for lifetime in call.lifetimes] == ["tick", "static"]
    assert [lifetime.span.text for lifetime in call.lifetimes] == ["'tick", "'static"]
    assert [ast.unparse(argument.node) for argument in call.type_arguments] == ["dict[str, int]", "tuple"]
    assert [argument.span.text for argument in call.type_arguments] == ["dict[str, int]", "tuple"]
    assert len(call.arguments) == 1


@pytest.mark.parametrize(
    ("marked", "code", "words"),
    [
        ("b::⟦<>⟧()", "HF112", "holds nothing"),
        ("b::<⟦,⟧ int>()", "HF120", "type is missing"),
        ("b::<int, ⟦'tick⟧>()", "HF112", "before types"),
        ("b::<⟦'tick'⟧>()", "HF112", "a text is not a type"),
        ("b::<list⟦<⟧int>>()", "HF112", "compares"),
        ("b::<⟦|x| x⟧>()", "HF112", "closure is not a type"),
        ("b::<int ⟦+⟧>()", "HF121", "not complete"),
        ("b::<⟦$a⟧>()", "HF112", "not a type"),
        ("b::⟦<⟧'tick(1)", "HF102", "never closed"),
        ("b::⟦<⟧int;", "HF102", "never closed"),
        ("b::⟦<⟧int -> c", "HF102", "never closed"),
        ("b::⟦<⟧(int))", "HF102", "never closed"),
        ("b⟦<⟧int>()", "HF112", "`::` is missing"),
        ("⟦b::<int>⟧ -> c", "HF112", "expected `(`"),
    ],
)
def test_wrong_generics_are_reported_at_their_place(only_error, marked, code, words):
    found_code, message, hint = only_error(f"a -> {marked}")

    assert found_code == code
    assert words in message
    assert hint
