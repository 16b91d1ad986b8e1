"""The protocol of durable flows in the simulation: every crash point, and faults planted in the protocol itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from nightly import IS_NIGHTLY
from small_systems import all_up, numbers

import hydroflow_nb as hf
from hydroflow_nb.net.deliveries import Deliveries
from hydroflow_nb.net.ledger import Ledger
from hydroflow_nb.net.numbered import Numbered
from hydroflow_nb.simulation import Crash, Exploration, Point
from hydroflow_nb.simulation.model import journal


def explored(most: int, **options: Any) -> Exploration[hf.Network]:
    return numbers(most).explore(crashes=1, restarts="durable", **options)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("messages", "resends", "states"), [(1, 1, 362), (2, 0, 545), *([(3, 1, 5_421)] if IS_NIGHTLY else [])]
)
def test_with_a_crash_at_every_point_nothing_is_lost_nothing_comes_twice_and_order_is_kept(
    messages: int, resends: int, states: int
) -> None:
    net = numbers(messages)
    net.eventually(lambda net: not (all_up(net) and net.links.owes("alice", "bob")), "all acknowledged")

    found = net.explore(states=True, crashes=1, resends=resends, restarts="durable")

    assert found.is_complete
    assert found.holds
    assert found.states == states
    assert found.unmerged == ""
    assert str(found).startswith(f"all {states:,} states")


@pytest.mark.parametrize(
    ("node", "at"), [("bob", at) for at in Point] + [("alice", at) for at in Point if at.is_within_tick]
)
def test_a_search_may_be_told_at_which_point_which_node_crashes(node: str, at: Point) -> None:
    net = numbers(1)
    net.eventually(lambda net: not net.has_crashed, "no crash")

    found = net.explore(states=True, crashes={node: 1}, crash_points=at.value)

    assert found.violation is not None
    assert [one for one in found.violation.found if isinstance(one, Crash)] == [Crash(node, at)]


def test_points_that_there_are_not_are_refused() -> None:
    with pytest.raises(ValueError, match="not at 'snapshot'"):
        explored(1, crash_points=["journal", "snapshot"])


# --- faults planted in the protocol ----------------------------------------------------------------------------------


def acknowledged_before_it_is_kept(ends: Sequence[journal.Giving], keep: Callable[[list[Any]], None]) -> None:
    entries = [end.entry() for end in ends]
    for end in ends:
        end.kept()
    keep(entries)


def forgetting(part: str) -> Callable[[Ledger, Any], None]:
    """A ledger that goes on without a part of what it held."""
    hold = Ledger.hold
    nothing = {"given": [], "waiting": [], "entry": [[], [], []]}

    def forgets(self: Ledger, held: Any) -> None:
        hold(self, {**held, part: nothing[part]})

    return forgets


def sent_once(self: Deliveries, way: Numbered) -> None:
    """What is under way is not sent again."""


def acknowledged_on_arrival() -> Callable[..., None]:
    came = Deliveries.came

    def acknowledges(
        self: Deliveries, way: Numbered, stream: tuple[str, str], number: int, bodies: list[bytes]
    ) -> None:
        came(self, way, stream, number, bodies)
        way.acknowledge(stream[1], number)

    return acknowledges


FAULTS: dict[str, tuple[Any, str, Callable[[], Any]]] = {
    "it acknowledges before the journal": (journal, "keep_taken", lambda: acknowledged_before_it_is_kept),
    "it acknowledges on arrival": (Deliveries, "came", acknowledged_on_arrival),
    "it forgets the numbers that it gave": (Ledger, "hold", lambda: forgetting("given")),
    "it forgets the numbers that it has seen": (Ledger, "hold", lambda: forgetting("entry")),
    "it forgets what is not acknowledged": (Ledger, "hold", lambda: forgetting("waiting")),
    "it does not send again": (Deliveries, "ready", lambda: sent_once),
    "it takes in what it has seen": (Ledger, "accepts", lambda: lambda self, stream, number: True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_search_finds_a_fault_of_the_protocol(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, made = FAULTS[fault]
    monkeypatch.setattr(where, name, made())

    found = explored(2, resends=1, runs=2_000)

    assert found.violation is not None
    assert found.violation.property in ("none lost", "none twice, in order")
