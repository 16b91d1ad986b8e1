"""A flow's own address in the values that its text names."""

from __future__ import annotations

import hydroflow_nb as hf
from hydroflow_nb.simulation.model.addresses import moved_to

OWN = ("127.0.0.1", 49152)
count = 0


def of_globals() -> tuple[str, int]:
    return OWN


def counting() -> tuple[str, int]:
    global count  # noqa: PLW0603 - what is to go on
    count += 1
    return OWN


def test_an_address_moves_wherever_a_value_has_it():
    here = OWN
    moved = moved_to("b", [("127.0.0.1", 49152)])

    def closed():
        return here

    def defaulted(x, own=here, *, other=here):
        """What it does."""
        return own, other

    assert moved(OWN) == "b"
    assert moved(closed)() == "b"
    assert moved(defaulted)(1) == ("b", "b")
    assert moved(defaulted).__doc__ == "What it does."
    assert moved(of_globals)() == "b"
    assert (closed(), defaulted(1), of_globals()) == (OWN, (OWN, OWN), OWN)


def test_what_has_no_such_address_stays_the_same_object():
    moved = moved_to("b", [("127.0.0.1", 1)])

    for value in (OWN, of_globals, len, [OWN], 49152):
        assert moved(value) is value


def test_a_function_that_binds_globals_goes_on_doing_so():
    assert moved_to("b", [OWN])(counting)() == OWN
    assert count == 1


def group(net: hf.Network, **further) -> hf.Flow:
    outbound, inbound, address = net.bind()
    me = address

    def maker(own):
        return lambda item: own

    names = {"closed": maker(address), "defaulted": lambda item, own=address: own, "me": me, "seen": [], **further}
    return hf.compile(
        "source_iter([1]) -> map(|x| (address, me, closed(x), defaulted(x), outbound.address))"
        " -> for_each(seen.append);"
        "source_stream_serde(inbound) -> for_each(seen.append); source_iter([]) -> dest_sink_serde(outbound);",
        {"outbound": outbound, "inbound": inbound, "address": address, **names},
    )


def test_each_node_of_a_group_is_at_its_name_in_every_form():
    net = hf.Network()
    flow = group(net)

    for name in ("a", "b", "c"):
        net.node(name, flow)
    net.run()

    for name in ("a", "b", "c"):
        assert net[name].address == name
        assert net[name]["address"] == name
        assert net[name]["seen"] == [(name,) * 5]


def test_the_first_of_a_group_is_reached_by_the_address_that_its_ends_had():
    net = hf.Network()
    flow = group(net)
    first = net.node("a", flow)
    before = first.address

    net.node("b", flow)
    net.node("c", "source_iter([(1, to), (2, 'a')]) -> dest_sink_serde(outbound);", to=before)
    net.run()

    assert before == ("127.0.0.1", 49152)
    assert first is net["a"]
    assert [item for item, sender in net["a"]["seen"][1:] if sender == "c"] == [1, 2]
    assert net.undeliverable == []


def test_one_node_of_a_flow_and_an_address_that_was_asked_for_stay_where_they_are():
    net = hf.Network()
    alone = group(net)
    net.node("alone", alone)
    _, inbound, address = net.bind("here")
    asked = hf.compile("source_stream_serde(inbound) -> null();", {"inbound": inbound, "address": address})

    net.node("a", asked)
    net.node("b", asked)

    assert net["alone"].address == ("127.0.0.1", 49152)
    assert (net["a"].address, net["b"].address) == ("here", "b")


def test_own_names_and_joining_later_hold_for_the_first_of_a_group_too():
    net = hf.Network()
    flow = group(net)

    net.node("a", flow, join_later=True, seen=["begin"])
    net.node("b", flow)

    assert net["a"].state == "not joined yet"
    assert net["a"]["seen"] == ["begin"]
