"""How `singleton` and `optional` hold the one item of a tick."""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Item, Lines


def held(e: Emission) -> str:
    """The variable that holds the item."""
    return e.state("held", e.runtime("MISSING"), static=False, rebinds=True)


def receive(e: Emission, port: str, item: Item) -> Lines:
    """Lines that keep the first item and refuse a second one."""
    name = item.name
    return [
        f"if {held(e)} is not {e.runtime('MISSING')}:",
        f"    {e.runtime('second_item')}({held(e)}, {name})",
        f"{held(e)} = {name}",
        e.forward(item),
    ]
