"""Workloads in a network: with a flow, with a system, by hand, and what they say of strange nodes."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.maelstrom import reply
from hydroflow_nb.simulation import PropertyViolated, Send

ECHO = """
source_stream_serde(inbound) -> map(|(m, who)| (reply(m, echo=m["body"]["echo"]), who)) -> dest_sink_serde(outbound);
"""


def echo(text=ECHO):
    net = hf.Network()
    outbound, inbound, _ = net.bind()
    return hf.compile(text, {"outbound": outbound, "inbound": inbound, "reply": reply})


def test_a_flow_becomes_nodes_that_clients_ask():
    net = hf.Network(seed=1)
    workload = net.workload("echo", echo(), nodes=5)
    net.run()

    assert list(net) == ["n1", "n2", "n3", "n4", "n5", "clients"]
    assert len(workload.operations) == 6
    assert all(one.result["echo"] == one.call["echo"] for one in workload.operations)
    assert workload.problems() == []
    assert "echo_ok" in workload._repr_html_()


def test_the_nodes_of_a_network_are_asked_without_a_flow():
    net = hf.Network()
    for name in ("a", "b"):
        net.node(name, echo(), at=name)
    workload = net.workload("echo", operations=8, clients=1)
    net.run()

    assert {one.node for one in workload.operations} == {"a", "b"}
    assert {one.client for one in workload.operations} == {"c1"}


def test_the_requests_wait_in_the_clients_input():
    net = hf.Network()
    net.workload("echo", echo(), operations=2)

    assert [type(one) for one in net.decisions] == [Send, Send]


def test_a_person_may_ask_as_well():
    net = hf.Network()
    workload = net.workload("echo", echo(), operations=0)
    workload.ask("c1", "n2", {"type": "echo", "echo": "mine"})
    net.run()

    assert [str(one) for one in workload.operations] == [
        "c1: {'type': 'echo', 'echo': 'mine'} at n2 -> {'type': 'echo_ok', 'in_reply_to': 1, 'echo': 'mine'}"
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ECHO.replace('m["body"]["echo"]', "7"), "is not an echo of"),
        (ECHO.replace("reply(m,", 'reply(m, "hello",'), "the answer's type is 'hello'"),
        (ECHO.replace("(reply", "(7, who) if m else (reply"), "7 is not an answer"),
        ("source_stream_serde(inbound) -> null(); null() -> dest_sink_serde(outbound);", "no answer"),
    ],
)
def test_nodes_that_answer_wrongly_violate_a_property_and_the_problem_is_told(text, complaint):
    net = hf.Network()
    workload = net.workload("echo", echo(text))

    with pytest.raises(PropertyViolated, match=r"each answer bears|every request is answered"):
        net.run()
    assert complaint in workload.problems()[0]
    assert f"wrong: {workload.problems()[0]}" in repr(workload)


def test_a_node_that_crashes_need_not_answer():
    net = hf.Network()
    workload = net.workload("echo", echo(), nodes=1, operations=1)
    net.tick("clients")
    net.deliver("clients>n1#1")
    net.crash("n1")
    net.restart("n1")
    net.run()

    assert not workload.operations[0].is_answered
    assert workload.problems() == []


def test_the_topology_was_asked_and_answered_before():
    text = """
    nodes = cluster(); clients = external();
    clients ~> @nodes map(|(m, who)| (reply(m), who)) ~> clients;
    """
    net = hf.compile(text, {"reply": reply}).network(nodes=["a", "b", "c"])
    workload = net.workload("broadcast", operations=0)

    assert [one.result["type"] for one in workload.operations] == ["topology_ok"] * 3
    assert workload.operations[0].call["topology"] == {"a": ["b"], "b": ["a", "c"], "c": ["b"]}
    assert net.in_flight[:] == [] or len(net.in_flight) == 0


KEPT = """
nodes = cluster(); clients = external();
clients ~> @nodes map(|request| (request, WHERE)) ~> led;
@nodes led = map(|(request, _)| request)
    -> scan::<'static>(dict, |all, (m, who)| (apply(all, m["body"]), (answer(all, m), who))) ~> clients;
"""


def answer(store, message):
    body = message["body"]
    key = body["key"]
    if body["type"] == "write":
        return reply(message)
    if key not in store:
        return reply(message, "error", code=20)
    if body["type"] == "read":
        return reply(message, value=store[key])
    return reply(message) if store[key] == body["from"] else reply(message, "error", code=22)


def apply(store, body):
    new = {"write": "value", "cas": "to"}.get(body["type"])
    swaps = body["type"] == "write" or (body["type"] == "cas" and store.get(body["key"]) == body["from"])
    return {**store, body["key"]: body[new]} if new and swaps else store


@pytest.mark.parametrize(("where", "holds"), [("nodes[0]", True), ("address", False)])
def test_a_store_at_one_node_is_linearizable_and_one_at_each_is_not(where, holds):
    net = hf.compile(KEPT.replace("WHERE", where), {"reply": reply, "apply": apply, "answer": answer}).network(
        nodes=3, recording=0
    )
    net.workload("lin-kv")
    found = net.explore(60)

    assert (found.counterexample is None) == holds
    assert holds or len(found.counterexample) <= 25


SERVED = """
came = source_stream_serde(inbound) -> tee();
asked = came -> filter(|(_, who)| who != "lin-kv") -> enumerate::<'static>() -> tee();
asked -> map(|(n, (m, _))| ({"dest": "lin-kv", "src": address, "body": {**m["body"], "msg_id": n}}, "lin-kv")) -> sent;
asked -> [0]both;
came -> filter(|(_, who)| who == "lin-kv") -> map(|(m, _)| (m["body"]["in_reply_to"], m["body"])) -> [1]both;
both = join::<'static>() -> map(|(_, ((m, who), found))|
    (reply(m, found["type"], **{name: x for name, x in found.items() if name in ("value", "code")}), who)) -> sent;
sent = union() -> dest_sink_serde(outbound);
"""
SERVICE = """
source_stream_serde(inbound) -> scan::<'static>(dict, |all, (m, who)| (apply(all, m["body"]), (answer(all, m), who)))
    -> dest_sink_serde(outbound);
"""


def test_a_node_outside_of_the_network_is_a_service_that_nodes_ask():
    net = hf.Network(loss=0.2)
    outbound, inbound, address = net.bind()
    served = hf.compile(SERVED, {"outbound": outbound, "inbound": inbound, "address": address, "reply": reply})
    net.node("lin-kv", SERVICE, at="lin-kv", outside=True, apply=apply, answer=answer)
    workload = net.workload("store", served, nodes=2, operations=8)
    net.run()

    assert workload.problems() == []
    assert {one.node for one in workload.operations} == {"n1", "n2"}
    assert any(one.result.get("value") is not None for one in workload.operations)


# --- what a check says of a network with a workload -------------------------------------------------------------------


def asked_for_ids(names=("n1", "n2")):
    text = """
    nodes = cluster(); clients = external();
    clients ~> @nodes asked;
    @nodes asked = tee();
    asked -> enumerate::<'static>() -> map(|(n, (m, who))| (reply(m, id=n), who)) ~> clients;
    asked -> fold::<'static>(int, |n, _| n + 1) -> for_each(log.append);
    """
    net = hf.compile(text, {"reply": reply, "log": []}).network(nodes=list(names), seed=1)
    return net, net.workload("unique-ids")


def test_a_check_speaks_of_the_nodes_and_not_of_the_clients():
    net, _ = asked_for_ids()
    report = net.check()

    assert list(report) == ["n1.log", "n1.clients", "n2.log", "n2.clients"]
    assert report["n1.clients"].level == "differs"
    assert report["n1.log"].level == "final"
    assert report.summary.endswith("all outputs end the same in both.")
    assert report.diagnostics == ()
    assert report.next_steps == []


def test_a_check_tells_the_verdict_of_the_workload_on_the_answers():
    net, workload = asked_for_ids()
    (begun,) = net.check().verdicts
    with pytest.raises(PropertyViolated):
        net.run()
    (ended,) = net.check().verdicts

    assert begun.startswith("`n1.clients` and `n2.clients` are judged by the workload `unique-ids`")
    assert "nothing was asked so far" in begun
    assert f"something is wrong, {workload.problems()[0]}" in ended
    assert ended in str(net.check())
    assert "judged by the workload" in net.check()._repr_html_()


def test_a_check_tells_that_nothing_was_wrong_so_far():
    net = hf.Network()
    net.workload("echo", echo(), nodes=2, operations=3)
    net.run()
    report = net.check()

    assert list(report) == ["n1.outbound", "n2.outbound"]
    assert report.summary == ""
    assert "nothing is wrong with 3 answers to 3 requests" in report.verdicts[0]


@pytest.mark.parametrize(
    "given", [{"nodes": 0}, {"nodes": "abc"}, {"operations": -1}, {"clients": 0}, {"clients": True}]
)
def test_numbers_that_are_wrong_are_refused(given):
    with pytest.raises(ValueError, match=r"whole number|number from 1"):
        hf.Network().workload("echo", echo(), **given)


def test_a_workload_needs_nodes():
    with pytest.raises(hf.HydroflowError, match="needs nodes"):
        hf.Network().workload("echo")


@pytest.mark.parametrize("seed", range(6))
def test_every_node_is_asked_before_one_is_asked_again(seed):
    net = hf.Network(seed=seed)
    workload = net.workload("echo", echo(), nodes=4, operations=6)
    net.run()
    asked = sorted(workload.operations, key=lambda one: one.call["echo"])

    assert {one.node for one in asked[:4]} == {"n1", "n2", "n3", "n4"}
    assert len({one.node for one in asked[4:]}) == 2
