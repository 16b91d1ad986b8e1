"""A network in one kernel: nodes, what is in flight between them, and the decisions that a run consists of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.flow import compile as compile_flow
from hydroflow_nb.net.addresses import written
from hydroflow_nb.net.messages.codec import JSON, Codec, Undecodable, codec_of, encoded, readable
from hydroflow_nb.net.options import DEFAULT_LIMIT
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.lookalikes import SocketLookalikes
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Restart,
    Send,
    State,
    Tick,
    from_dict,
)
from hydroflow_nb.simulation.model.ends import (
    EPHEMERAL,
    NodeOutbound,
    Place,
    bound_address,
    sent_address,
    unused,
)
from hydroflow_nb.simulation.model.impossible import ImpossibleDecision
from hydroflow_nb.simulation.model.message import Message, Messages, table
from hydroflow_nb.simulation.model.node import Node, plan
from hydroflow_nb.simulation.model.properties import Predicate, Properties, PropertyViolated, When
from hydroflow_nb.simulation.model.run import WRITE_A_DECISION, Run
from hydroflow_nb.simulation.model.saved import Saved, read
from hydroflow_nb.simulation.model.schedule import Course, Rates, late_nodes
from hydroflow_nb.simulation.model.settling import settling
from hydroflow_nb.simulation.search.outcome import Exploration
from hydroflow_nb.simulation.search.plan import Wish, exploring
from hydroflow_nb.simulation.search.search import explore

LIMIT_OF_RUN: Final = 10_000
TIMERS: Final = 3
# What has a meaning in the ids of messages.
_RESERVED: Final = frozenset(">#'")

# How a message is named: itself, its id, or a function that is true of the one that is meant.
Which: TypeAlias = Message | str | Callable[[Message], bool]


class Network(SocketLookalikes, Run):
    """A network in one kernel, in which what happens when is decided, recorded and replayed.

    `net.node("alice", flow, at=address)` adds a node; `net.run()` runs until nothing is left to do, `net.step()` makes
    one decision, both by chance and the same for the same `seed`; `net.tick`, `net.deliver` and their kin make one by
    hand. `net.decisions` is the run, `net.replay(decisions)` repeats it exactly.

    `loss` and `duplication` are the probabilities that a message is lost or doubled when its turn comes; `partitions`,
    `crashes` and `joins` those of a cut, of a node's crash and of a late node's joining with each decision. What the
    scheduler cut it heals, and what it crashed it restarts, with the state `restarts` says ("kept" or "lost"), at the
    latest before a run ends. `fifo`: messages from one node to another arrive in the order in which they were sent.
    `holds`: what cannot be delivered now, because of a cut or of a receiver that is down, waits in flight, as it does
    with TCP; otherwise it is lost, as with UDP. `codec` is "msgpack" or "json".
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
    ) -> None:
        # Of other values, None for one, the scheduler would not make the same choices again.
        if not isinstance(seed, int):
            raise ValueError(f"a seed is a number such as 7, not {shown(seed)}")
        codec_of(codec)
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
        self.codec = codec
        self._ports = count(EPHEMERAL)
        # The flows and names of the nodes for which no address was asked.
        self._asked: dict[str, tuple[Flow, dict[str, Any]]] = {}
        self._known_addresses: dict[Any, Any] = {}
        self.properties = Properties()
        self.reset()

    # --- nodes -------------------------------------------------------------------------------------------------------

    def node(self, name: str, flow: Flow | str, /, *, at: Any = None, join_later: bool = False, **names: Any) -> Node:
        """Add a node that runs a flow, or the text of one, and return it.

        The flow's text is as it is for sockets: `outbound` and `inbound` in it, or whatever names its ends have, are
        the node's own ends, and `address` its address. It is at `at`; without that, at the address of the ends of this
        network (`net.bind`) that the flow was compiled with, if no node is there yet, otherwise at its name. Where
        nobody asked for that address (port 0) and several nodes run the flow, each is at its name; what comes to the
        address reaches the first of them. Other nodes send to a node's address or to its name. `names` are further
        names of its own; of these, and of the channels and containers that the text names, it has copies, made anew at
        each start. With `join_later` it is there only from `net.join(name)` on.

        Raises `HydroflowError` for a name or an address that is taken, a name that seems misspelt, a value that cannot
        be copied, and once a run has begun; ValueError for no address, TypeError for no flow; what compiling raises.
        """
        self._must_be_new(name)
        first = None if at is not None else self._first_of(flow)
        if not isinstance(flow, (Flow, str)):
            raise TypeError(f"a node runs a compiled flow or the text of one, not {shown(flow)}")
        if isinstance(flow, str):
            own = self._place(name if at is None else at)
            ends = unused(own)
            caller = sys._getframe(1)
            around = {**caller.f_globals, **caller.f_locals, **ends._asdict(), **names}
            flow = compile_flow(flow, around, name)
        made = plan(
            name,
            flow,
            None if at is None else self._place(at),
            self._place(name),
            names,
            is_free=lambda place: place.address not in self._receivers,
            joins_later=join_later,
        )
        for place in made.places:
            if place.address in self._receivers:
                taken = self._receivers[place.address][0].name
                raise HydroflowError(
                    message=f"{written(place.address)} is the address of the node {taken}: give {name} another, "
                    f"`at=...`"
                )
        if first is not None:
            self._call_by_name(first)
        node = Node(made, self._outbound_of, self._clock, self.send)
        self.nodes[name] = node
        if at is None:
            self._asked[name] = (flow, names)
        for place in made.places:
            self._receivers[place.address] = (node, place.address)
        self._receivers.setdefault(name, (node, made.places[0].address))
        self._known_addresses.clear()
        self._new_history()
        return node

    def _first_of(self, flow: Flow | str) -> Node | None:
        """The node that runs the same flow at an address that nobody asked for."""
        for name, (other, _) in self._asked.items():
            places = self.nodes[name].plan.places
            if other is flow and len(places) == 1 and places[0].is_any:
                return self.nodes[name]
        return None

    def _call_by_name(self, node: Node) -> None:
        """Have a node be at its name, since it is one of several; the address that it had reaches it still."""
        flow, names = self._asked[node.name]
        (before,) = node.plan.places
        place = replace(before, address=node.name, is_any=False)
        node.plan = plan(
            node.name, flow, place, place, names, is_free=lambda _: False, joins_later=node.plan.joins_later
        )
        node.reset()
        self._receivers[before.address] = self._receivers[node.name] = (node, place.address)

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
        return unused(self._place(address, codec=codec, limit=limit))

    def _free_number(self) -> int:
        return next(self._ports)

    def _place(self, address: Any, *, codec: str | Codec | None = None, limit: int = DEFAULT_LIMIT) -> Place:
        found = bound_address(address)
        is_any = False
        match found:
            case (str() as host, 0):
                found, is_any = (host, self._free_number()), True
        return Place(address=found, codec=self.codec if codec is None else codec, limit=limit, is_any=is_any)

    def _outbound_of(self, name: str, place: Place) -> NodeOutbound:
        return NodeOutbound(place, partial(self._sent, name), self._named, self._known_addresses)

    def _named(self, address: Any) -> Hashable:
        return sent_address(address, self._receivers)

    # --- a run -------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to the begin: all nodes as new, nothing in flight, nothing decided."""
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
        by that up to `timers` times while there is other work, and `timers` times after it. From the first time that
        there is no other work nothing goes wrong any more, so that what a flow repeats by a timer arrives in the end.

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
        raise HydroflowError(message=self._why_not_quiet(limit))

    def _why_not_quiet(self, limit: int) -> str:
        due = [node.name for node in self.nodes.values() if node.is_up and node.is_due()]
        flying = [message.id for message in self.deliverable()]
        busy = [
            *([f"{', '.join(due[:5])} {'has' if len(due) == 1 else 'have'} work to do"] if due else []),
            *([f"{len(flying)} in flight, {flying[0]} among them"] if flying else []),
        ]
        return (
            f"the network is not quiet after {limit:,} decisions: {'; '.join(busy) or 'timers go on'}. Where that is "
            f"meant to go on for ever, take single steps, `net.step()`; otherwise give more, `net.run(limit=...)`"
        )

    # --- one decision ------------------------------------------------------------------------------------------------

    def perform(self, decision: Decision | Mapping[str, Any], *, strict: bool = True) -> bool:
        """Perform a decision, or what its `to_dict` made of it, and add it to the run. Returns True: it was possible.

        Raises `ImpossibleDecision` where it is not, unless `strict` is off, and then nothing has changed; for a tick,
        what the user's code raises, and then the tick is part of the run; `PropertyViolated` where afterwards something
        does not hold that was to hold always.
        """
        __tracebackhide__ = True
        try:
            self._perform(from_dict(dict(decision)) if isinstance(decision, Mapping) else decision)
        except ImpossibleDecision:
            if strict:
                raise
            return False
        self._check(When.ALWAYS)
        return True

    # --- decisions by hand -------------------------------------------------------------------------------------------

    def tick(self, node: str | Node) -> None:
        """Run one tick of a node, whether it has work to do or not. Raises what the user's code raises."""
        __tracebackhide__ = True
        self.perform(Tick(self._node(node).name))

    def send(self, node: str | Node, input: str, item: Any) -> None:
        """Put an item into an input of a node, which is named by its channel in the flow's text.

        The item travels as messages do. Raises Misfit for one that cannot.
        """
        self.perform(Send(self._node(node).name, input, readable(encoded(JSON, item))))

    def deliver(self, message: Which) -> None:
        """Deliver a message: itself, by its id, or the oldest of which a function is true."""
        self.perform(Deliver(self._which(message)))

    def drop(self, message: Which) -> None:
        """Lose a message for good."""
        self.perform(Drop(self._which(message)))

    def duplicate(self, message: Which) -> Message:
        """Have a second message like it in flight, and return that."""
        before = set(self.transit.messages)
        self.perform(Duplicate(self._which(message)))
        return next(one for id, one in self.transit.messages.items() if id not in before)

    def hold(self, message: Which, decisions: int | None = None) -> None:
        """Hold a message in flight, for a number of decisions, or until it is delivered by hand.

        In a network with `fifo` those behind it on its way wait too.
        """
        self.perform(Delay(self._which(message), decisions))

    def cut(self, *groups: str | Node | Iterable[str | Node]) -> None:
        """Let no message pass between the groups of nodes; those in none of them are one more group.

        `net.cut("a")` cuts one node off, `net.cut({"a"}, {"b", "c"})` names both sides. It takes the place of a former
        cut, and lasts until `heal`. What is in flight from one group to another waits, or without `holds` is lost.
        """
        for group in groups:
            if not isinstance(group, (str, Node, Iterable)):
                raise TypeError(
                    f'a cut is between groups of nodes, as in `net.cut("a", {{"b", "c"}})`, and {shown(group)} is none'
                )
        wanted = [{group} if isinstance(group, (str, Node)) else set(group) for group in groups]
        named = [{self._node(one).name for one in group} for group in wanted]
        # In the nodes' own order, for sets have none.
        self.perform(Cut(tuple(tuple(name for name in self.nodes if name in group) for group in named)))

    def heal(self) -> None:
        """Let all messages pass again."""
        self.perform(Heal())

    def crash(self, node: str | Node) -> None:
        """Have a node go down: it does not tick, and what had reached it since its last tick is lost.

        What is in flight to it waits for its restart, or without `holds` is lost.
        """
        self.perform(Crash(self._node(node).name))

    def restart(self, node: str | Node, state: str = "kept") -> None:
        """Have a node come up again, with the state it had ("kept") or as new ("lost")."""
        self.perform(Restart(self._node(node).name, State(state)))

    def join(self, node: str | Node) -> None:
        """Have a node that was added with `join_later` come up."""
        self.perform(Join(self._node(node).name))

    def _which(self, message: Which) -> str:
        match message:
            case Message():
                return message.id
            case str():
                return message
        if not callable(message):
            raise TypeError(
                f'a message is named by itself, by its id such as "alice>bob#1", or by what is true of it, as in '
                f"`lambda message: message.value == 3`, not {shown(message)}"
            )
        found = next((one.id for one in self.in_flight if _is_true_of(message, one)), None)
        return found or self._impossible("of no message in flight is that true")

    # --- what may come, and what was ---------------------------------------------------------------------------------

    def possible(self, rates: Rates | None = None) -> list[Decision]:
        """The decisions that the scheduler may make now, in an order that depends on the run only.

        Ticks of nodes with work to do, deliveries, ticks of nodes that only wake themselves, joins; and of what goes
        wrong that to which the rates, those of the network if none are given, give a chance.
        """
        rates = rates or self.rates
        up = [node for node in self.nodes.values() if node.is_up]
        deliverable = self.deliverable()
        found: list[Decision] = [Tick(node.name) for node in up if node.is_due()]
        found += [Deliver(message.id) for message in deliverable]
        found += [Tick(node.name) for node in up if node.wakes_itself and not node.is_due()]
        found += [Join(name) for name in late_nodes(self.nodes)]
        found += [Restart(one.name, rates.restarts) for one in self.nodes.values() if not one.is_up and not one.is_late]
        if self.transit.groups:
            found.append(Heal())
        if rates.loss:
            found += [Drop(message.id) for message in deliverable]
        if rates.duplication:
            found += [Duplicate(message.id) for message in deliverable]
        if rates.crashes:
            found += [Crash(node.name) for node in up]
        if rates.partitions and not self.transit.groups:
            found += map(Cut, _partitions(list(self.nodes)))
        return found

    def replay(self, decisions: Iterable[Decision | Mapping[str, Any]] | str | Path, *, strict: bool = True) -> int:
        """Go back to the begin and perform decisions: the records, what `to_dict` made of them, or a file's by `save`.

        Returns how many were performed. Raises `ImpossibleDecision` where one is not possible, which names it; with
        `strict=False` it is left out. What the user's code raises in a tick is raised when all have been performed, the
        first of it, so that runs with such ticks in their middle can be replayed too.
        """
        __tracebackhide__ = True
        lines: Sequence[int] = ()
        if isinstance(decisions, (str, Path)):
            where = f"{decisions}, line "
            saved = read(decisions)
            self._must_fit(saved, decisions)
            chosen, lines = list(saved.decisions), saved.lines
        else:
            chosen = _read_decisions(decisions)
        self.reset()
        self._check(When.ALWAYS)
        performed = 0
        first: Exception | None = None
        for index, decision in enumerate(chosen):
            try:
                performed += self.perform(decision, strict=strict)
            except ImpossibleDecision as exception:
                place = f"{where}{lines[index]}: " if lines else ""
                raise ImpossibleDecision(
                    message=f"{place}decision {index}, {decision}, is not possible: {exception}"
                ) from None
            except PropertyViolated:
                raise
            except Exception as exception:
                performed += 1
                first = first or exception
        if first is not None:
            raise first
        self._check_at_rest()
        return performed

    def save(self, path: str | Path) -> None:
        """Write the run as JSON, one decision a line; `net.replay(path)` repeats it. Raises OSError."""
        nodes = {node.name: written(node.address) for node in self.nodes.values()}
        saved = Saved(seed=self.seed, settings=self._settings(), nodes=nodes, decisions=self.decisions)
        Path(path).write_text(saved.to_text(), encoding="utf-8")

    def _settings(self) -> dict[str, Any]:
        """What the meaning of decisions depends on."""
        return {"fifo": self.fifo, "holds": self.holds}

    def _must_fit(self, saved: Saved, path: str | Path) -> None:
        missing = [name for name in saved.nodes if name not in self.nodes]
        if missing:
            raise HydroflowError(
                message=f"{path} is the run of a network with the node{'s' * (len(missing) > 1)} {', '.join(missing)}: "
                f"add {'them' if len(missing) > 1 else 'it'} by `net.node(name, flow)` first"
            )
        for name, value in self._settings().items():
            if saved.settings.get(name, value) != value:
                raise HydroflowError(
                    message=f"{path} is the run of a network with {name}={saved.settings[name]}, this one has "
                    f"{name}={value}"
                )

    # --- what must hold ----------------------------------------------------------------------------------------------

    def always(self, predicate: Predicate, name: str | None = None) -> Predicate:
        """Have a function of the network be true after every decision, as in `lambda net: net["a"]["seen"] == []`.

        `name` is what it is called in messages, by default the function's name or a lambda's text; what has the same
        name is replaced. Returns the function, so it can be used as a decorator, `@net.always`. A run in which it is
        not true ends with `PropertyViolated`; what it raises comes out as it is. Raises TypeError for no function.
        """
        self.properties.add(When.ALWAYS, predicate, name)
        return predicate

    def eventually(self, predicate: Predicate, name: str | None = None) -> Predicate:
        """Have a function of the network be true whenever a run has come to rest; the rest is as for `always`.

        It is looked at at the end of `run` and `settle`, and of `step` and `replay` where nothing is left to do and no
        timer goes on; never while a cut divides the network. Nodes that are down then are as they are.
        """
        self.properties.add(When.EVENTUALLY, predicate, name)
        return predicate

    def settle(self, limit: int = LIMIT_OF_RUN) -> int:
        """Come to rest without chance, always in the same way; returns the number of decisions.

        The network heals, late nodes join, nodes with work to do tick in their order, then the oldest message is
        delivered, and so on; timers go on for a while. Raises what `run` raises.
        """
        __tracebackhide__ = True
        made = 0
        for decision in settling(self):
            if made == limit:
                raise HydroflowError(message=self._why_not_quiet(limit))
            self.perform(decision)
            made += 1
        self._check(When.EVENTUALLY)
        return made

    def explore(
        self,
        runs: int = 1_000,
        *,
        depth: int | None = None,
        loss: Wish = None,
        duplication: Wish = None,
        reorder: bool | None = None,
        crashes: Wish = None,
        partitions: Wish = None,
        restarts: str | Mapping[str, str] | None = None,
        timers: int = 1,
        seconds: float | None = None,
        seed: int | None = None,
        after: Iterable[Decision | Mapping[str, Any]] | None = None,
        keep: str | None = None,
        progress: bool | None = None,
    ) -> Exploration:
        """Try runs in search of one in which a property is violated or a node's code raises something.

        All schedules are tried where `runs` are enough for them, otherwise so many by chance, from `seed` (by default
        the network's). `seconds` bounds the time of the search, and anew that of making short what it found. An
        interrupt ends either with what there is so far. With `depth` only so many decisions of a run are chosen, and
        the network settles after them.

        `loss` and `duplication` say how many messages a run may lose and double, `crashes` and `partitions` how many
        nodes crash and how often the network is cut; True is any number of messages, and one crash or cut. A cut is in
        two groups: any, or with more than four nodes one node and the rest, or two halves. `restarts` is the state that
        crashed nodes may come up with, "kept" or "lost". `timers` is how often a node's timer may wake it while it
        could rest. `reorder=False` keeps messages in order in a network with `fifo=False`. What is not given is as the
        network's own rates are: off, or True where there is one.

        Each of these may be said of chosen nodes, and then goes wrong at no others: `crashes={"coordinator": 1}`,
        `restarts={"coordinator": "lost"}` (others as the network says); `loss` and `duplication` are then those of
        messages to a node, and `partitions` cut it off alone.

        Every run begins anew, with the decisions of `after`: by default with the run so far up to the last item that
        was sent into an input, as it went; what came after that is gone. Afterwards the network stands there. Of
        decisions at different nodes one order is tried, since all lead to the same state; so properties are of states,
        and nodes share nothing that changes.

        What fails is made short by leaving decisions out; with `keep="sends"` all that was sent into inputs stays.

        A property `holds` where all schedules were tried to their ends. Where only some were, because of `runs`,
        `seconds`, `depth`, an interrupt or runs without an end, it is "not refuted in n of about N schedules".

        Raises ValueError for what is no number of times, for nodes that do not exist and for another `keep`,
        `ImpossibleDecision` for a begin that is not possible, and
        what a predicate raises.
        """
        plan = exploring(
            self,
            runs=runs,
            depth=depth,
            loss=loss,
            duplication=duplication,
            reorder=reorder,
            crashes=crashes,
            partitions=partitions,
            restarts=restarts,
            timers=timers,
            seconds=seconds,
            seed=seed,
            after=None if after is None else _read_decisions(after),
            keep=keep,
        )
        return explore(self, plan, progress=progress)

    def _check_at_rest(self) -> None:
        """Look at what must hold in the end, if nothing could go on."""
        goes_on = any(node.is_up and node.wakes_itself for node in self.nodes.values())
        if self.is_quiet() and not goes_on:
            self._check_end()

    def _check_end(self) -> None:
        """Look at what must hold in the end, unless the network is still cut."""
        if not self.transit.groups:
            self._check(When.EVENTUALLY)

    def _check(self, when: When) -> None:
        if self.properties:
            self.properties.check(when, self, self._row, self.decisions[-1] if self.decisions else None)

    # --- looking -----------------------------------------------------------------------------------------------------

    def diagram(self, first: int | None = None, last: int | None = None) -> Diagram:
        """The run as a diagram in space and time; of its decisions those from `first` to `last`, by their indices."""
        return Diagram(self.history, first, last)

    def __repr__(self) -> str:
        flying, lost, made = len(self.transit.messages), len(self.undeliverable), len(self.decisions)
        return (
            f"<network of {len(self.nodes)} node{'s' * (len(self.nodes) != 1)}, {flying} in flight"
            f"{f', {lost} undeliverable' * bool(lost)}, {made} decision{'s' * (made != 1)}>"
        )

    def _text(self) -> str:
        lines = [repr(self), *map(repr, self.nodes.values())]
        if self.transit.groups:
            lines.append(f"cut: {' | '.join(', '.join(group) for group in self.transit.groups)}")
        return "\n".join([*lines, *map(repr, (*self.in_flight, *self.undeliverable))])

    def _repr_html_(self) -> str:
        nodes = table(
            ("node", "address", "state", "tick", "work to do"),
            [
                (
                    node.name,
                    written(node.address),
                    node.state,
                    str(node.current_tick()),
                    "yes" if node.is_up and node.is_due() else "",
                )
                for node in self.nodes.values()
            ],
        )
        flying = self.in_flight._repr_html_() if self.transit.messages else "<p>nothing in flight</p>"
        lost = f"<p>to nobody:</p>{Messages(self.undeliverable)._repr_html_()}" if self.undeliverable else ""
        return f"{nodes}{flying}{lost}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self._text(), "text/html": self._repr_html_()}


def _is_true_of(condition: Callable[[Message], bool], message: Message) -> bool:
    try:
        return bool(condition(message))
    except Undecodable:
        # It has no value that could be the one that is meant.
        return False


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name != "" and name == name.strip() and not _RESERVED & set(name)


def _read_decisions(decisions: Iterable[Decision | Mapping[str, Any]]) -> list[Decision]:
    if isinstance(decisions, (Decision, Mapping, str)) or not isinstance(decisions, Iterable):
        raise TypeError(f'a list of decisions is expected, such as `[Tick("alice")]`, not {shown(decisions)}')
    return [_read_decision(index, one) for index, one in enumerate(decisions)]


def _read_decision(index: int, one: Decision | Mapping[str, Any]) -> Decision:
    if not isinstance(one, Mapping):
        if not isinstance(one, Decision):
            raise TypeError(f"decision {index}, {shown(one)}, is none: {WRITE_A_DECISION}")
        return one
    try:
        return from_dict(dict(one))
    except ValueError as exception:
        raise HydroflowError(message=f"decision {index}: {exception}") from None


def _partitions(names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """All ways to cut the nodes into two groups, the first node always in the first of them."""
    first, *others = names or [""]
    for choice in range((1 << len(others)) - 1):
        one = (first, *(name for bit, name in enumerate(others) if choice >> bit & 1))
        yield (one, tuple(name for name in others if name not in one))
