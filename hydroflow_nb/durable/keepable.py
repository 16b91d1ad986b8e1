"""What who keeps a flow sees of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from hydroflow_nb.durable.came import Came
from hydroflow_nb.durable.layout import Layout, States
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.lasting import Lasting
from hydroflow_nb.ir.graph import EdgeId, Node
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span


class Keepable(Protocol):
    """A flow that has not run yet, for who keeps it."""

    @property
    def engine(self) -> Engine:
        """What runs it."""

    @property
    def inboxes(self) -> Mapping[str, Inbox]:
        """Where items come in, by the names of the inputs."""

    @property
    def names(self) -> Mapping[str, Any]:
        """Its namespace, whose classes values are rebuilt from."""

    @property
    def span(self) -> Span:
        """The place that is about all of it."""

    @property
    def ends(self) -> Sequence[Lasting]:
        """What lasts beside it, such as the numbers of messages."""

    @property
    def layout(self) -> Layout:
        """Where its state is."""

    @property
    def outputs(self) -> Mapping[EdgeId, str]:
        """The edges by which items leave it, with the names of the outputs."""

    @property
    def came(self) -> Mapping[EdgeId, Came]:
        """What came out of a tick by these edges."""

    def edges_to(self, node: Node) -> Sequence[EdgeId]:
        """The edges by which items come to an operator."""

    def tell(self, outputs: Mapping[EdgeId, Callable[[Any], None]], *, silent: bool) -> None:
        """Have functions called with what goes over these edges; `silent`: nothing leaves the flow."""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """How what another text held becomes what this one holds: a flow of that text, and a function."""

    flow: Keepable
    function: Callable[[States], States]
