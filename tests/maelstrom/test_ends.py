"""The ends of a node of Maelstrom's: what is read, what is written, and what is counted."""

from __future__ import annotations

import io
import json

import pytest

import hydroflow_nb as hf
from hydroflow_nb.maelstrom.ends import MaelstromOutbound, accept
from hydroflow_nb.net import Inbound

ASKED = {"src": "c1", "dest": "n1", "body": {"type": "echo", "msg_id": 1, "echo": "a"}}

# Half of a surrogate pair, which is no text.
HALF = json.dumps({**ASKED, "body": {"type": "echo", "msg_id": 2, "echo": "\ud800"}})


def received(*lines):
    inbound = Inbound(address="n1")
    for line in lines:
        accept(inbound, line if isinstance(line, str) else json.dumps(line), limit=1_000)
    got = []
    flow = hf.compile("source_stream_serde(inbound) -> for_each(got.append);", {"inbound": inbound, "got": got})
    flow.run_available()
    return got, inbound


def sent(*items):
    stream = io.StringIO()
    outbound = MaelstromOutbound("n1", stream)
    flow = hf.compile("source_iter(items) -> dest_sink_serde(outbound);", {"outbound": outbound, "items": items})
    flow.run_available()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_message_comes_with_its_sender():
    assert received(ASKED)[0] == [(ASKED, "c1")]


def test_an_answer_leaves_as_it_is_with_this_node_as_its_sender():
    answer = {"src": "n2", "dest": "c1", "body": {"type": "echo_ok", "in_reply_to": 1, "echo": (1, {"x": (2,)})}}

    assert sent((answer, "c1")) == [
        {"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "in_reply_to": 1, "echo": [1, {"x": [2]}]}}
    ]


@pytest.mark.parametrize("item", [7, None, (1, "x"), {"channel": "nodes>heard", "item": {3}}, ASKED, {1: 2}])
def test_what_nodes_tell_each_other_comes_as_it_was_sent(item):
    (line,) = sent((item, "n2"))

    assert (line["src"], line["dest"]) == ("n1", "n2")
    assert received(line)[0] == [(item, "n1")]


def test_a_message_leaves_with_src_dest_and_body_alone():
    forwarded = {"id": 7, "src": "c1", "dest": "lin-kv", "body": {"type": "read", "msg_id": 1, "key": 3}, "more": 1}
    own = {"dest": "seq-kv", "body": {"type": "read", "msg_id": 2, "key": 3}}

    assert sent((forwarded, "lin-kv"), (own, "seq-kv")) == [
        {"src": "n1", "dest": "lin-kv", "body": {"type": "read", "msg_id": 1, "key": 3}},
        {"src": "n1", "dest": "seq-kv", "body": {"type": "read", "msg_id": 2, "key": 3}},
    ]


def test_messages_bear_the_number_that_maelstrom_gives_them_and_bodies_need_no_type():
    numbered = {"id": 7, **ASKED}
    untyped = {"id": 8, "src": "n2", "dest": "n1", "body": {"seen": [1]}}

    assert received(numbered, untyped)[0] == [(numbered, "c1"), (untyped, "n2")]


@pytest.mark.parametrize(
    "value", [{"$set": [1]}, {"$tuple": [1]}, {"$map": [], "x": 1}, {"$": {"$float": "nan"}}, 1 << 80]
)
def test_whatever_a_client_sends_is_echoed_as_it_is(value):
    asked = {**ASKED, "body": {**ASKED["body"], "echo": value}}
    ((message, who),) = received(asked)[0]
    (line,) = sent(({"dest": who, "body": {"type": "echo_ok", "in_reply_to": 1, "echo": message["body"]["echo"]}}, who))

    assert message == asked
    assert line["body"]["echo"] == value


def test_what_others_cannot_know_leaves_as_lists_and_texts():
    answer = {"dest": "c1", "body": {"type": "read_ok", "messages": {3}, "by": {1: "a", "x": frozenset()}}}

    assert sent((answer, "c1"))[0]["body"] == {"type": "read_ok", "messages": [3], "by": {"1": "a", "x": []}}


def test_lines_that_are_no_messages_are_counted_and_do_no_harm():
    got, inbound = received("", "nonsense", "[" * 100_00, "3", {"src": "c1"}, {**ASKED, "body": 1}, HALF, ASKED)

    assert got == [(ASKED, "c1")]
    assert inbound.statistics.undecodable == 5
    assert inbound.statistics.oversized == 1


def test_an_address_is_an_id():
    with pytest.raises(hf.ItemError, match="is its id"):
        sent((1, ("127.0.0.1", 5000)))


def test_what_is_sent_after_the_end_is_lost_and_counted():
    stream = io.StringIO()
    outbound = MaelstromOutbound("n1", stream)
    outlet = outbound.outlet()
    outlet.put((1, "n2"))
    outbound.close()
    outlet.end_tick()

    assert stream.getvalue() == ""
    assert outbound.statistics.lost == 1
