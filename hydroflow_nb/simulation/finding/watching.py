"""What an output gave in a run, tick by tick, and whether two runs gave the same by a level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, Final

from hydroflow_nb.correctness.check import Verdict
from hydroflow_nb.correctness.levels import Level
from hydroflow_nb.correctness.report import OutputReport, Report
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.operators.rules.content import Holds, Time

# What an output gave, a list for each tick.
Ticks = Sequence[Sequence[Any]]


class Watch:
    """What goes into the operator of an output, in each tick."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def ticks(self, flow: Flow) -> Ticks:
        """What the output of a recorded flow gave, a list for each tick."""
        graph = flow.graph.partitioned
        edges = {wire.element for wire in graph.wires if wire.target == self._node.element}
        return [_items_of(tick.steps, edges) for tick in flow.recording.ticks]


def _items_of(steps: Iterable[Any], edges: set[str]) -> list[Any]:
    return [item for step in steps for edge, moved in step.moves.items() if edge in edges for item in moved.items]


def plain(item: Any) -> Hashable:
    """An item as something that can be compared and hashed."""
    if isinstance(item, Lattice):
        return (type(item).__name__, plain(item.reveal()))
    if isinstance(item, Mapping):
        return frozenset((plain(key), plain(value)) for key, value in item.items())
    if isinstance(item, set | frozenset):
        return frozenset(map(plain, item))
    if isinstance(item, list | tuple):
        return tuple(map(plain, item))
    if is_dataclass(item) and not isinstance(item, type):
        return (type(item).__name__, *(plain(getattr(item, field.name)) for field in fields(item)))
    try:
        hash(item)
    except TypeError:
        return repr(item)
    return item  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is compared of a run: `value` by a level, and `shown` for people."""

    value: Hashable
    shown: str


def _all(ticks: Ticks) -> list[Any]:
    return [item for tick in ticks for item in tick]


def _last(ticks: Ticks) -> list[Any]:
    return list(ticks[-1]) if ticks else []


def _newest(ticks: Ticks) -> list[Any]:
    return list(next((tick for tick in reversed(ticks) if tick), []))


def _sequence(items: list[Any]) -> Hashable:
    return tuple(map(plain, items))


def _bag(items: list[Any]) -> Hashable:
    return frozenset(Counter(map(plain, items)).items())


def _set(items: list[Any]) -> Hashable:
    return frozenset(map(plain, items))


Chosen = Callable[[Ticks], list[Any]]
Compared = Callable[[list[Any]], Hashable]


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """How two runs of an output are compared: which of its items, and as what."""

    chosen: Chosen
    compared: Compared
    # Whether what is compared may be more in one run than in another.
    is_part: bool = False

    def outcome(self, ticks: Ticks) -> Outcome:
        """What a run gave."""
        items = self.chosen(ticks)
        return Outcome(value=self.compared(items), shown=shown(items, _LONGEST))

    def agree(self, one: Outcome, reference: Outcome) -> bool:
        """Whether a run agrees with the reference."""
        if self.is_part and isinstance(one.value, frozenset) and isinstance(reference.value, frozenset):
            return one.value <= reference.value
        return one.value == reference.value


# The characters that are shown of what an output gave.
_LONGEST: Final = 300


_BY_LEVEL: Final[Mapping[Level, Compared]] = {Level.SEQUENCE: _sequence, Level.BAG: _bag, Level.SET: _set}


def yardstick(verdict: Verdict, batching: Verdict) -> Yardstick:
    """How runs are compared in search of two that differ, or of one that refutes what is promised.

    `batching` is the verdict on the flow alone where batches differ: what comes in every tick there is compared as it
    is at the end.
    """
    content = batching.content
    at_the_end = content.is_view or content.time is Time.LATEST
    if verdict.level in (Level.DIFFERS, Level.UNKNOWN):
        if at_the_end:
            chosen = _newest if content.time is Time.LATEST else _last
            return Yardstick(chosen=chosen, compared=_set if content.repeats else _bag)
        return Yardstick(chosen=_all, compared=_set)
    if verdict.level is Level.PART:
        items = verdict.content.shape is Holds.ITEMS
        return Yardstick(chosen=_all, compared=_set if items else lambda _: (), is_part=True)
    if verdict.level is Level.FINAL:
        if verdict.content.time is Time.RISING:
            return Yardstick(chosen=_all, compared=lambda _: ())
        chosen = _newest if verdict.content.time is Time.LATEST else _last
        return Yardstick(chosen=chosen, compared=_set if verdict.content.repeats else _bag)
    return Yardstick(chosen=_all, compared=_BY_LEVEL[verdict.level])


def output_of(report: Report, name: str) -> OutputReport:
    """The report on an output. Raises HydroflowError, which names all outputs."""
    if name not in report:
        close = get_close_matches(name, list(report), 1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise HydroflowError(message=f"{name!r} is not an output: {meant}There are {', '.join(report) or 'none'}")
    return report[name]
