"""The instructions of `persist_mut` and `persist_mut_keyed`, and how they change what is kept."""

from __future__ import annotations

from typing import Any, Final

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown

_ABSENT: Final = object()


class Persist:
    """Keep an item from now on: `Persist(item)`. With two arguments the item is a pair: `Persist(key, value)`."""

    __match_args__ = ("item",)
    __slots__ = ("item",)

    def __init__(self, item: Any, value: Any = _ABSENT) -> None:
        self.item = item if value is _ABSENT else (item, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Persist) and self.item == other.item

    def __hash__(self) -> int:
        return hash((Persist, self.item))

    def __repr__(self) -> str:
        return f"Persist({self.item!r})"


class Delete:
    """Keep an item no longer: `Delete(item)`, or `Delete(key)`. To delete what is not kept does no harm."""

    __match_args__ = ("item",)
    __slots__ = ("item",)

    def __init__(self, item: Any) -> None:
        self.item = item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Delete) and self.item == other.item

    def __hash__(self) -> int:
        return hash((Delete, self.item))

    def __repr__(self) -> str:
        return f"Delete({self.item!r})"


def persist_changes(kept: list[Any], instructions: list[Any]) -> None:
    """Carry out the instructions, in order, on a list: `Delete` takes out every item that is equal. Raises Misfit."""
    deletes = False
    for instruction in instructions:
        if isinstance(instruction, Delete):
            deletes = True
        elif not isinstance(instruction, Persist):
            raise Misfit(
                f"takes `Persist(item)` and `Delete(item)`; this item is neither: {shown(instruction)}",
                "`map` the items to instructions: `-> map(hf.Persist)`",
            )
    if not deletes:
        kept.extend([instruction.item for instruction in instructions])
        return
    try:
        kept[:] = _without_deleted(kept, instructions)
    except TypeError:  # items that cannot be hashed are compared one by one
        for instruction in instructions:
            if isinstance(instruction, Delete):
                kept[:] = [item for item in kept if item != instruction.item]
            else:
                kept.append(instruction.item)


def _without_deleted(kept: list[Any], instructions: list[Any]) -> list[Any]:
    """What is left of a list after the instructions, in one pass: an item goes if it is deleted after it came."""
    last = {one.item: place for place, one in enumerate(instructions) if isinstance(one, Delete)}
    rest = [item for item in kept if item not in last]
    rest += [
        one.item
        for place, one in enumerate(instructions)
        if isinstance(one, Persist) and last.get(one.item, -1) < place
    ]
    return rest


def persist_keyed_changes(kept: dict[Any, list[Any]], instructions: list[Any]) -> None:
    """Carry out the instructions, in order, on lists of values by key: `Delete` takes out a key. Raises Misfit."""
    for instruction in instructions:
        try:
            if isinstance(instruction, Persist):
                key, value = instruction.item
                kept.setdefault(key, []).append(value)
            elif isinstance(instruction, Delete):
                kept.pop(instruction.item, None)
            else:
                raise _misfit(instruction)
        except (TypeError, ValueError):
            raise _misfit(instruction) from None


def keyed_instruction(instruction: Any) -> tuple[Any, tuple[Any, ...]]:
    """The key of an instruction, and a tuple of the value that it persists, empty for a `Delete`. Raises Misfit."""
    try:
        if isinstance(instruction, Persist):
            key, value = instruction.item
            hash(key)
            return key, (value,)
        if isinstance(instruction, Delete):
            hash(instruction.item)
            return instruction.item, ()
    except (TypeError, ValueError):
        pass
    raise _misfit(instruction)


def _misfit(instruction: Any) -> Misfit:
    """What is wrong with an instruction that could not be carried out by key."""
    if not isinstance(instruction, (Persist, Delete)):
        return Misfit(
            f"takes `Persist(key, value)` and `Delete(key)`; this item is neither: {shown(instruction)}",
            "`map` the items to instructions: `-> map(|(key, value)| hf.Persist(key, value))`",
        )
    if isinstance(instruction, Persist):
        try:
            _, _ = instruction.item
        except (TypeError, ValueError):
            return Misfit(
                f"keeps pairs of key and value; the item of {shown(instruction)} is not a pair",
                "write both: `hf.Persist(key, value)`",
            )
    return Misfit(
        f"needs keys that can be hashed; the key of {shown(instruction)} cannot be hashed",
        "make the key a tuple: `-> map(|(key, value)| hf.Persist(tuple(key), value))`",
    )
