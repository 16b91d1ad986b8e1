"""The members of an open cluster, as far as they have greeted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class Members(Sequence[Any]):
    """The members of an open cluster at one node, in the order in which they greeted it, each once."""

    def __init__(self) -> None:
        self._members: dict[Any, None] = {}

    def add(self, member: Any) -> None:
        """Take in a member; one that is there already changes nothing."""
        self._members[member] = None

    def __getitem__(self, index: Any) -> Any:
        return tuple(self._members)[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(tuple(self._members))

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, member: object) -> bool:
        return member in self._members

    def __repr__(self) -> str:
        return f"<members {', '.join(map(str, self._members)) or 'none yet'}>"
