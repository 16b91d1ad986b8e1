"""What the tutorials on stores say besides the results of their cells."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import hydroflow_nb as hf

ONE = "04_key_value_store.ipynb"
SERVER = ("load", "messages", "ends", "server-flow")
ALL = (*SERVER, "client-lists", "client-flow", "nodes", "ask", "late")
THREE = "05_replicated_store.ipynb"
REPLICATED = (
    "load",
    "messages",
    "naive-names",
    "client-names",
    "nodes",
    "known",
    "replica-flow",
    "terminal",
    "teller-flow",
)


@pytest.fixture
def store(notebook_names) -> dict[str, Any]:
    """The names of the tutorial with one server, after its first run by hand."""
    return notebook_names(ONE, *ALL)


@pytest.fixture
def replicated(notebook_names) -> dict[str, Any]:
    """The names of the tutorial with three servers, as far as its second try goes."""
    return notebook_names(THREE, *REPLICATED)


def test_each_node_has_lists_and_channels_of_its_own(store):
    net = store["net"]

    assert len(net["bob"]["log"]) == 2
    assert net["alice"]["log"] == [store["Put"]("tea", "green")]
    assert store["log"] == []
    assert len(store["requests"]) == 0


def test_which_message_arrives_first_does_not_matter_within_a_tick(store):
    net = store["net"]
    store["ask"](net)
    net.deliver("alice>server#1")
    net.deliver("bob>server#1")
    net.tick("server")

    (answer,) = net.in_flight

    assert answer.value == store["Answer"]("tea", "green")


def test_a_get_before_and_a_put_after_the_end_of_a_tick_is_answered_with_nothing(store):
    net = store["net"]
    store["ask"](net)
    net.deliver("bob>server#1")
    net.tick("server")

    (answer,) = [message for message in net.in_flight if message.receiver == "bob"]

    assert answer.value == store["Answer"]("tea", None)


def test_what_is_no_request_is_counted_and_left_out(store):
    net = store["shop"]()
    net.send("alice", "requests", store["Answer"]("tea", "green"))
    net.send("alice", "requests", store["Get"]("tea"))
    net.run()

    assert net["server"]["inbound"].statistics.undecodable == 1
    assert net["alice"]["log"][-1] == store["Answer"]("tea", None)
    assert net["server"].faults == []


def test_the_server_s_flow_runs_on_sockets_as_it_is(store):
    async def asked() -> Any:
        outbound, inbound, address = await hf.net.bind_tcp(0)
        server = store["server"].copy({"outbound": outbound, "inbound": inbound})
        mine, answers, _ = await hf.net.connect_tcp(address)
        got: asyncio.Queue[Any] = asyncio.Queue()
        requests = [store["Put"]("tea", "green"), store["Get"]("tea")]
        names = {**store, "mine": mine, "answers": answers, "got": got, "address": address, "wanted": requests}
        client = hf.compile(
            """
            source_iter(wanted) -> map(|request| (request, address)) -> dest_sink_serde(mine);
            source_stream_serde::<Answer>(answers) -> map(|(answer, _)| answer) -> dest_sink(got);
            """,
            names,
        )
        with server, client:
            running = [asyncio.ensure_future(flow.run_async()) for flow in (server, client)]
            answer = await asyncio.wait_for(got.get(), 60)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        for end in (inbound, answers):
            end.close()
        return answer

    assert asyncio.run(asked()) == store["Answer"]("tea", "green")


def test_a_saved_run_is_repeated(store, tmp_path):
    net = store["net"]
    log = list(net["bob"]["log"])
    net.save(tmp_path / "run.json")
    other = store["shop"]()

    other.replay(tmp_path / "run.json")

    assert other["bob"]["log"] == log
    assert other.history == net.history


def test_the_cell_of_the_naive_store_s_counterexample_shows_it_again(notebook_names, capsys):
    names = ("load", "messages", "naive-names", "naive-flow", "client-names", "client-flow", "nodes", "refute")
    store = notebook_names(THREE, *names)
    # The search begins with what was sent, so the network can be searched once more.
    found = store["net"].explore()

    exec(found.cell, store)

    assert "always 'same_heard_same_held' is violated" in capsys.readouterr().out


def test_of_two_puts_that_do_not_know_of_each_other_one_is_dropped_and_of_others_the_later_one_stays(replicated):
    net = replicated["shops"](replicated["replica"], replicated["teller"])

    def put(name: str, value: str) -> str:
        net.send(name, "requests", replicated["Put"]("tea", value))
        net.run()
        return str(net["cairo"]["stored"]["tea"][-1])

    def get(name: str) -> None:
        net.send(name, "requests", replicated["Get"]("tea"))
        net.run()

    assert [put("bob", "black"), put("alice", "green")] == ["black", "black"], "alice has not read of bob's"
    get("alice")
    assert put("alice", "white") == "white"
    get("bob")
    assert put("bob", "mint") == "mint"


def test_a_typed_request_is_the_same_as_a_message_and_its_answer_can_be_read(replicated):
    def asked(*requests: Any) -> hf.Network:
        net: hf.Network = replicated["shops"](replicated["replica"], replicated["teller"])
        for request in requests:
            net.send("alice", "requests", request)
            net.run()
        return net

    typed = asked("put tea green", "get tea", "get milk")
    sent = asked(replicated["Put"]("tea", "green"), replicated["Get"]("tea"), replicated["Get"]("milk"))

    assert typed["alice"]["log"] == sent["alice"]["log"]
    assert typed["alice"]["screen"].waiting() == sent["alice"]["screen"].waiting() == ["tea: green", "milk: None"]
    assert typed["cairo"]["stored"] == sent["cairo"]["stored"] == {"tea": (1, "alice", "green")}


@pytest.mark.parametrize(
    "line", ["", "  ", "tea", "put", "put tea", "get", "get black tea", "PUT tea green", "buy tea now"]
)
def test_a_line_that_is_no_request_is_left_out(replicated, line):
    net = replicated["shops"](replicated["replica"], replicated["teller"])

    net.send("alice", "requests", line)
    net.run()

    assert net["alice"]["log"] == []
    assert net["alice"].faults == []


def test_a_value_may_have_several_words(replicated):
    assert replicated["request_of"]("put  tea green and black") == replicated["Put"]("tea", "green and black")
