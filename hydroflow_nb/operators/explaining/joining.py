"""Operators that put items of two inputs together: an item that left is taken apart into the two that came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, Final

from hydroflow_nb.operators.explaining.explaining import (
    UNKNOWN,
    Arrival,
    Because,
    Family,
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

# So many items of a side are tried with each one of the other.
_MOST_TRIED: Final = 60
_MOST_KEYS: Final = 5


class Joining(Family):
    """Pairs the items of two inputs, `(left, right)`; `keyed`: those of the same key, `(key, (left, right))`. `ports`
    are those of the left and the right half.
    """

    keyed: bool = False
    ports: tuple[str, str] = ("0", "1")

    def because(self, view: ItemView) -> Because:
        """The two that came."""
        halves = self._halves(view.value)
        if halves is None:
            raise Undecided("of the item only the text is kept")
        found = [self._first(view, half, port) for half, port in zip(halves, self.ports, strict=True)]
        words = f"joins two items of the key {pair(view.value)[0]!r:.200}" if self.keyed else "pairs two items"  # type: ignore[index]
        return Because(words=words, items=found)

    def _first(self, view: ItemView, half: Any, port: str) -> Arrival:
        if found := view.equal(half, port, self._lifetime(view, port)):
            return found[0]
        lost = view.lost(port, self._lifetime(view, port))
        raise Undecided(lost or f"no item that came to `[{port}]` is recorded that fits")

    def _lifetime(self, view: View, port: str) -> Since:
        return view.lifetime(port)

    def _halves(self, value: Any) -> tuple[Any, Any] | None:
        """What came to either side, of an item that left."""
        outer = pair(value)
        if outer is None or not self.keyed:
            return outer
        inner = pair(outer[1])
        return None if inner is None else ((outer[0], inner[0]), (outer[0], inner[1]))

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """One of the two did not come, or not in the same tick."""
        halves = self._halves(wanted.value) if wanted.value is not UNKNOWN else None
        yield from self._known(view, halves) if halves is not None else self._tried(view, wanted)

    def _known(self, view: View, halves: tuple[Any, Any]) -> Iterator[Stopped | Sought]:
        sides = list(zip(halves, self.ports, strict=True))
        came = [view.equal(half, port, view.lifetime(port)) for half, port in sides]
        for (half, port), found, (other, other_port), others in zip(sides, came, sides[::-1], came[::-1], strict=True):
            if not found:
                earlier = view.equal(half, port, Since.EVER)
                if others:
                    yield self._alone(view, others[-1], half, port, earlier)
                yield Sought(port=port, wanted=Wanted.of(half, f"{half!r:.200}"))
            elif not others and view.lost(other_port, view.lifetime(other_port)):
                words = f"its partner {other!r:.200} may have come: {view.lost(other_port, view.lifetime(other_port))}"
                yield Stopped(stop=Stop.UNKNOWN, words=words, item=found[-1])

    def _alone(self, view: View, one: Arrival, half: Any, port: str, earlier: Sequence[Arrival]) -> Stopped:
        facts: dict[str, Any] = {"partner": half, "port": port}
        if earlier:
            words = (
                f"its partner {half!r:.200} came to `[{port}]` in tick {earlier[-1].tick}, "
                f"and is remembered for one tick only: `'static` remembers it"
            )
            return Stopped(stop=Stop.NO_PARTNER, words=words, item=one, others=earlier[-1:], facts=facts)
        words = f"no partner came to `[{port}]`: {half!r:.200}"
        if self.keyed:
            near = _nearest(half[0], view.came(port, view.lifetime(port)))
            of_key = [found for found in near if same(_key(found), half[0])]
            keys = list(dict.fromkeys(repr(_key(found)) for found in near))
            facts["nearest"] = [_key(found) for found in near]
            if of_key:
                words += f"; with that key there is {', '.join(found.text for found in of_key[:_MOST_KEYS])}"
            elif keys:
                words += f"; the nearest keys there are {', '.join(keys[:_MOST_KEYS])}"
            else:
                words += ", nor anything else"
            return Stopped(stop=Stop.NO_PARTNER, words=words, item=one, others=near[:_MOST_KEYS], facts=facts)
        return Stopped(stop=Stop.NO_PARTNER, words=words, item=one, facts=facts)

    def _tried(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """Where several values are wanted: what each item would have made with any partner that came."""
        left, right = (view.came(port, view.lifetime(port))[-_MOST_TRIED:] for port in self.ports)
        for one, other in product(left, right):
            if not self._fit(one, other) and wanted.fits(self._joined(one.value, other.value)):
                words = f"its key is {_key(one)!r:.200}, and that of {other.text:.200} is {_key(other)!r:.200}"
                yield Stopped(stop=Stop.NO_PARTNER, words=words, item=one, others=[other])
                break

        def half(partners: Sequence[Arrival], *, is_left: bool) -> Wanted:
            fitting = self._by_key(partners)

            def test(value: Any) -> bool:
                pairs = ((value, one.value) if is_left else (one.value, value) for one in fitting(value))
                return any(wanted.fits(self._joined(*both)) for both in pairs)

            return Wanted(test=test, text=f"an item that makes {wanted.text}")

        yield Sought(port=self.ports[0], wanted=half(right, is_left=True))
        yield Sought(port=self.ports[1], wanted=half(left, is_left=False))

    def _by_key(self, partners: Sequence[Arrival]) -> Callable[[Any], Sequence[Arrival]]:
        """The items of a side that an item of the other side is joined with."""
        if not self.keyed:
            return lambda _: partners
        by_key: dict[Any, list[Arrival]] = {}
        for one in partners:
            parts = pair(one.value)
            if parts is not None:
                by_key.setdefault(parts[0], []).append(one)
        return lambda value: () if (parts := pair(value)) is None else by_key.get(parts[0], ())

    def _fit(self, one: Arrival, other: Arrival) -> bool:
        return self._matches(one.value, other.value)

    def _matches(self, left: Any, right: Any) -> bool:
        if not self.keyed:
            return True
        one, other = pair(left), pair(right)
        return one is not None and other is not None and same(one[0], other[0])

    def _joined(self, left: Any, right: Any) -> Any:
        if not self.keyed:
            return (left, right)
        one, other = pair(left), pair(right)
        return UNKNOWN if one is None or other is None else (one[0], (one[1], other[1]))


def _key(one: Arrival) -> Any:
    parts = pair(one.value)
    return UNKNOWN if parts is None else parts[0]


def _nearest(key: Any, came: Sequence[Arrival]) -> list[Arrival]:
    """The items whose keys are nearest to a key, one for each: by distance of numbers, or likeness of texts."""
    by_key: dict[str, Arrival] = {}
    for one in came[-1000:]:
        by_key[repr(_key(one))] = one
    return sorted(by_key.values(), key=lambda one: _distance(key, _key(one)))[: 2 * _MOST_KEYS]


def _distance(one: Any, other: Any) -> tuple[int, float]:
    if same(one, other):
        return (0, 0.0)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return (1, abs(float(one) - float(other)))
    if isinstance(one, str) and isinstance(other, str):
        from difflib import SequenceMatcher

        return (1, 1.0 - SequenceMatcher(None, one[:100].casefold(), other[:100].casefold()).ratio())
    return (2, 0.0)


class WithSingle(Joining):
    """Pairs the items of `input` with the first one of `single`."""

    ports = ("input", "single")

    def _lifetime(self, view: View, port: str) -> Since:
        return view.lifetime(port) if port == "single" else Since.PERIOD

    def because(self, view: ItemView) -> Because:
        """The item, and the single."""
        found = super().because(view)
        return Because(
            words="is paired with the single", items=found.items, absent=["another item of `[single]` before it"]
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """There was no single, or another one."""
        singles = view.came("single", view.lifetime("single"))
        parts = pair(wanted.value) if wanted.value is not UNKNOWN else None
        inputs = [one for one in view.came("input") if parts is None or same(one.value, parts[0])]
        for one in inputs:
            if not singles:
                yield Stopped(stop=Stop.NO_PARTNER, words="nothing came to `[single]`: it is dropped", item=one)
            elif parts is not None and not same(singles[0].value, parts[1]):
                words = f"the single is {singles[0].text:.200}, which came first"
                yield Stopped(stop=Stop.REPLACED, words=words, item=one, others=singles[:1])
        if parts is not None and not inputs:
            yield Sought(port="input", wanted=Wanted.of(parts[0], f"{parts[0]!r:.200}"))
        if parts is not None and not singles:
            yield Sought(port="single", wanted=Wanted.of(parts[1], f"{parts[1]!r:.200}"))
        if parts is None:
            yield from self._tried(view, wanted)


class Zipping(Joining):
    """Pairs the n-th items of two inputs; `longest`: what has no partner is paired with None."""

    longest: bool = False

    def because(self, view: ItemView) -> Because:
        """The two at the same place, and those that came before them."""
        halves = pair(view.value)
        if halves is None:
            raise Undecided("of the item only the text is kept")
        sides = [view.came(port, view.lifetime(port)) for port in self.ports]
        if len({view.lifetime(port) for port in self.ports}) > 1 or any(
            view.lost(port, view.lifetime(port)) for port in self.ports
        ):
            return super().because(view)
        places = [
            place
            for place in range(max(map(len, sides), default=0))
            if all(
                same(side[place].value, half) if place < len(side) else self.longest and half is None
                for side, half in zip(sides, halves, strict=True)
            )
        ]
        if not places:
            raise Undecided("no two items at the same place are recorded that are equal to it")
        place = next((one for one in places if one >= view.position), places[-1]) if self.longest else places[-1]
        both = [side[place] for side in sides if place < len(side)]
        before = [side[index] for index in range(place - 1, -1, -1) for side in sides if index < len(side)]
        absent = [
            f"an item at place {place} of `[{p}]`" for s, p in zip(sides, self.ports, strict=True) if place >= len(s)
        ]
        return Because(
            words=f"pairs the items at place {place} of both inputs",
            items=[*both, *before],
            absent=[*absent, "other items before them"] if place else absent,
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """They came at different places, or one of them did not come."""
        halves = pair(wanted.value) if wanted.value is not UNKNOWN else None
        if halves is not None:
            sides = [view.came(port, view.lifetime(port)) for port in self.ports]
            for half, side, port, other in zip(halves, sides, self.ports, sides[::-1], strict=True):
                for place, one in enumerate(side):
                    if same(one.value, half):
                        partner = f"{other[place].text:.200}" if place < len(other) else "nothing yet"
                        words = f"it came at place {place} of `[{port}]`, where the other input has {partner}"
                        yield Stopped(stop=Stop.NO_PARTNER, words=words, item=one, others=other[place : place + 1])
        yield from super().stops(view, wanted)
