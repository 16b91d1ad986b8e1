"""Steps of a node in a simulated network: each is a decision of the network, so that the run stays one list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running import Copy, RunningFlow
from hydroflow_nb.running.inputs import Fed
from hydroflow_nb.widgets.questions import Refusal
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.inputs import Inputs
from hydroflow_nb.widgets.stepper.news import News
from hydroflow_nb.widgets.stepper.stepping import Stepping

if TYPE_CHECKING:
    from hydroflow_nb.why.derivation import Derivation

# What the stepper of a flow does and that of a node cannot, by the kinds of questions, and why.
CANNOT: Final[Mapping[str, str]] = {
    "start": "a node ticks by decisions of its network: `net.run()` makes them until nothing is left to do",
    "discard": "what was sent into a node is a decision of the network: undo it there, or replay the run without it",
    "rewind": "a node goes back with its network: replay its decisions up to one, `net.replay(net.decisions[:n])`",
}


class Deciding(Protocol):
    """A network that can be told to tick a node."""

    def tick(self, node: str) -> None:
        """Run one tick of a node."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to decisions; gives a function that unsubscribes."""

    def why_recorded(self, node: str, life: int, edge: str, tick: int, step: int, index: int) -> Derivation:
        """Why an item of a node's recording is there, through messages. Raises KeyError."""


class SteppedNode(Copy, Protocol):
    """A node, as a stepper drives it."""

    @property
    def network(self) -> Deciding:
        """Where its ticks are decisions."""

    @property
    def flow(self) -> RunningFlow:
        """The copy that runs now."""

    @property
    def lives(self) -> Sequence[tuple[int, RunningFlow]]:
        """Its flows in this run, by number."""

    @property
    def drawing(self) -> Graph:
        """The graph of the flow that all nodes with this text run copies of."""

    @property
    def ends(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names that its text has for where messages come in, and for where they leave."""

    @property
    def inputs(self) -> Mapping[str, Fed]:
        """Where items can be sent in."""

    @property
    def is_up(self) -> bool:
        """Whether it can tick."""

    @property
    def state(self) -> str:
        """Whether it is up, in a word or two."""

    def is_due(self) -> bool:
        """Whether a tick has work to do."""


class NodeStepping(Stepping):
    """Makes a node tick, by decisions of its network."""

    def __init__(self, node: SteppedNode, *needs: Any) -> None:
        super().__init__(*needs)
        self._node = node

    def _tick(self) -> None:
        must_live(self._node, self._flow)
        self._node.network.tick(self._node.name)

    def _part_of_a_tick(self, *, until_seen: bool) -> None:
        # A tick of a node is one decision. The page goes through its strata afterwards, as it does when looking back.
        self._tick()

    def _goes_on(self) -> bool:
        return self._node.is_up and self._node.is_due()

    def _start(self, _: Mapping[str, Any]) -> None:
        raise Refusal(CANNOT["start"])


class NodeInputs(Inputs):
    """The inputs of a node: what is sent in is a decision, and travels as messages do."""

    def __init__(self, node: SteppedNode, bound: BoundFlow, news: News) -> None:
        super().__init__(bound, news)
        self._node = node

    def _fed(self, name: str) -> Fed:
        must_live(self._node, self._bound.flow)
        if name not in self._node.inputs:
            raise Refusal(f"into `{name}` come messages, which other nodes send: send one from there")
        return self._node.inputs[name]

    def _discard(self, question: Mapping[str, Any]) -> None:
        raise Refusal(CANNOT["discard"])


def must_live(node: SteppedNode, flow: object) -> None:
    """Raise Refusal where the node runs another flow by now, or is down."""
    if node.flow is not flow:
        raise Refusal(f"{node.name} lost this state when it restarted: what it did before can be looked at")
    if not node.is_up:
        raise Refusal(f"{node.name} is {node.state}: it cannot tick, and nothing can be sent into it")
