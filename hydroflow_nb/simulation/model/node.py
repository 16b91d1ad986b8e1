"""A node: a flow in a simulated network. It runs as it would in a process of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from difflib import get_close_matches
from enum import Flag, auto
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from hydroflow_nb.engine.breakpoint import NoBreakpoint
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.faults import Faults
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.engine.snapshots import survived
from hydroflow_nb.flow import Flow
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import meaning
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running import Drivable, OnFault
from hydroflow_nb.simulation.model.acknowledging import AcknowledgingOutbound
from hydroflow_nb.simulation.model.clock import Clock, VirtualTimer
from hydroflow_nb.simulation.model.decisions import Point, State
from hydroflow_nb.simulation.model.ends import Endpoint, NodeOutbound
from hydroflow_nb.simulation.model.failing import Failures, ticks_of
from hydroflow_nb.simulation.model.journal import Journal
from hydroflow_nb.simulation.model.node_plan import NodePlan

if TYPE_CHECKING:
    from hydroflow_nb.why.derivation import Derivation
    from hydroflow_nb.widgets import NodeStepper

# The items that are kept of a node's newest ticks, unless the network says otherwise.
RECORDING: Final = 20_000
# Of a node that loses its state again and again so many lives are kept.
_MOST_LIVES: Final = 20


class Asked(Flag):
    """What somebody asks a node for that its later ticks do not depend on."""

    NOTHING = 0
    # How many ticks it has run.
    TICKS = auto()
    # Which of them were aborted, and what was set aside.
    FAULTS = auto()


class OutboundOf(Protocol):
    """Makes the outbound end of a node beside an inbound end; `folders` counts those that a durable node has begun."""

    def __call__(self, plan: NodePlan, endpoint: Endpoint, inbound: Inbound, folders: int, /) -> NodeOutbound:
        """A new end."""


class Deciding(Protocol):
    """The network of a node, in which what happens to the node is decided."""

    def tick(self, node: str) -> None:
        """Run one tick of a node."""

    def send(self, node: str, input: str, item: Any) -> None:
        """Put an item into an input of a node."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to decisions; gives a function that unsubscribes."""

    def why_recorded(self, node: str, life: int, edge: str, tick: int, step: int, index: int) -> Derivation:
        """Why an item of a node's recording is there, through messages. Raises KeyError."""


class NodeInput:
    """An input of a node, named by its channel in the flow's text. Each item that is sent into it is a decision."""

    def __init__(self, node: Node, name: str) -> None:
        self.name = name
        self._node = node

    def send(self, item: Any) -> None:
        """Put one item in."""
        self._node.network.send(self._node.name, self.name, item)

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable, each by a decision of its own."""
        for item in items:
            self.send(item)

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        return self._node.flow.inputs[self.name].waiting()

    def __repr__(self) -> str:
        return f"<input {self.name} of {self._node.name}, {len(self.waiting())} waiting>"


class Node:
    """A flow in a simulated network.

    `node["seen"]` is what the name `seen` stands for in the running flow. `node.inputs["lines"].send(item)` puts an
    item into an input. `node.flow` is the running flow itself: look at it, but let `net` run it; `node.stepper()` shows
    its recorded ticks and steps it by decisions of the network.

    Each flow that the node begins with is recorded from its first tick on, `recording` items of it; with 0 nothing is.
    While `records` is set, it is recorded with copies of the items that can change. `lives` are the flows that the node
    had in this run, the newest last: it begins another one when it restarts with its state lost.
    """

    def __init__(
        self,
        plan: NodePlan,
        outbound_of: OutboundOf,
        clock: Clock,
        network: Deciding,
        recording: int = RECORDING,
    ) -> None:
        self.name = plan.name
        self.plan = plan
        self.network = network
        self.recording = recording
        self.is_up = False
        self.records = False
        # It joins later, and has not joined yet.
        self.is_late = False
        # Whoever wants to know what somebody asks for sets this to NOTHING before.
        self.asked = Asked.NOTHING
        self._has_run = False
        self._journal: Journal | None = None
        self._outbound_of = outbound_of
        self._clock = clock
        self._surroundings = {
            "Timer": partial(VirtualTimer, clock=clock),
            "time": self._tick_time if plan.durable else clock.time,
            # A decision runs a whole tick.
            "item_breakpoint": NoBreakpoint,
        }
        self.reset()

    # --- what a network does with it ---------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to the state before a run."""
        self._lives: deque[tuple[int, Flow]] = deque(maxlen=_MOST_LIVES)
        # How many folders a durable node has begun in this run.
        self._folders = 0
        self.start()
        self.is_late = self.plan.joins_later
        self.is_up = not self.is_late

    def start(self, *, durable: bool = False) -> None:
        """Start as new: with a flow at tick 0 and copies of the names that the node was given. With `durable`, what its
        `'durable` operators held is there again, or all that a durable node held; what stands behind sinks alone is
        outside of it, and stays.
        """
        plan = self.plan
        former = self._driven if self._has_run else None
        before = None if former is None else former.engine.program
        left = self._journal.left() if durable and self._journal is not None else None
        self._folders += plan.durable and left is None
        if self._has_run:
            self._driven.engine.close()
        self._has_run = True
        names = plan.names.fresh()
        if durable and former is not None:
            old = former.names or {}
            names.update((name, old[name]) for name in names if name in plan.sinks)
        self._inbounds = {}
        outbounds = []
        for endpoint, names_of_outbound, names_of_inbound in plan.ends:
            inbound = Inbound(codec=endpoint.codec, limit_bytes=None, address=endpoint.address)
            outbound = self._outbound_of(plan, endpoint, inbound, self._folders)
            outbounds.append(outbound)
            self._inbounds[endpoint.address] = inbound
            names.update(dict.fromkeys(names_of_outbound, outbound))
            names.update(dict.fromkeys(names_of_inbound, inbound))
        self._flow: Flow = plan.flow.copy(names, plan.name, self._surroundings)
        self._lives.append((self._lives[-1][0] + 1 if self._lives else 0, self._flow))
        if self.records:
            self._flow.record(copies=True)
        elif self.recording:
            self._flow.record(self.recording)
        driven = self._flow.drive()
        self._driven: Drivable = driven
        engine = driven.engine
        self._context, program = engine.context, engine.program
        self._run_tick = ticks_of(self._flow, plan.on_fault)
        if plan.durable:
            ends = [one for one in outbounds if isinstance(one, AcknowledgingOutbound)]
            self._journal = Journal(driven, ends, self._clock.time)
            self._journal.begin(left)
        elif durable and before is not None:
            survived(before, program)
        self._failures = Failures(self._flow)
        # Not `isinstance`, which takes longer for an abstract class than all else here: nodes start again and again.
        self._timers = [one for one in program.inboxes if type(one) is VirtualTimer]
        self._externals = [one for one in program.inboxes if type(one) is not VirtualTimer]
        # A tick has work to do where one of these holds something, or an external that tells no queues waits.
        self._work: list[Sized] = [one.now for one in program.tick_buffers if not one.lazy]
        self._asked: list[External] = []
        for external in self._externals:
            queues = external.queues
            if queues is None:
                self._asked.append(external)
            else:
                self._work += queues
        # What a tick took in that could not be run without an item waits in front of all that.
        self._work.append(engine.again)
        # A timer or a `spin` would have the flow tick for ever.
        self.wakes_itself = program.always_scheduled or bool(self._timers)
        self._names = driven.names or {}
        self._classes = Classes(self._names)
        self.inputs = {
            name: NodeInput(self, name) for name, inbox in driven.inboxes.items() if type(inbox) is not VirtualTimer
        }

    @property
    def has_durable_state(self) -> bool:
        """True where all of it is durable, or an operator of its flow is."""
        return self.plan.durable or any(variable.durable for variable in self._driven.engine.program.variables)

    def restarts_with(self, state: State) -> State:
        """The state that it comes up with where nodes restart with this one: as new where nothing of it is durable and
        what is durable survives.
        """
        return State.LOST if state is State.DURABLE and not self.has_durable_state else state

    def crash(self, at: Point | None = None) -> None:
        """Go down, a durable node at a point of its next tick; what came in after the last tick is lost.

        Raises what user code raises in a tick, and then it is up.
        """
        if at is not None and at.is_within_tick:
            assert self._journal is not None
            self._journal.go_down(at, self.tick)
        self.is_up = False
        for inbound in self._inbounds.values():
            inbound.forget()
        for one in self._externals:
            if isinstance(one, Inbox):
                one.channel.drain()
        if self._journal is None:
            self._driven.engine.again.clear()

    def deliver(self, address: Any, body: bytes, origin: Any) -> None:
        """Take in a message; the next tick reads it."""
        self._inbounds[address].accept(body, origin)

    def put(self, name: str, item: Any) -> None:
        """Put an item into an input."""
        self._flow.inputs[name].send(item)

    def decode(self, body: bytes) -> Any:
        """What a message's body means to the node's flow. Raises `Undecodable`."""
        return meaning(body, self._classes)

    @property
    def has_accepted(self) -> bool:
        """True where a message waits that comes again if the node crashes now."""
        return any(one.marks is not None and one.marks.waiting for one in self._inbounds.values())

    @property
    def runs_again(self) -> bool:
        """True where its next tick is one that was journaled, and has not ended."""
        return self._journal is not None and bool(self._driven.engine.again)

    def _tick_time(self) -> float:
        return self._clock.time() if self._journal is None else self._journal.instant()

    def is_due(self) -> bool:
        """True where a tick has work to do: it is the first one, or items came in or were deferred."""
        # A search asks every node at every decision.
        if self._context.tick == 0 or any(self._work):
            return True
        for one in self._asked:  # noqa: SIM110 - a loop costs a third of `any` with a generator
            if one.waits():
                return True
        return False

    def next_instant(self) -> float:
        """When the flow ticks by itself next, in seconds since the start of the run."""
        return min((timer.next_instant for timer in self._timers), default=self._clock.now)

    def waits_for_time(self) -> bool:
        """True where only a timer gives the next tick work to do."""
        return bool(self._timers) and not self.is_due()

    def tick(self) -> None:
        """Run one tick. Where it waits for time, time passes until its next timer is due."""
        __tracebackhide__ = True
        if self.waits_for_time():
            self._clock.advance(self.next_instant())
        self._run_tick()
        engine = self._driven.engine
        while engine.has_stopped and engine.is_within_tick:
            # At a breakpoint that was set on the node's flow: a decision runs a whole tick.
            self._run_tick()

    def failed(self, raised: BaseException | None) -> tuple[str, tuple[str, ...]]:
        """How the last tick was aborted, or what it has raised, and the items that were set aside, with reasons."""
        if raised is None and self.plan.on_fault is OnFault.STOP:
            return "", ()
        return self._failures.new(raised)

    def remembers(self, body: Callable[[bytes], Any], *, asked: Asked = Asked.NOTHING) -> Iterator[Any]:
        """All of the node that its later ticks depend on: the values themselves, and no copies. What else of a node is
        to outlast a decision has its line here.

        `body` gives what stands for the body of a message that waits. The number of the tick is among it where the text
        reads `context`, or somebody has `asked` for it; what has failed where somebody has.
        """
        engine, context = self._driven.engine, self._context
        program = engine.program
        yield (self.is_up, self.is_late, context.tick == 0, self.undecodable)
        if asked & Asked.TICKS or program.reads_context:
            yield context.tick
        if asked & Asked.FAULTS:
            for told in (self._flow.faults, self._flow.set_aside):
                yield (told.dropped, list(told))
        yield [self._names[name] for name in self.plan.names.changing]
        yield context.states
        yield from program.lasting()
        inboxes = [one for one in program.inboxes if isinstance(one, Inbox)]
        yield [inbox.channel.queue for inbox in inboxes]
        yield [[batch.get(inbox, ()) for inbox in inboxes] for batch in engine.again]
        yield [timer.started for timer in self._timers]
        yield [(body(one), origin) for inbound in self._inbounds.values() for one, origin in inbound.waiting()]
        if self._journal is not None:
            yield from self._journal.remembers(body, is_up=self.is_up)

    # --- looking -----------------------------------------------------------------------------------------------------

    @property
    def flow(self) -> Flow:
        """The running flow."""
        self.asked |= Asked.TICKS | Asked.FAULTS
        return self._flow

    @property
    def address(self) -> Any:
        """Where messages reach the node; the first of its addresses where it has several."""
        return self.plan.endpoints[0].address

    @property
    def faults(self) -> Faults:
        """The ticks that user code aborted, oldest first."""
        self.asked |= Asked.FAULTS
        return self._flow.faults

    @property
    def set_aside(self) -> SetAside:
        """The items that were set aside because ticks failed with them, oldest first, as `flow.set_aside`: of a node
        that sets aside, which `net.node(..., on_fault="set-aside")` and a durable node do.
        """
        self.asked |= Asked.FAULTS
        return self._flow.set_aside

    @property
    def undecodable(self) -> int:
        """The number of messages that its flow could not read; `node["inbound"].statistics` has the last ones."""
        return sum([inbound.statistics.undecodable for inbound in self._inbounds.values()])

    @property
    def drawing(self) -> Graph:
        """The graph of the flow that the node runs a copy of: it is laid out once for all nodes that do."""
        return self.plan.flow.graph

    @property
    def ends(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names that its text has for where messages come in, and for where they leave."""
        return frozenset(self.plan.inbound), frozenset(self.plan.outbound)

    @property
    def lives(self) -> Sequence[tuple[int, Flow]]:
        """The flows that the node had in this run, each with its number, from 0; the oldest of many are let go."""
        return tuple(self._lives)

    def stepper(self, life: int | None = None) -> NodeStepper:
        """The widget that shows the node's recorded ticks. Its Step is `net.tick(name)`, its Send is `net.send`.

        `life` is the number of one of `lives`, by default the newest; one that has ended can only be looked at. Raises
        KeyError for another number.
        """
        from hydroflow_nb.widgets import NodeStepper

        if life is not None and life not in dict(self._lives):
            raise KeyError(f"{self.name} has no life {life!r} that is kept")
        return NodeStepper(self, life)

    def current_tick(self) -> int:
        """The number of ticks that the node has run since it started as new."""
        self.asked |= Asked.TICKS
        return self._context.tick

    def __getitem__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            close = get_close_matches(name, self.plan.flow.used_names, 1)
            meant = f": did you mean {close[0]!r}?" if close else ""
            raise KeyError(f"{self.name} has no name {name!r}{meant}") from None

    @property
    def state(self) -> str:
        """Its state in a word or two."""
        if self.is_up:
            return "up"
        return "not joined yet" if self.is_late else "down"

    def __repr__(self) -> str:
        return f"<node {self.name}, {self.state}, at tick {self.current_tick()}>"
