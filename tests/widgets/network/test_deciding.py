"""Decisions that a reader makes in the network's widget."""

from __future__ import annotations

import asyncio
from typing import Any

from network_fronts import Page

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Delay, Deliver, Drop, Duplicate, Heal, Point, Restart, State, Tick
from hydroflow_nb.widgets.network.choices import choices


def test_each_button_is_a_decision_of_the_run(page: Any, net: hf.Network) -> None:
    for do, fields in (
        ("duplicate", {"message": "alice>server#1"}),
        ("delay", {"message": "alice>server#1'"}),
        ("deliver", {"message": "alice>server#1"}),
        ("drop", {"message": "alice>server#1'"}),
        ("tick", {"node": "server"}),
        ("cut", {"groups": [["alice"], ["server"]]}),
        ("heal", {}),
        ("crash", {"node": "server"}),
        ("restart", {"node": "server", "state": "lost"}),
    ):
        assert page.decide(do, **fields) is None

    assert net.decisions == [
        Tick("alice"),
        Duplicate("alice>server#1"),
        Delay("alice>server#1'"),
        Deliver("alice>server#1"),
        Drop("alice>server#1'"),
        Tick("server"),
        Cut((("alice",), ("server",))),
        Heal(),
        Crash("server"),
        Restart("server", State.LOST),
    ]


def test_a_durable_node_can_be_crashed_at_each_point_and_connected_again() -> None:
    net = hf.Network()
    net.node("alice", "source_iter([(1, 'bob')]) -> dest_sink_serde(outbound);", durable=True)
    net.node("bob", "source_stream_serde(inbound) -> null();")
    told = choices(net)

    assert [one["points"] for one in told["nodes"]] == [[point.value for point in Point], []]
    assert "accepted nothing" in told["nodes"][0]["why"]["crash at accept"]
    assert "crash at send" not in told["nodes"][0]["why"]


def test_what_is_not_possible_is_told_with_its_reason_before_and_when_it_is_asked(page: Any, net: hf.Network) -> None:
    assert "not the oldest" in page.card("alice>server#2")["why"]["deliver"]
    assert page.card("alice>server#1")["why"] == {}
    assert page.node("server")["why"].keys() == {"kept", "lost", "join"}
    assert page.told["heal"] == "the network is not cut"
    before = list(net.decisions)

    refused = page.decide("deliver", message="alice>server#2")

    assert refused == page.card("alice>server#2")["why"]["deliver"]
    assert net.decisions == before


def test_what_a_page_sends_is_read_and_never_trusted(page: Any, net: hf.Network) -> None:
    before = list(net.decisions)

    for wrong in ({}, {"do": "explode"}, {"do": "tick", "node": 3}, {"do": "tick", "node": "alice", "more": 1}, "tick"):
        answer = page.ask("decide", decision=wrong)
        assert answer["error"]["message"]
    assert "not in flight" in str(page.decide("reorder", first=["<script>"], then=["alice>server#1"]))
    assert net.decisions == before


def test_a_held_message_is_held_no_second_time(page: Any) -> None:
    assert page.decide("delay", message="alice>server#1") is None

    card = page.card("alice>server#1")
    assert card["held"]
    assert card["why"]["hold"] == "it is held already: deliver it, or undo"


def test_messages_that_are_reordered_say_what_they_wait_for_and_undo_frees_them(page: Any) -> None:
    refused = page.decide("reorder", first=["alice>server#2"], then=["alice>server#1"])
    assert "is behind alice>server#1 on one way" in str(refused)
    assert page.decide("reorder", first=["alice>server#1"], then=["alice>server#2"]) is None
    assert page.card("alice>server#2")["after"] == ["alice>server#1"]

    page.ask("undo")

    assert page.card("alice>server#2")["after"] == []


def test_undo_takes_back_and_redo_makes_again(page: Any, net: hf.Network) -> None:
    page.decide("deliver", message="alice>server#1")
    page.decide("tick", node="server")
    run = list(net.decisions)

    page.ask("undo")
    page.ask("undo")
    assert (net.decisions, page.told["ahead"]) == (run[:1], 2)
    page.ask("redo")
    assert (net.decisions, page.told["ahead"]) == (run[:2], 1)
    page.ask("end")
    assert (net.decisions, page.told["ahead"]) == (run, 0)
    page.ask("start")
    assert (net.decisions, page.told["ahead"]) == ([], 3)


def test_another_decision_forgets_what_was_taken_back(page: Any, net: hf.Network) -> None:
    page.decide("deliver", message="alice>server#1")
    page.ask("undo")

    page.decide("drop", message="alice>server#1")

    assert page.told["ahead"] == 0
    assert "nothing was taken back" in page.ask("redo")["error"]["message"]


def test_at_the_start_there_is_nothing_to_take_back(page: Any) -> None:
    page.ask("start")

    assert "nothing has been decided yet" in page.ask("undo")["error"]["message"]


def test_a_step_by_chance_is_a_step_of_the_network_until_nothing_is_left(page: Any, net: hf.Network) -> None:
    while "error" not in page.ask("step"):
        pass

    assert net.is_quiet()
    assert net["alice"]["seen"] == ["A", "B"]


def test_a_run_by_chance_ends_when_the_network_is_quiet(page: Any, net: hf.Network) -> None:
    page.ask("run")

    assert net.is_quiet()
    assert (page.told["running"], page.told["quiet"]) == (None, True)


def test_a_run_that_never_comes_to_rest_is_stopped() -> None:
    async def scenario() -> None:
        net = hf.Network()
        net.node("a", "source_iter([1]) -> again; again = union() -> defer_tick() -> again;")
        page = Page(net)
        page.ask("hello")
        page.ask("run")
        await asyncio.sleep(0.1)
        assert page.ask("tick")
        refused = page.decide("tick", node="a")
        page.ask("stop")
        await asyncio.sleep(0.1)
        assert refused == "the network is running: stop it first"
        assert page.told["running"] is None
        assert page.decide("tick", node="a") is None

    asyncio.run(scenario())


def test_what_a_tick_raises_is_told_and_is_part_of_the_run() -> None:
    net = hf.Network()
    net.node("a", "source_iter([0]) -> map(|x| 1 / x) -> for_each(seen.append);", seen=[])
    page = Page(net)
    page.ask("hello")

    raised = page.decide("tick", node="a")

    assert raised is not None
    assert "ZeroDivisionError" in raised
    assert net.decisions == [Tick("a")]
    # On a slow machine there is more news behind it.
    assert [event["error"] for news in page.news() for event in news["events"]] == [
        "ZeroDivisionError: division by zero"
    ]
    page.ask("undo")
    assert net.decisions == []
