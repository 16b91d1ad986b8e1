"""The replicated store of the fifth tutorial, as its cells stand there, on a network that does its worst."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.simulation import Cut, Deliver, Drop, Duplicate, Heal, Join, Restart, Send, Tick

NOTEBOOK = "05_replicated_store.ipynb"
MESSAGES = ("load", "messages", "naive-names")
REPLICATED = (*MESSAGES, "client-names", "nodes", "known", "replica-flow", "terminal", "teller-flow", "storm-names")

SEEDS = 1_000 if IS_NIGHTLY else 50
# Where one thing more goes wrong.
FEWER_SEEDS = 30 if IS_NIGHTLY else 8
# A chunk is one test, so that several workers share the seeds.
CHUNK = 50


@pytest.fixture(scope="session")
def store(notebook_names) -> dict[str, Any]:
    """The names of the tutorial: `shops`, `agree`, `greatest`, `put_a_lot`, `bad`, the flows `replica` and `teller`."""
    return notebook_names(NOTEBOOK, *REPLICATED)


@pytest.fixture(scope="session")
def naive(notebook_names) -> dict[str, Any]:
    return notebook_names(NOTEBOOK, *MESSAGES, "naive-flow", "client-names", "client-flow", "nodes", "refute")


def held(net: hf.Network) -> dict[str, Any]:
    """What the nodes hold and what the clients have asked and read."""
    return {name: (node["stored"], node["log"]) for name, node in net.nodes.items()}


def stormy(store: dict[str, Any], seed: int, **further: Any) -> hf.Network:
    """The tutorial's network after a run in which everybody puts and asks, and much goes wrong."""
    settings = {"recording": 0, **store["bad"], **further}
    net: hf.Network = store["shops"](store["replica"], store["teller"], seed=seed, **settings)
    store["put_a_lot"](net, puts=4)
    for name in store["clients"]:
        net.send(name, "requests", store["Get"]("tea"))
    net.run()
    return net


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_whatever_the_network_does_all_replicas_end_equal_and_no_put_is_forgotten(store, first):
    faults: Counter[type] = Counter()
    for seed in range(first, first + CHUNK):
        net = stormy(store, seed)

        assert store["agree"](net), f"seed {seed}"
        assert net["oslo"]["stored"] == store["greatest"](net) != {}, f"seed {seed}"
        assert not net.transit.groups

        decisions, history, end = net.decisions, net.history, held(net)
        net.replay(decisions)
        assert net.decisions == decisions
        assert net.history == history, f"seed {seed}"
        assert held(net) == end, f"seed {seed}"
        faults.update(map(type, decisions))

    assert faults[Cut] == faults[Heal] > 0
    assert min(faults[Drop], faults[Duplicate]) > CHUNK


def test_a_seed_is_enough_to_see_a_run_again(store):
    for seed in range(5):
        one, other = stormy(store, seed), stormy(store, seed)

        assert one.decisions == other.decisions
        assert one.history == other.history
        assert held(one) == held(other)


def test_servers_may_crash_and_forget_all_as_long_as_clients_remember(store):
    restarts = 0
    for seed in range(FEWER_SEEDS):
        net = store["shops"](store["replica"], store["teller"], seed=seed, **store["bad"])
        store["put_a_lot"](net, puts=4)
        for name in (*store["servers"], *store["servers"]):
            for _ in range(30):
                net.step()
            if net[name].is_up:
                net.crash(name)
                net.restart(name, "lost")
        net.run()
        restarts += sum(isinstance(decision, Restart) for decision in net.decisions)

        assert store["agree"](net), f"seed {seed}"
        assert net["oslo"]["stored"] == store["greatest"](net) != {}, f"seed {seed}"
    assert restarts == FEWER_SEEDS * 6


def test_a_server_that_joins_late_learns_all(store):
    for seed in range(FEWER_SEEDS):
        net = hf.Network(seed, joins=0.01, **store["bad"])
        net.node("oslo", store["replica"])
        net.node("lima", store["replica"], join_later=seed % 2 == 0)
        net.node("cairo", store["replica"], join_later=True)
        for name, nearest in store["clients"].items():
            net.node(name, store["teller"], server=nearest)
        store["put_a_lot"](net, puts=4)
        net.run()

        assert any(isinstance(decision, Join) for decision in net.decisions)
        assert store["agree"](net), f"seed {seed}"
        assert net["cairo"]["stored"] == store["greatest"](net) != {}, f"seed {seed}"


def test_the_naive_store_is_refuted_in_few_decisions_none_of_which_is_a_fault(naive):
    net, found = naive["net"], naive["found"]

    assert found.counterexample is not None
    assert len(found.counterexample) <= 12
    found.replay()
    assert net.decisions == found.counterexample
    assert not naive["same_heard_same_held"](net)
    assert set(map(type, net.decisions)) == {Send, Tick, Deliver}


def test_the_naive_store_is_refuted_whatever_the_seed_of_the_search(naive):
    for seed in range(FEWER_SEEDS):
        found = naive["net"].explore(seed=seed)

        assert found.counterexample is not None
        assert len(found.counterexample) <= 12


def test_the_naive_store_loses_with_most_seeds_where_puts_meet(naive):
    agreed = 0
    for seed in range(100):
        net = naive["shops"](naive["naive"], naive["client"], seed=seed)
        net.send("alice", "requests", naive["Put"]("tea", "green"))
        net.send("bob", "requests", naive["Put"]("tea", "black"))
        net.run()
        agreed += naive["agree"](net)

    assert 0 < agreed < 50
