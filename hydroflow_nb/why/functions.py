"""The arguments of an operator as Python's own functions and values, to be called again after the run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hydroflow_nb.correctness.examples import as_function
from hydroflow_nb.engine import runtime
from hydroflow_nb.engine.context import Context, UserContext
from hydroflow_nb.engine.routing import Output
from hydroflow_nb.expressions import REFERENCE_PREFIX, Argument, Binding, Closure, bound_names
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.operators.explaining.explaining import Undecided

States = Callable[[], Mapping[str, Any]]


class Functions:
    """The arguments of a flow's operators. What reads no state is made once."""

    def __init__(self, names: Mapping[str, Any], filename: str) -> None:
        self._names = names
        self._filename = filename
        self._clock = Context()
        self._context = UserContext(self._clock)
        self._made: dict[tuple[int, int], Any] = {}

    def function(self, node: Node, position: int, tick: int, states: States) -> Callable[..., Any]:
        """A function as it was in a tick. `states` gives the values that `$name` reads. Raises Undecided."""
        self._clock.tick = tick
        if position >= len(node.call.arguments):
            raise Undecided(f"`{node.operator.name}` has no such function")
        argument = node.call.arguments[position]
        known = self._made.get((node.id, position))
        if known is not None:
            return known  # type: ignore[no-any-return]
        names = self._names_for(node, position, states if argument.references else dict)
        plain = replace(argument, references=())
        outputs = _outputs(plain)
        function = as_function(plain, names, self._filename)
        if function is None:
            raise Undecided(f"`{_short(argument)}` cannot be called again")
        made = _collecting(function, outputs) if outputs else function
        if not argument.references:
            self._made[node.id, position] = made
        return made

    def value(self, node: Node, position: int, tick: int, states: States) -> Any:
        """The value of an argument as it was in a tick. Raises Undecided."""
        self._clock.tick = tick
        argument = node.call.arguments[position]
        if isinstance(argument, Closure):
            return self.function(node, position, tick, states)
        names = self._names_for(node, position, states if argument.references else dict)
        return self._evaluated(argument.node, names, _short(argument))

    def bottom(self, node: Node) -> Any:
        """The bottom of the lattice that a type argument names. Raises Undecided."""
        if not node.call.type_arguments:
            raise Undecided("it has no type argument")
        argument = node.call.type_arguments[0]
        return runtime.bottom(self._evaluated(argument.node, {**vars(_lattices()), **self._names}, argument.name))

    def _evaluated(self, node: ast.expr, names: Mapping[str, Any], text: str) -> Any:
        try:
            code = compile(ast.fix_missing_locations(ast.Expression(body=node)), self._filename, "eval")
            return eval(code, dict(names))
        except Exception as exception:  # a name of the user's that means something else by now
            raise Undecided(f"`{text}` raises {type(exception).__name__} now") from None

    def _names_for(self, node: Node, position: int, states: States) -> dict[str, Any]:
        found = {"context": self._context, **self._names}
        arguments = node.operator.arguments
        if position < len(arguments):
            from hydroflow_nb.engine import aggregation

            found.update(
                {name: getattr(aggregation, name) for name in arguments[position].known if hasattr(aggregation, name)}
            )
        found.update({f"{REFERENCE_PREFIX}{name}": value for name, value in states().items()})
        return found


def _lattices() -> Any:
    from hydroflow_nb import lattices

    return lattices


def _outputs(argument: Argument) -> Sequence[str]:
    """The names of the outputs to which a closure gives items; none for another one."""
    match argument:
        case Closure(parameters=(_, Parts() as outputs)) if all(isinstance(one, Binding) for one in outputs.items):
            return list(bound_names(outputs))
    return ()


def _collecting(function: Callable[..., Any], names: Sequence[str]) -> Callable[[Any], Mapping[str, Sequence[Any]]]:
    def call(item: Any) -> Mapping[str, Sequence[Any]]:
        outputs = {name: Output() for name in names}
        function(item, tuple(outputs.values()))
        return {name: output.items for name, output in outputs.items()}

    return call


def _short(argument: Argument) -> str:
    text = " ".join(argument.span.text[:400].split())
    return text if len(text) <= 60 else f"{text[:59]}…"
