"""A derivation across nodes: what came as a message was made by what its sender put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph, Wire
from hydroflow_nb.ir.place import Places
from hydroflow_nb.ir.text import input_names
from hydroflow_nb.net.messages.codec import JSON, encoded, readable
from hydroflow_nb.operators.explaining.explaining import UNKNOWN
from hydroflow_nb.simulation.model.history import cut_text
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.reasons.traffic import At, Traffic, Turn, partner
from hydroflow_nb.why.asking import asking_about, newest
from hydroflow_nb.why.carried import Seen
from hydroflow_nb.why.cause import Cause
from hydroflow_nb.why.circles import doubt_circles
from hydroflow_nb.why.derivation import Derivation, Deriving
from hydroflow_nb.why.direct import direct_causes

# Of a message: who is at its other end, and its text; None for an item that is not known.
Key = tuple[str, str] | None
_UNKNOWN_SENDER: Final = "what sent it is not recorded"


class NetworkDerivation(Derivation):
    """Why an item was in a node of a network, as a tree that goes on from a message to the item that its sender put
    into it: `print` it, display it, or take it apart.

    `root` is the item with its `causes`, each of them a `Cause` whose `node` is where it was, and whose `message` the
    id of the message that it came by. `inputs` are the items from outside that are cited: for each node its inputs by
    name, and of each input the items by tick. `messages` are the ids of the messages that had a part, nearer ones
    first.
    """

    def __init__(self, root: Cause) -> None:
        super().__init__(root, {})

    @property
    def node(self) -> str:
        """The node that the item was in."""
        return self.root.node

    @cached_property
    def inputs(self) -> Mapping[str, Mapping[str, Mapping[int, Sequence[Any]]]]:  # type: ignore[override]
        """The items from outside that are cited: by node, input and tick."""
        nodes = dict.fromkeys(cause.node for cause in self.steps)
        found = {node: self._inputs_of([one for one in self.steps if one.node == node]) for node in sorted(nodes)}
        return {node: inputs for node, inputs in found.items() if inputs}

    @property
    def cited(self) -> Mapping[str, Mapping[int, Sequence[Any]]]:
        """The same by the names that are shown."""
        return {f"{name} of {node}": ticks for node, inputs in self.inputs.items() for name, ticks in inputs.items()}

    @property
    def messages(self) -> Sequence[str]:
        """The ids of the messages that had a part."""
        return [cause.message for cause in self.steps if cause.message]


class Joining:
    """Follows items through the nodes of a run. What was asked once is known."""

    def __init__(self, net: Run, name_of: Callable[[Any], str]) -> None:
        self._net = net
        self._name_of = name_of
        self.traffic = Traffic(net.history)
        self._flows = {(node.name, life): flow for node in net.nodes.values() for life, flow in node.lives}
        self._derivings: dict[tuple[str, int], Deriving] = {}
        self._keys: dict[tuple[At, str], tuple[list[Key], dict[int, Seen]]] = {}

    def of(self, node: str, life: int, seen: Seen) -> NetworkDerivation:
        """The derivation of an item that was seen in a node."""
        root = self._deriving(node, life).follow(seen)
        self._join()
        derivation = NetworkDerivation(root)
        doubt_circles(derivation.steps)
        return derivation

    def newest(self, nodes: Sequence[str], item: Any, at: str | None, tick: int | None) -> tuple[str, int, Seen] | None:
        """Where an item went by last in some nodes."""
        found: list[tuple[int, str, int, Seen]] = []
        for node, life in self._flows:
            if node not in nodes or not self._flows[node, life].is_recorded:
                continue
            carried = self._deriving(node, life).asking.carried
            seen = newest(carried, _wires(carried.graph, at), item, tick)
            if seen is not None:
                turn = self.traffic.turns.get(At(node, life, seen.lot.tick))
                found.append((turn.row if turn is not None else -1, node, life, seen))
        if not found:
            return None
        _, node, life, seen = max(found, key=lambda one: one[0])
        return node, life, seen

    def at(self, node: str, life: int, edge: str, tick: int, step: int, index: int) -> Seen:
        """An item by its place in the recording of a node. Raises KeyError for one that is not kept."""
        seen = self._deriving(node, life).asking.carried.at(edge, tick, step, index)
        if seen is not None:
            return seen
        raise KeyError((node, life, edge, tick, step, index))

    def direct_causes(self, node: str, life: int, *, since: int, seconds: float, room: int) -> tuple[str, int]:
        """What directly made the items of a node's ticks, as `why.direct` has it, with what came by which message."""
        flow = self._flows[node, life]
        deriving = self._deriving(node, life)
        names = flow.drive().names or {}
        return direct_causes(
            flow.graph.partitioned,
            flow.recording,
            names,
            since=since,
            seconds=seconds,
            room=room,
            deriving=deriving,
            link=lambda seen: self._link_as_data(node, life, seen),
        )

    @property
    def messages(self) -> Sequence[str]:
        """The ids of all messages of the run, copies included, oldest first."""
        return self.traffic.messages

    def place_of(self, message: str) -> list[Any] | None:
        """Where the item of a message is: "node/life", edge, tick, step, index; None for one that is not recorded."""
        found = self.of_message(message)
        return None if found is None else self._as_data(*found)

    def _link_as_data(self, node: str, life: int, seen: Seen) -> list[Any] | None:
        link = self.link(node, life, seen)
        if link is None:
            return None
        message, sender, put = link
        if put is None:
            return None
        return [message, *self._as_data(sender.node, sender.life, put)]

    def _as_data(self, node: str, life: int, seen: Seen) -> list[Any]:
        lot = seen.lot
        return [f"{node}/{life}", lot.wire.element, lot.tick, lot.step, seen.index]

    def of_message(self, message: str) -> tuple[str, int, Seen] | None:
        """The item that a message was taken in as, or, where no tick took it in, that it was sent as."""
        taker = self.traffic.taker(message)
        if taker is not None and (seen := self._arrived(message, taker)) is not None:
            return taker.at.node, taker.at.life, seen
        sender = self.traffic.sender(message)
        if sender is not None and (seen := self._put(message, sender)) is not None:
            return sender.at.node, sender.at.life, seen
        return None

    def link(self, node: str, life: int, seen: Seen) -> tuple[str, At, Seen | None] | None:
        """The message that an item came by, the tick that sent it, and the item there; None for one that came by no
        message.
        """
        if seen.lot.wire.edge.source not in self._ends(node, life, incoming=True):
            return None
        turn = self.traffic.turns.get(At(node, life, seen.lot.tick))
        if turn is None:
            return None
        keys, _ = self._items(turn, incoming=True)
        place = self._place(turn, seen)
        found = partner(place, keys, [self._key(message, sender=True) for message in turn.taken])
        if found is None:
            return None
        message = turn.taken[found]
        sender = self.traffic.sender(message)
        return None if sender is None else (message, sender.at, self._put(message, sender))

    # -----------------------------------------------------------------------------------------------------------------

    def _deriving(self, node: str, life: int) -> Deriving:
        found = self._derivings.get((node, life))
        if found is None:
            flow = self._flows[node, life]
            graph = flow.graph.partitioned
            asking = asking_about(graph, flow.recording, flow.drive().names or {})
            found = self._derivings[node, life] = Deriving(asking, input_names(graph), node=node, life=life)
        return found

    def _join(self) -> None:
        """Follow what came by messages to who sent it, until all is followed."""
        while waiting := [one for deriving in self._derivings.values() for one in deriving.take_arrived()]:
            for cause, seen in waiting:
                link = self.link(cause.node, cause.life, seen)
                if link is None:
                    continue
                message, sender, put = link
                cause.message, cause.origin, cause.input = message, "", ""
                cause.because = f"came as message {message}"
                if put is None:
                    cause.doubt = _UNKNOWN_SENDER
                else:
                    cause.causes = [self._deriving(sender.node, sender.life).follow(put)]

    def _arrived(self, message: str, turn: Turn) -> Seen | None:
        """The item that a message was taken in as."""
        if not self._is_recorded(turn.at):
            return None
        keys, seen = self._items(turn, incoming=True)
        place = turn.taken.index(message)
        found = partner(place, [self._key(one, sender=True) for one in turn.taken], keys)
        if found is None and len(keys) == len(turn.taken):
            found = place
        return None if found is None else seen.get(found)

    def _put(self, message: str, turn: Turn) -> Seen | None:
        """The item that a message was sent as."""
        sent = self.traffic.sent(message)
        if sent is None or not self._is_recorded(turn.at):
            return None
        keys, seen = self._items(turn, incoming=False)
        others = [self._key(one, sender=False) for one in turn.sent]
        found = partner(turn.sent.index(sent.message), others, keys)
        if found is None and len(keys) == len(others) and len({key and key[0] for key in others}) == 1:
            found = turn.sent.index(sent.message)
        return None if found is None else seen.get(found)

    def _is_recorded(self, at: At) -> bool:
        flow = self._flows.get((at.node, at.life))
        return flow is not None and flow.is_recorded

    def _key(self, message: str, *, sender: bool) -> Key:
        sent = self.traffic.sent(message)
        return None if sent is None else (sent.sender if sender else sent.receiver, sent.text)

    def _items(self, turn: Turn, *, incoming: bool) -> tuple[list[Key], dict[int, Seen]]:
        """What a tick took in by messages, or sent: the keys in their order, and the items by their places."""
        known = self._keys.get((turn.at, "in" if incoming else "out"))
        if known is None:
            keys: list[Key] = []
            items: dict[int, Seen] = {}
            for lot in self._lots(turn, incoming=incoming):
                first = len(keys)
                keys += [None] * lot.moved.count
                for seen in lot.items:
                    keys[first + seen.index] = self._key_of(seen)
                    items[first + seen.index] = seen
            known = self._keys[turn.at, "in" if incoming else "out"] = (keys, items)
        return known

    def _lots(self, turn: Turn, *, incoming: bool) -> Iterator[Any]:
        node, life, tick = turn.at
        carried = self._deriving(node, life).asking.carried
        ends = self._ends(node, life, incoming=incoming)
        for edge in carried.graph.edges.values():
            if (edge.source if incoming else edge.target) in ends:
                yield from carried.sent_in(edge, tick) if incoming else carried.taken_in(edge, tick)

    def _place(self, turn: Turn, seen: Seen) -> int:
        first = 0
        for lot in self._lots(turn, incoming=True):
            if lot is seen.lot:
                return first + seen.index
            first += lot.moved.count
        raise KeyError(seen.key)

    def _ends(self, node: str, life: int, *, incoming: bool) -> set[int]:
        """The operators by which messages come in, or leave."""
        flat = self._deriving(node, life).asking.carried.graph.flat
        at_network = [one for one in flat.nodes.values() if one.operator.facts.meets_network]
        return {one.id for one in at_network if not (flat.inputs(one.id) if incoming else flat.outputs(one.id))}

    def _key_of(self, seen: Seen) -> Key:
        """Who is at the other end, and the payload as it is in the history; None where the item is not known."""
        value = seen.value
        if value is UNKNOWN:
            return None
        try:
            payload, address = value
            return self._name_of(address), cut_text(readable(encoded(JSON, payload)))
        except Exception:  # a payload that this package can no longer send, or an address that is none
            return None


def why(
    net: Run,
    name_of: Callable[[Any], str],
    item: Any,
    node: str | None,
    at: str | None,
    tick: int | None,
) -> NetworkDerivation:
    """Why an item was in a node. Raises HydroflowError where it was not, or nothing is recorded."""
    nodes = [node] if node is not None else list(net.nodes)
    if not any(flow.is_recorded for name in nodes for _, flow in net.nodes[name].lives):
        which = "no node is recorded" if node is None else f"{node} is not recorded"
        raise HydroflowError(message=f"{which}: make the network with `recording=20_000`, and run it again")
    joining = Joining(net, name_of)
    found = joining.newest(nodes, item, at, tick)
    if found is None:
        place = f" over `{at}`" if at is not None else " over an edge"
        where = f" in {node}" if node is not None else " of any node"
        when = f" in tick {tick}" if tick is not None else ""
        raise HydroflowError(message=f"no {shown(item)} that is kept went{place}{where}{when}")
    return joining.of(*found)


def _wires(graph: PartitionedGraph, at: str | None) -> Sequence[Wire]:
    return graph.wires if at is None else Places(graph).wires_of(at)
