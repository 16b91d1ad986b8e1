"""The nodes that run a widget's flow, and the sides of those that are opened in it.

A question or a message about a node bears the `side` that `open` gave; what bears none is the widget's own.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Final, cast

from hydroflow_nb.codegen.names import used_names
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.questions import Questions, Refusal
from hydroflow_nb.widgets.stepper.kernel_side import KernelSide, Send
from hydroflow_nb.widgets.stepper.node_stepping import CANNOT

if TYPE_CHECKING:
    from hydroflow_nb.widgets.stepper.node_stepping import SteppedNode

# The names that a flow's text has for where messages come in, and for where they leave.
Ends = tuple[frozenset[str], frozenset[str]]
# The name of a network in the notebook, and a node of it.
Named = tuple[str, "SteppedNode"]
_MOST_TOLD: Final = 200  # nodes that a widget lists


class NodeSide:
    """What answers about a node: about its newest flow, which is another one after a restart without its state, or of
    the flow of one `life`.
    """

    def __init__(self, node: SteppedNode, life: int | None, home: HomeThread, send: Send) -> None:
        self._node = node
        self._follows = life is None
        self._home = home
        self._send = send
        self._made = count()
        self.side = self._make(_flow_of(node, life))
        self._unsubscribe = node.network.subscribe(self._network_changed)

    @property
    def shown(self) -> dict[str, Any]:
        """What a page needs to show it."""
        flow = self.side.flow
        # The picture is drawn once for all nodes that run one flow.
        drawn = {"graph": flow.graph.to_dict(), "svg": self._node.drawing.svg(), "cannot": dict(CANNOT)}
        return {**drawn, **message_edges(flow, self._node.ends)}

    def hear(self, question: Mapping[str, Any]) -> None:
        """Answer a question, on the thread of the widget."""
        self.side.hear(question)

    def close(self) -> None:
        """Answer no more; the node goes on."""
        self._unsubscribe()
        self.side.close()

    def _make(self, flow: RunningFlow) -> KernelSide:
        names = flow.drive().names or {}
        life = next(self._made)
        return KernelSide(flow, names, self._home, self._send, _nothing, node=self._node, life=life)

    def _network_changed(self) -> None:
        """Called on any thread, after each decision."""
        if self._follows and self._node.flow is not self.side.flow:
            self._home.call(self._follow)

    def _follow(self) -> None:
        if self._node.flow is not self.side.flow:
            self.side.close()
            self.side = self._make(self._node.flow)
            self.side.tell_anew()


class NodeSides:
    """Lists the nodes that may be opened in a widget, opens them, and hands questions on to them. `nodes` gives the
    nodes with the names of their networks; `send` sends a message to the front ends.
    """

    def __init__(self, nodes: Callable[[], Iterable[Named]], home: HomeThread, send: Send) -> None:
        self._nodes = nodes
        self._home = home
        self._send = send
        self._keys: weakref.WeakKeyDictionary[SteppedNode, str] = weakref.WeakKeyDictionary()
        self._numbers = count()
        self._open: dict[str, NodeSide] = {}
        self._told: list[dict[str, str]] = []
        self._questions = Questions(home, {"nodes": self._list, "open": self._open_node, "close": self._close}, send)

    def hear(self, question: Mapping[str, Any]) -> bool:
        """Take a question, if it is about nodes; false where it is not."""
        side = question.get("side")
        if side is None:
            if question["kind"] not in ("nodes", "open", "close"):
                return False
            self._questions.hear(question)
        elif side in self._open:
            self._open[side].hear(question)
        else:
            gone = {"error": {"message": "this node was closed here: open it again", "stopped": False}}
            self._questions.send_answer(question, gone)
        return True

    def tell_changes(self) -> None:
        """Tell the front ends of the nodes, if they are others than were told last; let go of those that are gone."""
        before = self._told
        now = self._listed()
        for side in [side for side in self._open if side.partition(".")[0] not in {one["key"] for one in now}]:
            self._open.pop(side).close()
        if before != now:
            self._send({"kind": "news", "side": "nodes", **self._list({})})

    def close(self) -> None:
        """Close all that is open."""
        for side in self._open.values():
            side.close()
        self._open.clear()

    def _listed(self) -> list[dict[str, str]]:
        listed = []
        for network, node in self._nodes():
            key = self._keys.setdefault(node, f"node-{next(self._numbers)}")
            listed.append({"key": key, "node": node.name, "network": network})
        return listed[:_MOST_TOLD]

    def _list(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._told = self._listed()
        return {"nodes": self._told}

    def _open_node(self, question: Mapping[str, Any]) -> dict[str, Any]:
        life = question.get("life")
        node = next((node for _, node in self._nodes() if self._keys.get(node) == question["node"]), None)
        if node is None:
            raise Refusal("this node is not there any more: the notebook has another network by now")
        side = question["node"] if life is None else f"{question['node']}.{int(life)}"
        if side not in self._open:
            self._open[side] = NodeSide(node, life, self._home, self._sender(side))
        return {"side": side, **self._open[side].shown}

    def _sender(self, side: str) -> Send:
        return lambda content: self._send({**content, "side": side})

    def _close(self, question: Mapping[str, Any]) -> None:
        side = self._open.pop(question["node"], None)
        if side is not None:
            side.close()


class CopiesOf:
    """The nodes that run copies of a flow, in networks that the notebook has names for; where it has none any more,
    those of the network that it had a name for last, and that has run if any has. Under one name, `net`, a notebook has
    network after network.
    """

    def __init__(self, flow: RunningFlow, names: Mapping[str, Any]) -> None:
        self._flow = flow
        self._names = names
        self._last: list[Named] = []

    def nodes(self) -> list[Named]:
        """The nodes, with the names of their networks."""
        copies = cast("Iterable[SteppedNode]", self._flow.copies)
        found = [(name, node) for node in copies if (name := name_in(self._names, node.network)) is not None]
        if found:
            newest = (having_run(found) or found)[-1][1].network
            nodes = [(f"an earlier {name}", node) for name, node in found if node.network is newest]
            if having_run(nodes) or not having_run(self._last):
                self._last = nodes
        return found or self._last

    def having_run(self) -> list[Named]:
        """Those of which a run is recorded, in the newest network that has run."""
        nodes = having_run(self.nodes()) or having_run(self._last)
        return [(name, node) for name, node in nodes if node.network is nodes[-1][1].network]

    def close(self) -> None:
        """Let go of the network that was kept."""
        self._last = []


def having_run(nodes: Iterable[Named]) -> list[Named]:
    """The nodes of which a run is recorded."""
    return [(name, node) for name, node in nodes if node.flow.is_recorded and node.flow.recording.ticks]


def name_in(names: Mapping[str, Any], thing: object) -> str | None:
    """The name that a notebook has for a thing; None where it has none."""
    # Under names with an underscore IPython keeps former results.
    return next((name for name, value in list(names.items()) if value is thing and not name.startswith("_")), None)


def _flow_of(node: SteppedNode, life: int | None) -> RunningFlow:
    if life is None:
        return node.flow
    for number, flow in node.lives:
        if number == life:
            return flow
    raise KeyError(f"{node.name} has no life {life} that is kept")


def message_edges(flow: RunningFlow, ends: Ends) -> dict[str, list[str]]:
    """The edges over which messages come into a node's flow (`receives`), and over which they leave it (`sends`)."""
    graph = flow.graph.partitioned
    found: dict[str, list[str]] = {"receives": [], "sends": []}
    inbound, outbound = ends
    for node in graph.nodes.values():
        into = [wire.element for wire in graph.wires if wire.target == node.element]
        out_of = [wire.element for wire in graph.wires if wire.source == node.element]
        if not into and not inbound.isdisjoint(used_names([node.call])):
            found["receives"] += out_of
        if not out_of and not outbound.isdisjoint(used_names([node.call])):
            found["sends"] += into
    return found


def _nothing() -> None:
    return
