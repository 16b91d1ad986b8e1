"""Broadcast: each number that was taken in becomes known to every node, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.histories.answers import Problems, answered, field, is_ok, lacking, last_of_each_node
from hydroflow_nb.histories.operation import Operation


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to `{"type": "read"}`: those that nobody has sent yet, or that are there twice."""
    found: Problems = []
    sent = {repr(one.call["message"]): one for one in reversed(operations) if one.call["type"] == "broadcast"}
    for one in answered(operations, "read"):
        messages = field(one, "messages", list)
        if messages is None:
            found.append(lacking(one, "messages", "a list"))
            continue
        for message in messages:
            if (source := sent.get(repr(message))) is None or one.precedes(source):
                found.append(f"{one}: {message!r} was not broadcast before")
        if len(set(map(repr, messages))) < len(messages):
            found.append(f"{one}: a message is there twice")
    return found


def problems_at_rest(operations: Sequence[Operation]) -> Problems:
    """What is lost: numbers that a node took in, and that the last read of a node does not have."""
    taken = [one for one in operations if one.call["type"] == "broadcast" and is_ok(one)]
    return [
        f"{node} does not know {one.call['message']!r}, which {one.node} took in"
        for node, last in last_of_each_node(operations).items()
        if is_ok(last)
        for one in taken
        if one.call["message"] not in (field(last, "messages", list) or ())
    ]
