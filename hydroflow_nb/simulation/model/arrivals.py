"""Messages in the order of their numbers, from which one can be taken out without a look at the others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from hydroflow_nb.simulation.model.message import Message


class Arrivals:
    """Messages by ascending numbers, each of which has one message.

    A message is found by its number in logarithmic time. To take it out moves the references behind it, which is one
    `memmove`.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._messages: list[Message] = []

    @property
    def messages(self) -> Sequence[Message]:
        """The messages, in order. It is not a copy: look at it before the next change."""
        return self._messages

    def append(self, number: int, message: Message) -> None:
        """Add a message whose number is greater than all others."""
        self._numbers.append(number)
        self._messages.append(message)

    def replace(self, number: int, message: Message | None) -> None:
        """Put another message in the place of the one of a number, or none. Nothing changes where it is not there."""
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            return
        if message is None:
            del self._numbers[at], self._messages[at]
        else:
            self._messages[at] = message
