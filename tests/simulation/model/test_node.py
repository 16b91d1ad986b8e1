from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation.model.names import NodeNames

ADDS = "source_iter([1]) -> for_each(|x| seen.append(x));"


def test_each_node_has_its_own_names_which_are_new_in_each_run() -> None:
    seen = ["before"]
    net = hf.Network()
    net.node("a", ADDS, seen=seen)
    net.node("b", ADDS, seen=seen)

    net.run()
    net.replay(net.decisions)

    assert net["a"]["seen"] == net["b"]["seen"] == ["before", 1]
    assert seen == ["before"]


def test_containers_that_the_text_names_are_a_nodes_own_that_were_not_given() -> None:
    seen: list[int] = []
    out = hf.channel()
    lines = hf.channel(["x"])
    flow = hf.compile("source_iter([1]) -> for_each(seen.append); source_stream(lines) -> dest_sink(out);")
    net = hf.Network()
    net.node("a", flow)
    net.node("b", flow)

    net.run()

    assert net["a"]["seen"] == net["b"]["seen"] == [1]
    assert net["a"]["out"].drain() == net["b"]["out"].drain() == ["x"]
    assert (seen, len(out), len(lines)) == ([], 0, 1)


def test_a_value_under_two_names_stays_one_value() -> None:
    both: list[int] = []
    names = NodeNames("a", {"one": both, "other": both, "alone": [1]})

    fresh, again = names.fresh(), names.fresh()

    assert fresh["one"] is fresh["other"]
    assert fresh["one"] is not again["one"]


@pytest.mark.parametrize(
    "value",
    [[1, (2, "x")], {1, 2}, {"a": [1]}, deque([1], maxlen=3), Counter("aab"), [[1]], bytearray(b"x"), {"k": (1,)}],
)
def test_a_fresh_value_equals_the_first_one_and_shares_nothing_that_changes(value: Any) -> None:
    names = NodeNames("a", {"value": value})

    first, second = names.fresh()["value"], names.fresh()["value"]

    assert first == second == value
    assert type(first) is type(value)
    assert first is not second
    if isinstance(value, dict) and "a" in value and isinstance(value["a"], list):
        assert first["a"] is not second["a"]


def test_a_value_that_cannot_be_copied_is_named() -> None:
    with pytest.raises(hf.HydroflowError, match="`lock` of a cannot be copied for each run: <unlocked"):
        hf.Network().node("a", ADDS, seen=[], lock=threading.Lock())


def test_the_names_of_a_flow_are_those_that_its_text_uses() -> None:
    flow = hf.compile("source_iter(items) -> map(|x| f(x, y)) -> for_each(print);", {"items": [], "f": max, "y": 1})

    assert set(flow.used_names) >= {"items", "f", "y", "print"}
    assert "os" not in flow.used_names


def test_a_node_tells_what_a_name_stands_for() -> None:
    net = hf.Network()
    node = net.node("a", ADDS, seen=[], at=2000)

    assert node["address"] == ("127.0.0.1", 2000)
    assert net["a"] is node
    with pytest.raises(KeyError, match="a has no name 'nothing'"):
        node["nothing"]
    with pytest.raises(KeyError, match="did you mean 'seen'"):
        node["sene"]


def test_flows_with_ends_at_several_addresses_keep_them() -> None:
    net = hf.Network()
    left, right = net.bind("left"), net.bind("right")
    flow = hf.compile(
        "source_stream_serde(left_in) -> map(|(m, a)| (m, 'left')) -> [0]all; all = union() -> for_each(seen.append);"
        "source_stream_serde(right_in) -> map(|(m, a)| (m, 'right')) -> [1]all;",
        {"left_in": left.inbound, "right_in": right.inbound, "seen": []},
    )
    net.node("both", flow)
    net.node("a", "source_iter([(1, 'left'), (2, 'right')]) -> dest_sink_serde(outbound);")

    net.run()

    assert sorted(net["both"]["seen"]) == [(1, "left"), (2, "right")]
    with pytest.raises(hf.HydroflowError, match="ends at 2 addresses"):
        hf.Network().node("both", flow, at=2000)


def test_ends_of_sockets_are_replaced_by_those_of_the_network() -> None:
    class Socket:
        def inbox(self, kind: Any, namespace: Any) -> Any:
            return hf.net.Inbound().inbox(kind, namespace)

    flow = hf.compile("source_stream_serde(sock) -> for_each(seen.append);", {"sock": Socket(), "seen": []})
    net = hf.Network()
    net.node("b", flow)
    net.node("a", "source_iter([('hi', 'b')]) -> dest_sink_serde(outbound);")

    net.run()

    assert net["b"]["seen"] == [("hi", "a")]


def test_names_given_to_a_node_come_before_its_own_ends() -> None:
    net = hf.Network()
    other = net.bind("elsewhere")

    node = net.node("a", ADDS, seen=[], address="mine", outbound=other.outbound)

    assert (node["address"], node.address) == ("mine", "elsewhere")


def test_inputs_show_what_waits_in_them() -> None:
    net = hf.Network()
    node = net.node("a", "source_stream(lines) -> null();", lines=hf.channel([1]))

    node.inputs["lines"].send(2)

    assert node.inputs["lines"].waiting() == [1, 2]
    assert repr(node.inputs["lines"]) == "<input lines of a, 2 waiting>"
