"""What a decision of a network is, in words that follow "the same run, but"."""

from __future__ import annotations

from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Join,
    Reorder,
    Resend,
    Restart,
    Tick,
)
from hydroflow_nb.simulation.model.words import brief, clean

_LONGEST = 80


def words_of(decision: Decision, payload: str = "") -> str:
    """A decision in words; `payload` is that of its message as JSON. Without the decision a network does later what it
    does then: it comes to rest, so a tick or a message that only comes earlier is said to be first.
    """
    match decision:
        case Tick(node=node):
            return f"{_named(node)} runs a tick first"
        case Crash(node=node, at=at):
            return f"{_named(node)} crashes{'' if at is None else f' at {at.value}'}"
        case Resend(node=node, peer=peer):
            return f"{_named(node)} and {_named(peer)} connect again"
        case Restart(node=node):
            return f"{_named(node)} is restarted"
        case Join(node=node):
            return f"{_named(node)} joins first"
        case Deliver(message=message):
            return f"{_message(message, payload)} arrives first"
        case Drop(message=message):
            return f"{_message(message, payload)} never arrives"
        case Duplicate(message=message):
            return f"{_message(message, payload)} arrives again"
        case Reorder(first=(message, *_)):
            return f"{_message(message, payload)} arrives first"
        case Delay(message=message):
            return f"{_message(message, payload)} arrives late"
    return str(decision)


def _named(node: str) -> str:
    return f"`{clean(node, _LONGEST)}`"


def _message(message: str, payload: str) -> str:
    shown = brief(payload, _LONGEST) if payload else ""
    return f"{shown} ({clean(message, _LONGEST)})" if shown else clean(message, _LONGEST)
