"""Joins of which a side is aggregated first: an item is explained by those of its key that changed the aggregates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydroflow_nb.operators.explaining.explaining import (
    UNKNOWN,
    Arrival,
    Because,
    ItemView,
    Since,
    Sought,
    Stop,
    Stopped,
    Undecided,
    View,
    Wanted,
    pair,
    same,
)
from hydroflow_nb.operators.explaining.folding import EMPTY, Folding, Step, calling, folded, merged, of_key


class JoiningFused(Folding):
    """Joins by key where a side may be aggregated first: `aggregates` gives for a port the position of the aggregation
    among the arguments, -1 for a merge of lattice values. `packs`: the pair stands in lattice values.
    """

    aggregates: dict[str, int]
    packs: bool = False
    keyed = True

    def because(self, view: ItemView) -> Because:
        """The items of the key on either side."""
        key, halves = self._taken_apart(view.value)
        found: list[Arrival] = []
        doubts: list[str] = []
        for port, half in zip(("0", "1"), halves, strict=True):
            since = view.lifetime(port)
            if port not in self.aggregates:
                equal = view.equal((key, half), port, Since.RUN) or view.equal((key, half), port, since)
                found += equal[-1:]
                if not equal:
                    doubts.append(view.lost(port, since) or f"no item that came to `[{port}]` is recorded that fits")
                continue
            items = [
                (one, parts[1])
                for one in view.came(port, since)
                if (parts := pair(one.value)) is not None and same(parts[0], key)
            ]
            try:
                if lost := view.lost(port, since):
                    raise Undecided(lost)
                value, changed = folded(EMPTY, self._aggregating(view, port), items)
                if not same(value, half):
                    raise Undecided("aggregated again, the items give another value")
            except Undecided as undecided:
                changed = [one for one, _ in items]
                doubts.append(str(undecided))
            found += changed[::-1]
        return Because(
            words=f"joins the aggregates of the key {key!r:.200}",
            items=found,
            absent=["other items of the key that change an aggregate"],
            doubt="; ".join(doubts),
        )

    def _taken_apart(self, value: Any) -> tuple[Any, tuple[Any, Any]]:
        if value is UNKNOWN:
            raise Undecided("of the item only the text is kept")
        if self.packs:
            ((key, both),) = value.reveal().items()
            both = both.reveal() if hasattr(both, "reveal") else both
        else:
            key, both = value
        left, right = both
        return key, (left, right)

    def _aggregating(self, view: View, port: str) -> Step:
        position = self.aggregates[port]
        if position < 0:
            return merged
        aggregation = view.argument(position)
        further = calling(aggregation.f)
        return lambda accumulator, value: (
            aggregation.begin(value) if accumulator is EMPTY else further(accumulator, value)
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """A side has no item of the key, or another aggregate."""
        try:
            key, halves = self._taken_apart(wanted.value)
        except Exception:
            yield Stopped(stop=Stop.UNKNOWN, words="what it made is something else")
            return
        test = of_key(key)
        sides = {port: [one for one in view.came(port, view.lifetime(port)) if test(one.value)] for port in ("0", "1")}
        for port, other in (("0", "1"), ("1", "0")):
            if not sides[port]:
                if sides[other]:
                    words = f"no item of the key {key!r:.200} came to `[{port}]`"
                    yield Stopped(stop=Stop.NO_PARTNER, words=words, item=sides[other][-1])
                yield Sought(port=port, wanted=Wanted(test=test, text=f"an item of the key {key!r:.200}"))
        if all(sides.values()):
            words = f"both sides have the key {key!r:.200}, with other values than {halves!r:.200}"
            yield Stopped(stop=Stop.OTHER_VALUE, words=words, item=sides["1"][-1], others=sides["0"][-1:])
