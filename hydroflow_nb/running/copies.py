"""Where else a flow runs: the nodes of simulated networks, each of which runs a copy of it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Protocol


class Copy(Protocol):
    """A node that runs a copy of a flow."""

    @property
    def name(self) -> str:
        """The node's name."""

    @property
    def network(self) -> object:
        """The network that the node belongs to."""


class Copies:
    """The nodes that run copies of a flow, in the order in which they were made, as long as somebody has them."""

    def __init__(self) -> None:
        self._known: list[weakref.ref[Copy]] = []

    def add(self, copy: Copy) -> None:
        """Note a node."""
        self._known = [known for known in self._known if known() is not None]
        self._known.append(weakref.ref(copy))

    def __iter__(self) -> Iterator[Copy]:
        return (copy for known in self._known if (copy := known()) is not None)
