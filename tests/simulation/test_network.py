from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation.model.history import Ticked

Build = Callable[..., hf.Network]
Payloads = Callable[..., list[Any]]
StateOf = Callable[[hf.Network], list[Any]]

SENDS = "source_iter(start) -> dest_sink_serde(outbound);"
KEEPS = "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append((m, a)));"


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

    # A client that joins late misses what was said before, but all get what was said last.
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


@pytest.mark.parametrize(
    "wrong", [{"loss": 1.5}, {"crashes": "often"}, {"restarts": "gone"}, {"seed": None}, {"codec": "xml"}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r'probability|"kept", "lost" or "durable"|a seed is|is not a codec'):
        hf.Network(**wrong)


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


def test_nodes_are_not_added_within_a_run(two_nodes: Build) -> None:
    net = two_nodes()

    with pytest.raises(hf.HydroflowError, match="join_later=True"):
        net.node("c", SENDS, start=[])


def test_messages_meet_the_classes_of_the_receiver(two_nodes: Build) -> None:
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


def test_objects_travel_where_the_receiver_knows_their_class(payloads: Payloads) -> None:
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


def test_what_a_notebook_shows_is_escaped(two_nodes: Build) -> None:
    net = two_nodes("<script>alert(1)</script>")

    html = net._repr_mimebundle_()["text/html"] + net.in_flight._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_network_tells_of_its_nodes_and_of_what_is_in_flight(two_nodes: Build) -> None:
    net = two_nodes("hello")
    net.hold("a>b#1")
    net.cut("a")

    text = net._repr_mimebundle_()["text/plain"]

    assert "<node a, up, at tick 1>" in text
    assert '<message a>b#1: "hello", held>' in text
    assert "cut: a" in text


def test_nodes_are_recorded_from_their_first_tick_and_a_search_records_nothing(echo: Build) -> None:
    net = echo(recording=20_000)
    net.run()
    ticks = {node.name: node.current_tick() for node in net.nodes.values()}
    recorded = {node.name: len(node.flow.recording.ticks) for node in net.nodes.values()}
    assert recorded == ticks

    seen = set()

    @net.always
    def _(net: hf.Network) -> bool:
        seen.add(any(node.flow.is_recorded for node in net.nodes.values()))
        return True

    net.explore(5)
    assert seen == {False}
    net.run()
    assert all(node.flow.is_recorded for node in net.nodes.values())


def test_a_network_may_record_nothing() -> None:
    net = hf.Network(recording=0)
    net.node("a", "source_iter([1]) -> for_each(seen.append);", seen=[])
    net.tick("a")

    assert not net["a"].flow.is_recorded
    with pytest.raises(ValueError, match="`recording` is a number of items from 0, not -1"):
        hf.Network(recording=-1)


def test_who_subscribes_is_told_of_decisions_and_of_the_start_and_not_of_a_search(echo: Build) -> None:
    net = echo()
    told: list[int] = []
    unsubscribe = net.subscribe(lambda: told.append(len(net.decisions)))

    net.tick("alice")
    net.step()
    net.reset()
    assert told == [1, 2, 0]

    told.clear()
    net.explore(5)
    assert told == [0]
    unsubscribe()
    net.tick("alice")
    assert told == [0]


def test_the_flows_that_a_node_had_are_its_lives() -> None:
    net = hf.Network()
    net.node("a", "source_iter([1]) -> for_each(seen.append);", seen=[])
    net.tick("a")
    first = net["a"].flow

    net.crash("a")
    net.restart("a", "lost")

    assert net["a"].lives == ((0, first), (1, net["a"].flow))
    net.reset()
    assert [number for number, _ in net["a"].lives] == [0]


def test_the_nodes_of_a_durable_network_are_but_those_outside_and_those_that_say_otherwise():
    net = hf.Network(durable=True)
    text = "source_iter([1]) -> null();"
    net.node("a", text)
    net.node("b", text, durable=False)
    net.node("clients", text, outside=True)
    net.node("d", text, outside=True, durable=True)

    assert [name for name, node in net.nodes.items() if node.has_durable_state] == ["a", "d"]
