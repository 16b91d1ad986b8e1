"""The search for a run that fails, as a person asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Decision, decisions_from
from hydroflow_nb.simulation.model.schedule import Rates
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.outcome import Exploration
from hydroflow_nb.simulation.search.plan import (
    SearchPlan,
    Wish,
    bound,
    duration,
    must_be_seed,
    start_of_search,
    states,
    times,
)
from hydroflow_nb.simulation.search.progress import Listener
from hydroflow_nb.simulation.search.search import explore


class Explorable(CheckedRun):
    """A run that a search may begin with, in a network that has a seed and rates by itself."""

    seed: int
    rates: Rates

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

        Each of these may name nodes, and then other nodes have no such fault: `crashes={"coordinator": 1}`,
        `restarts={"coordinator": "lost"}` (others as the network says); `loss` and `duplication` are then those of
        messages to a node, and `partitions` cut it off alone.

        Every run begins anew, with the decisions of `after`: by default with the run so far up to the last item that
        was sent into an input, without what came after it. Afterwards the network stands there. Decisions at different
        nodes are tried in one order, since all orders lead to the same state; so a property must depend on the state
        alone, and nodes must share nothing that changes.

        A line tells how far the search has come where a person watches: `progress=True` shows it, False does not. A
        function is called in its place, a few times a second, with `tried`, `estimate`, `rate`, `left` and more.

        A run that fails is shortened by leaving decisions out; with `keep="sends"` all items sent into inputs stay.

        A property `holds` where all schedules were tried to their ends. Where only some were, because of `runs`,
        `seconds`, `depth`, an interrupt or runs without an end, it is "not refuted in n of about N schedules".

        Raises ValueError where a number of times is wrong, for nodes that do not exist and for another `keep`,
        `ImpossibleDecision` where the decisions of `after` are not possible, and what a predicate raises.
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
            bounds=Bounds(
                loss=bound("loss", loss, rates.loss, None, nodes),
                duplication=bound("duplication", duplication, rates.duplication, None, nodes),
                crashes=bound("crashes", crashes, rates.crashes, 1, nodes),
                partitions=bound("partitions", partitions, rates.partitions, 1, nodes),
                states=states(restarts, rates.restarts, nodes),
                reorder=reorder is not False,
                timers=times("timers", timers, 0),
            ),
        )
        return explore(self, plan, progress=progress)
