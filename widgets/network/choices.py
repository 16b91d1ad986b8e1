"""What may be decided now in a network, and why not what may not: the tray, and the buttons of the nodes."""

from __future__ import annotations

from typing import Any, Final

from hydroflow_nb.simulation import (
    Crash,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Network,
    Point,
    Restart,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.words import brief
from hydroflow_nb.widgets.network.happenings import LONGEST

# The cards of the tray; what else is in flight is counted.
MOST_CARDS: Final = 200
_HELD: Final = "it is held already: deliver it, or undo"


def choices(net: Network) -> dict[str, Any]:
    """The nodes and the messages in flight as they are now, with what may be decided about each.

    `why` tells why a decision is not possible, by its name; one that is not in it is possible.
    """
    flying = net.in_flight
    return {
        "nodes": [_node(net, node) for node in net.nodes.values()],
        "flying": [_message(net, message) for message in flying[:MOST_CARDS]],
        "in_flight": len(flying),
        "groups": [list(group) for group in net.transit.groups],
        "heal": net.why_not(Heal()),
        "quiet": net.is_quiet(),
        "fifo": net.fifo,
        "now": net.now,
    }


def _node(net: Network, node: Node) -> dict[str, Any]:
    name = node.name
    decisions = {
        "tick": Tick(name),
        "crash": Crash(name),
        "kept": Restart(name, State.KEPT),
        "lost": Restart(name, State.LOST),
        "join": Join(name),
    }
    if node.has_durable_state:
        decisions["durable"] = Restart(name, State.DURABLE)
    points = [point.value for point in Point] if node.plan.durable else []
    decisions |= {f"crash at {point}": Crash(name, Point(point)) for point in points}
    return {
        "node": name,
        "state": node.state,
        "tick": node.current_tick(),
        "due": node.is_up and node.is_due(),
        "points": points,
        "why": _why(net, decisions),
    }


def _message(net: Network, message: Message) -> dict[str, Any]:
    id = message.id
    decisions = {"deliver": Deliver(id), "drop": Drop(id), "duplicate": Duplicate(id)}
    why = _why(net, decisions)
    if message.is_held:
        why["hold"] = _HELD
    return {
        "message": id,
        "from": message.sender,
        "to": message.receiver,
        "text": brief(message.text, LONGEST),
        "held": message.is_held,
        "after": net.transit.waits_for(message),
        "copy": message.is_duplicate,
        "why": why,
    }


def _why(net: Network, decisions: dict[str, Any]) -> dict[str, str]:
    found = {name: net.why_not(decision) for name, decision in decisions.items()}
    return {name: why for name, why in found.items() if why is not None}
