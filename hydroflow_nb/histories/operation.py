"""An operation: what a client asked, what it was answered, and when."""

from __future__ import annotations

from typing import Any

from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a client asked, and what it was answered.

    `invoked` and `completed` are points of one clock, such as positions in a log: an operation comes before another
    where it was completed before the other was invoked. `completed` is None where no answer came: whether and when it
    took effect is unknown. `client` asked for it, at `node`; `is_final`: when all else was over.
    """

    call: Any
    result: Any = None
    invoked: float
    completed: float | None = None
    client: str = ""
    node: str = ""
    is_final: bool = False

    @property
    def is_answered(self) -> bool:
        """True where an answer came."""
        return self.completed is not None

    def precedes(self, other: Operation) -> bool:
        """True where it was completed before the other one was invoked."""
        return self.completed is not None and self.completed < other.invoked

    def __str__(self) -> str:
        who = f"{self.client}: " * bool(self.client)
        at = f" at {self.node}" * bool(self.node)
        return f"{who}{self.call}{at} -> {self.result if self.is_answered else 'no answer'}"
