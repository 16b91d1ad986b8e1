"""`flow.durable(folder)`: whether a flow can be kept, and what who keeps it sees of it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hydroflow_nb.codegen.load import LoadedProgram
from hydroflow_nb.compiler import Compiled
from hydroflow_nb.correctness.outputs import outputs_of
from hydroflow_nb.durable.aside import AsideFile
from hydroflow_nb.durable.came import Came, CameItems, CameMessages
from hydroflow_nb.durable.keepable import Migration
from hydroflow_nb.durable.keeping import SNAPSHOT_EVERY, Keeping, Write
from hydroflow_nb.durable.layout import Layout, layout_of
from hydroflow_nb.durable.operators import OperatorKeeping
from hydroflow_nb.durable.refusing import refusal
from hydroflow_nb.durable.store import Store
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.lasting import Lasting
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.engine.sharing import SharedInbox
from hydroflow_nb.ir.graph import EdgeId, Node, NodeId
from hydroflow_nb.net.inbox import Acknowledges, MessageInbox
from hydroflow_nb.net.outlet import MessageOutlet
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.source import Span


class Listen(Protocol):
    """Has functions called with what goes over edges, from the next tick on; some operators drop what comes to them."""

    def __call__(self, told: Mapping[EdgeId, Callable[[Any], None]], silent: Collection[NodeId], /) -> None:
        """From now on these functions are called, and these operators silent."""


class CompiledFlow:
    """A compiled flow for who keeps it, as its text says it: what is seen does not depend on optimisations."""

    def __init__(
        self,
        compiled: Compiled,
        loaded: LoadedProgram,
        names: Mapping[str, Any],
        driven: Drivable,
        listen: Listen,
    ) -> None:
        self.engine: Engine = driven.engine
        self.inboxes: Mapping[str, Inbox] = driven.inboxes
        self.names: Mapping[str, Any] = names
        self.set_aside: SetAside = driven.set_aside
        self._loaded = loaded
        self._graph = compiled.graph
        self._listen = listen
        flat = compiled.graph.flat
        leaving = [output for output in outputs_of(flat) if not output.edges]
        # What nothing reads may be what an operator holds, which is found again as all else.
        self._silent = {
            output.node.id
            for output in leaving
            if not output.node.operator.facts.pure and output.node.id not in loaded.expectations
        }
        self.outputs: Mapping[EdgeId, str] = {
            edge.id: output.name for output in leaving for edge in flat.inputs(output.node.id)
        }
        code = compiled.watched_code(recorded=False, stops=self.outputs.keys())
        self.layout: Layout = layout_of(compiled.graph, code, loaded.program)
        self.span: Span = flat.source.span(0, 0)
        self.ends: list[Lasting] = []
        self.came: dict[EdgeId, Came] = {edge: CameItems() for edge in self.outputs}

    def edges_to(self, node: Node) -> Sequence[EdgeId]:
        """The edges by which items come to an operator."""
        return [edge.id for edge in self._graph.flat.inputs(node.id)]

    def tell(self, outputs: Mapping[EdgeId, Callable[[Any], None]], *, silent: bool) -> None:
        """Have functions called with what goes over these edges; `silent`: nothing leaves the flow."""
        self._listen(outputs, self._silent if silent else ())

    def keep_ends(self, identity: str) -> None:
        """Have the ends of networks number what they send, and acknowledge what comes in. Raises DurabilityError."""
        kept: dict[Acknowledges, Lasting | None] = {}

        def keep(node: NodeId, end: Acknowledges | None) -> bool:
            if end is not None and end not in kept:
                try:
                    # Each has numbers of its own.
                    kept[end] = end.keep(f"{identity}.{len(kept)}")
                except Misfit as misfit:
                    raise refusal("HF707", str(misfit), self._graph.nodes[node].span, misfit.hint) from None
            return end is not None and kept[end] is not None

        for node, inbox in self._loaded.inboxes.items():
            read = inbox.common if isinstance(inbox, SharedInbox) else inbox
            if isinstance(read, MessageInbox) and keep(node, read.acknowledges):
                # Who waits for an acknowledgement must not wait for who sends it.
                inbox.pauses = False
                read.keeps_bodies = not isinstance(inbox, SharedInbox)
        for node, outlet in self._loaded.outlets.items():
            if isinstance(outlet, MessageOutlet) and keep(node, outlet.acknowledges):
                self._silent.discard(node)
                sent = CameMessages(outlet.codec)
                outlet.tell(sent.note)
                edges = [edge.id for edge in self._graph.flat.inputs(node)]
                self.came.update((edge, sent) for edge in edges if edge in self.outputs)
        self.ends = [end for end in kept.values() if end is not None]

    def must_be_new(self) -> None:
        """Raise DurabilityError (HF707) where the flow has run."""
        context = self.engine.context
        if context.tick or self.engine.is_within_tick:
            raise refusal(
                "HF707",
                "the flow has run already, and a folder keeps it from its first tick on",
                self.span,
                "call `flow.durable(folder)` before its first tick",
            )

    def must_have_durable_operators(self) -> None:
        """Raise DurabilityError (HF707) where no operator is `'durable`."""
        if not self.layout.of_durable().variables:
            raise refusal(
                "HF707",
                "no operator of this flow is `'durable`, so nothing of it would be kept",
                self.span,
                "write `'durable` in place of `'static` where something is to be kept, as in `fold::<'durable>(...)`; "
                "or keep all of the flow: `flow.durable(folder)`",
            )

    def must_run_again(self) -> None:
        """Raise DurabilityError (HF707) where ticks cannot run again from what is kept of them."""
        for node, external in self._loaded.externals.items():
            if not isinstance(external, Inbox):
                self._refuse_awaiting(node)
        for one in self._graph.nodes.values():
            if one.operator.awaits is not None:
                self._refuse_awaiting(one.id)
        for file in self._loaded.program.files:
            if not file.appends:
                raise refusal(
                    "HF707",
                    "a file of this flow is emptied whenever the flow starts, and a durable flow starts again",
                    self.span,
                    "write behind what the file holds: `dest_file(path, True)`",
                )

    def _refuse_awaiting(self, node: NodeId) -> None:
        found = self._graph.nodes[node]
        raise refusal(
            "HF707",
            f"`{found.operator.name}` hands on what it has awaited, which is another thing each time",
            found.span,
            "await outside of the flow, and send the results into a channel: they are kept from there on",
        )


def keep(
    flow: CompiledFlow, folder: Path, write: str, snapshot_every: int | None, migration: Migration | None = None
) -> None:
    """Keep a flow in a folder. Raises DurabilityError, and ValueError for another way to write or a number below 1."""
    try:
        way = Write(write)
    except ValueError:
        raise ValueError(f'write="journal", write="state" or write="operators", not {write!r}') from None
    every = SNAPSHOT_EVERY if snapshot_every is None else operator.index(snapshot_every)
    if every < 1:
        raise ValueError(f"the state is written after one tick or more, not after {every}")
    flow.must_be_new()
    if way is Write.OPERATORS:
        flow.must_have_durable_operators()
    else:
        flow.must_run_again()
    store = Store(folder)
    try:
        if way is Write.OPERATORS:
            OperatorKeeping(flow, store, snapshot_every=every, migration=migration)
            return
        flow.keep_ends(store.identity)
        Keeping(flow, store, write=way, snapshot_every=every, migration=migration)
        AsideFile(folder, flow.names, flow.set_aside, flow.engine.context.tick)
    except BaseException:
        store.close()
        raise
