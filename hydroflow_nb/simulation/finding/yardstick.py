"""How two runs of an output, or of any edge, are compared: which of its items, and as what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.correctness.levels import Level
from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.operators.rules.content import Content, Holds, Time
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.finding.plain import plain
from hydroflow_nb.simulation.finding.watching import Ticks

# The characters that are shown of what an output gave.
_LONGEST: Final = 300


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is compared of a run: `value` by a level, and `shown` for people. What is not known is `UNKNOWN`: it agrees
    with everything. `raised` is what the run ended by, None where it came to rest.
    """

    value: Hashable
    shown: str
    raised: Exception | None = None


UNKNOWN: Final = object()


def failed(raised: Exception) -> Outcome:
    """What is compared of a run that raised: the fact that it raised."""
    kind = type(raised).__name__
    said = described(raised).partition("\n")[0]
    return Outcome(value=("raised", kind), shown=f"not reached ({said[:_LONGEST]})", raised=raised)


def repeated(known: Outcome, run: Callable[[], Outcome], times: int) -> Outcome | None:
    """What a run gives when it is made again, so many times, where that is not what it gave; else None."""
    return next((outcome for outcome in (run() for _ in range(times)) if outcome.value != known.value), None)


Recorded = Sequence[Sequence[Any]]
Chosen = Callable[[Recorded], list[Any]]
Compared = Callable[[list[Any]], Hashable]


def _all(ticks: Recorded) -> list[Any]:
    return [item for tick in ticks for item in tick]


def _last(ticks: Recorded) -> list[Any]:
    return list(ticks[-1]) if ticks else []


def _newest(ticks: Recorded) -> list[Any]:
    return _all(ticks)[-1:]


def _newest_by_key(ticks: Recorded) -> list[Any]:
    pairs = [item for item in _all(ticks) if isinstance(item, tuple) and len(item) == 2]
    return list({plain(pair[0]): pair for pair in pairs}.values())


def _sequence(items: list[Any]) -> Hashable:
    return tuple(map(plain, items))


def _bag(items: list[Any]) -> Hashable:
    return frozenset(Counter(map(plain, items)).items())


def _set(items: list[Any]) -> Hashable:
    return frozenset(map(plain, items))


def _least_upper_bound(items: list[Any]) -> Hashable:
    highest: dict[type, Lattice] = {}
    for item in items:
        if isinstance(item, Lattice):
            kind = type(item)
            highest[kind] = highest[kind].merged(item) if kind in highest else item
    return _set(list(highest.values()))


def _anything(_: list[Any]) -> Hashable:
    return None


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """How two runs are compared: which items, and as what. `words` say what is compared, as "the same set"."""

    words: str
    chosen: Chosen
    compared: Compared
    # Whether what is compared may be more in one run than in another.
    is_part: bool = False

    def outcome(self, ticks: Ticks) -> Outcome:
        """What a run gave."""
        if ticks is None:
            return Outcome(value=UNKNOWN, shown="more than a recording keeps")
        items = self.chosen(ticks)
        return Outcome(value=self.compared(items), shown=shown(items, _LONGEST))

    def agree(self, one: Outcome, reference: Outcome) -> bool:
        """Whether a run agrees with the reference."""
        if one.value is UNKNOWN or reference.value is UNKNOWN:
            return True
        if self.is_part and isinstance(one.value, frozenset) and isinstance(reference.value, frozenset):
            return one.value <= reference.value
        return one.value == reference.value


_BY_LEVEL: Final[Mapping[Level, tuple[str, Compared]]] = {
    Level.SEQUENCE: ("the same items in the same order", _sequence),
    Level.BAG: ("the same items, each as often", _bag),
    Level.SET: ("the same set of items", _set),
}
_AT_THE_END: Final = "the same at the end"


def yardstick(content: Content, batching: Content, level: Level) -> Yardstick:
    """How runs are compared by a level.

    What is promised nothing of is compared as weakly as its kind allows: all items as a set; of what comes in every
    tick the last tick alone. That is seen by `batching`, the type where runs differ in batches only.
    """
    at_the_end = batching.is_view or batching.time is Time.LATEST
    if level in _BY_LEVEL:
        words, compared = _BY_LEVEL[level]
        return Yardstick(words=words, chosen=_all, compared=compared)
    if level is Level.PART and batching.is_part:
        # Where a tick alone decides what is missing, the reference may miss more than another run does.
        return Yardstick(words="a part of what may come, which may be another part,", chosen=_all, compared=_anything)
    if level is Level.PART:
        items = content.shape is Holds.ITEMS
        return Yardstick(
            words="nothing but what it has where all arrives,",
            chosen=_all,
            compared=_set if items else _anything,
            is_part=True,
        )
    if level is Level.FINAL and content.time is Time.RISING:
        return Yardstick(words="the same least upper bound", chosen=_all, compared=_least_upper_bound)
    if level is Level.FINAL or at_the_end:
        known = content if level is Level.FINAL and not content.varies else batching
        return Yardstick(words=_AT_THE_END, chosen=_chosen(known), compared=_compared(known))
    words, compared = _BY_LEVEL[Level.SET]
    return Yardstick(words=words, chosen=_all, compared=compared)


def _chosen(content: Content) -> Chosen:
    """What of all items holds at the end."""
    if content.is_view:
        return _last
    return _newest_by_key if content.shape is Holds.TABLE else _newest


def _compared(content: Content) -> Compared:
    items = _set if content.repeats else _bag
    if content.shape is not Holds.LATTICE:
        return items
    # A lattice within a message is compared as it is.
    return lambda some: _least_upper_bound(some) if all(isinstance(one, Lattice) for one in some) else items(some)
