"""A network that clients of a workload can be put before, as a person asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.simulation.workloads.growing import Growing
from hydroflow_nb.simulation.workloads.kinds import kind_of
from hydroflow_nb.simulation.workloads.workload import Workload

_MOST_CLIENTS = 3


class Workable(Growing):
    """A network of nodes that answer the requests of clients."""

    def workload(
        self,
        name: str,
        flow: Flow | None = None,
        /,
        *,
        nodes: int | Sequence[str] | None = None,
        operations: int = 6,
        clients: int | None = None,
        seed: int | None = None,
        **names: Any,
    ) -> Workload:
        """Put clients before the nodes, who ask them as Maelstrom's clients do, and check what they are answered.

        `name` is "echo", "unique-ids", "broadcast", "counter", "log", "transactions" or "store", or Maelstrom's name
        for it. With a `flow` the network gets `nodes` nodes that run it, a number (`n1`, `n2`, ...) or names; each has
        `names`, and knows all of them as `nodes`, if its text names that. Without a flow all nodes of the network are
        asked, or those of `nodes`.

        The clients are in one node, `clients`, outside of the network, at the addresses `c1`, `c2`, ... (by default one
        for each node, at most three). They make `operations` requests, chosen by chance from `seed` (by default the
        network's): each client one after the other. When all is over they ask each node for what it knows. The requests
        wait in the clients' input when this returns: `run`, `explore` or steps make them.

        The network has two properties from then on, one that must always hold and one that holds when a run has come to
        rest; `explore` looks for runs that violate them. What comes first, such as Maelstrom's `topology`, has been
        asked and answered.

        Raises ValueError for another name or numbers that are wrong, `HydroflowError` where there are no nodes or the
        run has begun, and what `node` raises.
        """
        kind = kind_of(name)
        if flow is not None:
            asked = _named(3 if nodes is None else nodes)
            own: dict[str, Any] = {"nodes": tuple(asked)} if "nodes" in flow.used_names else {}
            for one in asked:
                self.node(one, flow, at=one, **{**own, **names})
        else:
            asked = self.inside() if nodes is None else _named(nodes)
        if not asked:
            raise HydroflowError(message="a workload needs nodes: add them before, or give it a flow for them")
        for one in asked:
            self[one]
        count = min(len(asked), _MOST_CLIENTS) if clients is None else clients
        for what, number, least in (("operations", operations, 0), ("clients", count, 1)):
            if type(number) is not int or number < least:
                raise ValueError(f"{what} is a whole number from {least}, not {shown(number)}")
        made = Workload(self, kind, asked, count)
        made.begin(operations, self.seed if seed is None else seed)
        return made


def _named(nodes: int | Sequence[str]) -> list[str]:
    if type(nodes) is int and nodes > 0:
        return [f"n{number}" for number in range(1, nodes + 1)]
    if isinstance(nodes, (list, tuple)) and nodes:
        return list(nodes)
    raise ValueError(f"nodes is a number from 1, or a list of names, not {shown(nodes)}")
