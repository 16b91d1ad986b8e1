"""A workload in a network: its clients, the properties that it checks, and what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.html import table
from hydroflow_nb.histories import Operation
from hydroflow_nb.histories.answers import wrong_fields, wrong_types
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Deliver, Tick
from hydroflow_nb.simulation.workloads.callers import Call, Callers, flow_text
from hydroflow_nb.simulation.workloads.growing import Growing
from hydroflow_nb.simulation.workloads.kinds import Kind

# The node in which the clients are, and its input.
CLIENTS: Final = "clients"
CALLS: Final = "calls"


class Workload:
    """The clients of a network, and what they saw in the run so far.

    `operations` is the history, `problems()` what is wrong with it.
    """

    def __init__(self, network: Growing, kind: Kind, nodes: Sequence[str], clients: int) -> None:
        self.network = network
        self.kind = kind
        self.nodes = tuple(nodes)
        self.clients = tuple(f"c{number}" for number in range(1, clients + 1))
        finals = [self._call(at, node, body) for at, node in enumerate(self.nodes) for body in kind.last]
        names: dict[str, Any] = {CALLS: channel(), "callers": Callers(finals)}
        for client in self.clients:
            ends = network.bind(client)
            names[f"outbound_{client}"], names[f"inbound_{client}"] = ends.outbound, ends.inbound
        network.node(CLIENTS, flow_text(self.clients), outside=True, **names)
        network.judged_by(self)
        always, at_rest = kind.promises
        network.always(self._is_right, always)
        network.eventually(self._is_right_at_rest, at_rest)

    def ask(self, client: str, node: str, body: dict[str, Any]) -> None:
        """Let a client ask a node something when it has asked all else that it has to ask: a decision of the network.

        `body` is that of Maelstrom's request, without `msg_id`.
        """
        self.network.send(CLIENTS, CALLS, Call(client=client, node=node, body=body).to_dict())

    def begin(self, operations: int, seed: int) -> None:
        """Let the clients ask what comes first, such as the topology, and then give them so many requests."""
        firsts = [(at, node, body) for at, node in enumerate(self.nodes) for body in self.kind.first(node, self.nodes)]
        for at, node, body in firsts:
            self.ask(self._call(at, node, body).client, node, body)
        if firsts:
            self._get_answers()
        random = Random(seed)
        left: list[str] = []
        for number in range(operations):
            # Each node is asked before one is asked again.
            left = left or list(self.nodes)
            node = left.pop(int(random.random() * len(left)))
            self.ask(self.clients[number % len(self.clients)], node, self.kind.body(number, random))

    def _call(self, at: int, node: str, body: dict[str, Any]) -> Call:
        return Call(client=self.clients[at % len(self.clients)], node=node, body=body)

    def _get_answers(self) -> None:
        """Let the clients ask all that they have to ask, and be answered; between nodes nothing happens."""
        network = self.network
        network.perform(Tick(CLIENTS))
        while messages := [one for one in network.in_flight if CLIENTS in (one.sender, one.receiver)]:
            for message in messages:
                if network.why_not(Deliver(message.id)) is None:
                    network.perform(Deliver(message.id))
            for node in dict.fromkeys(message.receiver for message in messages):
                network.perform(Tick(node))

    # --- what it saw --------------------------------------------------------------------------------------------------

    @property
    def operations(self) -> list[Operation]:
        """What was asked in the run so far and what was answered, in the order of the requests."""
        return self._callers(self.network).operations()

    def problems(self) -> list[str]:
        """What is wrong with the answers so far; where nothing is left to do in the network, with the end as well."""
        found = self._wrong(self.network)
        return found + self._wrong_at_rest(self.network) if self.network.is_quiet() else found

    @property
    def title(self) -> str:
        """What it is called where its verdict is told."""
        return f"the workload `{self.kind.name}`"

    @property
    def verdict(self) -> str:
        """Whether the answers of the run so far are right."""
        asked = self.operations
        answers = sum(one.is_answered for one in asked)
        if not asked:
            return "nothing was asked so far, `net.run()` lets the clients ask"
        if problems := self.problems():
            more = f", and {len(problems) - 1} more, see `workload.problems()`" if len(problems) > 1 else ""
            return f"in the run so far something is wrong, {problems[0]}{more}"
        said = f"in the run so far nothing is wrong with {answers} answers to {len(asked)} requests"
        return f"{said}, and `net.explore()` looks for a run in which something is"

    def _callers(self, network: CheckedRun) -> Callers:
        found: Callers = network[CLIENTS]["callers"]
        return found

    def _wrong(self, network: CheckedRun) -> list[str]:
        callers = self._callers(network)

        def find(operations: Sequence[Operation]) -> list[str]:
            wrong = [*wrong_types(operations), *wrong_fields(operations, self.kind.answers)]
            return [*callers.strange, *wrong, *self.kind.always(operations)]

        found: list[str] = callers.known("always", find)
        return found

    def _wrong_at_rest(self, network: CheckedRun) -> list[str]:
        found: list[str] = self._callers(network).known("at rest", self.kind.at_rest)
        # A node that crashes loses what has reached it, and need not answer.
        if network.has_crashed:
            return found
        return found + [f"{one}" for one in self._callers(network).operations() if not one.is_answered]

    def _is_right(self, network: CheckedRun) -> bool:
        return not self._wrong(network)

    def _is_right_at_rest(self, network: CheckedRun) -> bool:
        return not self._wrong_at_rest(network)

    def __repr__(self) -> str:
        lines = [f"<workload {self.kind.name}: {self.kind.about}>", *map(str, self.operations)]
        return "\n".join([*lines, *(f"wrong: {problem}" for problem in self.problems())])

    def _repr_html_(self) -> str:
        rows = [
            (one.client, one.node, str(dict(one.call)), str(one.result) if one.is_answered else "no answer")
            for one in self.operations
        ]
        wrong = [("", "", "wrong", problem) for problem in self.problems()]
        return table(("client", "node", "asked", "answered"), [*rows, *wrong])
