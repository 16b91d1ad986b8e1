"""The clients of a workload: one request after the other, answers by number, and a last round."""

from __future__ import annotations

import pytest

from hydroflow_nb.simulation.workloads.callers import Call, Callers, flow_text

FINAL = Call(client="c1", node="n1", body={"type": "read"})


def call(client, kind="echo"):
    return ("call", Call(client=client, node="n1", body={"type": kind}).to_dict())


def answer(client, number, **body):
    return ("answer", {"src": "n1", "dest": client, "body": {"type": "echo_ok", "in_reply_to": number, **body}})


@pytest.fixture
def callers():
    return Callers([FINAL])


def numbers(sent):
    return [(client, message["body"]["msg_id"]) for client, (message, _) in sent]


def test_a_request_bears_maelstroms_fields(callers):
    ((client, (message, to)),) = callers.react([call("c1")])

    assert (client, to) == ("c1", "n1")
    assert message == {"src": "c1", "dest": "n1", "body": {"type": "echo", "msg_id": 1}}


def test_a_client_asks_again_when_it_was_answered(callers):
    assert numbers(callers.react([call("c1"), call("c1"), call("c2")])) == [("c1", 1), ("c2", 1)]
    assert numbers(callers.react([answer("c2", 1)])) == []
    assert numbers(callers.react([answer("c1", 1)])) == [("c1", 2)]


def test_a_client_waits_no_longer_when_the_clock_strikes_but_a_late_answer_counts(callers):
    callers.react([call("c1"), call("c1")])

    assert numbers(callers.react([("time", None)])) == [("c1", 2)]
    callers.react([answer("c1", 1, echo="late")])
    first, second = callers.operations()
    assert first.result["echo"] == "late"
    assert not second.is_answered
    assert second.invoked < first.completed


def test_answers_of_a_tick_come_before_its_requests(callers):
    callers.react([call("c1")])
    callers.react([call("c1"), answer("c1", 1)])
    first, second = callers.operations()

    assert first.precedes(second)


def test_when_all_is_over_the_last_round_is_asked_each_time_that_the_clock_strikes(callers):
    assert callers.react([("time", None)]) == []
    callers.react([call("c1")])
    callers.react([answer("c1", 1)])
    for number in (2, 3):
        assert numbers(callers.react([("time", None)])) == [("c1", number)]
    assert [one.is_final for one in callers.operations()] == [False, True, True]


def test_a_second_answer_tells_nothing_and_a_strange_one_is_kept(callers):
    callers.react([call("c1")])
    callers.react([answer("c1", 1, echo=1), answer("c1", 1, echo=2), answer("c1", 9)])
    assert callers.operations()[0].result["echo"] == 1
    assert callers.strange == []

    callers.react(
        [("answer", 3), ("answer", {"dest": "c1", "body": {}}), ("answer", {"dest": [], "body": {"in_reply_to": []}})]
    )
    assert len(callers.strange) == 3


def test_the_flow_has_ends_for_each_client():
    assert flow_text(["c1", "c2"]).count("inbound_c") == 2
