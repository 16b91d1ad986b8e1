"""What an operator's arguments look at, or change, that is not one thing for all shards: a shard's own name, who the
members are, its count of ticks, and what functions keep in names from item to item.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness.uses import Kept, uses_of
from hydroflow_nb.correctness.world import CONTEXT

# The name of a member's own address.
_ADDRESS: Final = "address"


def stands_apart(
    arguments: Iterable[expressions.Argument], names: Mapping[str, Any], location: str, *, acts: bool
) -> str | None:
    """What makes the arguments of an operator give something else at each shard for the same items, in words that
    follow the operator's name; None where nothing of the kind is seen. `location` is the name that stands for the
    shards, empty where none does. What an operator changes that `acts`, such as a sink, is an output.
    """
    for argument in arguments:
        found = _asks(argument, location)
        if found is None and not acts:
            changes = uses_of(argument, names).changes
            found = f"changes `{changes[0].name}`, and each shard has its own" if changes else None
        if found is not None:
            return found
    return None


def reads_of(
    arguments: Iterable[expressions.Argument], names: Mapping[str, Any], changed: Mapping[Kept, str]
) -> str | None:
    """What arguments read of what sinks change, each with the word of an operator that changes it; None for nothing."""
    if not changed:
        return None
    for argument in arguments:
        for read in uses_of(argument, names).reads:
            for one, word in changed.items():
                if read.is_same(one):
                    return f"reads `{read.name}`, which `{word}` changes at each shard"
    return None


def _asks(argument: expressions.Argument, location: str) -> str | None:
    """What an argument asks for that each shard has by itself."""
    read = {one.id for one in ast.walk(argument.body) if isinstance(one, ast.Name)} - argument.bound
    if CONTEXT in read:
        return "asks for the tick, and each shard counts its own ticks"
    if _ADDRESS in read:
        return f"reads `{_ADDRESS}`, and each shard has its own"
    if location in read:
        return f"reads `{location}`, which says how many shards there are"
    return None
