"""The challenges of Gossip Glomers: six solutions that hold, and six naive ones that are always refuted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import hydroflow_nb as hf
from hydroflow_nb.maelstrom import reply
from hydroflow_nb.simulation import PropertyViolated

TEXTS = Path(__file__).parent / "glomers"
CHALLENGES = ("echo", "unique-ids", "broadcast", "counter", "log", "transactions")
# What has to go wrong in the network for a naive solution to fail; the others fail without.
FAULTS = {"broadcast": {"loss": 1}, "counter": {"loss": 1}}
# What a solution that has no timer waits for has to arrive.
LOSS = {"broadcast": 0.1, "counter": 0.1, "transactions": 0.1}
# `make nightly` tries more seeds.
NIGHTLY = settings.default is not None and settings.default.max_examples >= 1000
MOST_LINES = 20
MOST_DECISIONS = 25


def network(text: str, nodes: int, **rates: Any) -> hf.Network:
    system = hf.compile((TEXTS / text).read_text(encoding="utf-8"), {"reply": reply})
    return system.network(nodes=[f"n{number}" for number in range(1, nodes + 1)], recording=0, **rates)


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_solution_has_at_most_twenty_lines(challenge: str) -> None:
    lines = (TEXTS / f"{challenge}.hf").read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if line.strip() and not line.strip().startswith("#")]) <= MOST_LINES
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_solution_holds_whatever_the_network_does(challenge: str) -> None:
    for seed in range(30 if NIGHTLY else 2):
        net = network(f"{challenge}.hf", 5, seed=seed, fifo=False, loss=LOSS.get(challenge, 0), partitions=0.05)
        workload = net.workload(challenge, operations=10)
        net.run()

        assert workload.problems() == []
        assert all(one.is_answered for one in workload.operations)


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_solution_is_not_refuted_by_a_search(challenge: str) -> None:
    net = network(f"{challenge}.hf", 3)
    net.workload(challenge)

    assert net.explore(300 if NIGHTLY else 10, partitions=1, loss=int(challenge in LOSS)).counterexample is None


def is_refuted_by(net: hf.Network, decisions: list[Any]) -> bool:
    try:
        net.replay(decisions)
        net.settle()
    except PropertyViolated:
        return True
    return False


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_naive_solution_is_refuted_in_every_run(challenge: str) -> None:
    for seed in range(60 if NIGHTLY else 2):
        net = network(f"naive/{challenge}.hf", 3, seed=seed)
        workload = net.workload(challenge)
        found = net.explore(200, **FAULTS.get(challenge, {}))

        assert found.counterexample is not None
        assert len(found.counterexample) <= MOST_DECISIONS
        assert is_refuted_by(net, found.counterexample)
        assert workload.problems()


def test_broadcast_loses_nothing_with_five_nodes_a_tenth_lost_and_a_cut() -> None:
    net = network("broadcast.hf", 5, seed=7, loss=0.1)
    workload = net.workload("broadcast", operations=15)
    net.cut(["n1", "n2"], ["n3", "n4", "n5"])
    for _ in range(150):
        net.step()
    net.heal()
    net.run()

    sent = sorted(one.call["message"] for one in workload.operations if one.call["type"] == "broadcast")
    lost = [event for event in net.history.events if type(event).__name__ == "Dropped"]
    ends = {one.node: sorted(one.result["messages"]) for one in workload.operations if one.is_final}
    assert lost
    assert len(sent) >= 5
    assert ends == {f"n{number}": sent for number in range(1, 6)}


@pytest.mark.parametrize("challenge", [one for one in CHALLENGES if one != "log"])
def test_a_solution_answers_while_no_node_hears_of_another(challenge: str) -> None:
    net = network(f"{challenge}.hf", 3, seed=1)
    workload = net.workload(challenge)
    net.cut("n1", "n2", "n3")
    net.run()

    assert len(workload.operations) > 6 or challenge in ("echo", "unique-ids")
    assert all(one.is_answered for one in workload.operations)
