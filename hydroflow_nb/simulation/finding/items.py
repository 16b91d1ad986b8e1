"""The items that a search sends into a flow alone: those that a person gives, or that a recording holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.operators.rules.sources import Arrives

# How many items of a recording are taken for an input.
_MOST_TAKEN: Final = 20


def items_for(flow: Flow, examples: Mapping[str, Iterable[Any]] | None) -> dict[str, list[Any]]:
    """The items that are sent into each input of a flow, by its name: those of `examples`, or of a recording. Raises
    HydroflowError where there are no items, and ValueError where `examples` are not items by input.
    """
    items = _given(examples) if examples is not None else {}
    if not any(items.values()):
        items = recorded_items(flow)
    if any(items.values()):
        return items
    names = [name for name, _ in _sent_into(flow)]
    if not names:
        raise HydroflowError(
            message="a search for runs that differ sends items into an input with a name, and this flow has no such "
            "input: all its runs take in the same"
        )
    why = "; its recording holds no item of them that can be sent again" if flow.is_recorded else ""
    raise HydroflowError(
        message=f"a search for runs that differ needs items for the inputs ({', '.join(names)}){why}: give them as "
        f"`examples={{{names[0]!r}: [...]}}`"
    )


def _given(examples: Any) -> dict[str, list[Any]]:
    if not isinstance(examples, Mapping):
        raise ValueError(f'`examples` are items by input, as in {{"a": [1, 2]}}, not {shown(examples)}')
    found = {}
    for name, items in examples.items():
        try:
            found[name] = list(items)
        except TypeError:
            raise ValueError(
                f'`examples` of {name!r} are a list of items, as in "a": [1, 2], not {shown(items)}'
            ) from None
    return found


def recorded_items(flow: Flow) -> dict[str, list[Any]]:
    """The first items that a recording holds of each input, by name; of an inbox the messages."""
    if not flow.is_recorded:
        return {}
    found: dict[str, list[Any]] = {}
    for name, node in _sent_into(flow):
        edges = {wire.element for wire in flow.graph.partitioned.wires if wire.source == node.element}
        items = list(islice(flow.recording.items_on(edges), _MOST_TAKEN))
        found[name] = [item[0] for item in items] if node.operator.facts.meets_network else items
    return found


def _sent_into(flow: Flow) -> Iterator[tuple[str, Node]]:
    """The inputs with a name that a sender sends into; a file and a timer bring their own items."""
    for node in flow.graph.partitioned.inputs():
        rule = node.operator.rule
        if isinstance(rule, Arrives) and rule.sent and node.call.arguments:
            yield node.call.arguments[0].span.text, node
