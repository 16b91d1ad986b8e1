"""A grow-only counter: each read is a sum of what was added, and in the end of all that was."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.histories.answers import Problems, answered, field, has_failed, is_ok, lacking, last_of_each_node
from hydroflow_nb.histories.operation import Operation


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to `{"type": "read"}`: values that no adding can have made."""
    found: Problems = []
    for one in answered(operations, "read"):
        value = field(one, "value", int)
        if value is None:
            found.append(lacking(one, "value", "a whole number"))
            continue
        begun = [add for add in _adds(operations) if not one.precedes(add)]
        if value not in _sums([add.call["delta"] for add in begun]):
            found.append(f"{one}: no sum of what was added before is {value}")
    return found


def problems_at_rest(operations: Sequence[Operation]) -> Problems:
    """What is lost or counted twice: the last read of a node is not the sum of all that was taken in, with or without
    what was not answered.
    """
    adds = _adds(operations)
    taken = sum(add.call["delta"] for add in adds if is_ok(add))
    right = {taken + more for more in _sums([add.call["delta"] for add in adds if not is_ok(add)])}
    return [
        f"{node} says {value} in the end, and {taken} was added"
        for node, last in last_of_each_node(operations).items()
        if is_ok(last) and (value := field(last, "value", int)) not in right
    ]


def _adds(operations: Sequence[Operation]) -> list[Operation]:
    return [one for one in operations if one.call["type"] == "add" and not has_failed(one)]


def _sums(deltas: Sequence[int]) -> set[int]:
    """The sums of every choice of some numbers; as many as the sum of all at most."""
    sums = {0}
    for delta in deltas:
        sums |= {one + delta for one in sums}
    return sums
