"""The search for a run that fails, as a person asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Decision, decisions_from
from hydroflow_nb.simulation.model.schedule import Rates
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.global_state import must_be_symmetric
from hydroflow_nb.simulation.search.outcome import Exploration
from hydroflow_nb.simulation.search.plan import (
    SearchPlan,
    Wish,
    bound,
    duration,
    exchangeable,
    most_states,
    must_be_seed,
    points_of,
    restarts_with,
    start_of_search,
    times,
)
from hydroflow_nb.simulation.search.progress import Listener
from hydroflow_nb.simulation.search.search import explore


class Explorable(CheckedRun):
    """A run that a search may begin with, in a network that has a seed and rates by itself."""

    seed: int
    rates: Rates
    # The names of the members of each cluster, where the network is one of a system.
    clusters: Mapping[str, Sequence[str]]

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
        crash_points: str | Iterable[str] | None = None,
        resends: int = 0,
        timers: int = 1,
        states: bool | int = False,
        symmetric: str | Iterable[str] = (),
        seconds: float | None = None,
        seed: int | None = None,
        after: Iterable[Decision | Mapping[str, Any]] | None = None,
        keep: str | None = None,
        progress: bool | Listener | None = None,
    ) -> Exploration[Self]:
        """Search for a run in which a property is violated or a node's code raises something.

        All schedules are tried where there are at most `runs` of them; otherwise `runs` of them are chosen by chance,
        from `seed` (by default the network's). `seconds` bounds the time of the search, and once more the time of
        shortening a run that fails. An interrupt ends either, and keeps the result so far. With `depth` only so many
        decisions of a run are chosen, and the network settles after them.

        `loss` and `duplication` say how many messages a run may lose and double, `crashes` and `partitions` how many
        nodes crash and how often the network is cut; True is any number of messages, and one crash or cut. A cut makes
        two groups: any, or with more than four nodes one node and the rest, or two halves. `restarts` is the state that
        crashed nodes may come up with, "kept", "lost" or "durable". `timers` is how often a node's timer may wake it
        while it could rest. `reorder=False` keeps messages in order in a network with `fifo=False`. An option that is
        not given follows the network's own rate: True where the rate is above 0, else off.

        Durable nodes crash between two ticks and at each point of their protocol, or only at those of `crash_points`:
        "accept", "journal", "acknowledge", "tick", "send", as `crash` has them. `resends` is how often two of them
        connect again in a run, and send each other once more what is not acknowledged; after a crash and a loss they do
        so anyway.

        Each of these may name nodes, and then other nodes have no such fault: `crashes={"coordinator": 1}`,
        `restarts={"coordinator": "lost"}` (others as the network says); `loss` and `duplication` are then those of
        messages to a node, and `partitions` cut it off alone.

        Every run begins anew, with the decisions of `after`: by default with the run so far up to the last item that
        was sent into an input, without what came after it. Afterwards the network stands there. Decisions at different
        nodes are tried in one order, since all orders lead to the same state; so a property must depend on the state
        alone, and nodes must share nothing that changes.

        With `states` equal states are merged, and each is tried once: by default up to a million, or as many as it
        says. So the search ends where states are few, however many schedules lead through them, and where runs go on
        for ever. A state is what nodes hold, what waits for them, what is in flight, the clock, and what is left of the
        bounds; entries of dicts stand in their order, members of sets do not, and ids of messages are no part of it.
        Where a property asks for the number of ticks, that is part of a state. Where one asks for `net.decisions` or
        `net.history`, or a value has no canonical form (an open file, a generator that was begun), states are not
        merged, and the result says why. `symmetric` names a cluster of a system, or nodes that may be exchanged: states
        that differ in that alone are one. For that their names must mean nothing but who it is: nothing sorts by them
        or compares them with a name that a text has, and properties treat all alike. Nodes that begin unlike are
        refused.

        A line tells how far the search has come where a person watches: `progress=True` shows it, False does not. A
        function is called in its place, a few times a second, with `tried`, `estimate`, `rate`, `left` and more.

        A run that fails is shortened by leaving decisions out; with `keep="sends"` all items sent into inputs stay.

        A property `holds` where all schedules, or all states, were tried to their ends. Where only some were, because
        of `runs`, `states`, `seconds`, `depth`, an interrupt or runs without an end, it is "not refuted in n of about N
        schedules".

        Raises ValueError where a number of times is wrong, for nodes that do not exist or are not symmetric, and for
        another `keep`, `ImpossibleDecision` where the decisions of `after` are not possible, and what a predicate
        raises.
        """
        if reorder and self.fifo:
            raise ValueError("messages overtake each other only in a network with `fifo=False`: make it so")
        if seed is not None:
            must_be_seed(seed)
        if keep not in (None, "sends"):
            raise ValueError(f'keep is "sends", or None to leave out what can be, not {shown(keep)}')
        rates, nodes = self.rates, self.nodes.keys()
        begin, forgotten = (decisions_from(after), 0) if after is not None else start_of_search(self.decisions)
        plan = SearchPlan(
            runs=times("runs", runs, 1),
            depth=None if depth is None else times("depth", depth, 0),
            seconds=None if seconds is None else duration(seconds),
            seed=self.seed if seed is None else seed,
            begin=tuple(begin),
            forgotten=forgotten,
            keeps_sends=keep is not None,
            states=most_states(states),
            symmetric=exchangeable(symmetric, nodes, self.clusters) if symmetric else (),
            bounds=Bounds(
                loss=bound("loss", loss, rates.loss, None, nodes),
                duplication=bound("duplication", duplication, rates.duplication, None, nodes),
                crashes=bound("crashes", crashes, rates.crashes, 1, nodes),
                partitions=bound("partitions", partitions, rates.partitions, 1, nodes),
                states=restarts_with(restarts, rates.restarts, nodes),
                reorder=reorder is not False,
                timers=times("timers", timers, 0),
                points=points_of(crash_points),
                resends=times("resends", resends, 0),
            ),
        )
        if plan.symmetric:
            must_be_symmetric(self, plan.symmetric)
        return explore(self, plan, progress=progress)
