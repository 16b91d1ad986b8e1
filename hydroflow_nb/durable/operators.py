"""A flow of which the `'durable` operators are kept in a folder, and nothing else: it begins anew with what they held.

When a tick has ended, what it has changed of their state is appended to the journal, and the disk holds that before the
messages of the tick leave. What came to them in the tick tells where to look for it; a tick in which nothing came, or
that has changed nothing, writes nothing. Now and then all of their state is written, and the journal begun anew. No
tick runs again, so ticks may ask clocks and chance. (A log of what has changed, and not of commands; Ongaro and
Ousterhout, In Search of an Understandable Consensus Algorithm, 2014, ask for this of the term, the vote and the log of
a server.)
"""

from __future__ import annotations

from contextlib import suppress

from hydroflow_nb.durable.edits import Edit, edited
from hydroflow_nb.durable.following import FollowedOperator
from hydroflow_nb.durable.keepable import Keepable, Migration
from hydroflow_nb.durable.keeping import MOST_BYTES, SNAPSHOT_EVERY
from hydroflow_nb.durable.layout import States
from hydroflow_nb.durable.parts import Keeps, Parts
from hydroflow_nb.durable.refusing import unreadable_journal
from hydroflow_nb.durable.store import Store
from hydroflow_nb.durable.values import Decoder, encoded
from hydroflow_nb.engine.misfit import Misfit


class OperatorKeeping:
    """Keeps the `'durable` operators of a flow in a store: it gives them what they held, and is told of the ends of
    ticks from then on.

    Raises DurabilityError where the store holds what operators of another text kept (HF705), what cannot be read
    (HF703) or kept (HF706), or all that a flow held (HF704).
    """

    def __init__(
        self, flow: Keepable, store: Store, *, snapshot_every: int = SNAPSHOT_EVERY, migration: Migration | None = None
    ) -> None:
        self._flow = flow
        self._store = store
        self._every = snapshot_every
        self._layout = flow.layout.of_durable()
        self._parts = Parts(store.path, self._layout, flow.names, flow.span, Keeps.OPERATORS)
        # How many records came before those that the journals have.
        self._before = store.kept.tick
        self._operators: list[FollowedOperator] = []
        self._bring_back(migration)
        self._operators = [FollowedOperator(place, self._layout) for place in self._layout.nodes]
        # False while the folder may hold something else than is noted here.
        self._is_sure = True
        # Some operators change in their first tick, whether something comes or not.
        self._is_first = True
        came = {edge: one.came.append for one in self._operators for edge in flow.edges_to(one.node)}
        flow.tell(came, silent=False)
        flow.engine.keep_changes(self)

    # --- what the engine tells ---------------------------------------------------------------------------------------

    def end_tick(self) -> None:
        """Have the disk hold what the tick has changed. Raises DurabilityError, where its messages must not leave."""
        if not self._is_sure:
            self.snapshot()
        else:
            self._keep_changes()
        self._is_first = False
        for one in self._operators:
            one.came.clear()

    def _keep_changes(self) -> None:
        edits = [(one, self._edits(one)) for one in self._operators]
        payloads = [self._parts.part(one.place, role, edit) for one, found in edits for role, edit in found.items()]
        if not payloads:
            return
        # Where this is interrupted, in whatever place, a snapshot tells all.
        self._is_sure = False
        self._store.append(encoded(payloads))
        for one, found in edits:
            for role, edit in found.items():
                one.put(role, edit)
        self._is_sure = True
        if self._store.records >= self._every or self._store.size >= MOST_BYTES:
            self.snapshot()

    def _edits(self, one: FollowedOperator) -> dict[str, Edit]:
        try:
            return one.edits(knows_came=not self._is_first)
        except Misfit as misfit:
            raise self._parts.unwritable(one.place, misfit) from None

    def close(self) -> None:
        """Let go of the folder."""
        with suppress(Exception):  # the process may have no more files, or the disk be gone
            self._store.sync()
        self._store.close()

    def snapshot(self) -> None:
        """Write all that the operators hold, and begin the journal anew. Raises DurabilityError."""
        number = self._before + self._store.records
        self._store.snapshot(number, self._parts.written({}, self._layout.held()))
        self._before = number
        for one in self._operators:
            one.look()
        self._is_sure = True

    # --- coming back -------------------------------------------------------------------------------------------------

    def _bring_back(self, migration: Migration | None) -> None:
        """Give the operators what they held."""
        kept, context = self._store.kept, self._flow.engine.context
        if kept.snapshot is None:
            if kept.records:
                raise unreadable_journal(self._store.path, "the snapshot that it follows is missing")
            # The folder says from the first instant on whose it is.
            self.snapshot()
            return
        old = None if migration is None else self._parts.of(migration.flow.layout.of_durable())
        if migration is None or old is None or not self._parts.is_of(old.layout.lines, kept.snapshot):
            self._layout.restore(self._states(self._parts, kept.snapshot), context)
            return
        states = migration.function(self._states(old, kept.snapshot))
        self._parts.must_have_been_put(self._layout.restore(states, context))
        self.snapshot()

    def _states(self, parts: Parts, snapshot: list[bytes]) -> States:
        """What the folder holds: the snapshot, with all that has changed since."""
        states = parts.states(snapshot)
        decoder = Decoder(self._flow.names)
        for record in self._store.kept.records:
            for payload in parts.value(decoder, record, "the journal"):
                place, role, edit = parts.value(decoder, payload, "the journal")
                try:
                    states[place][role] = edited(states[place][role], edit)
                except Exception as exception:
                    why = f"a change of `{role}` of `{place}` does not fit: {exception}"
                    raise unreadable_journal(self._store.path, why) from None
        return states
