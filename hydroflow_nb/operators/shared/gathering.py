"""How operators collect all items of a tick in a list."""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Item, Lines


def held(e: Emission) -> str:
    """The list of the items: of those of the tick, or of all."""
    return e.state("held", "[]", static=e.resumes())


def receive(e: Emission, port: str, item: Item) -> Lines:
    """Lines that add an item to the list."""
    return [f"{held(e)}.append({item.once})"]


def receive_all(e: Emission, port: str, iterable: str) -> Lines:
    """Lines that add many items."""
    return [f"{held(e)}.extend({iterable})"]
