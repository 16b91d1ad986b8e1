"""What is in flight between the nodes, and which of it can arrive next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from hydroflow_nb.simulation.model.message import Message


class Transit:
    """The messages in flight, in the order in which they were sent, and the cut that keeps some of them from arriving.

    With `fifo` only the oldest message from a node to another may be delivered, so that a held message holds those
    behind it; otherwise any message may be delivered. What goes from and to nodes that are `outside` passes every cut.
    """

    def __init__(self, *, fifo: bool, outside: Collection[str] = ()) -> None:
        self.fifo = fifo
        self._outside = outside
        self.messages: dict[str, Message] = {}
        self.groups: tuple[tuple[str, ...], ...] = ()
        self._channels: dict[tuple[str, str], list[Message]] = {}
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
        channel = self._channels.setdefault((message.sender, message.receiver), [])
        channel.insert(len(channel) if behind is None else channel.index(behind) + 1, message)
        self.messages[message.id] = message

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
        key = (message.sender, message.receiver)
        channel = self._channels[key]
        channel.remove(message)
        if not channel:
            del self._channels[key]

    def is_first(self, message: Message) -> bool:
        """True where no older message of its channel is in flight."""
        return self._channels[message.sender, message.receiver][0] is message

    def may_arrive(self, now: int) -> list[Message]:
        """The messages that their channels let through after so many decisions, whether receivers are up or down."""
        candidates = [channel[0] for channel in self._channels.values()] if self.fifo else self.messages.values()
        found = [one for one in candidates if (held := one.held_until) is None or 0 != held <= now]
        found = [one for one in found if not one.behind or not self.waits_for(one)]
        return [one for one in found if not self.is_cut_off(one)] if self._sides else found

    def waits_for(self, message: Message) -> list[str]:
        """The messages in flight that come before this one."""
        return [id for id in self.messages if id in message.behind]

    def reorder(self, first: Sequence[Message], then: Sequence[Message]) -> None:
        """Let messages wait for others, and these no longer for them, nor for what waits for them."""
        ahead = frozenset(one.id for one in first)
        for one in then:
            one.behind |= ahead
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

    def heal(self) -> None:
        """Let all messages pass."""
        self.groups = ()
        self._sides = {}

    def is_cut_off(self, message: Message) -> bool:
        """True where the message would pass from one group to another."""
        sides = self._sides
        if not sides or sides.get(message.sender, -1) == sides.get(message.receiver, -1):
            return False
        return not self.is_with_outside(message)

    def is_with_outside(self, message: Message) -> bool:
        """True where the message comes from outside of the network or goes there: no fault happens to it by itself."""
        return message.sender in self._outside or message.receiver in self._outside
