from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.simulation import (
    Crash,
    Cut,
    Deliver,
    Drop,
    Heal,
    ImpossibleDecision,
    Send,
    Tick,
    from_dict,
)
from hydroflow_nb.simulation.model.history import Dropped, Ticked

Build = Callable[..., hf.Network]
StateOf = Callable[[hf.Network], list[Any]]

SENDS = "source_iter(start) -> dest_sink_serde(outbound);"
KEEPS = "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append((m, a)));"


def two_nodes(*messages: Any, **options: Any) -> hf.Network:
    net = hf.Network(**options)
    net.node("a", SENDS, start=[(message, "b") for message in messages])
    net.node("b", KEEPS, seen=[])
    net.tick("a")
    return net


def payloads(net: hf.Network, node: str = "b") -> list[Any]:
    return [payload for payload, _ in net[node]["seen"]]


# --- a run ------------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_until_every_answer_has_come(echo: Build) -> None:
    net = echo()

    made = net.run()

    assert made == len(net.decisions)
    assert (net["alice"]["seen"], net["bob"]["seen"]) == (["A", "B"], ["C"])
    assert net.is_quiet()
    assert len(net.in_flight) == 0


def test_everybody_in_a_chat_sees_the_same_messages(chat: Build) -> None:
    net = chat(seed=5)

    net.run()
    net.send("bob", "lines", "last")
    net.run()

    # Who joins late misses what was said before, but nobody misses what was said last.
    assert {net[name]["seen"][-1] for name in ("alice", "bob", "carol")} == {"last"}
    assert len(net["server"]["inbound"].statistics.rejected) == 0


def test_deferred_items_keep_a_run_going(ring: Build) -> None:
    net = ring()

    net.run()

    assert [sorted(net[name]["seen"]) for name in "abc"] == [[2, 2, 5], [1, 1, 4, 7], [0, 0, 3, 6]]


def test_steps_and_a_run_make_the_same_decisions(chat: Build) -> None:
    net, stepped = chat(seed=9), chat(seed=9)

    net.run()
    while stepped.step() is not None:
        pass

    assert stepped.decisions == net.decisions


def test_other_seeds_make_other_decisions(chat: Build) -> None:
    runs = set()
    for seed in range(5):
        net = chat(seed=seed)
        net.run()
        runs.add(tuple(net.decisions))

    assert len(runs) == 5


def test_a_network_that_is_never_quiet_is_stopped_and_says_who_is_busy() -> None:
    net = hf.Network()
    net.node(
        "a",
        "source_stream_serde(inbound) -> dest_sink_serde(outbound);"
        "source_iter([(1, 'a')]) -> dest_sink_serde(outbound);",
    )

    with pytest.raises(hf.HydroflowError, match=r"not quiet after 50 decisions.*net\.step"):
        net.run(limit=50)

    assert len(net.decisions) == 50


def test_a_spin_does_not_keep_a_run_alive() -> None:
    net = hf.Network()
    net.node("a", "spin() -> for_each(|_| seen.append(context.current_tick()));", seen=[])

    net.run(timers=4)

    assert 4 <= len(net["a"]["seen"]) <= 9


def test_what_user_code_raises_stops_the_run_and_leaves_the_network_usable() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[(0, "b"), (5, "b")])
    net.node("b", "source_stream_serde(inbound) -> map(|(m, a)| 10 // m) -> for_each(seen.append);", seen=[])

    with pytest.raises(ZeroDivisionError) as raised:
        net.run()
    net.run()

    failed = raised.value.__notes__[-1]
    assert "in node b, decision" in failed
    assert "tick b" in failed
    assert net["b"]["seen"] == [2]


def test_a_run_with_an_aborted_tick_in_its_middle_is_replayed_to_its_end(state_of: StateOf) -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[(0, "b"), (5, "b")])
    net.node("b", "source_stream_serde(inbound) -> map(|(m, a)| 10 // m) -> for_each(seen.append);", seen=[])
    with pytest.raises(ZeroDivisionError):
        net.run()
    net.run()
    decisions, state = list(net.decisions), state_of(net)

    with pytest.raises(ZeroDivisionError):
        net.replay(decisions)

    assert (net.decisions, state_of(net)) == (decisions, state)


# --- decisions by hand ------------------------------------------------------------------------------------------------


def test_messages_of_one_sender_arrive_in_order() -> None:
    net = two_nodes("first", "second")

    with pytest.raises(ImpossibleDecision, match=r"a>b#2 is not the oldest from a to b.*fifo=False"):
        net.deliver("a>b#2")

    assert [message.value for message in net.in_flight] == ["first", "second"]


def test_without_fifo_a_message_overtakes_another() -> None:
    net = two_nodes("first", "second", fifo=False)

    net.deliver(lambda message: message.value == "second")
    net.deliver("a>b#1")
    net.tick("b")

    assert payloads(net) == ["second", "first"]


def test_a_dropped_message_is_gone() -> None:
    net = two_nodes("gone", "kept")

    net.drop("a>b#1")
    net.run()

    assert payloads(net) == ["kept"]
    with pytest.raises(ImpossibleDecision, match="not in flight"):
        net.deliver("a>b#1")


def test_a_misspelt_message_is_told_what_is_in_flight() -> None:
    net = two_nodes(*range(7))

    with pytest.raises(ImpossibleDecision, match=r"a>b' is not in flight; in flight are a>b#1, .*, a>b#5, \.\.\.$"):
        net.deliver("a>b")


@pytest.mark.parametrize("item", ["hello", 3])
def test_an_item_of_a_decision_that_is_no_json_is_explained(item: Any) -> None:
    net = hf.Network()
    net.node("a", "source_stream(lines) -> null();", lines=hf.channel())

    with pytest.raises(ImpossibleDecision, match=r"`Send\('a', 'lines', '3'\)`.*`net.send` takes the item itself"):
        net.perform(Send("a", "lines", item))

    assert net.decisions == []


def test_a_duplicate_is_visible_and_has_an_id_of_its_own() -> None:
    net = two_nodes("twice")

    copy = net.duplicate("a>b#1")
    again = net.duplicate(copy)
    third = net.duplicate("a>b#1")
    net.run()

    assert [one.id for one in (copy, again, third)] == ["a>b#1'", "a>b#1''", "a>b#1'''"]
    assert copy.is_duplicate
    assert payloads(net) == ["twice"] * 4


def test_a_held_message_waits_until_it_is_delivered_by_name() -> None:
    net = two_nodes("late")

    net.hold("a>b#1")
    net.run()
    waited = payloads(net)
    net.deliver("a>b#1")
    net.run()

    assert (waited, payloads(net)) == ([], ["late"])


def test_a_message_held_for_a_while_arrives_before_the_run_ends() -> None:
    net = two_nodes("late", "behind it")

    net.hold("a>b#1", decisions=1_000)
    net.run()

    assert payloads(net) == ["late", "behind it"]


def test_a_message_held_for_some_decisions_may_not_be_delivered_by_chance_before() -> None:
    net = two_nodes("late", fifo=False)
    net.hold("a>b#1", decisions=2)

    seen = [net.possible()]
    for _ in range(2):
        net.tick("a")
        seen.append(net.possible())

    assert [Deliver("a>b#1") in one for one in seen] == [False, False, True]


def test_a_message_to_nobody_is_kept_where_it_can_be_seen() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("lost", ("127.0.0.1", 9)), ("found", "b")])
    net.node("b", KEEPS, seen=[])

    net.run()

    assert [message.id for message in net.undeliverable] == ["a>127.0.0.1:9#1"]
    assert "undeliverable" in repr(net)
    assert payloads(net) == ["found"]


def test_an_address_that_is_none_aborts_the_tick() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("lost", "nobody")])

    with pytest.raises(hf.ItemError, match="'nobody' is neither a node of the network nor an address"):
        net.run()


def test_a_misspelt_node_is_answered_with_the_one_that_is_meant() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("lost", "sever")])
    net.node("server", KEEPS, seen=[])

    with pytest.raises(hf.ItemError, match="nor an address: did you mean 'server'"):
        net.run()


def test_a_network_has_its_nodes_by_name_as_a_dict_does() -> None:
    net = two_nodes()

    assert list(net) == ["a", "b"]
    assert "a" in net
    assert "c" not in net


# --- cuts -------------------------------------------------------------------------------------------------------------


def test_a_cut_holds_what_would_cross_it_until_it_heals() -> None:
    net = two_nodes("across")

    net.cut({"a"}, {"b"})
    net.run()
    before = payloads(net)
    net.heal()
    net.run()

    assert (before, payloads(net)) == ([], ["across"])


def test_without_holds_a_cut_loses_what_would_cross_it() -> None:
    net = two_nodes("across", holds=False)

    net.cut("a")
    net.heal()
    net.run()

    assert payloads(net) == []
    assert [one.reason for one in net.history.events if isinstance(one, Dropped)] == ["the network is cut"]


def test_nodes_that_a_cut_does_not_name_stay_together(ring: Build) -> None:
    net = ring()

    net.cut("a")
    net.run()

    assert net["c"]["seen"] == []
    assert {message.receiver for message in net.in_flight} == {"b", "a"}


@pytest.mark.parametrize(
    ("groups", "why"),
    [(["a", "b", "c"], "c"), ([{"a", "b"}], "both of its sides"), ([{"a"}, {"a", "b"}], "two groups"), ([], "both")],
)
def test_a_cut_that_cuts_nothing_is_impossible(groups: list[Any], why: str) -> None:
    net = two_nodes("x")

    with pytest.raises(ImpossibleDecision, match=why):
        net.cut(*groups)

    assert net.decisions == [Tick("a")]


# --- crashes and joins ------------------------------------------------------------------------------------------------

COUNTS = (
    "source_stream_serde(inbound) -> map(|(m, a)| 1) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(seen.append);"
)


def test_what_reached_a_node_before_its_crash_and_was_in_no_tick_is_lost() -> None:
    net = two_nodes("in the inbox", "in flight")

    net.deliver("a>b#1")
    net.crash("b")
    net.run()
    net.restart("b")
    net.run()

    assert payloads(net) == ["in flight"]


def test_without_holds_what_is_in_flight_to_a_crashed_node_is_lost() -> None:
    net = two_nodes("in flight", holds=False)

    net.crash("b")
    net.restart("b")
    net.run()

    assert payloads(net) == []


@pytest.mark.parametrize(("state", "seen"), [("kept", [1, 2]), ("lost", [1])])
def test_a_node_restarts_with_its_state_or_without(state: str, seen: list[int]) -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("one", "b"), ("two", "b")])
    net.node("b", COUNTS, seen=[])
    net.tick("a")
    net.deliver("a>b#1")
    net.tick("b")

    net.crash("b")
    net.restart("b", state)
    net.run()

    assert net["b"]["seen"] == seen


def test_a_node_that_is_down_does_nothing() -> None:
    net = two_nodes("x")
    net.crash("b")

    for attempt in (lambda: net.tick("b"), lambda: net.deliver("a>b#1"), lambda: net.crash("b")):
        with pytest.raises(ImpossibleDecision, match="b is down"):
            attempt()

    assert net.decisions == [Tick("a"), Crash("b")]


def test_a_late_node_gets_what_was_sent_to_it_before_it_joined() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("early", "b")])
    net.node("b", KEEPS, seen=[], join_later=True)

    net.run()
    before = (net["b"].state, payloads(net))
    net.join("b")
    net.run()

    assert before == ("not joined yet", [])
    assert payloads(net) == ["early"]
    with pytest.raises(ImpossibleDecision, match="has joined"):
        net.join("b")


def test_late_nodes_join_before_a_run_ends_where_there_is_a_rate_for_it() -> None:
    net = hf.Network(joins=0.01)
    net.node("a", SENDS, start=[("early", "b")])
    net.node("b", KEEPS, seen=[], join_later=True)

    net.run()

    assert payloads(net) == ["early"]


# --- what is put in by hand -------------------------------------------------------------------------------------------


def test_what_is_put_into_an_input_is_a_decision(echo: Build) -> None:
    net = echo()

    net["alice"].inputs["lines"].send("by hand")
    net["alice"].inputs["lines"].extend(["more"])
    net.run()

    assert net.decisions[:2] == [Send("alice", "lines", '"by hand"'), Send("alice", "lines", '"more"')]
    assert net["alice"]["seen"] == ["A", "B", "BY HAND", "MORE"]


def test_an_item_put_in_keeps_its_type() -> None:
    net = hf.Network()
    net.node("a", "source_stream(items) -> for_each(seen.append);", items=hf.channel(), seen=[])
    item = (1, {"a", "b"}, b"bytes", {2: [None]}, 1 << 70)

    net.send("a", "items", item)
    net.run()
    net.replay(net.decisions)

    assert net["a"]["seen"] == [item]


def test_an_unknown_input_or_node_is_named() -> None:
    net = two_nodes()

    with pytest.raises(ImpossibleDecision, match="no input 'lines'; its inputs are: inbound"):
        net.send("b", "lines", 1)
    with pytest.raises(ImpossibleDecision, match="no node 'c'; the nodes are: a, b"):
        net.send("c", "lines", 1)


# --- rates ------------------------------------------------------------------------------------------------------------


def test_everything_is_lost_at_a_rate_of_one() -> None:
    net = two_nodes(1, 2, 3, loss=1.0)

    net.run()

    assert payloads(net) == []
    assert sum(isinstance(one, Drop) for one in net.decisions) == 3


def test_everything_is_doubled_once_at_a_rate_of_one() -> None:
    net = two_nodes(1, 2, 3, duplication=1.0)

    net.run()

    assert payloads(net) == [1, 1, 2, 2, 3, 3]


def test_a_run_comes_to_its_end_at_any_rate(gossip: Build) -> None:
    net = gossip(loss=0.9, duplication=1.0, partitions=1.0, crashes=1.0, joins=1.0)

    net.run()

    assert net.is_quiet()
    assert all(node.is_up for node in net.nodes.values())


def test_a_rate_given_to_a_run_stands_in_the_place_of_the_networks() -> None:
    net = two_nodes(1, 2, 3, loss=1.0)

    net.run(loss=0.0)

    assert payloads(net) == [1, 2, 3]


def test_what_the_scheduler_breaks_it_mends_before_the_run_ends(chat: Build) -> None:
    kinds = set()
    for seed in range(20):
        net = chat(seed=seed, partitions=0.2, crashes=0.1)
        net.run()
        kinds |= set(map(type, net.decisions))
        assert all(node.is_up for node in net.nodes.values())
        assert not net.transit.groups
        assert len(net.in_flight) == 0

    assert kinds >= {Cut, Heal, Crash}


def test_what_a_person_breaks_stays_broken(chat: Build) -> None:
    net = chat(partitions=0.2, crashes=0.1)

    net.cut("alice")
    net.crash("bob")
    net.run(partitions=0, crashes=0)

    assert net.transit.groups == (("alice",),)
    assert not net["bob"].is_up


def test_nothing_goes_wrong_when_only_timers_go_on(gossip: Build) -> None:
    for seed in range(30):
        net = gossip(seed=seed, loss=0.5, duplication=0.2, partitions=0.1, fifo=False)

        net.run()

        assert all(net[name]["known"] == {"of a", "of b", "of c"} for name in "abc")


@pytest.mark.parametrize(
    "wrong", [{"loss": 1.5}, {"crashes": "often"}, {"restarts": "gone"}, {"seed": None}, {"codec": "xml"}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r'probability|"kept" or "lost"|a seed is|is not a codec'):
        hf.Network(**wrong)


# --- replaying --------------------------------------------------------------------------------------------------------

unkindness = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "loss": st.sampled_from([0.0, 0.2]),
        "duplication": st.sampled_from([0.0, 0.2]),
        "partitions": st.sampled_from([0.0, 0.1]),
        "crashes": st.sampled_from([0.0, 0.05]),
        "restarts": st.sampled_from(["kept", "lost"]),
        "fifo": st.booleans(),
        "holds": st.booleans(),
        "codec": st.sampled_from(["msgpack", "json"]),
    }
)


@settings(deadline=None, max_examples=60)
@given(options=unkindness, kind=st.sampled_from(["echo", "chat", "ring", "gossip"]))
def test_any_run_is_replayed_exactly(
    options: dict[str, Any],
    kind: str,
    echo: Build,
    chat: Build,
    ring: Build,
    gossip: Build,
    state_of: StateOf,
) -> None:
    net = {"echo": echo, "chat": chat, "ring": ring, "gossip": gossip}[kind](**options)
    net.run()
    decisions, history, state = list(net.decisions), net.history, state_of(net)

    net.replay(json.loads(json.dumps([one.to_dict() for one in decisions])))

    assert net.decisions == decisions
    assert net.history == history
    assert state_of(net) == state


@settings(deadline=None, max_examples=60)
@given(options=unkindness, choices=st.lists(st.integers(0, 1000), max_size=60))
def test_whatever_is_possible_can_be_performed_and_replayed(
    options: dict[str, Any], choices: list[int], chat: Build, state_of: StateOf
) -> None:
    net = chat(**options)
    for choice in choices:
        possible = net.possible()
        assert net.perform(possible[choice % len(possible)]) if possible else True
    decisions, state = list(net.decisions), state_of(net)

    performed = net.replay(decisions)

    assert (performed, state_of(net)) == (len(decisions), state)


@settings(deadline=None, max_examples=40)
@given(options=unkindness, left_out=st.sets(st.integers(0, 100)))
def test_a_lenient_replay_leaves_out_what_is_not_possible(
    options: dict[str, Any], left_out: set[int], chat: Build, state_of: StateOf
) -> None:
    net = chat(**options)
    net.run()
    some = [one for index, one in enumerate(net.decisions) if index not in left_out]

    performed = net.replay(some, strict=False)
    state, taken = state_of(net), list(net.decisions)
    net.replay(taken)

    assert performed == len(taken) <= len(some)
    assert state_of(net) == state


def test_an_exact_replay_names_the_decision_that_is_not_possible() -> None:
    net = two_nodes("x")

    with pytest.raises(ImpossibleDecision, match="decision 1, deliver a>b#2, is not possible: the message 'a>b#2'"):
        net.replay([Tick("a"), Deliver("a>b#2"), Tick("b")])


def test_what_is_no_decision_is_refused() -> None:
    net = two_nodes("x")

    with pytest.raises(TypeError, match="decision 1, 'tick a', is not a decision: write"):
        net.replay([Tick("a"), "tick a"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="is no decision"):
        net.perform("tick a")  # type: ignore[arg-type]
    for alone in (Tick("a"), {"do": "tick", "node": "a"}, None):
        with pytest.raises(TypeError, match="a list of decisions is expected"):
            net.replay(alone)  # type: ignore[arg-type]


def test_a_decision_is_performed_as_plain_data_too() -> None:
    net = two_nodes("x")

    net.perform({"do": "deliver", "message": "a>b#1"})

    assert net.decisions == [Tick("a"), Deliver("a>b#1")]


def test_what_names_no_message_and_no_nodes_is_told_what_does() -> None:
    net = two_nodes("x")

    with pytest.raises(TypeError, match=r'by its id such as "alice>bob#1".*, not 3'):
        net.deliver(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a cut is between groups of nodes, .* and 3 is none"):
        net.cut(3)  # type: ignore[arg-type]


def test_the_same_seed_makes_the_same_run_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(
        "import hydroflow_nb as hf\n"
        "server = '''messages = source_stream_serde(inbound) -> tee();\n"
        "messages -> map(|(m, a)| a) -> unique::<'static>() -> [0]everybody;\n"
        "messages -> map(|(m, a)| m) -> [1]everybody;\n"
        "everybody = cross_join::<'static, 'static>() -> map(|(a, m)| (m, a)) -> dest_sink_serde(outbound);'''\n"
        "client = '''source_iter(words) -> map(|m| (m, 'server')) -> dest_sink_serde(outbound);\n"
        "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));'''\n"
        "net = hf.Network(11, loss=0.1, duplication=0.1, partitions=0.05, crashes=0.02, fifo=False)\n"
        "net.node('server', server)\n"
        "for name in ('alice', 'bob', 'carol'):\n"
        "    net.node(name, client, words=[name + ' one', (name, 'two')], seen=[])\n"
        "net.run()\n"
        "print(*net.history.events, sep='\\n')\n"
    )

    runs = [
        subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert runs[0] == runs[1]
    assert runs[0].count("Delivered") > 10


# --- nodes and ends ---------------------------------------------------------------------------------------------------


def test_the_code_of_a_cell_runs_with_a_network_in_the_place_of_sockets() -> None:
    async def cell(net: Any) -> tuple[Any, ...]:
        outbound, inbound, address = await net.bind_tcp(("127.0.0.1", 2000), limit=1 << 16, patience=3.0)
        server = hf.compile("source_stream_serde(inbound) -> dest_sink_serde(outbound);")
        outbound, inbound, own = await net.connect_tcp(address)
        client = hf.compile(
            'source_iter(["hi"]) -> map(|m| (m, address)) -> dest_sink_serde(outbound);'
            "source_stream_serde(inbound) -> for_each(seen.append);",
            {**locals(), "seen": []},
        )
        return server, client, address, own

    net = hf.Network()
    server, client, address, own = asyncio.run(cell(net))

    net.node("server", server)
    net.node("client", client)
    net.run()

    assert (net["server"].address, net["client"].address) == (address, own)
    assert net["client"]["seen"] == [("hi", ("127.0.0.1", 2000))]


def test_one_flow_runs_as_several_nodes() -> None:
    net = hf.Network()
    outbound, inbound, address = net.bind("first")
    seen: list[Any] = []
    flow = hf.compile(
        "source_stream_serde(inbound) -> for_each(seen.append);"
        "source_iter(others) -> map(|other| (address, other)) -> dest_sink_serde(outbound);",
        {"outbound": outbound, "inbound": inbound, "address": address, "seen": seen, "others": []},
    )

    net.node("a", flow, others=["b"])
    net.node("b", flow, others=["first"])
    net.node("c", flow, at=3000, others=["a"])
    net.run()

    assert [node.address for node in net.nodes.values()] == ["first", "b", ("127.0.0.1", 3000)]
    assert set(net["a"]["seen"]) == {("b", "b"), (("127.0.0.1", 3000), ("127.0.0.1", 3000))}
    assert net["b"]["seen"] == [("first", "first")]
    assert seen == []


def test_ends_of_a_network_carry_nothing_for_a_flow_that_runs_by_itself() -> None:
    net = hf.Network()
    outbound, _, _ = net.bind("a")
    flow = hf.compile("source_iter([(1, 'a')]) -> dest_sink_serde(out);", {"out": outbound})

    with pytest.raises(hf.ItemError, match="simulated network"):
        flow.run_tick()


def test_the_flow_of_a_node_does_not_send_outside_of_decisions() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[(1, "a")])

    with pytest.raises(hf.HydroflowError, match=r"net.tick\('a'\)"):
        net["a"].flow.run_tick()


def test_a_message_that_no_datagram_holds_is_lost_at_the_ends_of_udp(caplog: pytest.LogCaptureFixture) -> None:
    net = hf.Network()
    ends = asyncio.run(net.bind_udp("a"))
    net.node("a", "source_iter([('x' * 70_000, 'a')]) -> dest_sink_serde(out);", out=ends.outbound)

    net.run()

    assert "over the limit of 65,507" in caplog.text


def test_port_zero_is_a_free_port_and_the_same_in_every_network() -> None:
    first, second = hf.Network(), hf.Network()

    found = [net.bind(0).address for net in (first, first, second)]

    assert found[0] == found[2] != found[1]


@pytest.mark.parametrize("name", ["", "a>b", "a#1", "a'", " a", 3])
def test_a_name_that_no_message_could_bear_is_refused(name: Any) -> None:
    with pytest.raises(hf.HydroflowError, match=r"a node's name is a text without .* and spaces around it"):
        hf.Network().node(name, SENDS, start=[])


def test_a_name_and_an_address_belong_to_one_node() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[], at=2000)

    with pytest.raises(hf.HydroflowError, match="there is a node a already"):
        net.node("a", SENDS, start=[])
    with pytest.raises(hf.HydroflowError, match=r"127.0.0.1:2000 is the address of the node a"):
        net.node("b", SENDS, start=[], at="localhost:2000")


def test_a_name_that_seems_misspelt_is_refused() -> None:
    net = hf.Network()
    flow = hf.compile(SENDS, {"start": [], "outbound": net.bind().outbound})

    with pytest.raises(hf.HydroflowError, match="does not use `strat`: did you mean `start`"):
        net.node("a", flow, strat=[("x", "a")])
    net.node("a", flow, notes=[])

    assert net["a"]["notes"] == []


def test_a_node_needs_a_flow() -> None:
    with pytest.raises(TypeError, match="a compiled flow or the text of one, not 5"):
        hf.Network().node("a", 5)  # type: ignore[arg-type]


def test_what_a_flow_raises_is_shown_without_the_network_s_own_frames() -> None:
    net = hf.Network()
    net.node("a", "source_iter([0]) -> map(|x| 1 // x) -> null();")

    with pytest.raises(ZeroDivisionError) as raised:
        net.run()

    frames = [frame.tb_frame for frame in _traceback(raised.value)]
    shown = [frame.f_code.co_filename for frame in frames if not frame.f_locals.get("__tracebackhide__")]
    assert shown == [__file__, "<hydroflow a>"]


def _traceback(exception: BaseException) -> Iterator[TracebackType]:
    traceback = exception.__traceback__
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def test_nodes_are_not_added_within_a_run() -> None:
    net = two_nodes()

    with pytest.raises(hf.HydroflowError, match="join_later=True"):
        net.node("c", SENDS, start=[])


def test_messages_meet_the_classes_of_the_receiver() -> None:
    net = two_nodes({"a": 1}, (1, 2))

    values = [message.value for message in net.in_flight]

    assert values == [{"a": 1}, (1, 2)]


def test_what_no_message_can_carry_aborts_the_tick() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[(object, "a")])

    with pytest.raises(hf.ItemError):
        net.run()


@dataclass(frozen=True)
class Put:
    key: str
    value: int


def test_a_message_is_found_by_its_value_among_such_as_cannot_be_read() -> None:
    net = hf.Network()
    stranger = hf.compile("source_stream_serde(inbound) -> for_each(print);", {"inbound": net.bind("b").inbound})
    net.node("a", SENDS, start=[(Put("x", 1), "b"), ("y", "b")])
    net.node("b", stranger)
    net.tick("a")

    net.drop(lambda message: message.value == "y")

    assert [message.id for message in net.in_flight] == ["a>b#1"]


def test_objects_travel_where_the_receiver_knows_their_class() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[(Put("x", 1), "b"), (Put("y", 2), "c")])
    net.node("b", KEEPS, seen=[], Put=Put)
    stranger = hf.compile("source_stream_serde(inbound) -> for_each(print);", {"inbound": net.bind("c").inbound})
    net.node("c", stranger)

    net.run()

    assert payloads(net) == [Put("x", 1)]
    assert (net["b"].undecodable, net["c"].undecodable) == (0, 1)
    notes = [one.note for one in net.history.events if isinstance(one, Ticked) and one.note]
    assert notes == ["1 message could not be read"]


# --- looking ----------------------------------------------------------------------------------------------------------


def test_what_a_notebook_shows_is_escaped() -> None:
    net = two_nodes("<script>alert(1)</script>")

    html = net._repr_mimebundle_()["text/html"] + net.in_flight._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_network_tells_of_its_nodes_and_of_what_is_in_flight() -> None:
    net = two_nodes("hello")
    net.hold("a>b#1")
    net.cut("a")

    text = net._repr_mimebundle_()["text/plain"]

    assert "<node a, up, at tick 1>" in text
    assert '<message a>b#1: "hello", held>' in text
    assert "cut: a" in text


def test_decisions_read_back_are_the_same_decisions(chat: Build) -> None:
    net = chat(loss=0.1, duplication=0.1, partitions=0.1, crashes=0.1)
    net.send("alice", "lines", ("a", (1, b"2")))
    net.run()

    read = [from_dict(json.loads(json.dumps(one.to_dict()))) for one in net.decisions]

    assert read == net.decisions
