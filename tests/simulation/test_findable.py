"""Two runs of a network that are one decision apart, and differ."""

from __future__ import annotations

import random

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Drop, Duplicate, Send, Tick

COUNTS = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(out.append);"
LAST = "source_stream_serde(inbound) -> fold::<'static>(|| 0, |_, (m, _)| m) -> for_each(out.append);"
SENDS = "source_stream(inb) -> map(|x| (x, 'server')) -> dest_sink_serde(outbound);"


EACH = "source_stream_serde(inbound) -> map(|(m, _)| MADE) -> for_each(out.append);"


def network(server, clients=("ann",), names=None, **settings):
    net = hf.Network(**settings)
    outbound, inbound, _ = net.bind("server")
    names = {"outbound": outbound, "inbound": inbound, "out": [], "inb": hf.channel(), **(names or {})}
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


def test_what_a_crash_brings_about_refutes_nothing():
    witness = network(COUNTS).find("server.out", crashes=1)

    assert isinstance(witness.decision, Crash)
    assert witness.refuted == ""


@pytest.mark.parametrize("made", ["random.random()", "kept(m)"])
def test_what_differs_in_equal_runs_is_laid_to_no_decision(made):
    seen = []
    names = {"random": random, "kept": lambda m: seen.append(m) or len(seen)}
    net = network(EACH.replace("MADE", made), names=names)
    witness = net.find("server.out")

    assert str(witness).startswith("the same run, made twice: `server.out` is [")
    assert (witness.decision, witness.refuted, witness.first) == (None, "", witness.second)
    exec(compile(witness.cell, "<cell>", "exec"), {"net": net})


def test_what_a_function_keeps_for_later_runs_is_laid_to_no_decision():
    seen = []
    net = network(EACH.replace("MADE", "kept(m)"), names={"kept": lambda m: seen.append(m) or len(seen) // 6})

    assert net.find("server.out", duplication=1).decision is None


def test_a_run_that_raises_differs_from_one_that_does_not():
    net = network(COUNTS.replace("-> for_each", "-> map(|n| 1 // (n - 2)) -> for_each"))
    witness = net.find("server.out", duplication=1)

    assert isinstance(witness.decision, Duplicate)
    assert str(witness).endswith(
        "`server.out` is not reached (ZeroDivisionError: integer division or modulo by zero), not [-1]"
    )
    assert (witness.refuted, witness.is_minimal, witness.raises) == ("", True, True)
    assert net.decisions == [Send(node="ann", input="inb", item="1")]
    ran = {"net": net}
    exec(compile(witness.cell, "<cell>", "exec"), ran)
    assert ran["first"] != ran["second"]


def test_what_the_reference_raises_is_raised():
    net = network(COUNTS.replace("-> for_each", "-> map(|n| 1 // (n - 1)) -> for_each"))
    with pytest.raises(ZeroDivisionError):
        net.find("server.out", duplication=1)
    assert net.decisions == [Send(node="ann", input="inb", item="1")]


def test_no_item_that_was_sent_is_the_one_decision():
    text = """
        u = union() -> fold(|| 0, |n, x| n + x) -> filter(|n| n > 0) -> for_each(out.append);
        source_stream(inb) -> u; source_stream_serde(inbound) -> map(|(m, _)| m) -> u;
    """
    net = network(text)
    for number in range(1, 4):
        net.send("server", "inb", number)
        net.tick("server")
    # The run that is found is made as short as the sends alone: without the ticks between them it differs, too.
    witness = net.find("server.out", duplication=1)

    assert isinstance(witness.decision, Tick)
    assert len(witness.first) == len(witness.second) + 1
    assert [one for one in witness.first if isinstance(one, Send)] == [
        one for one in net.decisions if isinstance(one, Send)
    ]
    assert witness.outputs[0] != witness.outputs[1]


def test_an_output_of_a_network_without_nodes_is_told_of():
    with pytest.raises(hf.HydroflowError, match=r"'server\.out' is not an output; there are no outputs"):
        hf.Network().find("server.out")
    with pytest.raises(hf.HydroflowError, match=r"3 is not an output; outputs: server\.out"):
        network(COUNTS).find(3)


def test_what_a_flow_prints_in_the_runs_of_a_search_is_not_shown(capsys):
    net = network(COUNTS.replace("-> fold", "-> inspect(print) -> fold"))
    net.find("server.out", duplication=1).diagram()

    assert capsys.readouterr().out == ""
