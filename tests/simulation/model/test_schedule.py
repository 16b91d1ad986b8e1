from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.simulation import (
    Crash,
    Cut,
    Drop,
    Heal,
)

Build = Callable[..., hf.Network]
Payloads = Callable[..., list[Any]]


def test_everything_is_lost_at_a_rate_of_one(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes(1, 2, 3, loss=1.0)

    net.run()

    assert payloads(net) == []
    assert sum(isinstance(one, Drop) for one in net.decisions) == 3


def test_everything_is_doubled_once_at_a_rate_of_one(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes(1, 2, 3, duplication=1.0)

    net.run()

    assert payloads(net) == [1, 1, 2, 2, 3, 3]


def test_a_run_comes_to_its_end_at_any_rate(gossip: Build) -> None:
    net = gossip(loss=0.9, duplication=1.0, partitions=1.0, crashes=1.0, joins=1.0)

    net.run()

    assert net.is_quiet()
    assert all(node.is_up for node in net.nodes.values())


def test_a_rate_given_to_a_run_stands_in_the_place_of_the_networks(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes(1, 2, 3, loss=1.0)

    net.run(loss=0.0)

    assert payloads(net) == [1, 2, 3]


def test_what_the_scheduler_breaks_it_mends_before_the_run_ends(chat: Build) -> None:
    kinds = set()
    for seed in range(20):
        net = chat(seed=seed, partitions=0.2, crashes=0.1)
        net.run()
        kinds |= set(map(type, net.decisions))
        assert all(node.is_up for node in net.nodes.values())
        assert not net.transit.groups
        assert len(net.in_flight) == 0

    assert kinds >= {Cut, Heal, Crash}


def test_what_a_person_breaks_stays_broken(chat: Build) -> None:
    net = chat(partitions=0.2, crashes=0.1)

    net.cut("alice")
    net.crash("bob")
    net.run(partitions=0, crashes=0)

    assert net.transit.groups == (("alice",),)
    assert not net["bob"].is_up


def test_nothing_goes_wrong_when_only_timers_go_on(gossip: Build) -> None:
    for seed in range(30):
        net = gossip(seed=seed, loss=0.5, duplication=0.2, partitions=0.1, fifo=False)

        net.run()

        assert all(net[name]["known"] == {"of a", "of b", "of c"} for name in "abc")
