"""Two runs of a network that are one decision apart, and differ."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Drop, Duplicate, Send

COUNTS = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(out.append);"
LAST = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |_, (m, _)| m) -> for_each(out.append);"
SENDS = "source_stream(inb) -> map(|x| (x, 'server')) -> dest_sink_serde(outbound);"


def network(server, clients=("ann",), **settings):
    net = hf.Network(**settings)
    outbound, inbound, _ = net.bind("server")
    names = {"outbound": outbound, "inbound": inbound, "out": [], "inb": hf.channel()}
    net.node("server", hf.compile(server, names))
    client = hf.compile(SENDS, names)
    for name in clients:
        net.node(name, client)
    for number, name in enumerate(clients):
        net.send(name, "inb", number + 1)
    return net


def test_a_message_that_comes_twice_is_the_one_decision():
    net = network(COUNTS)
    witness = net.find("server.out", duplication=1)

    assert isinstance(witness.decision, Duplicate)
    assert list(witness.first) == [*witness.second, witness.decision]
    assert witness.outputs == ("[2]", "[1]")
    assert str(witness).startswith("the same run, but 1 (ann>server#1) arrives again: `server.out` is [2], not [1]")


def test_a_message_that_is_lost_is_the_one_decision():
    witness = network(COUNTS.replace("n + 1", "n - 1")).find("server.out", loss=1)

    assert isinstance(witness.decision, Drop)
    assert witness.outputs == ("[0]", "[-1]")


def test_two_clients_of_which_the_last_one_wins():
    witness = network(LAST, ("ann", "bob")).find("server.out")

    assert {witness.outputs[0], witness.outputs[1]} == {"[1]", "[2]"}
    assert len(witness.first) <= 12
    sends = [[one for one in run if isinstance(one, Send)] for run in (witness.first, witness.second)]
    assert sends[0] == sends[1]


def test_none_is_found_where_nothing_may_go_wrong_that_matters():
    assert network(COUNTS).find("server.out") is None


def test_the_network_its_properties_and_its_run_are_as_they_were():
    net = network(COUNTS)
    net.always(lambda net: True, "mine")
    before = list(net.decisions)

    net.find("server.out", duplication=1)

    assert net.decisions == before
    assert net["server"].flow.current_tick() == 0
    assert net.explore(20, progress=False).findings[0].name == "mine"


def test_the_pair_can_be_drawn_and_replayed():
    net = network(COUNTS)
    witness = net.find("server.out", duplication=1)

    assert witness.diagram().html().count("<svg") == 2
    ran = {"net": net}
    exec(compile(witness.cell, "<cell>", "exec"), ran)
    assert (ran["first"][-1], ran["second"][-1]) == ([2], [1])


def test_an_unknown_output_is_told_of_with_all_that_there_are():
    with pytest.raises(hf.HydroflowError, match=r"server\.out"):
        network(COUNTS).find("server.of")


def test_a_node_s_name_may_have_dots():
    net = hf.Network()
    text = "source_stream(inb) -> fold(|| 0, |n, _| n + 1) -> for_each(out.append);"
    flow = hf.compile(text, {"inb": hf.channel(), "out": []})
    net.node("eu.oslo", flow)
    for number in range(2):
        net.send("eu.oslo", "inb", number)

    assert net.find("eu.oslo.out", runs=20) is None
    assert net.gave("eu.oslo.out") == []
