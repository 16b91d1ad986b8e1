from __future__ import annotations

import ast
from typing import Any

import pytest

from hydroflow_nb.codegen.generate import generate
from hydroflow_nb.compiler import Compiled, load_compiled
from hydroflow_nb.engine.context import Context
from hydroflow_nb.expressions import (
    Argument,
    Binding,
    Closure,
    Expression,
    OperatorCall,
    bound_names,
    classes_named,
    path_of,
    written_call,
)
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Node, NodeId, PortLabel
from hydroflow_nb.operators import BY_NAME
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.pipeline import Compilation, run
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def argument_of(text):
    (statement,) = parse(Source(text=f"map({text});")).flow.statements
    return statement.pipeline.nodes[0].arguments[0]


def test_an_argument_that_is_written_as_a_call_is_taken_apart():
    argument = argument_of("Fold(list, lambda a, b: a + [b])")

    call = written_call(argument, {"Fold"})

    assert call.name == "Fold"
    assert [type(part).__name__ for part in call.arguments] == ["Expression", "Closure"]
    assert [part.span.text for part in call.arguments] == ["list", "lambda a, b: a + [b]"]
    assert [pattern.span.text for pattern in call.arguments[1].parameters] == ["a", "b"]


@pytest.mark.parametrize("text", ["Fold", "Reduce(a)", "x.Fold(a)", "Fold(*a)", "Fold(a, f=b)", "Fold(a)(b)", "|a| a"])
def test_any_other_argument_is_for_python_to_evaluate(text):
    argument = argument_of(text)

    assert written_call(argument, {"Fold"}) is None


def test_a_pattern_binds_names_and_names_classes():
    (pattern,) = argument_of("|(a, [_, *rest], shapes.Rect(w, Point(h, _)))| a").parameters

    assert list(bound_names(pattern)) == ["a", "rest", "w", "h"]
    assert list(classes_named(pattern)) == ["shapes", "Point"]


@pytest.mark.parametrize(
    ("text", "body", "bound"),
    [("|(a, _), b| a + c", "a + c", {"a", "b"}), ("lambda a: a", "a", {"a"}), ("f(a)", "f(a)", set())],
)
def test_an_argument_has_a_body_and_the_names_that_its_parameters_bind_there(text, body, bound):
    argument = argument_of(text)

    assert (ast.unparse(argument.body), argument.bound) == (body, bound)


@pytest.mark.parametrize(
    ("text", "path"),
    [("f", ("f",)), ("a.b.c", ("a", "b", "c")), ("f(x)", None), ("f(x).b", None), ("$state", None), ("$state.b", None)],
)
def test_the_path_of_an_expression_is_its_name_with_those_of_attributes(text, path):
    assert path_of(argument_of(text).node) == path


def test_a_graph_that_is_built_without_a_text_is_compiled_and_runs():
    source = Source(text="")
    nowhere = source.span(0, 0)

    def expression(text: str) -> ast.expr:
        return ast.parse(text, mode="eval").body

    def call(name: str, *arguments: Argument) -> OperatorCall:
        return OperatorCall(span=nowhere, name=name, name_span=nowhere, arguments=arguments)

    calls = [
        call("source_iter", Expression(span=nowhere, node=expression("[1, 2, 3]"))),
        call("map", Closure(span=nowhere, parameters=(Binding(span=nowhere, name="x"),), body=expression("x * x"))),
        call("for_each", Expression(span=nowhere, node=expression("found.append"))),
    ]
    flat = FlatGraph(source=source, name="squares")
    for number, one in enumerate(calls, start=1):
        flat.nodes[NodeId(number)] = Node(id=NodeId(number), operator=BY_NAME[one.name], call=one, variable=None)
    port = PortLabel(label=None, span=nowhere)
    for number in (1, 2):
        source_node, target_node = NodeId(number), NodeId(number + 1)
        flat.put(Edge(id=EdgeId(number), source=source_node, source_port=port, target=target_node, target_port=port))
    found: list[Any] = []

    flow = run(Compilation(built=BuiltGraph(graph=flat)))
    compiled = Compiled(graph=flow.partitioned, code=generate(flow.partitioned), diagnostics=flow.diagnostics)
    for stratum in load_compiled(compiled, {"found": found}, Context()).program.strata:
        stratum()

    assert found == [1, 4, 9]
