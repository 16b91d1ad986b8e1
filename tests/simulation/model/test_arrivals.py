"""What may arrive is kept in order; a slow model says what it has to be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.transit import Transit

NODES = ("a", "b", "c")
KINDS = ("put", "put", "put", "take", "take", "double", "hold", "cut", "heal", "down", "reorder")


class SlowTransit:
    """All messages in flight, oldest first; each question goes through all of them."""

    def __init__(self, transit: Transit) -> None:
        self.transit = transit
        self.flying: list[Message] = []
        self.channels: dict[tuple[str, str], list[Message]] = {}
        self.down: set[str] = set()

    def put(self, message: Message, behind: Message | None = None) -> None:
        channel = self.channels.setdefault((message.sender, message.receiver), [])
        channel.insert(len(channel) if behind is None else channel.index(behind) + 1, message)
        self.flying.append(message)

    def take(self, message: Message) -> None:
        self.flying.remove(message)
        channel = self.channels[message.sender, message.receiver]
        channel.remove(message)
        if not channel:
            del self.channels[message.sender, message.receiver]

    def may_arrive(self, now: int) -> list[str]:
        candidates = [one[0] for one in self.channels.values()] if self.transit.fifo else self.flying
        return [
            one.id
            for one in candidates
            if (one.held_until is None or 0 != one.held_until <= now)
            and not any(other.id in one.behind for other in self.flying)
            and one.receiver not in self.down
            and not self.transit.is_cut_off(one)
        ]


def message(transit: Transit, sender: str, receiver: str) -> Message:
    return Message(
        id=transit.next_id(sender, receiver),
        sender=sender,
        receiver=receiver,
        origin=sender,
        address=receiver,
        body=b"null",
        decode=bytes,
    )


@given(
    fifo=st.booleans(),
    steps=st.lists(
        st.tuples(
            st.sampled_from(KINDS), st.integers(0, 20), st.sampled_from([0, 0, 0, 1, 2]), st.sampled_from([1, 1, 2])
        ),
        min_size=20,
        max_size=40,
    ),
)
def test_it_is_what_a_look_at_all_messages_would_find(fifo: bool, steps: list[tuple[str, int, int, int]]) -> None:
    down: set[str] = set()
    transit = Transit(fifo=fifo, outside={"c"}, is_up=lambda name: name not in down)
    slow = SlowTransit(transit)
    slow.down = down
    for now, (kind, which, first, second) in enumerate(steps):
        chosen = slow.flying[which % len(slow.flying)] if slow.flying else None
        if kind == "put":
            new = message(transit, NODES[first], NODES[second])
            transit.put(new)
            slow.put(new)
        elif kind == "cut":
            transit.cut([[NODES[first]]])
        elif kind == "heal":
            transit.heal()
        elif kind == "down":
            down ^= {NODES[first]}
            transit.look_again()
        elif chosen is not None:
            if kind == "take":
                transit.take(chosen)
                slow.take(chosen)
            elif kind == "double":
                slow.put(transit.double(chosen), chosen)
            elif kind == "hold":
                transit.hold(chosen, now + which if first else 0)
            elif kind == "reorder" and (others := [one for one in slow.flying if one is not chosen]):
                transit.reorder([chosen], [others[which % len(others)]])

        assert [one.id for one in transit.may_arrive(now)] == slow.may_arrive(now)
        assert list(transit.messages) == [one.id for one in slow.flying]


def steps_of(act: Callable[[], Any]) -> int:
    """How many lines of Python a call takes."""
    count = 0

    def trace(frame: FrameType, event: str, value: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("fifo", [True, False])
def test_a_delivery_takes_as_many_steps_however_many_messages_are_in_flight(fifo: bool) -> None:
    def delivery(flying: int) -> int:
        transit = Transit(fifo=fifo)
        for number in range(flying):
            transit.put(message(transit, f"node{number % 24}", "hub"))

        def deliver() -> None:
            found = transit.may_arrive(0)
            transit.take(found[len(found) // 2])
            transit.put(message(transit, "hub", "node0"))

        return steps_of(deliver)

    assert delivery(10_000) == delivery(100)
