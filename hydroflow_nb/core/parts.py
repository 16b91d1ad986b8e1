"""The parts of a flow that is built by hand, as they were declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from hydroflow_nb.core.places import PartPlace
from hydroflow_nb.engine.context import StateHandle
from hydroflow_nb.operators.record.operator import InputDelay, Persistence
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True, eq=False)
class Handoff:
    """A buffer between subgraphs, made by `Builder.handoff`: its reader takes out all items that were put in.

    Several subgraphs may write it; the reader gets the items of one writer after those of another. Where several
    subgraphs read it, each gets all items.
    """

    name: str
    delay: Literal[InputDelay.TICK, InputDelay.LAZY] | None
    place: PartPlace

    @property
    def complete(self) -> Complete:
        """This handoff for a reader that waits until all items of the tick are there."""
        return Complete(handoff=self)

    def __repr__(self) -> str:
        return f"<handoff {self.name}>"


@dataclass(frozen=True, kw_only=True)
class Complete:
    """A handoff that is read when it is complete; items from the tick before are always complete."""

    handoff: Handoff


@dataclass(frozen=True, kw_only=True)
class DeclaredSubgraph:
    """A function with what it reads and writes; `stratum` is None where it is computed."""

    name: str
    function: Callable[..., Any]
    reads: tuple[Handoff | Complete, ...]
    writes: tuple[Handoff, ...]
    stratum: int | None
    place: PartPlace

    @property
    def read(self) -> tuple[Handoff, ...]:
        """The handoffs that are read, whether complete or not."""
        return tuple(one.handoff if isinstance(one, Complete) else one for one in self.reads)

    @property
    def delays(self) -> Mapping[str, InputDelay]:
        """What the subgraph waits for before it reads a handoff, by the handoff's name."""
        complete = {one.handoff.name: InputDelay.STRATUM for one in self.reads if isinstance(one, Complete)}
        return {**complete, **{one.name: one.delay for one in self.read if one.delay is not None}}


@dataclass(frozen=True, kw_only=True)
class DeclaredInput:
    """A source of items outside of the flow: a channel, a queue or an async iterator."""

    name: str
    into: Handoff
    source: Any
    place: PartPlace

    @property
    def read(self) -> tuple[Handoff, ...]:
        """It reads no handoff."""
        return ()

    @property
    def writes(self) -> tuple[Handoff, ...]:
        """The one handoff that it writes."""
        return (self.into,)

    @property
    def delays(self) -> Mapping[str, InputDelay]:
        """It waits for nothing."""
        return {}


@dataclass(frozen=True, kw_only=True)
class DeclaredState:
    """A state: its handle, what makes its first value, how long it lasts, and its name if it was given one."""

    handle: StateHandle
    make: Callable[[], Any]
    persistence: Persistence
    name: str | None = None


Part: TypeAlias = "DeclaredSubgraph | DeclaredInput"
