from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.durable.ticks import JournaledTick, changed, ended, ticks_of
from hydroflow_nb.durable.values import Decoder


def began(tick: int, *items: Any, entries: list[Any] | None = None) -> bytes:
    return JournaledTick(tick=tick, at=1.5, took={"xs": list(items)}, entries=entries).record()


def read(*records: bytes) -> tuple[list[tuple[int, list[Any], bool]], list[Any]]:
    """The ticks, each with what it took in and whether it has ended; and what was entered beside them."""
    entered: list[Any] = []
    ticks = list(ticks_of(map(Decoder({}).decoded, records), entered.append))
    return [(one.tick, list(one.took["xs"]), one.came is not None) for one in ticks], entered


def test_a_tick_has_two_records() -> None:
    ticks, _ = read(began(0, 1, 2), ended(0, {"out": [1, 7]}), began(1), ended(1, {}))

    assert ticks == [(0, [1, 2], True), (1, [], True)]


def test_the_last_tick_may_not_have_ended() -> None:
    ticks, _ = read(began(0, 1), ended(0, {}), began(1, 2))

    assert ticks == [(0, [1], True), (1, [2], False)]


def test_a_tick_that_began_again_took_in_what_its_last_record_says() -> None:
    ticks, entered = read(began(0, 1, "bad", entries=[[["a", "s", 1]]]), began(0, 1), ended(0, {}))

    assert ticks == [(0, [1], True)]
    assert entered == [[[["a", "s", 1]]]], "the whole batch was acknowledged"


def test_what_ends_give_beside_the_ticks_is_entered_where_it_stands() -> None:
    entered: list[Any] = []
    records = map(Decoder({}).decoded, [began(0), ended(0, {}), changed([7]), began(1), ended(1, {})])
    ticks = ticks_of(records, entered.append)

    assert next(ticks).tick == 0
    assert entered == []
    assert next(ticks).tick == 1
    assert entered == [[7]]


def test_what_ends_give_before_a_journaled_tick_runs_is_entered_behind_what_they_gave_it() -> None:
    records = map(Decoder({}).decoded, [began(0, 1, entries=[5]), changed([7]), ended(0, {})])
    entered: list[Any] = []

    (tick,) = ticks_of(records, entered.append)

    assert tick.given == [[5], [7]]
    assert entered == [], "the tick runs between what is before it and what is behind it"


def test_a_tick_that_follows_one_that_has_not_ended_is_refused() -> None:
    with pytest.raises(ValueError, match="it does not say how tick 0 ended"):
        read(began(0), began(1))


def test_what_came_as_data_is_written_in_place_of_the_items() -> None:
    tick = JournaledTick(
        tick=0, at=1.5, took={"xs": [1], "ys": ["item"]}, data={"ys": [["p1", [b"body"]]]}, entries=None
    )

    (found,) = ticks_of([Decoder({}).decoded(tick.record())], print)

    assert (found.took, found.data) == ({"xs": [1]}, {"ys": [["p1", [b"body"]]]})
