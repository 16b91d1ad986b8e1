from __future__ import annotations

from datetime import timedelta

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.simulation.model.clock import BEGIN, Clock, VirtualTimer

TICKS = "source_interval(period) -> for_each(seen.append);"


def seconds(net: hf.Network, node: str) -> list[float]:
    return [(instant - BEGIN).total_seconds() for instant in net[node]["seen"]]


def test_time_passes_when_a_timer_is_what_happens_next() -> None:
    net = hf.Network()
    net.node("a", TICKS, period=0.1, seen=[])

    for _ in range(4):
        net.tick("a")

    assert seconds(net, "a") == pytest.approx([0, 0.1, 0.2, 0.3])
    assert net.now == pytest.approx(0.3)


def test_time_stands_still_while_there_is_other_work() -> None:
    net = hf.Network()
    net.node("a", TICKS + "source_stream(lines) -> null();", period=1, seen=[], lines=hf.channel())

    net.tick("a")
    net.send("a", "lines", "x")
    net.tick("a")

    assert seconds(net, "a") == [0]


def test_nodes_share_the_clock_and_what_was_missed_comes_together() -> None:
    net = hf.Network()
    net.node("slow", TICKS, period=timedelta(seconds=1), seen=[])
    net.node("fast", TICKS, period=0.25, seen=[])

    for node in ("slow", "fast", "slow", "fast"):
        net.tick(node)

    assert seconds(net, "slow") == [0, 1]
    assert seconds(net, "fast") == [0, 0.25, 0.5, 0.75, 1]


def test_a_run_ends_after_each_timer_has_gone_on_for_a_while() -> None:
    net = hf.Network()
    net.node("slow", TICKS, period=1, seen=[])
    net.node("fast", TICKS, period=0.25, seen=[])

    net.run(timers=5)

    assert net["slow"].current_tick() >= 6
    assert net["fast"].current_tick() >= 6
    assert len(net.decisions) < 30


def test_instants_are_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        net = hf.Network()
        net.node("a", TICKS, period=0.3, seen=[])
        net.run()
        runs.append(net["a"]["seen"])

    assert runs[0] == runs[1] != []


def test_a_clock_never_goes_back() -> None:
    clock = Clock()

    clock.advance(2)
    clock.advance(1)

    assert clock.instant == BEGIN + timedelta(seconds=2)


def test_no_rounding_leaves_an_instant_out() -> None:
    clock = Clock()
    timer = VirtualTimer(0.1, clock)

    counts = []
    for _ in range(1_000):
        timer.ingest()
        counts.append(len(timer.take()))
        clock.advance(timer.next_instant)

    assert counts == [1] * 1_000


def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(Misfit, match="longer than zero"):
        VirtualTimer(0, Clock())


def test_a_tick_begins_by_the_simulated_clock() -> None:
    net = hf.Network()
    net.node(
        "a",
        "source_interval(0.5) -> for_each(|instant| seen.append((instant, context.current_tick_start())));",
        seen=[],
    )

    for _ in range(3):
        net.tick("a")

    assert [start for _, start in net["a"]["seen"]] == [instant for instant, _ in net["a"]["seen"]]
    assert net["a"]["seen"][2][1] - BEGIN == timedelta(seconds=1)
