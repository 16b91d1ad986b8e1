"""How a decision of a network is told as the one that makes two runs differ."""

from __future__ import annotations

import pytest

from hydroflow_nb.simulation import Crash, Cut, Delay, Deliver, Drop, Duplicate, Reorder, Restart, Tick
from hydroflow_nb.simulation.finding.wording import words_of


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Tick("bob"), "`bob` runs a tick first"),
        (Crash("bob"), "`bob` crashes"),
        (Restart("bob"), "`bob` is restarted"),
        (Deliver("a>b#1"), '"hi" (a>b#1) arrives first'),
        (Drop("a>b#1"), '"hi" (a>b#1) never arrives'),
        (Duplicate("a>b#1"), '"hi" (a>b#1) arrives again'),
        (Delay("a>b#1"), '"hi" (a>b#1) arrives late'),
        (Reorder(("a>b#1",), ("a>b#2",)), '"hi" (a>b#1) arrives first'),
        (Cut((("a",), ("b",))), "cut a | b"),
    ],
)
def test_a_decision_is_told_with_its_message(decision, words):
    assert words_of(decision, '"hi"') == words


def test_a_message_whose_payload_is_not_known_is_told_by_its_id_and_a_long_one_in_part():
    assert words_of(Deliver("a>b#1")) == "a>b#1 arrives first"
    assert len(words_of(Deliver("a>b#1"), '"' + "x" * 10_000 + '"')) < 130
