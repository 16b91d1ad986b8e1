"""How the lattice operators merge items into one value and hand it on."""

from __future__ import annotations

from collections.abc import Iterable

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.operator import CallView
from hydroflow_nb.operators.rules.rule import ITEMS, STATE
from hydroflow_nb.operators.shared.accumulating import Changing, handed_on, is_lent, made_own_for_merge, published


def _merging(e: Emission) -> Changing:
    return Changing(e=e, in_parts=True)


def merged(e: Emission, accumulator: str, delta: str, then: Lines) -> Lines:
    """Lines that merge an item, a variable, into another one, and do something where that changed it. Readers of the
    old value keep it unchanged.
    """
    changed, by = e.local("changed"), _merging(e)
    merge = f"{accumulator}, {changed} = {e.runtime('merged')}({accumulator}, {delta})"
    lent = is_lent(by)
    if lent is None:
        return [merge, f"if {changed}:", *indented(then)]
    return [
        # An item that changes nothing needs no copy.
        f"if {lent} and {e.runtime('unchanged_by')}({accumulator}, {delta}):",
        f"    {changed} = False",
        "else:",
        *indented([*made_own_for_merge(e, accumulator, by, delta), merge]),
        f"if {changed}:",
        *indented(then),
    ]


def read_by_name(e: Emission, accumulator: str) -> Lines:
    """Lines that let `$name` read the value; empty if no operator does."""
    return published(e, accumulator, _merging(e))


def emitted_when_grown(e: Emission, accumulator: str, flag: str) -> Lines:
    """Lines that emit the value where it has grown: once a tick, in a cycle after each change."""
    return [f"if {flag}:", f"    {flag} = False", *indented(handed_on(e, accumulator, _merging(e)))]


def state_ports(view: CallView) -> Iterable[Diagnostic]:
    """What is wrong with the outputs of `state` and `state_by`."""
    for label, span in view.outputs:
        if label not in ("", ITEMS, STATE):
            yield error(
                "HF250",
                f"`{view.call.name}` has no output port `[{label}]`",
                span,
                hint="its outputs are `[items]`, the items that changed the state, and `[state]`, the state itself",
            )
    if len(view.outputs) == 2 and sum(label != STATE for label, _ in view.outputs) == 2:
        yield error(
            "HF251",
            f"both outputs of `{view.call.name}` are `[items]`",
            view.outputs[1][1],
            hint="send the items to several places with `tee()`",
        )


def passed_on(e: Emission, item: Item) -> Lines:
    """Lines that emit an item that changed the state at the output for items."""
    ports = [index for index, port in enumerate(e.outputs) if port != STATE]
    return [e.forward(item, port) for port in ports] or ["pass"]


def state_emitted(e: Emission, accumulator: str) -> Lines:
    """Lines that emit the state at its own output."""
    ports = [index for index, port in enumerate(e.outputs) if port == STATE]
    if not ports:
        return []
    emitted = [line for port in ports for line in handed_on(e, accumulator, _merging(e), port)]
    return [f"if {accumulator} is not None:", *indented(emitted)]
