"""Answers to Maelstrom's requests."""

from __future__ import annotations

import pytest

from hydroflow_nb.maelstrom import reply

ASKED = {"src": "c1", "dest": "n1", "body": {"type": "read", "msg_id": 7, "key": "x"}}


def test_an_answer_goes_back_and_names_the_request():
    assert reply(ASKED, value=3) == {
        "src": "n1",
        "dest": "c1",
        "body": {"type": "read_ok", "in_reply_to": 7, "value": 3},
    }


def test_an_answer_may_be_of_another_type():
    assert reply(ASKED, "error", code=20)["body"] == {"type": "error", "in_reply_to": 7, "code": 20}


def test_what_is_not_a_request_has_no_answer():
    with pytest.raises(KeyError):
        reply({"src": "c1", "dest": "n1", "body": {"type": "read"}})
