from __future__ import annotations

from types import CellType
from typing import Any

import pytest

from hydroflow_nb.engine import snapshots
from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program, Variable
from hydroflow_nb.engine.snapshots import Repeats, Snapshots, restored, taken


class Clock:
    """A clock that goes on by a step at each look, while a snapshot is made."""

    def __init__(self) -> None:
        self.now = 0.0
        self.step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class World:
    """Snapshots of a program with one inbox and one list, by a clock that stands still."""

    def __init__(self) -> None:
        self.clock, self.context = Clock(), Context()
        self.held: list[int] = []
        self.inbox = Inbox(channel())
        self.program = Program(
            strata=(), inboxes=(self.inbox,), variables=[Variable(cell=CellType(self.held), accumulates=False)]
        )
        self.snapshots = Snapshots(self.program, self.context, self.clock)

    def tick(self, *items: Any) -> None:
        self.inbox.channel.extend(items)
        self.inbox.ingest()
        self.snapshots.begin_tick()
        self.inbox.take()
        self.context.tick += 1


def test_the_newest_are_kept_and_of_older_ones_some_that_are_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_SNAPSHOTS", 2)
    monkeypatch.setattr(snapshots, "APART", 3)
    monkeypatch.setattr(snapshots, "FARTHEST", 7)
    world = World()
    kept = []

    for _ in range(12):
        world.tick(1)
        kept.append(world.snapshots.ticks)

    assert kept[3:] == [
        [0, 2, 3],
        [0, 3, 4],
        [0, 3, 4, 5],
        [0, 3, 5, 6],
        [0, 3, 6, 7],
        [3, 6, 7, 8],
        [3, 6, 8, 9],
        [3, 6, 9, 10],
        [6, 9, 10, 11],
    ]
    assert sorted(world.snapshots.batches) == [6, 7, 8, 9, 10, 11]


def test_those_that_are_apart_hold_no_more_than_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_ENTRIES", 60)
    monkeypatch.setattr(snapshots, "APART", 2)
    world = World()

    for _ in range(30):
        world.tick(*range(4))

    assert world.snapshots.ticks[-4:] == [26, 27, 28, 29]
    assert sum(map(snapshots.batch_size, world.snapshots.batches.values())) <= 60


def test_what_they_hold_is_bounded_but_the_newest_tick_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_ENTRIES", 100)
    world = World()
    world.held.extend(range(30))
    kept = []

    for _ in range(5):
        world.tick()
        kept.append(world.snapshots.ticks)
    world.held.extend(range(1_000))
    world.tick()
    kept.append(world.snapshots.ticks)

    assert kept == [[0], [0, 1], [0, 1, 2], [0, 2, 3], [0, 3, 4], [5]]


def test_batches_count_and_go_with_the_snapshots_that_need_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_ENTRIES", 10)
    world = World()

    for _ in range(4):
        world.tick(*range(4))
    kept = world.snapshots.ticks
    _, batches = world.snapshots.go_back(kept[0])

    assert kept == [2, 3]
    assert [list(batch.values()) for batch in batches] == [[[0, 1, 2, 3]], [[0, 1, 2, 3]]]


def test_none_is_made_while_they_have_taken_more_than_their_share_of_the_time() -> None:
    world = World()
    # Each look at the clock takes as long as ten snapshots may save up.
    world.clock.step = 10 * snapshots.SAVED

    world.tick()
    world.clock.step = 0
    world.tick()
    world.clock.now += 5 * snapshots.SAVED / snapshots.SHARE
    world.tick()
    world.clock.now += 5 * snapshots.SAVED / snapshots.SHARE
    world.tick()

    assert world.snapshots.ticks == [0, 3]


def test_a_tick_between_two_snapshots_is_gone_back_over_with_its_batch() -> None:
    world = World()
    world.clock.step = 10 * snapshots.SAVED
    world.tick("a")
    world.clock.step = 0
    world.tick("b")

    _, batches = world.snapshots.go_back(0)

    assert [list(batch.values()) for batch in batches] == [[["a"]], [["b"]]]


def test_a_tick_without_a_snapshot_is_no_place_to_go_back_to() -> None:
    with pytest.raises(KeyError):
        World().snapshots.go_back(0)


def test_a_program_is_as_it_was_any_number_of_times() -> None:
    world = World()
    world.held.append(1)
    snapshot = taken(world.program, world.context)
    found = []

    for _ in range(2):
        restored(snapshot, world.program, world.context)
        now = world.program.variables[0].cell.cell_contents
        found.append(list(now))
        now.append(2)

    assert found == [[1], [1]]


def test_batches_that_were_put_back_come_before_those_of_an_earlier_way_back_and_empty_ones_behind_go() -> None:
    first, second = Inbox(channel()), Inbox(channel())
    repeats = Repeats()

    repeats.put_back([{first: [3]}, {}])
    repeats.put_back([{}, {first: [1, 2], second: [9]}])

    assert list(repeats) == [{}, {first: [1, 2], second: [9]}, {first: [3]}]
    assert (repeats.waiting(first), repeats.give_now()) == ([1, 2, 3], False)


def test_an_item_that_waits_again_is_taken_back_by_its_position() -> None:
    inbox, other = Inbox(channel()), Inbox(channel())
    repeats = Repeats()
    repeats.put_back([{inbox: [1, 2]}, {other: [9]}, {inbox: [3]}])

    assert repeats.discard(inbox, 2) == 3
    assert list(repeats) == [{inbox: [1, 2]}, {other: [9]}]
    with pytest.raises(IndexError):
        repeats.discard(inbox, 2)
