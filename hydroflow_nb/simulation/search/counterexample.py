"""A counterexample: a run that fails, made as short as possible and shown decision by decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from math import inf

from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Drop,
    Duplicate,
    Heal,
    Resend,
    Restart,
    Send,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.legal import FAULTS
from hydroflow_nb.simulation.model.properties import When
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.model.settling import settling
from hydroflow_nb.simulation.search.choices import are_independent, footprint, nodes_of
from hydroflow_nb.simulation.search.outcome import Violation
from hydroflow_nb.simulation.search.shrink import shrink
from hydroflow_nb.simulation.search.trial import Failed, Trial


def shortened(
    failed: Failed, trial: Trial, *, keeps_sends: bool, seconds: float | None, tell: Callable[[], None]
) -> Violation:
    """The failure with as few decisions as can be found in so many seconds; `tell` is called before each run."""
    failure = failed.failure
    network = trial.network
    errors: dict[tuple[Decision, ...], Exception] = {tuple(failed.decisions): failure.error}
    sends = _sends(failed.decisions)

    def fails(decisions: Sequence[Decision]) -> Sequence[Decision] | None:
        tell()
        shorter = trial.fails(decisions, failure)
        if shorter is None or (keeps_sends and _sends(shorter.decisions) != sends):
            return None
        errors[tuple(shorter.decisions)] = shorter.failure.error
        return shorter.decisions

    shrunk = shrink(
        failed.decisions,
        fails,
        subjects=list(_subjects(list(network.nodes))),
        simpler=lambda decisions: _simpler(list(decisions), network),
        keeps=lambda decision: keeps_sends and isinstance(decision, Send),
        seconds=inf if seconds is None else seconds,
    )
    network.reset()
    made = [_told(decision, network) for decision in shrunk.steps]
    ending = settling(network) if failure.when is When.EVENTUALLY else ()
    made += [_told(decision, network) for decision in ending]
    return Violation(
        property=failure.name,
        when=failure.when,
        error=errors[tuple(shrunk.steps)],
        decisions=tuple(shrunk.steps),
        ending=tuple(decision for decision, _ in made[len(shrunk.steps) :]),
        payloads=tuple(payload for _, payload in made),
        found=tuple(failed.decisions),
        trials=shrunk.trials,
        is_minimal=shrunk.is_minimal,
    )


def _told(decision: Decision, network: Run) -> tuple[Decision, str]:
    """Make a decision. Returns it with the payload of its message."""
    message = network.transit.messages.get(getattr(decision, "message", ""))
    payload = "" if message is None else message.text
    # The search has seen already what a node raises.
    with suppress(Exception):
        network.apply(decision)
    return decision, payload


def _sends(decisions: Sequence[Decision]) -> Counter[Decision]:
    return Counter(decision for decision in decisions if isinstance(decision, Send))


def _subjects(nodes: Sequence[str]) -> Iterator[Callable[[Decision], bool]]:
    """What is left out together: all faults, each kind of fault, then all that is about a node, the last node first."""
    yield lambda decision: type(decision) in FAULTS
    for kinds in ((Cut, Heal), (Crash, Restart), (Duplicate,), (Drop,), (Resend,)):
        yield lambda decision, kinds=kinds: isinstance(decision, kinds)  # type: ignore[misc]
    for node in reversed(nodes):
        yield lambda decision, node=node: node in nodes_of(decision)  # type: ignore[misc]


def _simpler(decisions: list[Decision], network: Run) -> Iterable[list[Decision]]:
    """Runs that a person reads more easily: nodes crash between ticks and keep their state, and earlier ones come
    first.
    """
    for at, decision in enumerate(decisions):
        if isinstance(decision, Crash) and decision.at is not None:
            yield [*decisions[:at], Crash(decision.node), *decisions[at + 1 :]]
        if isinstance(decision, Restart) and decision.state is not State.KEPT:
            yield [*decisions[:at], Restart(decision.node, State.KEPT), *decisions[at + 1 :]]
    ordered = _ordered(decisions, network)
    if ordered != decisions:
        yield ordered


def _ordered(decisions: Sequence[Decision], network: Run) -> list[Decision]:
    """The same run with independent decisions in the order of the nodes."""
    places = {name: index for index, name in enumerate(network.nodes)}
    left = list(decisions)
    ordered: list[Decision] = []

    def place(at: int) -> tuple[int, int]:
        nodes = nodes_of(left[at])
        return (places.get(nodes[-1], -1) if nodes else -1, at)

    while left:
        free = [at for at, one in enumerate(left) if all(_may_be_swapped(other, one, network) for other in left[:at])]
        ordered.append(left.pop(min(free, key=place)))
    return ordered


def _may_be_swapped(first: Decision, second: Decision, network: Run) -> bool:
    # A tick may be what sends the message that is delivered next.
    if isinstance(first, Tick) and first.node in nodes_of(second):
        return False
    return are_independent(footprint(first, network), footprint(second, network))
