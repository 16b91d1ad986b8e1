"""Closures that change some parts of an accumulator only, together with the keys of those."""

from __future__ import annotations

import ast
from dataclasses import replace

from hydroflow_nb import expressions
from hydroflow_nb.codegen.inline import why_called
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.parts import Parts, parts_in


def parts_of(written: expressions.Argument) -> Parts | None:
    """The parts of an accumulator that a function of it and an item changes; None where its body is not put in place,
    or may change something else.
    """
    match written:
        case expressions.Closure(parameters=(expressions.Binding(name=name), item), body=body) if (
            why_called(written) is None
        ):
            return parts_in(body, name, {*expressions.bound_names(item)})
    return None


def with_keys(closure: expressions.Closure) -> tuple[expressions.Closure, list[str], bool]:
    """Such a closure with a tuple as its body, of what its body was and the keys of the parts, so that the item is
    taken apart once for both; the names that have to mean Python's own; and whether parts alone change.
    """
    parts = parts_of(closure)
    assert parts is not None
    body = Position(closure.span).set(ast.Tuple(elts=[closure.body, *parts.keys], ctx=ast.Load()))
    return replace(closure, body=body), sorted(parts.relied_on), parts.alone
