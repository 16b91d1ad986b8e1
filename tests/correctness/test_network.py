"""Flows that send each other messages, checked together."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max, SetUnion

KINDS = ("batching", "order", "duplication", "loss", "replication")


@dataclass(frozen=True)
class Ask:
    key: str


@dataclass(frozen=True)
class Tell:
    value: object


def network(flows, **settings):
    """A network of flows, each given by its text under its node's name; `inb` is an input, `out` an output of each."""
    net = hf.Network(**settings)
    outbound, inbound, _ = net.bind("here")
    names = {"Ask": Ask, "Tell": Tell, "Max": Max, "SetUnion": SetUnion, "out": [], "inb": hf.channel()}
    for name, text in flows.items():
        net.node(name, hf.compile(text, {**names, "outbound": outbound, "inbound": inbound}, name))
    return net


def levels(report, output):
    return " ".join(getattr(report[output], kind) for kind in KINDS)


ASKS = "source_stream(inb) -> map(|x| (Ask(x), 'server')) -> dest_sink_serde(outbound);"
HEARS = "source_stream_serde(inbound) -> map(|(m, _)| m) -> {} -> for_each(out.append);"


def test_messages_of_one_sender_come_in_their_order_where_the_network_keeps_it():
    net = network({"ann": ASKS, "server": HEARS.format("identity()")})

    assert levels(net.check(), "server.out") == "sequence bag set part sequence"


def test_messages_of_several_senders_come_in_any_order():
    net = network({"ann": ASKS, "bob": ASKS, "server": HEARS.format("identity()")})

    assert levels(net.check(), "server.out") == "bag bag set part bag"


def test_the_level_of_an_output_is_that_of_the_network_as_it_is():
    flows = {"ann": ASKS, "server": HEARS.format("enumerate::<'static>()")}

    assert network(flows).check()["server.out"].level == "sequence"
    for settings in ({"fifo": False}, {"duplication": 0.1}, {"loss": 0.1}):
        assert network(flows, **settings).check()["server.out"].level == "differs"


def test_a_kind_that_one_node_sends_in_order_keeps_it_beside_a_kind_of_several():
    server = """
        asked = source_stream_serde::<Ask | Tell>(inbound) -> map(|(m, _)| m) -> demux_enum::<Ask | Tell>();
        asked[Ask] -> enumerate::<'static>() -> for_each(out.append);
        asked[Tell] -> for_each(|told| out.append(told));
    """
    tells = "source_stream(inb) -> map(|x| (Tell(x), 'server')) -> dest_sink_serde(outbound);"
    report = network({"ann": ASKS, "bob": tells, "cat": tells, "server": server}).check()

    assert report["server.out"].batching == "sequence"
    (other,) = [name for name in report if name.startswith("server.for_each")]
    assert report[other].batching == "bag"


def test_what_is_sent_again_and_again_is_never_lost():
    told = """
        source_stream(inb) -> map(|x| SetUnion({x})) -> all; all = state::<'static, SetUnion>();
        source_interval(1) -> map(|_| (Tell($all), 'server')) -> dest_sink_serde(outbound);
    """
    once = "source_stream(inb) -> map(|x| (Tell(SetUnion({x})), 'server')) -> dest_sink_serde(outbound);"
    merges = HEARS.format("map(|tell| tell.value) -> lattice_reduce::<'static>()")

    assert levels(network({"ann": told, "server": merges}).check(), "server.out") == "final final final final final"
    assert levels(network({"ann": once, "server": merges}).check(), "server.out") == "final final final part final"


def test_items_that_are_told_once_beside_their_state_are_not_what_is_lost():
    both = """
        source_stream(inb) -> map(|x| SetUnion({x})) -> all; all = state::<'static, SetUnion>();
        all[items] -> map(|x| Tell(x)) -> send;
        source_interval(1) -> map(|_| Tell($all)) -> send;
        send = union() -> map(|m| (m, 'server')) -> dest_sink_serde(outbound);
    """
    merges = HEARS.format("map(|tell| tell.value) -> lattice_reduce::<'static>()")

    assert network({"ann": both, "server": merges}).check()["server.out"].loss == "final"


def test_an_answer_that_is_revised_is_no_message_to_count_on():
    sends = """
        source_stream(inb) -> fold::<'static>(|| 0, |n, x| n - x) -> map(|n| (Tell(n), 'server'))
            -> dest_sink_serde(outbound);
    """
    report = network({"ann": sends, "server": HEARS.format("identity()")}).check()

    assert report["server.out"].batching == "differs"
    assert [cause.code for cause in report["server.out"].because_of("batching") if cause.decides] == ["HF305"]


def test_nodes_that_are_told_the_same_may_agree_on_what_differs_from_run_to_run():
    stamps = """
        source_stream_serde(inbound) -> null();
        source_stream(inb) -> map(|x| (x, id(x))) -> map(|x| (Tell(SetUnion({x})), 'server'))
            -> dest_sink_serde(outbound);
    """
    merges = HEARS.format("map(|tell| tell.value) -> lattice_reduce::<'static>()")
    report = network({"ann": stamps, "server": merges, "other": merges}, duplication=0.1).check()

    assert report["server.out"].order == "differs"
    assert report["server.out"].replication == "final"


def test_both_halves_of_a_join_bring_every_message_to_every_member():
    server = """
        came = source_stream_serde::<Ask | Tell>(inbound) -> partition(|(m, _)| type(m).__name__);
        who = came[Ask] -> map(|(_, sender)| sender) -> tee(); said = came[Tell] -> map(|(m, _)| m) -> tee();
        said -> [0]now; who -> [1]now; now = cross_join::<'tick, 'static>() -> send;
        said -> [0]before; who -> [1]before; before = cross_join::<'static, 'tick>() -> send;
        send = union() -> dest_sink_serde(outbound);
    """
    client = """
        source_iter([0]) -> map(|x| (Ask(x), 'server')) -> send;
        source_stream(inb) -> map(|x| (Tell(x), 'server')) -> send;
        send = union() -> dest_sink_serde(outbound);
        source_stream_serde::<Tell>(inbound) -> unique::<'static>() -> for_each(out.append);
    """

    assert levels(network({"server": server, "ann": client}).check(), "ann.out") == "bag bag bag part bag"


def test_a_finding_is_told_at_the_node_that_it_is_about():
    report = network({"ann": ASKS, "bob": ASKS, "server": HEARS.format("enumerate::<'static>()")}).check()
    (found,) = report["server.out"].diagnostics

    assert found.code == "HF301"
    assert found.span.text == "enumerate::<'static>()"
    assert [label.span.text for label in found.labels] == ["source_stream_serde(inbound)"]


def test_a_place_is_shown_once_where_nodes_run_one_flow():
    gossip = """
        source_stream_serde(inbound) -> map(|(held, _)| held) -> all;
        all = state::<'static, SetUnion>();
        all[state] -> for_each(out.append);
        source_interval(1) -> map(|_| ($all, 'bob')) -> dest_sink_serde(outbound);
    """
    tells = "source_stream(inb) -> map(|x| (SetUnion({x}), 'ann')) -> dest_sink_serde(outbound);"
    net = network({"ann": gossip, "cat": tells}, loss=0.1)
    net.node("bob", net["ann"].flow)

    for name in ("ann", "bob"):
        (found,) = net.check()[f"{name}.out"].diagnostics
        assert found.code == "HF310"
        assert found.span.text == "source_stream_serde(inbound)"
        assert found.labels == ()


def test_an_unknown_output_is_told_of_with_all_that_there_are():
    with pytest.raises(KeyError, match=r"server\.out"):
        network({"server": HEARS.format("identity()")}).check()["server.of"]


def test_a_check_runs_nothing_and_may_be_asked_within_a_run():
    net = network({"ann": ASKS, "server": HEARS.format("identity()")})
    net.send("ann", "inb", "tea")
    before = list(net.decisions)

    net.check()

    assert net.decisions == before


# What a node sends once, beside or made of what is emitted again and again; with what the server makes of it.
SENT_ONCE = {
    "a union with what comes again": (
        "source_interval(1) -> map(|_| 0) -> u; source_stream(inb) -> u; u = union() -> map(|x| (Tell(x), 'server'))"
        " -> dest_sink_serde(outbound);",
        "set",
    ),
    "a chain with what comes again": (
        "source_interval(1) -> map(|_| 0) -> u; source_stream(inb) -> u; u = chain() -> map(|x| (Tell(x), 'server'))"
        " -> dest_sink_serde(outbound);",
        "set",
    ),
    "a branch beside one that tells again": (
        "source_interval(1) -> map(|_| (Tell(0), 'server')) -> dest_sink_serde(outbound);"
        "source_stream(inb) -> map(|x| (Tell(x), 'server')) -> dest_sink_serde(outbound);",
        "set",
    ),
    "what is new of it": (
        "source_interval(1) -> map(|_| (Tell(1), 'server')) -> unique::<'static>() -> dest_sink_serde(outbound);",
        "bag",
    ),
    "what is more of it": (
        "spin() -> multiset_delta() -> map(|_| (Tell(1), 'server')) -> dest_sink_serde(outbound);",
        "sequence",
    ),
    "a join with it": (
        "source_stream(inb) -> [0]j; spin() -> [1]j; j = cross_join_multiset()"
        " -> map(|(x, _)| (Tell(x), 'server')) -> dest_sink_serde(outbound);",
        "bag",
    ),
    "a difference with it": (
        "source_stream(inb) -> [pos]d; spin() -> [neg]d; d = difference() -> map(|x| (Tell(x), 'server'))"
        " -> dest_sink_serde(outbound);",
        "sequence",
    ),
    "a pair with it": (
        "source_stream(inb) -> [input]c; spin() -> [single]c; c = cross_singleton()"
        " -> map(|(x, _)| (Tell(x), 'server')) -> dest_sink_serde(outbound);",
        "sequence",
    ),
}


@pytest.mark.parametrize("name", SENT_ONCE)
def test_what_is_sent_once_may_be_lost_whatever_else_is_sent_again_and_again(name):
    text, level = SENT_ONCE[name]
    report = network({"ann": text, "server": HEARS.format("identity()")}).check()

    assert (report["server.out"].batching, report["server.out"].loss) == (level, "part")


def test_the_items_that_changed_a_state_are_sent_once():
    sends = """
        source_interval(1) -> map(|_| SetUnion({1})) -> all; all = state::<'static, SetUnion>();
        all[items] -> map(|x| (Tell(x), 'server')) -> dest_sink_serde(outbound);
    """
    merges = HEARS.format("map(|tell| tell.value) -> lattice_reduce::<'static>()")

    assert network({"ann": sends, "server": merges}).check()["server.out"].loss == "part"


def test_agreement_rests_on_what_is_sent_again_and_again_not_on_what_is_new_of_it():
    sends = """
        source_stream(inb) -> map(|x| SetUnion({{(x, id(x))}})) -> all; all = state::<'static, SetUnion>();
        source_interval(1) -> map(|_| (Tell($all), 'server')) -> {} -> dest_sink_serde(outbound);
    """
    merges = HEARS.format("map(|tell| tell.value) -> lattice_reduce::<'static>()")

    def agreement(between):
        net = network({"ann": sends.format(between), "server": merges, "other": merges}, loss=0.1)
        return net.check()["server.out"].replication

    assert agreement("identity()") == "final"
    assert agreement("unique::<'static>()") == "part"


def test_items_of_another_kind_than_their_state_are_messages_too():
    both = """
        source_stream(inb) -> map(|x| SetUnion({x})) -> all; all = state::<'static, SetUnion>();
        all[items] -> map(|x| (Ask(x), 'server')) -> dest_sink_serde(outbound);
        source_interval(1) -> map(|_| (Tell($all), 'server')) -> dest_sink_serde(outbound);
    """
    counts = """
        m = source_stream_serde(inbound) -> map(|(m, _)| m) -> demux_enum::<Ask | Tell>(); m[Tell] -> null();
        m[Ask] -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(out.append);
    """

    assert levels(network({"ann": both, "server": counts}).check(), "server.out") == "final final differs part final"


def test_items_from_which_something_else_is_made_are_not_told_by_their_state():
    both = """
        source_stream(inb) -> map(|x| SetUnion({x})) -> all; all = state::<'static, SetUnion>();
        all[items] -> map(|x| (Tell(SetUnion({len(x)})), 'server')) -> dest_sink_serde(outbound);
        source_interval(1) -> map(|_| (Tell($all), 'server')) -> dest_sink_serde(outbound);
    """
    merges = HEARS.format("map(|tell| tell.value) -> lattice_reduce::<'static>()")

    assert network({"ann": both, "server": merges}).check()["server.out"].loss == "part"


# --- fixes -----------------------------------------------------------------------------------------------------------

COUNTS = HEARS.format("fold::<'static>(|| 0, |n, _| n + 1)")


def test_a_fix_edits_the_flow_of_a_node_and_all_nodes_that_run_it_run_the_edited_one():
    net = hf.Network(duplication=0.1)
    outbound, inbound, _ = net.bind("here")
    names = {"Ask": Ask, "out": [], "inb": hf.channel(), "outbound": outbound, "inbound": inbound}
    counter = hf.compile(COUNTS, names, "counter")
    net.node("ann", hf.compile(ASKS, names, "ann"))
    net.node("server", counter)
    net.node("other", counter)
    report = net.check()
    assert report["server.out"].level == "differs"

    fix = report["server.out"].fixes[0]

    assert fix.node == "server"
    assert "-> unique::<'static>()" in fix.text
    assert fix.diff.count("\n+") == 2  # the head, and the line
    assert fix.report["server.out"].level == fix.report["other.out"].level == "final"
    assert report["server.out"].diagnostics[0].hint.startswith("put `unique::<'static>()`")
    assert counter.source.text == COUNTS
    mended = hf.compile(fix.text, names, "counter")
    again = hf.Network(duplication=0.1)
    again.node("ann", hf.compile(ASKS, names, "ann"))
    again.node("server", mended)
    again.node("other", mended)
    assert again.check()["server.out"].level == "final"


def test_a_fix_may_be_in_the_flow_of_another_node():
    sends = """
        source_stream(inb) -> [0]j; source_stream(more) -> [1]j;
        j = join() -> map(|x| (Tell(x), 'server')) -> dest_sink_serde(outbound);
    """
    net = hf.Network()
    outbound, inbound, _ = net.bind("here")
    names = {"Tell": Tell, "out": [], "inb": hf.channel(), "more": hf.channel()}
    names |= {"outbound": outbound, "inbound": inbound}
    net.node("ann", hf.compile(sends, names, "ann"))
    net.node("server", hf.compile(HEARS.format("unique::<'static>()"), names, "server"))
    report = net.check()
    assert report["server.out"].level == "part"

    fix = report["server.out"].fixes[0]

    assert (fix.node, fix.report["server.out"].level.is_at_least("set")) == ("ann", True)
    assert "join::<'static>()" in fix.text


def test_a_network_that_needs_no_fix_has_none():
    report = network({"ann": ASKS, "server": COUNTS}).check()

    assert report["server.out"].level == "final"
    assert report.fixes == []


@pytest.mark.parametrize("name", ["network", "replicas", "shard", "examples"])
def test_what_a_flow_alone_is_asked_with_is_answered_by_how_a_network_has_it(name):
    with pytest.raises(TypeError, match=f"takes nothing: `{name}` is for a flow alone, and this is a network, "):
        hf.check(network({"ann": ASKS}), **{name: "[0]"})
    with pytest.raises(TypeError, match="takes nothing: there is no `shards`"):
        network({"ann": ASKS}).check(shards=3)


def test_messages_that_go_round_before_they_are_sent_may_be_missing_where_one_is_kept_back():
    rounds = (
        "source_stream(inb) -> map(|x| Ask(x)) -> u; u = union() -> unique::<'static>() -> t; t = tee();"
        "t -> map(|m| m) -> v; v = tee(); v -> u; {first} {second} s = union() -> dest_sink_serde(outbound);"
    )
    sent, kept = "t -> map(|m| (m, 'server')) -> s;", "v -> defer_tick_lazy() -> map(|m| (m, 'server')) -> s;"

    for first, second in ((sent, kept), (kept, sent)):
        net = network({"ann": rounds.format(first=first, second=second), "server": HEARS.format("identity()")})
        assert levels(net.check(), "server.out") == "part part part part part"


def test_messages_that_are_kept_back_before_they_are_told_apart_may_be_missing():
    told_apart = (
        "m = source_stream_serde::<Ask | Tell>(inbound) -> map(|(m, _)| m) -> {} -> partition(|m| type(m).__name__);"
        "m[Ask] -> for_each(out.append); m[Tell] -> null();"
    )

    def told(between):
        return levels(network({"ann": ASKS, "server": told_apart.format(between)}).check(), "server.out")

    assert told("tee()") == "sequence bag set part sequence"
    assert told("defer_tick_lazy()").split() == ["part"] * 5


# --- programs outside of the network ----------------------------------------------------------------------------------


ASKED = """
nodes = cluster(); clients = external();
clients ~> @nodes asked;
@nodes asked = {} -> tee();
asked ~> clients;
asked ~> @nodes.others heard;
@nodes heard = map(|(item, _)| item) -> for_each(out.append);
"""


def asked_by_clients(text, **settings):
    return hf.compile(ASKED.replace("{}", text), {"out": []}).check(nodes=2, **settings)


def test_what_goes_to_an_external_location_is_an_output_and_what_comes_from_there_is_given():
    report = asked_by_clients("map(|(x, who)| (x + 1, who))")

    assert list(report) == ["nodes1.out", "nodes1.clients", "nodes2.out", "nodes2.clients"]
    assert levels(report, "nodes1.clients") == "bag bag bag bag bag"
    assert levels(report, "nodes1.out") == "bag bag set part bag"


def test_programs_outside_send_in_any_order():
    report = asked_by_clients("enumerate::<'static>() -> map(|(n, (x, who))| (n, who))")

    assert report["nodes1.clients"].level == "differs"
    (found,) = [one for one in report["nodes1.clients"].diagnostics if one.code == "HF301"]
    assert any("takes in what other programs send" in label.text for label in found.labels)


def test_what_leaves_for_outside_does_not_come_in_at_other_nodes():
    text = "nodes = cluster(); clients = external(); clients ~> @nodes asked;"
    text += "@nodes asked = map(|(x, who)| (x, who)) -> tee();"
    text += "asked -> reduce(|first, _| first) ~> clients;"
    text += "asked ~> @nodes.others map(|(x, _)| x) -> for_each(out.append);"
    report = hf.compile(text, {"out": []}).check(nodes=2)

    assert report["nodes1.clients"].level == "differs"
    assert report["nodes1.out"].level == "bag"


def test_two_runs_that_differ_in_what_leaves_for_outside_are_found():
    text = "nodes = cluster(); clients = external(); @nodes source_stream(words) ~> @nodes.others heard;"
    text += "@nodes heard = map(|(w, _)| w) -> enumerate::<'static>() -> map(|found| (found, 'b')) ~> clients;"
    net = hf.compile(text, {"words": hf.channel()}).network(nodes=["a", "b", "c"])
    net.send("a", "words", "x")
    net.send("b", "words", "y")

    assert "`c.clients` is [((0, " in str(net.find("c.clients"))


def test_a_node_outside_of_the_network_is_not_checked():
    net = hf.Network()
    outbound, inbound, _ = net.bind("here")
    names = {"outbound": outbound, "inbound": inbound, "out": [], "inb": hf.channel()}
    net.node("server", hf.compile(HEARS.format("identity()"), {**names}), at="server")
    net.node("ann", hf.compile(ASKS, {**names, "Ask": Ask}), at="ann", outside=True)
    report = net.check()

    assert list(report) == ["server.out"]
    assert levels(report, "server.out") == "bag bag bag bag bag"
