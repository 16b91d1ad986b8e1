"""A network in one kernel: nodes, what is in flight between them, and the decisions that a run consists of."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.flow.compiling import compile as compile_flow
from hydroflow_nb.net.addresses import written
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import Codec, codec_of
from hydroflow_nb.net.options import DEFAULT_LIMIT
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.running import OnFault
from hydroflow_nb.simulation.findable import Findable
from hydroflow_nb.simulation.lookalikes import SocketLookalikes
from hydroflow_nb.simulation.looking import Looking
from hydroflow_nb.simulation.model.acknowledging import AcknowledgingOutbound
from hydroflow_nb.simulation.model.checked import LIMIT_OF_RUN
from hydroflow_nb.simulation.model.decisions import (
    Decision,
    State,
)
from hydroflow_nb.simulation.model.ends import (
    EPHEMERAL,
    Endpoint,
    NodeOutbound,
    bound_address,
    sent_address,
    unused,
)
from hydroflow_nb.simulation.model.node import RECORDING, Node
from hydroflow_nb.simulation.model.node_plan import NodePlan, plan
from hydroflow_nb.simulation.model.saved import Saved
from hydroflow_nb.simulation.model.schedule import TIMERS, Course, Rates, possible
from hydroflow_nb.simulation.workloads.workable import Workable

# What has a meaning in the ids of messages.
_RESERVED: Final = frozenset(">#'")


class Network(SocketLookalikes, Findable, Workable, Looking):
    """A network in one kernel, in which what happens when is decided, recorded and replayed.

    `net.node("alice", flow, at=address)` adds a node; `net.run()` runs until nothing is left to do, `net.step()` makes
    one decision, both by chance and the same for the same `seed`; `net.tick`, `net.deliver` and their kin make one by
    hand. `net.decisions` is the run, `net.replay(decisions)` repeats it exactly.

    `loss` and `duplication` are the probabilities that a message is lost or doubled when its turn comes; `partitions`,
    `crashes` and `joins` those of a cut, of a node's crash and of a late node's joining with each decision. What the
    scheduler cut it heals, and what it crashed it restarts, with the state `restarts` says ("kept", "lost", or
    "durable": what `'durable` operators hold; as new where there is none), at the latest before a run ends. `fifo`:
    messages from one node to another arrive in the order in which they were sent.
    `holds`: what cannot be delivered now, because of a cut or of a receiver that is down, waits in flight, as it does
    with TCP; otherwise it is lost, as with UDP. `codec` is that of `bind_tcp`. `recording` is how many items are kept
    of each node's newest ticks, for its stepper; with 0 nodes are not recorded. A search records nothing. `on_fault` is
    what nodes do when their ticks fail, "stop", "continue" or "set-aside", as `node` has it. With `durable` all nodes
    are kept as in folders, but those that are `outside` and those that say otherwise.

    More: "A network in the notebook" in `docs/networks.md`.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        loss: float = 0.0,
        duplication: float = 0.0,
        partitions: float = 0.0,
        crashes: float = 0.0,
        joins: float = 0.0,
        restarts: str = "kept",
        fifo: bool = True,
        holds: bool = True,
        codec: str | Codec = "msgpack",
        recording: int = RECORDING,
        on_fault: str | None = None,
        durable: bool = False,
    ) -> None:
        # With other values, such as None, the scheduler would not make the same choices again.
        if not isinstance(seed, int):
            raise ValueError(f"a seed is a number such as 7, not {shown(seed)}")
        codec_of(codec)
        OnFault.of(on_fault)
        self.seed = seed
        self.rates = Rates(
            loss=loss,
            duplication=duplication,
            partitions=partitions,
            crashes=crashes,
            joins=joins,
            restarts=State(restarts),
        )
        super().__init__(fifo=fifo, holds=holds)
        if type(recording) is not int or recording < 0:
            raise ValueError(f"`recording` is a number of items from 0, not {shown(recording)}")
        self.codec = codec
        self._recording = recording
        self._on_fault = on_fault
        self._durable = durable
        self.clusters: dict[str, list[str]] = {}
        self._ports = count(EPHEMERAL)
        # The flows and names of the nodes that were added without an address.
        self._asked: dict[str, tuple[Flow, dict[str, Any]]] = {}
        self._known_addresses: dict[Any, Any] = {}
        self.reset()

    # --- nodes -------------------------------------------------------------------------------------------------------

    def node(
        self,
        name: str,
        flow: Flow | str,
        /,
        *,
        at: Any = None,
        join_later: bool = False,
        outside: bool = False,
        durable: bool | None = None,
        on_fault: str | None = None,
        **names: Any,
    ) -> Node:
        """Add a node that runs a flow, or the text of one, and return it.

        The flow's text is as it is for sockets: `outbound` and `inbound` in it, or whatever names its ends have, are
        the node's own ends, and `address` its address. It is at `at`; without that, at the address of the ends of this
        network (`net.bind`) that the flow was compiled with, if no node is there yet, otherwise at its name. Where
        the network chose that address (port 0) and several nodes run the flow, each is at its name; messages to the
        address reach the first of them. Other nodes send to a node's address or to its name. `names` are further
        names of its own; of these, and of the channels and containers that the text names, it has copies, made anew at
        each start. With `join_later` it is there only from `net.join(name)` on. With `outside` it stands for what is
        outside of the network, such as clients: neither chance nor a search crashes it, or loses or doubles what goes
        from and to it, and no cut is between it and another node. With `durable`, by default that of the network, its
        flow is kept as in a folder: all that it holds survives a restart as "kept" or "durable", and what durable nodes
        send each other is numbered, acknowledged, and sent again until it is. `on_fault` says what the node does when
        its tick fails, by default what the network's `on_fault` says, and without that "set-aside" for a durable node
        and "stop" for any other. With "stop" the decision raises what the flow's code has raised, with "continue" the
        rest of that tick is lost and the run goes on: `node.faults` has both. With "set-aside" the tick runs without
        the item at fault, which `node.set_aside` has.

        Raises `HydroflowError` for a name or an address that is taken, a name that seems misspelt, a value that cannot
        be copied, and once a run has begun; ValueError for a wrong address or `on_fault`, TypeError for a wrong flow;
        what compiling raises.
        """
        self._must_be_new(name)
        first = None if at is not None else self._first_of(flow)
        if not isinstance(flow, (Flow, str)):
            raise TypeError(f"a node runs a compiled flow or the text of one, not {shown(flow)}")
        if isinstance(flow, str):
            own = self._endpoint(name if at is None else at)
            ends = unused(own)
            caller = sys._getframe(1)
            around = {**caller.f_globals, **caller.f_locals, **ends._asdict(), **names}
            flow = compile_flow(flow, around, name)
        is_durable = self._durable and not outside if durable is None else durable
        made = plan(
            name,
            flow,
            None if at is None else self._endpoint(at),
            self._endpoint(name),
            names,
            is_free=lambda endpoint: endpoint.address not in self._receivers,
            joins_later=join_later,
            durable=is_durable,
            on_fault=OnFault.of(self._on_fault if on_fault is None else on_fault, is_durable=is_durable),
        )
        for endpoint in made.endpoints:
            if endpoint.address in self._receivers:
                taken = self._receivers[endpoint.address][0].name
                raise HydroflowError(
                    message=f"{written(endpoint.address)} is the address of the node {taken}: give {name} another, "
                    f"`at=...`"
                )
        if first is not None:
            self._call_by_name(first)
        node = Node(made, self._outbound_of, self._clock, self, self._recording)
        self.nodes[name] = node
        if outside:
            self._outside.add(name)
        if at is None:
            self._asked[name] = (flow, names)
        for endpoint in made.endpoints:
            self._receivers[endpoint.address] = (node, endpoint.address)
        self._receivers.setdefault(name, (node, made.endpoints[0].address))
        self._known_addresses.clear()
        self._new_history()
        flow.copies.add(node)
        self._tell()
        return node

    def _first_of(self, flow: Flow | str) -> Node | None:
        """The node that runs the same flow at an address that the network chose."""
        for name, (other, _) in self._asked.items():
            endpoints = self.nodes[name].plan.endpoints
            if other is flow and len(endpoints) == 1 and endpoints[0].is_any:
                return self.nodes[name]
        return None

    def _call_by_name(self, node: Node) -> None:
        """Move a node to its name, since it is one of several; its former address still reaches it."""
        flow, names = self._asked[node.name]
        before = node.plan
        (former,) = before.endpoints
        endpoint = replace(former, address=node.name, is_any=False)
        node.plan = plan(
            node.name,
            flow,
            endpoint,
            endpoint,
            names,
            is_free=lambda _: False,
            joins_later=before.joins_later,
            durable=before.durable,
            on_fault=before.on_fault,
        )
        self.links.part(node.name)
        node.reset()
        self._receivers[former.address] = self._receivers[node.name] = (node, endpoint.address)

    def _must_be_new(self, name: str) -> None:
        if not _is_name(name):
            raise HydroflowError(
                message=f"a node's name is a text without `>`, `#`, `'` and spaces around it, not {shown(name)}"
            )
        if name in self.nodes:
            raise HydroflowError(message=f"there is a node {name} already: choose another name, or make a new network")
        if self.decisions:
            raise HydroflowError(
                message=f"the run has begun, and its nodes are those that it begins with: add {name} before, with "
                f"`join_later=True` if it is to come later, or go back by `net.reset()`"
            )

    # --- ends, as those of hydroflow_nb.net --------------------------------------------------------------------------

    def bind(self, address: Any = 0, *, codec: str | Codec | None = None, limit: int = DEFAULT_LIMIT) -> Ends:
        """The ends `(outbound, inbound, address)` of an address, for a flow to be compiled with.

        A flow that names them becomes a node there by `net.node(name, flow)`. The address is as for sockets, or a name;
        port 0 is a free port. Raises ValueError for anything else.
        """
        return unused(self._endpoint(address, codec=codec, limit=limit))

    def _free_number(self) -> int:
        return next(self._ports)

    def _endpoint(self, address: Any, *, codec: str | Codec | None = None, limit: int = DEFAULT_LIMIT) -> Endpoint:
        found = bound_address(address)
        is_any = False
        match found:
            case (str() as host, 0):
                found, is_any = (host, self._free_number()), True
        return Endpoint(address=found, codec=self.codec if codec is None else codec, limit=limit, is_any=is_any)

    def _outbound_of(self, plan: NodePlan, endpoint: Endpoint, inbound: Inbound, folders: int) -> NodeOutbound:
        ends = endpoint, partial(self._sent, plan.name), self._named, self._known_addresses
        if not plan.durable:
            return NodeOutbound(*ends)
        # A node that has lost its folder is another one to its peers. Each of its ends has numbers of its own.
        place = plan.endpoints.index(endpoint)
        identity = plan.name + f"'{folders}" * (folders > 1) + f".{place}" * (place > 0)
        return AcknowledgingOutbound(
            plan.name, *ends, inbound=inbound, links=self.links, place_of=self._place_of, identity=identity
        )

    def _place_of(self, address: Any) -> Hashable:
        found = self._receivers.get(address)
        return address if found is None else found[1]

    def _named(self, address: Any) -> Hashable:
        return sent_address(address, self._receivers)

    # --- a run -------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to the start: all nodes as new, nothing in flight, nothing decided."""
        super().reset()
        self._random = Random(self.seed)
        self._course: Course | None = None

    def step(self) -> Decision | None:
        """Make one decision by chance and return it; None where the network is quiet.

        The steps up to that are those of one `run`. Raises what the user's code raises.
        """
        __tracebackhide__ = True
        if self._course is None:
            self._course = Course(self._random, self.rates, TIMERS)
        decision = self._course.next(self)
        if decision is None:
            self._course = None
            self._check_at_rest()
        else:
            self.perform(decision)
        return decision

    def run(
        self,
        limit: int = LIMIT_OF_RUN,
        *,
        timers: int = TIMERS,
        loss: float | None = None,
        duplication: float | None = None,
        partitions: float | None = None,
        crashes: float | None = None,
        joins: float | None = None,
    ) -> int:
        """Make decisions by chance until the network is quiet; returns how many.

        It is quiet where no node has work to do and nothing can be delivered. Nodes that a timer or a `spin` wakes tick
        by that up to `timers` times while there is other work, and `timers` times after it. Faults stop when there is
        no other work for the first time, so that what a flow repeats by a timer arrives in the end.

        The rates are those of the network unless others are given. Raises `HydroflowError` where the network is not
        quiet after `limit` decisions, and what the user's code raises, with a note on node and decision.
        """
        __tracebackhide__ = True
        given = {
            "loss": loss,
            "duplication": duplication,
            "partitions": partitions,
            "crashes": crashes,
            "joins": joins,
        }
        rates = replace(self.rates, **{name: rate for name, rate in given.items() if rate is not None})  # type: ignore[arg-type]
        course = Course(self._random, rates, timers)
        for made in range(limit):
            decision = course.next(self)
            if decision is None:
                self._check_end()
                return made
            self.perform(decision)
        if course.next(self) is None:
            self._check_end()
            return limit
        raise HydroflowError(message=self.why_not_quiet(limit))

    # --- what may come, and what was ---------------------------------------------------------------------------------

    def possible(self, rates: Rates | None = None) -> list[Decision]:
        """The decisions that the scheduler may make now, in an order that depends on the run only.

        Ticks of nodes with work to do, deliveries, ticks of nodes that only wake themselves, joins; restarts, healing,
        and the faults whose rate is above zero. The rates are those of the network if none are given.
        """
        return possible(self, rates or self.rates)

    def save(self, path: str | Path) -> None:
        """Write the run as JSON, one decision a line; `net.replay(path)` repeats it. Raises OSError."""
        nodes = {node.name: written(node.address) for node in self.nodes.values()}
        saved = Saved(seed=self.seed, settings=self.settings(), nodes=nodes, decisions=self.decisions)
        Path(path).write_text(saved.to_text(), encoding="utf-8")


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name != "" and name == name.strip() and not _RESERVED & set(name)
