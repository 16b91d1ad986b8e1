"""A run with properties: they are checked after every decision, and the run can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.model.decisions import Decision, ImpossibleDecision, decisions_from, from_dict
from hydroflow_nb.simulation.model.properties import Properties, PropertyViolated, When
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.model.saved import read
from hydroflow_nb.simulation.model.settling import settling

LIMIT_OF_RUN: Final = 10_000


class CheckedRun(Run):
    """A run whose properties are checked after every decision."""

    def __init__(self, *, fifo: bool, holds: bool) -> None:
        super().__init__(fifo=fifo, holds=holds)
        self.properties = Properties()

    def always(self, predicate: Callable[[Self], Any], name: str | None = None) -> Callable[[Self], Any]:
        """Require a function of the network to be true after every decision: `lambda net: net["a"]["seen"] == []`.

        `name` is what it is called in messages, by default the function's name or a lambda's text; a property of the
        same name is replaced. Returns the function, so it can be used as a decorator, `@net.always`. A run in which it
        is not true ends with `PropertyViolated`; what it raises is raised unchanged. Raises TypeError for anything but
        a function.
        """
        self.properties.add(When.ALWAYS, predicate, name)
        return predicate

    def eventually(self, predicate: Callable[[Self], Any], name: str | None = None) -> Callable[[Self], Any]:
        """Require a function of the network to be true whenever a run has come to rest; all else is as for `always`.

        It is checked at the end of `run` and `settle`, and of `step` and `replay` where nothing is left to do and no
        timer goes on; never while a cut divides the network. Nodes may be down then.
        """
        self.properties.add(When.EVENTUALLY, predicate, name)
        return predicate

    def perform(self, decision: Decision | Mapping[str, Any], *, strict: bool = True) -> bool:
        """Perform a decision, or what its `to_dict` made of it, and add it to the run. Returns True: it was possible.

        Raises `ImpossibleDecision` where it is not, unless `strict` is off, and then nothing has changed; for a tick,
        what the user's code raises, and then the tick is part of the run; `PropertyViolated` where a property of
        `always` does not hold afterwards.
        """
        __tracebackhide__ = True
        try:
            self.apply(from_dict(dict(decision)) if isinstance(decision, Mapping) else decision)
        except ImpossibleDecision:
            if strict:
                raise
            return False
        self._check(When.ALWAYS)
        return True

    def replay(self, decisions: Iterable[Decision | Mapping[str, Any]] | str | Path, *, strict: bool = True) -> int:
        """Go back to the start and perform decisions: the records, what `to_dict` made of them, or a file's by `save`.

        Returns how many were performed. Raises `ImpossibleDecision` where one is not possible, which names it; with
        `strict=False` it is left out. What the user's code raises in a tick is raised when all have been performed, the
        first of it, so that runs with such ticks in their middle can be replayed too.
        """
        __tracebackhide__ = True
        lines: Sequence[int] = ()
        if isinstance(decisions, (str, Path)):
            where = f"{decisions}, line "
            saved = read(decisions)
            saved.must_fit(decisions, self.nodes, self.settings())
            chosen, lines = list(saved.decisions), saved.lines
        else:
            chosen = decisions_from(decisions)
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

    def settings(self) -> dict[str, Any]:
        """What the meaning of decisions depends on."""
        return {"fifo": self.fifo, "holds": self.holds}

    def settle(self, limit: int = LIMIT_OF_RUN) -> int:
        """Come to rest without chance, always in the same way; returns the number of decisions.

        The network heals, late nodes join, nodes with work to do tick in their order, then the oldest message is
        delivered, and so on; each timer ticks a few times more. Raises what `run` raises.
        """
        __tracebackhide__ = True
        made = 0
        for decision in settling(self):
            if made == limit:
                raise HydroflowError(message=self.why_not_quiet(limit))
            self.perform(decision)
            made += 1
        self._check(When.EVENTUALLY)
        return made

    def why_not_quiet(self, limit: int) -> str:
        """What to say of a network that is not quiet after so many decisions."""
        due = [node.name for node in self.due()]
        flying = [message.id for message in self.deliverable()]
        busy = [
            *([f"{', '.join(due[:5])} {'has' if len(due) == 1 else 'have'} work to do"] if due else []),
            *([f"{len(flying)} in flight, {flying[0]} among them"] if flying else []),
        ]
        return (
            f"the network is not quiet after {limit:,} decisions: {'; '.join(busy) or 'timers go on'}. Where it is "
            f"meant to go on for ever, take single steps, `net.step()`; otherwise give more, `net.run(limit=...)`"
        )

    def _check_at_rest(self) -> None:
        """Check what must hold in the end, if nothing can go on."""
        goes_on = any(node.is_up and node.wakes_itself for node in self.nodes.values())
        if self.is_quiet() and not goes_on:
            self._check_end()

    def _check_end(self) -> None:
        """Check what must hold in the end, unless the network is still cut."""
        if not self.transit.groups:
            self._check(When.EVENTUALLY)

    def _check(self, when: When) -> None:
        if self.properties:
            self.properties.check(when, self, self._row, self.decisions[-1] if self.decisions else None)
