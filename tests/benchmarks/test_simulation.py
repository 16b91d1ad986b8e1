"""How many decisions a simulated network makes in a second."""

from __future__ import annotations

import time
import tracemalloc
from hashlib import blake2b

import pytest
from small_systems import election

import hydroflow_nb as hf
from hydroflow_nb.simulation.search.visited import Visited

pytestmark = pytest.mark.benchmark

SERVER = """
    received = source_stream_serde(inbound) -> map(|(m, a)| m) -> unique::<'static>() -> tee();
    received -> for_each(log.append);
    received -> flat_map(|m| [(m, peer) for peer in peers]) -> dest_sink_serde(outbound);
"""
CLIENT = """
    source_iter(puts) -> map(|put| (put, server)) -> dest_sink_serde(outbound);
    source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));
"""


def store(recording: int = 0) -> hf.Network:
    net = hf.Network(loss=0.05, duplication=0.05, partitions=0.02, fifo=False, recording=recording)
    for number in range(3):
        peers = [f"server{other}" for other in range(3) if other != number]
        net.node(f"server{number}", SERVER, peers=[*peers, f"client{number}"], log=[])
        puts = [(f"key{index}", number) for index in range(4)]
        net.node(f"client{number}", CLIENT, puts=puts, seen=[], server=f"server{number}")
    return net


def test_a_thousand_seeds_of_six_nodes_each_run_and_replayed() -> None:
    net = store()
    decisions = 0

    begin = time.perf_counter()
    for seed in range(1_000):
        net.seed = seed
        net.reset()
        net.run()
        events = net.history.events
        decisions += 2 * net.replay(net.decisions)
        assert net.history.events == events
    seconds = time.perf_counter() - begin

    each = decisions // 2_000
    print(f"\n1000 seeds twice, {each} decisions each: {seconds:.1f} s, {decisions / seconds:,.0f} decisions a second")
    assert seconds < 60


def test_runs_whose_nodes_are_recorded_beside_plain_ones() -> None:
    nets = {"plain": store(), "recorded": store(20_000)}
    seconds = dict.fromkeys(nets, 0.0)

    for seed in range(30):
        for kind, net in nets.items():
            net.seed = seed
            net.reset()
            begin = time.process_time()
            net.run()
            seconds[kind] += time.process_time() - begin

    ratio = seconds["recorded"] / seconds["plain"]
    print(f"\nnodes recorded: {ratio:.2f} times a plain run, {1e3 * seconds['recorded'] / 30:.1f} ms each")
    assert nets["recorded"].decisions == nets["plain"].decisions
    assert ratio < 6


def test_all_states_of_an_election_with_one_crash() -> None:
    net = election()

    for settings in ({}, {"symmetric": ["oslo", "lima"]}):
        begin = time.process_time()
        found = net.explore(1, states=True, crashes=1, **settings)
        seconds = time.process_time() - begin
        assert found.holds
        print(f"\n{found.states:,} states in {found.tried:,} runs: {seconds:.1f} s of processor time, ", end="")
        print(f"{found.states / seconds:,.0f} states and {found.decisions / seconds:,.0f} decisions a second")
        assert seconds < 60


def test_memory_of_a_state_that_was_met() -> None:
    count = 200_000
    tracemalloc.start()
    visited = Visited()
    for number in range(count):
        visited.put(blake2b(number.to_bytes(8), digest_size=16).digest(), frozenset())
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    print(f"\n{held / count:.0f} bytes a state")
    assert held / count < 64
