"""Objects as a single thread sees them: what a linearizable history is compared with."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final, Protocol


class Unknown:
    """What is not known of an operation without an answer: its result."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""The result of an operation that was not answered: any is right."""


class Model(Protocol):
    """An object that operations are done on, one after the other."""

    @property
    def initial(self) -> Hashable:
        """The state at the start."""

    def step(self, state: Any, call: Any, result: Any) -> tuple[bool, Hashable]:
        """Whether a call in a state may have a result, and the state after it. `UNKNOWN` is right for any call."""


class Register:
    """A register. Calls are `("read",)` with the value as result, `("write", value)` with any result, and
    `("cas", old, new)` with the result True where `old` was there and `new` now is, False where it was not.
    """

    def __init__(self, initial: Hashable = None) -> None:
        self.initial = initial

    def step(self, state: Any, call: Any, result: Any) -> tuple[bool, Hashable]:
        """Whether a call in a state may have a result, and the state after it. Raises ValueError for another call."""
        match call:
            case ("read",):
                return result is UNKNOWN or result == state, state
            case ("write", value):
                return True, value
            case ("cas", old, new):
                swaps = state == old
                return result is UNKNOWN or result is swaps, new if swaps else state
        raise ValueError(f"a register has no call {call!r}: it has read, write and cas")
