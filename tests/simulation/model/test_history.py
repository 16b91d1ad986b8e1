from __future__ import annotations

from hydroflow_nb.simulation.model.history import LONGEST_TEXT, Given, Sent


def test_a_history_keeps_the_begin_of_a_long_message_and_says_how_long_it_was() -> None:
    text = "x" * 1_000_000

    sent = Sent(row=0, message="a>b#1", sender="a", receiver="b", text=text)
    given = Given(row=0, node="a", input="lines", text=text)

    assert sent.text == given.text == "x" * LONGEST_TEXT + "… (1,000,000 characters)"


def test_a_short_text_is_kept_whole() -> None:
    assert Sent(row=0, message="a>b#1", sender="a", receiver="b", text="hello").text == "hello"
