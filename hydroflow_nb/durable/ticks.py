"""Ticks as a journal has them: a record of what a tick takes in, and behind it one of what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from hydroflow_nb.durable.came import Digests
from hydroflow_nb.durable.values import encoded, encoded_in_columns
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class JournaledTick:
    """A tick: what it took in by input, and at which instant; what the ends of networks gave it; what came out, None
    where it may not have ended.
    """

    tick: int
    at: float
    took: Mapping[str, list[Any]]
    entries: list[Any] | None
    came: Digests | None = None
    # What came in as data by an input, in the place of items.
    data: Mapping[str, Any] = field(default_factory=dict)
    # What the ends gave beside it, after it was journaled and before it ran.
    later: tuple[list[Any], ...] = ()

    @property
    def given(self) -> list[list[Any]]:
        """What the ends of networks gave until it ran, in that order."""
        return [*(() if self.entries is None else (self.entries,)), *self.later]

    def record(self) -> bytes:
        """The record of what it takes in. Raises Misfit for an item that cannot be written."""
        ends = {} if self.entries is None else {"ends": self.entries}
        data = {"data": self.data} if self.data else {}
        took = {name: items for name, items in self.took.items() if name not in self.data}
        return encoded_in_columns({"tick": self.tick, "at": self.at, "took": took, **data, **ends})


def ended(tick: int, came: Digests) -> bytes:
    """The record of a tick that has ended."""
    return encoded({"tick": tick, "came": came})


def changed(entries: list[Any]) -> bytes:
    """The record of what the ends of networks have given beside the ticks."""
    return encoded({"ends": entries})


def ticks_of(records: Iterable[Any], enter: Callable[[list[Any]], None]) -> Iterator[JournaledTick]:
    """The ticks of the values of records, in their order. `enter` is called with what the ends of networks have given
    beside them, where that stands. Raises ValueError where a tick is followed by another one before it has ended.
    """
    begun: JournaledTick | None = None
    for record in records:
        if "took" in record:
            # What waited for the tick may have changed before it ran, or an item was set aside with which it failed.
            if begun is not None:
                if begun.tick != record["tick"]:
                    raise ValueError(f"it does not say how tick {begun.tick} ended")
                for entries in begun.given:
                    enter(entries)
            begun = JournaledTick(
                tick=record["tick"],
                at=record["at"],
                took=record["took"],
                data=record.get("data", {}),
                entries=record.get("ends"),
            )
        elif "came" not in record:
            if begun is None:
                enter(record["ends"])
            else:
                begun = replace(begun, later=(*begun.later, record["ends"]))
        elif begun is not None and begun.tick == record["tick"]:
            yield replace(begun, came=record["came"])
            begun = None
    if begun is not None:
        yield begun
