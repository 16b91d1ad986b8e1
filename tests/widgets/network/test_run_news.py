"""What the network's widget tells its page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fronts import until
from network_fronts import Page

import hydroflow_nb as hf


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


def test_a_page_that_comes_is_told_the_whole_run(page: Any) -> None:
    assert [lane["node"] for lane in page.told["lanes"]] == ["server", "alice"]
    assert kinds(page.told["events"]) == ["tick", "sent", "sent"]
    assert page.told["in_flight"] == 2
    json.dumps(page.messages)


def test_later_only_what_is_new_is_told(page: Any) -> None:
    page.decide("deliver", message="alice>server#1")

    assert kinds(page.told["events"]) == ["delivered"]
    assert page.told["before"] == 3


def test_decisions_of_cells_are_told_as_well_and_not_one_by_one(net: hf.Network) -> None:
    async def scenario() -> None:
        page = Page(net)
        page.ask("hello")
        net.run()
        await until(lambda: bool(page.told["quiet"]))
        assert len(page.news()) == 2

    asyncio.run(scenario())


def test_a_run_that_begins_anew_has_another_epoch(page: Any, net: hf.Network) -> None:
    epoch = page.told["epoch"]

    net.reset()

    page.ask("hello")
    assert page.told["epoch"] > epoch
    assert page.told["events"] == []


def test_a_tick_tells_which_of_its_node_s_lives_it_was(page: Any, net: hf.Network) -> None:
    net.crash("alice")
    net.restart("alice", "lost")
    net.tick("alice")

    page.ask("hello")

    assert [event["life"] for event in page.told["events"] if event["kind"] == "tick"] == [0, 1]


def test_long_and_hostile_messages_are_short_text_and_are_read_whole_when_asked_for() -> None:
    hostile = "<script>alert(1)</script>" + "x" * 1_000_000
    net = hf.Network()
    net.node("a", "source_iter(start) -> dest_sink_serde(outbound);", start=[(hostile, "b")])
    net.node("b", "source_stream_serde(inbound) -> for_each(seen.append);", seen=[])
    net.tick("a")
    page = Page(net)
    page.ask("hello")

    assert len(json.dumps(page.told)) < 5_000
    assert len(page.ask("message", message="a>b#1")["text"]) < 3_000
    assert "is no message of this run" in page.ask("message", message="nothing")["error"]["message"]


def test_what_a_tick_has_set_aside_is_told_in_a_short_text() -> None:
    net = hf.Network(on_fault="set-aside")
    net.node("a", "source_stream(xs) -> map(|x| 1 // len(x)) -> null();", xs=hf.channel(["", ()]))
    page = Page(net)
    page.ask("hello")

    net.tick("a")

    page.ask("hello")
    (tick,) = page.told["events"]
    assert tick["set_aside"].startswith("2 items set aside: '' by `xs`: ZeroDivisionError")


def test_a_widget_that_is_closed_tells_nothing(page: Any, net: hf.Network) -> None:
    page.widget.close()
    told = len(page.messages)

    net.run()

    assert len(page.messages) == told


def test_nodes_are_opened_beside_the_run_with_the_edges_of_their_messages(page: Any, net: hf.Network) -> None:
    key = next(one["key"] for one in page.ask("nodes")["nodes"] if one["node"] == "server")

    opened = page.ask("open", node=key)

    edges = opened["graph"]["edges"]
    assert [edges[edge]["from"] for edge in opened["receives"]] == ["op-1"]
    assert [edges[edge]["to"] for edge in opened["sends"]] == ["op-3"]
    page.ask("step", grain="tick", side=opened["side"])
    assert str(net.decisions[-1]) == "tick server"


def test_a_message_and_a_row_of_an_opened_node_are_explained_through_all_nodes(page: Any, net: hf.Network) -> None:
    net.run()
    way = [("alice", "server>alice#2"), ("server", ""), ("server", "alice>server#2"), ("alice", ""), ("alice", "")]

    told = page.ask("why_message", message="server>alice#2")["told"]

    assert [(step["node"], step["message"]) for step in told["steps"]] == way
    key = next(one["key"] for one in page.ask("nodes")["nodes"] if one["node"] == "alice")
    opened = page.ask("open", node=key)
    (edge,) = opened["receives"]
    tick = told["steps"][0]["tick"]
    row = page.ask("why", side=opened["side"], edge=edge, tick=tick, step=told["steps"][0]["step"], index=1)["told"]
    assert row == told
    assert "no recorded tick took in or sent 'x>y#1'" in page.ask("why_message", message="x>y#1")["error"]["message"]


def test_a_message_that_is_in_flight_is_explained_where_it_was_sent(page: Any, net: hf.Network) -> None:
    told = page.ask("why_message", message="alice>server#1")["told"]

    assert [step["node"] for step in told["steps"]] == ["alice", "alice"]
    assert told["steps"][1]["origin"] == "input"
