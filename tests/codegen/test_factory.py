"""The form of a flow's factory: what is written is what is read."""

from __future__ import annotations

import ast

from hydroflow_nb.codegen.factory import Factory, factory_module, names_made
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.source import Source

POSITION = Position(Source(text="").span(0, 0))


def statements(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def written() -> ast.Module:
    return factory_module(
        "flow", "given", {"iter": "iter_"}, statements("items = []"), statements("def stratum_0(): pass"), POSITION
    )


def test_a_factory_makes_what_it_asks_for_first_then_the_variables_and_returns_the_strata() -> None:
    assert ast.unparse(written()).split("\n") == [
        "def flow(context, given):",
        "    iter_ = given.iter",
        "    items = []",
        "",
        "    def stratum_0():",
        "        pass",
        "    return (stratum_0,)",
    ]


def test_the_statements_of_a_factory_are_those_that_make_variables_but_for_the_strata() -> None:
    factory = Factory(written(), ["stratum_0"])

    assert [ast.unparse(one) for one in factory.statements] == ["iter_ = given.iter", "items = []"]
    assert (factory.context, factory.runtime) == ("context", "given")


def test_only_an_attribute_of_the_runtime_is_asked_of_it() -> None:
    factory = Factory(written(), ["stratum_0"])

    assert [factory.asked_of_runtime(one) for one in factory.statements] == ["iter", None]
    assert factory.asked_of_runtime(*statements("f = module.iter")) is None


def test_a_statement_makes_the_names_that_it_binds() -> None:
    made = [names_made(one) for one in statements("a = 1\nb, (c, *d) = x\ndef f(y): z = 1\nprint(a)")]

    assert made == [{"a"}, {"b", "c", "d"}, {"f"}, set()]
