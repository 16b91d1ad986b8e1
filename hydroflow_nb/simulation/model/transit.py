"""What is in flight between the nodes, and which of it can arrive next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

from msgspec.structs import replace

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.arrivals import Arrivals
from hydroflow_nb.simulation.model.message import Message


@dataclass(slots=True)
class _Channel:
    """The messages in flight from a node to another, oldest first. `number` tells which channel was opened before."""

    number: int
    # A dict would look at all that has left before it finds its first.
    messages: OrderedDict[str, Message] = field(default_factory=OrderedDict)

    def first(self) -> Message:
        return next(iter(self.messages.values()))


class Transit:
    """The messages in flight, in the order in which they were sent, and the cut that keeps some of them from arriving.

    With `fifo` only the oldest message from a node to another may be delivered, so that a held message holds those
    behind it; otherwise any message may be delivered. What goes from and to nodes that are `outside` passes every cut.
    Nothing arrives at a node that is down, by `is_up`: whoever takes a node down or brings it up calls `look_again`.

    What may arrive is kept in order, so that a decision costs the same however many messages are in flight.
    """

    def __init__(
        self, *, fifo: bool, outside: Collection[str] = (), is_up: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.fifo = fifo
        self._outside = outside
        self._is_up = is_up
        self.messages: dict[str, Message] = {}
        self.groups: tuple[tuple[str, ...], ...] = ()
        self._channels: dict[tuple[str, str], _Channel] = {}
        # What reaches a node that is up, by the numbers of the messages; with `fifo` by those of the channels.
        self._arrivals = Arrivals()
        self._number = 0
        # The messages that are held, or wait for others.
        self._late: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}
        self._sides: dict[str, int] = {}
        self._doubled: set[str] = set()

    def next_id(self, sender: str, receiver: str) -> str:
        """The id of the next message from a node to another."""
        channel = (sender, receiver)
        count = self._counts[channel] = self._counts.get(channel, 0) + 1
        return f"{sender}>{receiver}#{count}"

    def put(self, message: Message, *, behind: Message | None = None) -> None:
        """Put a message in flight: as the youngest of its channel, or right behind another one."""
        self._number += 1
        message.number = self._number
        key = (message.sender, message.receiver)
        channel = self._channels.get(key)
        is_first = channel is None
        if channel is None:
            channel = self._channels[key] = _Channel(self._number)
        known = [] if behind is None else list(channel.messages)
        channel.messages[message.id] = message
        if behind is not None:
            for id in known[known.index(behind.id) + 1 :]:
                channel.messages.move_to_end(id)
        self.messages[message.id] = message
        if (is_first or not self.fifo) and self._is_reachable(message):
            self._arrivals.append(self._number, message)

    def double(self, message: Message) -> Message:
        """Put a copy of a message in flight right behind it, and return the copy."""
        id = f"{message.id}'"
        while id in self._doubled:
            id += "'"
        self._doubled.add(id)
        copy = replace(message, id=id, is_duplicate=True, held_until=None, behind=frozenset())
        self.put(copy, behind=message)
        return copy

    def was_doubled(self, message: Message) -> bool:
        """True where this message, which is not a copy itself, was copied."""
        return f"{message.id}'" in self._doubled

    def take(self, message: Message) -> None:
        """Take a message out of flight."""
        del self.messages[message.id]
        self._late.discard(message.id)
        key = (message.sender, message.receiver)
        channel = self._channels[key]
        was_first = channel.first() is message
        del channel.messages[message.id]
        if not channel.messages:
            del self._channels[key]
        if not self.fifo:
            self._arrivals.replace(message.number, None)
        elif was_first:
            self._arrivals.replace(channel.number, channel.first() if channel.messages else None)

    def place(self, message: Message) -> int:
        """How many older messages of its channel are in flight."""
        return list(self._channels[message.sender, message.receiver].messages).index(message.id)

    def beside(self, message: Message) -> Iterable[Message]:
        """The messages of its channel, oldest first."""
        return self._channels[message.sender, message.receiver].messages.values()

    def by_channel(self) -> Iterator[tuple[str, str, Iterable[Message]]]:
        """The messages of each channel, oldest first, behind their sender and their receiver."""
        for (sender, receiver), channel in self._channels.items():
            yield sender, receiver, channel.messages.values()

    def waits_until(self, message: Message, now: int) -> tuple[Any, ...]:
        """What keeps a message from arriving after so many decisions, beside older ones of its channel: how long it is
        held, and which messages come first. Empty where nothing does.
        """
        if message.id not in self._late:
            return ()
        held = message.held_until and max(0, message.held_until - now)
        first = [self.messages[id] for id in self.waits_for(message)]
        return (held, sorted((one.sender, one.receiver, self.place(one)) for one in first))

    def may_be_doubled(self, message: Message) -> bool:
        """True for a message that is no copy, and was not copied."""
        return not (message.is_duplicate or self.was_doubled(message))

    def is_first(self, message: Message) -> bool:
        """True where no older message of its channel is in flight."""
        return self._channels[message.sender, message.receiver].first() is message

    def may_arrive(self, now: int) -> Sequence[Message]:
        """The messages that may be delivered after so many decisions. Look at them before the next change."""
        found = self._arrivals.messages
        return [one for one in found if self._is_in_time(one, now)] if self._late else found

    def _is_in_time(self, message: Message, now: int) -> bool:
        held = message.held_until
        return (held is None or 0 != held <= now) and not (message.behind and self.waits_for(message))

    def look_again(self) -> None:
        """Find out anew what reaches its node: the cut is another one, or nodes went down or came up."""
        self._arrivals = Arrivals()
        if self.fifo:
            # The channels are in the order in which they were opened.
            found = [(channel.number, channel.first()) for channel in self._channels.values()]
        else:
            found = [(message.number, message) for message in self.messages.values()]
        for number, message in found:
            if self._is_reachable(message):
                self._arrivals.append(number, message)

    def _is_reachable(self, message: Message) -> bool:
        return self._is_up(message.receiver) and not self.is_cut_off(message)

    def hold(self, message: Message, until: int) -> None:
        """Hold a message until so many decisions were made; 0: until it is delivered by name."""
        message.held_until = until
        self._late.add(message.id)

    def waits_for(self, message: Message) -> list[str]:
        """The messages in flight that come before this one."""
        return [id for id in self.messages if id in message.behind]

    def reorder(self, first: Sequence[Message], then: Sequence[Message]) -> None:
        """Let messages wait for others, and these no longer for them, nor for what waits for them."""
        ahead = frozenset(one.id for one in first)
        for one in then:
            one.behind |= ahead
            self._late.add(one.id)
        for one in first:
            one.behind = frozenset(id for id in self.waits_for(one) if not self._reaches(id, ahead))

    def _reaches(self, id: str, these: frozenset[str]) -> bool:
        """Whether a message waits for one of these, or for one that does."""
        waiting, known = [id], {id}
        while waiting:
            found = self.waits_for(self.messages[waiting.pop()])
            if not these.isdisjoint(found):
                return True
            waiting += [one for one in found if one not in known]
            known.update(found)
        return False

    # --- cuts --------------------------------------------------------------------------------------------------------

    def cut(self, groups: Sequence[Sequence[str]]) -> None:
        """Let no message pass from one group to another; nodes in no group are one more group."""
        self.groups = tuple(map(tuple, groups))
        self._sides = {node: side for side, group in enumerate(self.groups) for node in group}
        self.look_again()

    def heal(self) -> None:
        """Let all messages pass."""
        self.groups = ()
        self._sides = {}
        self.look_again()

    def is_cut_off(self, message: Message) -> bool:
        """True where the message would pass from one group to another."""
        return bool(self._sides) and self.are_apart(message.sender, message.receiver)

    def are_apart(self, one: str, other: str) -> bool:
        """True where a cut is between two nodes."""
        if self._sides.get(one, -1) == self._sides.get(other, -1):
            return False
        return one not in self._outside and other not in self._outside

    def is_with_outside(self, message: Message) -> bool:
        """True where the message comes from outside of the network or goes there: no fault happens to it by itself."""
        return message.sender in self._outside or message.receiver in self._outside
