from __future__ import annotations

from hydroflow_nb.net.messages.codec import JSON, encoded
from hydroflow_nb.simulation.model.message import Message, Messages, table
from hydroflow_nb.simulation.model.transit import Transit


def flying(transit: Transit, *routes: str) -> list[Message]:
    made = []
    for route in routes:
        sender, receiver = route.split(">")
        message = Message(
            id=transit.next_id(sender, receiver),
            sender=sender,
            receiver=receiver,
            origin=sender,
            address=receiver,
            body=b"\x12null",
            decode=bytes,
        )
        transit.put(message)
        made.append(message)
    return made


def arriving(transit: Transit, now: int = 0) -> list[str]:
    return [message.id for message in transit.may_arrive(now)]


def test_messages_are_numbered_by_sender_and_receiver() -> None:
    found = flying(Transit(fifo=True), "a>b", "b>a", "a>b", "a>c")

    assert [message.id for message in found] == ["a>b#1", "b>a#1", "a>b#2", "a>c#1"]


def test_with_fifo_the_oldest_of_each_channel_may_arrive() -> None:
    transit = Transit(fifo=True)
    first, *_ = flying(transit, "a>b", "a>b", "c>b")

    before = arriving(transit)
    transit.take(first)

    assert (before, arriving(transit)) == (["a>b#1", "c>b#1"], ["a>b#2", "c>b#1"])


def test_without_fifo_all_may_arrive() -> None:
    transit = Transit(fifo=False)
    flying(transit, "a>b", "a>b", "c>b")

    assert arriving(transit) == ["a>b#1", "a>b#2", "c>b#1"]


def test_one_that_is_held_holds_those_behind_it() -> None:
    transit = Transit(fifo=True)
    first, *_ = flying(transit, "a>b", "a>b")
    transit.hold(first, 5)

    assert (arriving(transit, 4), arriving(transit, 5)) == ([], ["a>b#1"])


def test_what_is_reordered_waits_until_those_before_it_are_out_of_flight_and_never_in_a_circle() -> None:
    transit = Transit(fifo=False)
    one, two, three = flying(transit, "a>b", "a>b", "c>b")

    transit.reorder([three], [one, two])
    waiting = arriving(transit)
    transit.reorder([two], [three])
    turned = arriving(transit)
    transit.take(two)
    taken = arriving(transit)
    transit.take(three)

    assert waiting == ["c>b#1"]
    assert (turned, taken, arriving(transit)) == (["a>b#2"], ["c>b#1"], ["a>b#1"])


def test_a_copy_is_right_behind_the_message_of_which_it_is_one() -> None:
    transit = Transit(fifo=True)
    first, _ = flying(transit, "a>b", "a>b")
    copy = transit.double(first)
    of_the_copy = transit.double(copy)
    another = transit.double(first)

    order = []
    while found := transit.may_arrive(0):
        order.append(found[0].id)
        transit.take(found[0])

    assert order == [first.id, another.id, copy.id, of_the_copy.id, "a>b#2"]


def test_a_cut_stops_what_passes_from_one_group_to_another() -> None:
    transit = Transit(fifo=True)
    flying(transit, "a>b", "a>c", "c>d", "b>a")

    transit.cut([["a", "b"]])
    cut = arriving(transit)
    transit.heal()

    assert cut == ["a>b#1", "c>d#1", "b>a#1"]
    assert len(arriving(transit)) == 4


def test_messages_are_a_sequence_that_slices_and_shows_itself() -> None:
    transit = Transit(fifo=True)
    found = Messages(flying(transit, "a>b", "a>c"))

    assert [message.id for message in found[1:]] == ["a>c#1"]
    assert repr(found) == "<message a>b#1: None>\n<message a>c#1: None>"
    assert repr(Messages([])) == "<no messages>"


def test_a_long_text_is_shown_on_one_short_line() -> None:
    message = flying(Transit(fifo=True), "a>b")[0]
    message.body = encoded(JSON, "x\n" * 1_000)

    assert len(repr(message)) < 110
    assert "\n" not in repr(message)


def test_a_table_escapes_what_stands_in_it() -> None:
    assert "<b>" not in table(("<b>",), [("<b>",)])
