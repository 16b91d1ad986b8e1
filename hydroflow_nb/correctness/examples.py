"""Unknown laws tried on examples: the items of inputs, followed through the flow to the function that is in doubt.

A counterexample proves that a law does not hold; without one, the law stays unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from types import MappingProxyType
from typing import Any, Final

from hydroflow_nb.correctness.forms import FIRST_ITEM, UNKNOWN
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.correctness.view import Asked
from hydroflow_nb.correctness.written import Names
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.fields import Fields
from hydroflow_nb.errors import GuaranteeError
from hydroflow_nb.expressions import Binding, Closure, Expression, Instance, Rest, bound_names, path_of
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.ir.graph import FlatGraph, Node, NodeId
from hydroflow_nb.lattices import LawError
from hydroflow_nb.lattices.laws import try_law
from hydroflow_nb.operators.record.facts import Emits, LooksUp

# A law on three values is tried on the cube of so many items.
MOST_TRIED: Final = 12
_MOST_FOLLOWED: Final = 200


class Examples:
    """Items of a flow's inputs, by the name of the input, and what becomes of them before an operator; and those that
    were seen there.

    Functions of the flow are called with them, as far as the flow is made of operators that treat each item by itself.
    """

    def __init__(
        self,
        subject: Subject,
        items: Mapping[str, Iterable[Any]] = MappingProxyType({}),
        seen: Callable[[NodeId], Iterable[Any]] = lambda _: (),
    ) -> None:
        self._subject = subject
        # What a recording holds of the items that came to a node.
        self._seen = seen
        self._items = {name: list(islice(some, _MOST_FOLLOWED)) for name, some in items.items()}
        unknown = set(self._items) - set(_inputs(subject.graph))
        if unknown:
            known = ", ".join(_inputs(subject.graph)) or "it has no input with a name"
            raise ValueError(f"{sorted(unknown)[0]!r} is not an input of this flow: {known}")

    def refute(self, asked: Sequence[Asked]) -> None:
        """Try each law that was asked for and is unknown, or declared; a function is told of an unknown one that does
        not hold. Raises GuaranteeError (HF320) for a declared one that does not.
        """
        for one in {(one.node, id(one.function), one.law): one for one in asked}.values():
            known = one.function.known(one.law)
            if known.holds is not None and known.how != "declared":
                continue
            broken = self._broken(one)
            if broken is not None and known.holds:
                raise GuaranteeError([_said_in_vain(one, broken)])
            if broken is not None:
                one.function.refute(one.law)

    def _broken(self, one: Asked) -> LawError | None:
        """How a law is broken on the examples; None where it holds for all that could be tried."""
        node = self._subject.graph.nodes[one.node]
        function = as_function(one.function.argument, self._subject.names, self._subject.graph.source.filename)
        items = list(islice(chain(self._before(node.id, set()), self._seen(node.id)), MOST_TRIED))
        if function is None or not items or one.function.begin is UNKNOWN:
            return None
        if node.operator.facts.looks_up is LooksUp.KEY:
            items = [item[1] for item in items if isinstance(item, tuple) and len(item) == 2]
        given = {} if one.function.begin is FIRST_ITEM or not one.law.is_of_fold else {"begin": one.function.begin}
        try:
            try_law(function, one.law.value, items, **given)
        except LawError as broken:
            return broken
        except Exception:  # an example that does not fit says nothing
            return None
        one.function.tried = max(one.function.tried, len(items))
        return None

    def _before(self, node: NodeId, seen: set[NodeId]) -> Iterator[Any]:
        """The items that reach a node."""
        for edge in self._subject.graph.inputs(node):
            if edge.source not in seen:
                seen.add(edge.source)
                yield from self._given_by(self._subject.graph.nodes[edge.source], seen)

    def _given_by(self, node: Node, seen: set[NodeId]) -> Iterator[Any]:
        name = input_name(node)
        if name in self._items:
            yield from self._items[name]
        elif node.operator.hands_on and not node.call.arguments:
            yield from self._before(node.id, seen)
        elif node.operator.facts.emits in (Emits.RESULTS, Emits.ITEMS) and len(node.call.arguments) == 1:
            function = as_function(node.call.arguments[0], self._subject.names, self._subject.graph.source.filename)
            if function is None:
                return
            for item in self._before(node.id, seen):
                with suppress(Exception):  # an example that does not fit says nothing
                    result = function(item)
                    if node.operator.facts.emits is Emits.RESULTS:
                        yield result
                    elif result:
                        yield item


def _said_in_vain(one: Asked, broken: LawError) -> Diagnostic:
    span = one.function.argument.span
    return error(
        "HF320",
        f"`{span.text}` is declared to keep to the law `{one.law}`, and does not",
        span,
        notes=[str(broken)],
        hint="take the law out of its `@hf.law`, or mend the function",
    )


def _inputs(graph: FlatGraph) -> list[str]:
    return [name for name in map(input_name, graph.nodes.values()) if name]


def input_name(node: Node) -> str:
    """The name of what an operator takes in from outside; empty where it has none."""
    if node.operator.external and node.call.arguments:
        match node.call.arguments[0]:
            case Expression(node=argument):
                path = path_of(argument)
                return path[0] if path is not None else ""
    return ""


def as_function(argument: Any, names: Mapping[str, Any], filename: str) -> Callable[..., Any] | None:
    """A function of the flow as Python's; None where it reads a state or the tick's context."""
    if argument.references:
        return None
    with suppress(Exception):  # what it raises is told where the flow is loaded
        node = _lambda(argument) if isinstance(argument, Closure) else argument.node
        function = eval(compile(ast.fix_missing_locations(ast.Expression(body=node)), filename, "eval"), dict(names))
        if not isinstance(argument, Closure) or all(isinstance(one, Binding) for one in argument.parameters):
            return function if callable(function) else None
        return _taking_apart(argument, function, names)
    return None


def _lambda(closure: Closure) -> ast.expr:
    names = list(chain.from_iterable(bound_names(one) for one in closure.parameters))
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(arg=name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    return ast.Lambda(args=arguments, body=closure.body)


def _taking_apart(closure: Closure, function: Callable[..., Any], names: Mapping[str, Any]) -> Callable[..., Any]:
    fields = Fields()

    def parts(pattern: Any, item: Any) -> Iterator[Any]:
        match pattern:
            case Binding():
                yield item
            case Rest(name=name) if name != "_":
                yield item
            case Instance(path=path, items=patterns):
                kind = Names(names).value(ast.parse(".".join(path), mode="eval").body)
                rest = (...,) if any(isinstance(one, Rest) for one in patterns) else ()
                taken = fields[(type(item), kind, len(patterns) - len(rest), *rest)](item)
                yield from all_parts(patterns, list(taken))
            case Parts(items=patterns):
                yield from all_parts(patterns, list(fields.opened(item)))

    def all_parts(patterns: Sequence[Any], items: list[Any]) -> Iterator[Any]:
        rests = [at for at, pattern in enumerate(patterns) if isinstance(pattern, Rest)]
        for at in rests:
            behind = len(items) - (len(patterns) - at - 1)
            items = [*items[:at], items[at:behind], *items[behind:]]
        for pattern, item in zip(patterns, items, strict=True):
            yield from parts(pattern, item)

    def call(*items: Any) -> Any:
        return function(*chain.from_iterable(map(parts, closure.parameters, items)))

    return call
