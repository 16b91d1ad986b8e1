"""What the tests of the syntax share."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from hydroflow_nb.expressions import Argument, OperatorCall
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import ParseResult, parse


@pytest.fixture(scope="session")
def read() -> Callable[..., ParseResult]:
    """A text, parsed."""
    return lambda text, **names: parse(Source(text=text, **names))


@pytest.fixture(scope="session")
def arguments(read: Callable[..., ParseResult]) -> Callable[[str], tuple[Argument, ...]]:
    """The arguments of an operator call, given as they stand between its parentheses."""

    def arguments_of(text: str) -> tuple[Argument, ...]:
        result = read(f"an_operator({text});")
        assert not result.diagnostics, result.diagnostics
        (node,) = result.flow.statements[0].pipeline.nodes
        assert isinstance(node, OperatorCall)
        return node.arguments

    return arguments_of


@pytest.fixture(scope="session")
def only_error(read: Callable[..., ParseResult]) -> Callable[[str], tuple[str, str, str]]:
    """Of a text in which `⟦...⟧` encloses what one error is about: its code, message and hint. The place is checked."""

    def error_of(marked: str) -> tuple[str, str, str]:
        parts = re.fullmatch(r"(?s)(.*)⟦(.*)⟧(.*)", marked)
        assert parts is not None, "the place is not marked"
        result = read("".join(parts.groups()))
        assert len(result.diagnostics) == 1, result.diagnostics
        (found,) = result.diagnostics
        assert (found.span.start, found.span.text) == (len(parts[1]), parts[2])
        return found.code, found.message, found.hint

    return error_of
