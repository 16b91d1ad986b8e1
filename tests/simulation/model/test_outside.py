"""Nodes outside of the network: what they send and get arrives, whatever happens between the others."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Drop, Duplicate, ImpossibleDecision

CLIENT = """
source_stream(asked) -> map(|x| (x, "n1")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> map(|(x, _)| x) -> for_each(got.append);
"""
NODE = """
came = source_stream_serde(inbound) -> tee();
came -> filter(|(_, who)| who == "client") -> map(|(x, _)| (x, "n2")) -> out;
came -> filter(|(_, who)| who != "client") -> map(|(x, _)| (x, "client")) -> out;
out = union() -> dest_sink_serde(outbound);
"""


def network(**settings):
    net = hf.Network(recording=0, **settings)
    net.node("client", CLIENT, outside=True, asked=hf.channel(), got=[])
    net.node("n1", NODE)
    net.node("n2", NODE)
    return net


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_from_outside_and_goes_there_is_neither_lost_nor_doubled(seed):
    net = network(seed=seed, loss=1)
    for x in range(5):
        net.send("client", "asked", x)
    net.run()
    lost = {event.message for event in net.history.events if type(event).__name__ == "Dropped"}

    assert lost == {f"n1>n2#{x}" for x in range(1, 6)}

    net = network(seed=seed, duplication=1)
    net.send("client", "asked", 0)
    net.run()

    assert net["client"]["got"] == [0, 0]


def test_no_cut_is_between_the_outside_and_a_node():
    net = network()
    net.cut("n1", "n2")
    net.send("client", "asked", 1)
    net.tick("client")
    net.deliver("client>n1#1")
    net.tick("n1")

    assert net.why_not(hf.simulation.Deliver("n1>n2#1")) is not None
    net.heal()
    net.run()
    assert net["client"]["got"] == [1]


def test_cuts_and_crashes_by_themselves_leave_the_outside_out():
    net = network(seed=3, loss=0.1, duplication=0.1, partitions=0.5, crashes=0.5)
    net.send("client", "asked", 1)
    net.tick("client")
    found = net.possible()

    assert Crash("n1") in found
    assert Crash("client") not in found
    assert [one for one in found if isinstance(one, Cut)] == [Cut((("n1",), ("n2",)))]
    assert not [one for one in found if isinstance(one, (Drop, Duplicate))]


def test_a_cut_has_nodes_of_the_network_on_both_sides():
    with pytest.raises(ImpossibleDecision, match="both of its sides"):
        network().cut({"n1", "n2"})


def test_a_search_makes_faults_between_nodes_only():
    net = network()
    net.send("client", "asked", 1)
    net.always(lambda net: len(net["client"]["got"]) <= 1, "answered once")
    net.eventually(lambda net: net["client"]["got"] != [], "answered")

    doubled = net.explore(500, duplication=1).counterexample
    lost = net.explore(500, loss=1, keep="sends").counterexample

    assert [one for one in doubled if isinstance(one, Duplicate)] == [Duplicate("n1>n2#1")]
    assert [one for one in lost if isinstance(one, Drop)] == [Drop("n1>n2#1")]
