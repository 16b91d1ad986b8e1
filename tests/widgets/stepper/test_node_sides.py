"""The stepper of a flow that nodes of networks run: it lists them, opens them, and steps them by decisions."""

from __future__ import annotations

from typing import Any

import pytest
from fronts import Front

import hydroflow_nb as hf
from hydroflow_nb.simulation import Deliver, Send, Tick

ECHO = "source_stream_serde(inbound) -> map(|(m, a)| (m.upper(), a)) -> dest_sink_serde(outbound);"
CLIENT = """
source_stream(lines) -> map(|line| (line, "server")) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));
"""


@pytest.fixture
def names() -> dict[str, Any]:
    """A notebook in which alice and a server have met, with the flows that they run."""
    net = hf.Network()
    ends = net.bind()._asdict()
    names: dict[str, Any] = {"lines": hf.channel(), "seen": [], **ends}
    names["server"] = hf.compile(ECHO, names, "server")
    names["client"] = hf.compile(CLIENT, names, "client")
    net.node("server", names["server"])
    net.node("alice", names["client"])
    names["net"] = net
    net.send("alice", "lines", "hello")
    net.run()
    return names


@pytest.fixture
def page(names: dict[str, Any]) -> Front:
    return Front(names["client"], names)


def opened(page: Front, name: str, life: int | None = None) -> str:
    key = next(one["key"] for one in page.ask("nodes")["nodes"] if one["node"] == name)
    return str(page.ask("open", node=key, **({} if life is None else {"life": life}))["side"])


def test_the_nodes_are_those_of_networks_that_the_notebook_has_a_name_for(page: Front, names: dict[str, Any]) -> None:
    nameless = hf.Network()
    nameless.node("bob", names["client"])

    told = page.ask("nodes")["nodes"]

    assert [(one["node"], one["network"]) for one in told] == [("alice", "net")]
    names["other"] = nameless
    assert [one["node"] for one in page.ask("nodes")["nodes"]] == ["alice", "bob"]


def test_the_nodes_of_the_last_network_stay_until_another_one_runs_the_flow(page: Front, names: dict[str, Any]) -> None:
    (before,) = page.ask("nodes")["nodes"]

    names["net"] = hf.Network()
    assert page.ask("nodes")["nodes"] == [{**before, "network": "an earlier net"}]

    names["net"].node("carol", names["client"])
    assert [one["node"] for one in page.ask("nodes")["nodes"]] == ["carol"]
    assert "not there any more" in page.ask("open", node=before["key"])["error"]["message"]


def test_nodes_that_are_gone_are_let_go_of_and_the_page_is_told(page: Front, names: dict[str, Any]) -> None:
    side = opened(page, "alice")
    names["net"] = hf.Network()
    names["net"].node("carol", names["client"])

    page.stepper._nodes.tell_changes()

    assert [one["node"] for one in page.news_of("nodes")[-1]["nodes"]] == ["carol"]
    assert "was closed here" in page.ask("step", grain="tick", side=side)["error"]["message"]


def test_a_node_that_is_opened_shows_what_it_has_run(page: Front, names: dict[str, Any]) -> None:
    side = opened(page, "alice")

    page.ask("hello", side=side)

    news = page.news_of(side)[-1]
    assert news["tick"] == names["net"]["alice"].current_tick() > 1
    assert news["newest"] == news["tick"] - 1
    assert list(page.ask("records", ticks=[1], side=side)["records"][0]["batch"].values())
    # The flow itself has run nothing.
    page.ask("hello")
    assert (page.news[-1]["tick"], page.news[-1]["newest"]) == (0, None)


def test_a_step_of_a_node_is_a_decision_of_its_network(page: Front, names: dict[str, Any]) -> None:
    net, side = names["net"], opened(page, "alice")
    before = list(net.decisions)

    page.ask("hello", side=side)
    answer = page.ask("step", grain="stratum", side=side)

    assert "error" not in answer
    assert net.decisions == [*before, Tick("alice")]
    assert page.news_of(side)[-1]["tick"] == net["alice"].current_tick()


def test_a_run_of_a_node_ticks_it_while_it_has_work_to_do(page: Front, names: dict[str, Any]) -> None:
    net, side = names["net"], opened(page, "alice")
    before = len(net.decisions)
    net.send("alice", "lines", "again")

    page.ask("run", side=side)

    assert net.decisions[before:] == [Send("alice", "lines", '"again"'), Tick("alice")]


def test_an_item_for_a_node_travels_as_a_decision_and_is_not_taken_back(page: Front, names: dict[str, Any]) -> None:
    net, side = names["net"], opened(page, "alice")

    sent = page.ask("send", input="lines", text="['a', 'b']", each=True, side=side)
    refused = page.ask("discard", input="lines", index=0, text="'a'", side=side)

    assert sent["count"] == 2
    assert net.decisions[-2:] == [Send("alice", "lines", '"a"'), Send("alice", "lines", '"b"')]
    assert "undo it there" in refused["error"]["message"]


def test_a_node_does_not_run_live(page: Front) -> None:
    side = opened(page, "alice")

    answer = page.ask("start", side=side)

    assert "`net.run()`" in answer["error"]["message"]


def test_a_node_that_is_down_does_not_step(page: Front, names: dict[str, Any]) -> None:
    side = opened(page, "alice")
    names["net"].crash("alice")

    answer = page.ask("step", grain="tick", side=side)

    assert answer["error"]["message"] == "alice is down: it cannot tick, and nothing can be sent into it"


def test_what_is_shown_of_a_node_follows_it_to_the_start(page: Front, names: dict[str, Any]) -> None:
    side = opened(page, "alice")
    page.ask("hello", side=side)
    epoch = page.news_of(side)[-1]["epoch"]

    names["net"].reset()

    news = page.news_of(side)[-1]
    assert (news["tick"], news["newest"]) == (0, None)
    assert news["epoch"] != epoch


def test_the_life_before_a_crash_is_looked_at_and_not_stepped(page: Front, names: dict[str, Any]) -> None:
    net = names["net"]
    ticks = net["alice"].current_tick()
    net.crash("alice")
    net.restart("alice", "lost")
    net.run()
    before, now = opened(page, "alice", 0), opened(page, "alice")

    page.ask("hello", side=before)
    page.ask("hello", side=now)

    assert page.news_of(before)[-1]["tick"] == ticks
    assert page.news_of(now)[-1]["tick"] == net["alice"].current_tick() < ticks
    answer = page.ask("step", grain="tick", side=before)
    assert answer["error"]["message"].startswith("alice lost this state")
    assert "has no life 9" in page.ask("open", node="node-0", life=9)["error"]["message"]


def test_what_a_node_raises_is_told_and_the_network_goes_on(names: dict[str, Any]) -> None:
    page = Front(names["server"], names)
    net, side = names["net"], opened(page, "server")
    net.send("alice", "lines", 3)
    net.tick("alice")
    net.deliver(net.in_flight[-1])

    answer = page.ask("step", grain="tick", side=side)

    assert "AttributeError" in answer["error"]["message"]
    assert page.news_of(side)[-1]["summaries"][-1]["fault"]
    assert isinstance(net.decisions[-2], Deliver)
    net.tick("server")


def test_a_closed_widget_hears_no_node(page: Front, names: dict[str, Any]) -> None:
    side = opened(page, "alice")
    page.ask("hello", side=side)
    page.stepper.close()
    told = len(page.messages)

    names["net"].tick("alice")
    names["net"].reset()

    assert len(page.messages) == told


def test_the_picture_is_of_the_newest_network_that_has_run(page: Front, names: dict[str, Any]) -> None:
    def pictured() -> str:
        return page.stepper._picture.forms["image/svg+xml"]

    assert "alice in net, tick" in pictured()

    names["new"] = hf.Network()
    names["new"].node("carol", names["client"])
    assert "alice in net, tick" in pictured()
    names["new"].tick("carol")
    assert "carol in new, tick 0" in pictured()


def test_a_network_that_has_run_is_kept_when_those_after_it_have_not(page: Front, names: dict[str, Any]) -> None:
    assert [one["node"] for one in page.ask("nodes")["nodes"]] == ["alice"]

    names["net"] = hf.Network()
    names["net"].node("carol", names["client"])
    assert [one["node"] for one in page.ask("nodes")["nodes"]] == ["carol"]

    assert "alice in an earlier net, tick" in page.stepper._picture.forms["image/svg+xml"]
    names["net"] = None
    assert [one["node"] for one in page.ask("nodes")["nodes"]] == ["alice"]
