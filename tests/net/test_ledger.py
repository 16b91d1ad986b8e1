from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.durable.values import Decoder, encoded
from hydroflow_nb.net.ledger import Ledger, Mark, Marks

HERE = ("127.0.0.1", 5000)
STREAM = ("other", "here")


class Connection:
    def acknowledge(self, stream: str, number: int) -> None:
        return


def mark(number: int) -> Mark:
    return Mark(stream=STREAM, number=number, by=Connection())


def again(ledger: Ledger) -> Ledger:
    """The ledger of the next process, by way of a file."""
    made = Ledger(ledger.identity)
    made.hold(Decoder({}).decoded(encoded(ledger.held())))
    return made


def test_numbers_are_counted_for_each_address_from_1_on() -> None:
    ledger = Ledger("me")
    for address in (HERE, "p1", HERE):
        ledger.put(address, [b"x"])

    assert [number for number, _ in ledger.unacknowledged[HERE]] == [1, 2]
    assert [number for number, _ in ledger.unacknowledged["p1"]] == [1]
    assert ledger.owed == 3


def test_what_is_acknowledged_waits_no_longer() -> None:
    ledger = Ledger("me")
    for _ in range(3):
        ledger.put(HERE, [b"x"])

    ledger.acknowledged(HERE, 2)
    ledger.acknowledged("nobody", 7)

    assert [number for number, _ in ledger.unacknowledged[HERE]] == [3]
    assert ledger.owed == 1


def test_a_number_is_accepted_once() -> None:
    ledger = Ledger("me")

    assert [ledger.accepts(STREAM, number) for number in (1, 2, 2, 1, 3)] == [True, True, False, False, True]


def test_what_was_accepted_is_seen_only_when_it_is_kept() -> None:
    ledger = Ledger("me")
    ledger.accepts(STREAM, 1)
    assert ledger.seen_of(STREAM) == 0
    entry = ledger.entry([mark(1)])

    ledger.enter(entry)

    assert ledger.seen_of(STREAM) == 1
    assert ledger.seen("other") == [("here", 1)]
    assert ledger.entry([]) is None


def test_what_is_learned_while_the_disk_takes_an_entry_is_in_the_next_one() -> None:
    ledger = Ledger("me")
    ledger.address_of("one", HERE)
    entry, news = ledger.entry([mark(1)]), ledger.news
    ledger.address_of("two", "elsewhere")
    ledger.give_up("p1")

    ledger.keep([mark(1)], news)

    assert entry[1:] == [[["one", HERE]], []]
    assert ledger.entry([])[1:] == [[["one", HERE], ["two", "elsewhere"]], ["p1"]]
    assert ledger.seen_of(STREAM) == 1


def test_a_batch_that_comes_again_is_acknowledged_where_it_came_last() -> None:
    marks, newer = Marks(), Connection()
    marks.waiting += [mark(1), mark(2)]
    marks.take()
    marks.waiting.append(mark(3))

    for number in (2, 3, 4):
        marks.come_again(STREAM, number, newer)

    assert [one.by is newer for one in (*marks.taken, *marks.waiting)] == [False, True, True]
    assert [one.number for one in marks.taken] == [1, 2]


def test_a_gap_is_known() -> None:
    ledger = Ledger("me")
    assert not ledger.is_gap(STREAM, 7), "a new folder has seen nothing"
    ledger.accepts(STREAM, 7)

    assert ledger.is_gap(STREAM, 9)
    assert not ledger.is_gap(STREAM, 8)


def test_the_next_process_goes_on_with_the_ledger() -> None:
    ledger = Ledger("me")
    ledger.put(HERE, [b"a", b"b"])
    ledger.put("p1", [b"c"])
    ledger.give_up("p1")
    ledger.address_of("other", ("10.0.0.1", 1))
    ledger.accepts(STREAM, 4)
    ledger.enter(ledger.entry([mark(4)]))

    found = again(ledger)
    found.put(HERE, [b"d"])
    found.put("p1", [b"e"])

    assert list(found.unacknowledged[HERE]) == [(1, [b"a", b"b"]), (2, [b"d"])]
    assert "p1" not in found.unacknowledged
    assert found.owed == 3
    assert not found.accepts(STREAM, 4)
    assert found.address_of("other", ("10.0.0.1", 2)) == ("10.0.0.1", 1)


def test_what_a_tick_adds_is_the_same_when_it_runs_again() -> None:
    first, second = Ledger("me"), Ledger("me")
    first.give_up("p1")
    first.address_of("other", HERE)
    entry: Any = first.entry([mark(1), mark(2)])

    second.enter(Decoder({}).decoded(encoded(entry)))

    assert second.plain == {"p1"}
    assert second.seen_of(STREAM) == 2
    assert second.address_of("other", "elsewhere") == HERE


def test_a_receiver_that_acknowledges_now_is_sent_numbers_again() -> None:
    ledger = Ledger("me")
    ledger.put("p1", [b"a"])
    assert ledger.give_up("p1") == [[b"a"]]
    ledger.put("p1", [b"b"])

    ledger.goes_on("p1")
    ledger.put("p1", [b"c"])

    assert list(ledger.unacknowledged["p1"]) == [(3, [b"c"])]
    assert again(ledger).plain == set()


def test_two_identities_have_two_addresses() -> None:
    ledger = Ledger("me")
    ledger.address_of("one", HERE)

    with pytest.raises(ValueError, match="another durable flow was known at this address"):
        ledger.address_of("two", HERE)
