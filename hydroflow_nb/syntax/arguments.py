"""The arguments and the generics of an operator call."""

from __future__ import annotations

import ast
import re
from typing import Final

from hydroflow_nb.diagnostics import Report, error
from hydroflow_nb.expressions import Argument, Closure, Expression, Lifetime, TypeArgument, lambda_parameters
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.expressions import read_expression, read_references
from hydroflow_nb.syntax.patterns import read_parameters
from hydroflow_nb.syntax.pieces import Misreadings, Piece
from hydroflow_nb.syntax.python_text import cut, cut_generics
from hydroflow_nb.syntax.python_tokens import code_only

_BEFORE_BODY: Final = re.compile(r"(?:[ \t\f\r\n]|\\(?:\r\n|\r|\n)|#[^\r\n]*)*")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The arguments of an operator. `end` is the offset at which the flow goes on."""

    items: tuple[Argument, ...]
    end: int


@dataclass(frozen=True, kw_only=True)
class Generics:
    """The generics of an operator. `end` is the offset at which the flow goes on, if the list is `closed`."""

    lifetimes: tuple[Lifetime, ...]
    type_arguments: tuple[TypeArgument, ...]
    end: int
    closed: bool


def read_arguments(source: Source, opening: int, report: Report, misreadings: Misreadings) -> Arguments:
    """The arguments whose `(` stands at `opening`; those that cannot be read are reported and left out."""
    result = cut(source, opening, report, misreadings)
    items = [_argument(source, piece, report) for piece in result.pieces]
    return Arguments(items=tuple(item for item in items if item is not None), end=result.end)


def read_generics(source: Source, opening: int, report: Report) -> Generics:
    """The generics whose `<` stands at `opening`; those that cannot be read are reported and left out."""
    result = cut_generics(source, opening, report)
    lifetimes: list[Lifetime] = []
    types: list[TypeArgument] = []
    for piece in result.pieces:
        span = source.span(piece.start, piece.end)
        if piece.broken:
            continue
        if piece.lifetime:
            if types:
                hint = f"write `{span.text}` first"
                report(error(codes.WRONG_GENERICS, "lifetimes stand before types", span, hint=hint))
            lifetimes.append(Lifetime(span=span, name=span.text[1:]))
        else:
            node = _type(source, piece, report)
            if node is not None:
                types.append(TypeArgument(span=span, node=node))
    if result.closed and not result.pieces:
        hint = "leave out `::<>`"
        report(error(codes.WRONG_GENERICS, "`::<>` holds nothing", source.span(opening, result.end), hint=hint))
    return Generics(lifetimes=tuple(lifetimes), type_arguments=tuple(types), end=result.end, closed=result.closed)


def _type(source: Source, piece: Piece, report: Report) -> ast.expr | None:
    span = source.span(piece.start, piece.end)
    if piece.start == piece.end:
        place = source.span(piece.start, piece.start + 1)
        report(error(codes.MISSING_ARGUMENT, "a type is missing before `,`", place, hint="write a type"))
        return None
    if piece.bars:
        report(error(codes.WRONG_GENERICS, "a closure is not a type", span, hint="write it between the parentheses"))
        return None
    nested = code_only(span.text).find("<")
    if nested >= 0:
        hint = "Python writes the types of a type in square brackets: `list[int]`"
        place = source.span(piece.start + nested, piece.start + nested + 1)
        report(error(codes.WRONG_GENERICS, "`<` compares in Python", place, hint=hint))
        return None
    node = read_expression(source, piece, piece.start, report)
    if node is None:
        return None
    for reference in read_references(source, piece, node, report):
        message = f"`${reference.name}` is a value, not a type"
        report(error(codes.WRONG_GENERICS, message, reference.span, hint="read it in an argument"))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        hint = f"a lifetime starts with one quote: `'{node.value}`" if node.value.isidentifier() else "write a class"
        report(error(codes.WRONG_GENERICS, "a text is not a type", span, hint=hint))
    return node


def _argument(source: Source, piece: Piece, report: Report) -> Argument | None:
    if piece.start == piece.end:
        place = source.span(piece.start, piece.start + 1)
        hint = "write the argument, or leave out the comma"
        report(error(codes.MISSING_ARGUMENT, "an argument is missing before `,`", place, hint=hint))
        return None
    if piece.bars is not None:
        return _closure(source, piece, piece.bars, report)
    if piece.broken:
        return None
    node = read_expression(source, piece, piece.start, report)
    if node is None:
        return None
    references = read_references(source, piece, node, report)
    span = source.span(piece.start, piece.end)
    if isinstance(node, ast.Lambda):
        parameters = lambda_parameters(source, node.args)
        if parameters is not None:
            return Closure(span=span, parameters=parameters, body=node.body, references=references)
    return Expression(span=span, node=node, references=references)


def _closure(source: Source, piece: Piece, bars: tuple[int, int | None], report: Report) -> Closure | None:
    opening, closing = bars
    if closing is None:
        if not piece.broken:
            span = source.span(opening, piece.end)
            hint = "the parameters stand between two bars: `|x| x + 1`"
            report(error(codes.WRONG_CLOSURE, "the second `|` of this closure is missing", span, hint=hint))
        return None
    parameters = read_parameters(source, opening, closing, report)
    if piece.broken:
        return None
    before = _BEFORE_BODY.match(source.text, closing + 1)
    start = before.end() if before else closing + 1
    if start >= piece.end:
        span = source.span(opening, closing + 1)
        report(error(codes.WRONG_CLOSURE, "this closure has no body", span, hint="write an expression after the bars"))
        return None
    body = read_expression(source, piece, start, report)
    if body is None or parameters is None:
        return None
    references = read_references(source, piece, body, report)
    span = source.span(piece.start, piece.end)
    return Closure(span=span, parameters=parameters, body=body, references=references)
