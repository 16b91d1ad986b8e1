"""Operators whose items are items that came: an item that left is explained by one that is equal to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydroflow_nb.operators.explaining.explaining import (
    EVERY,
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


def nearest(view: ItemView, port: str = EVERY, *, most: Since = Since.PERIOD) -> Arrival:
    """The newest item that came and is the same as the one asked about; one of this run before others."""
    for since in (Since.RUN, Since.PERIOD, Since.EVER):
        if since is Since.EVER and most is not Since.EVER:
            break
        if found := view.alike(port, since):
            # Of equal ones the first that left is the first that came.
            return found[min(view.rank, len(found) - 1)] if since is Since.RUN else found[-1]
    raise Undecided(view.lost(port, most) or "no item that came is recorded that is equal to it")


def came_anyway(view: View, wanted: Wanted, port: str = EVERY) -> list[Arrival]:
    """The items of the tick that were wanted and came."""
    return [one for one in view.came(port) if wanted.fits(one.value)]


class Passing(Family):
    """Hands items on as they are. `shows`: what `$name` reads, "all" items of the tick, the "one" item, or "" nothing.
    `words` say what else the operator does.
    """

    shows: str = ""
    words: str = "hands on the item that came"

    def because(self, view: ItemView) -> Because:
        """The item came."""
        one = nearest(view)
        # Of equal items on several edges it is not recorded which came first.
        others = view.alike(EVERY, Since.RUN) if len(view.input_ports) > 1 else ()
        return Because(words=self.words, items=[one], instead=[other for other in others if other is not one])

    def holds(self, view: View) -> tuple[Any, Because]:
        """The items of the tick."""
        if not self.shows:
            return super().holds(view)
        came = view.came()
        if lost := view.lost():
            raise Undecided(lost)
        if self.shows == "all":
            return [one.value for one in came], Because(words="all items of the tick", items=came)
        value = came[-1].value if came else None
        absent = () if came else ("no item came in the tick",)
        return value, Because(words="the one item of the tick", items=came[-1:], absent=absent)


class Dropping(Family):
    """Emits nothing."""

    def because(self, view: ItemView) -> Because:
        """Nothing leaves it."""
        raise Undecided("it emits nothing")

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """Whatever comes is dropped."""
        for one in came_anyway(view, wanted):
            yield Stopped(stop=Stop.BLOCKED, words="it drops whatever comes", item=one)
        yield from super().stops(view, wanted)


class Filtering(Passing):
    """Keeps the items for which a function is true; `raises`: any other is an error."""

    raises: bool = False

    def because(self, view: ItemView) -> Because:
        """It came, and passed."""
        return Because(words=f"`{view.written(0)}` is true for the item that came", items=[nearest(view)])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """The function said no."""
        for one in came_anyway(view, wanted):
            facts: dict[str, Any] = {}
            try:
                facts["test"] = verdict = view.function(0)(one.value)
                words = f"`{view.written(0)}` is {verdict!r:.200} for it"
            except Undecided as undecided:
                words = f"`{view.written(0)}` did not keep it; its value is not known: {undecided}"
            except Exception as exception:  # a function of the user's
                words = f"`{view.written(0)}` raised {type(exception).__name__}: {exception}"
                yield Stopped(stop=Stop.RAISED, words=words, item=one)
                continue
            if facts.get("test"):
                continue
            yield Stopped(stop=Stop.RAISED if self.raises else Stop.FILTERED, words=words, item=one, facts=facts)
        yield from super().stops(view, wanted)


class Choosing(Passing):
    """Hands each item on to one of its outputs."""

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It went to another output."""
        for one in came_anyway(view, wanted):
            yield Stopped(stop=Stop.OTHER_PORT, words=f"it went to another output than `[{view.port}]`", item=one)
        yield from super().stops(view, wanted)


class FirstFew(Passing):
    """Hands on the first `n` items of the tick."""

    def because(self, view: ItemView) -> Because:
        """There was a place left."""
        count = view.argument(0)
        return Because(
            words="is among the first items of the tick",
            items=[nearest(view)],
            absent=[f"{count} other items before it in the tick"],
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """The places were taken."""
        for one in came_anyway(view, wanted):
            words = f"{view.written(0)} other items of the tick came before it"
            others = [other for other in view.came() if other is not one]
            yield Stopped(stop=Stop.NO_PLACE, words=words, item=one, others=others[:20])
        yield from super().stops(view, wanted)


class First(Passing):
    """Hands on what comes for the first time."""

    def because(self, view: ItemView) -> Because:
        """It came, and it had not come before."""
        since = view.lifetime()
        found = view.alike(EVERY, since)
        if not found:
            raise Undecided(view.lost(EVERY, since) or "no item that came is recorded that is equal to it")
        here = [one for one in found if one in view.alike(EVERY, Since.RUN)]
        return Because(words="came for the first time", items=[(here or found)[0]])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It had come before."""
        since = view.lifetime()
        for one in came_anyway(view, wanted):
            first = next(iter(view.equal(one.value, EVERY, since)), one)
            if first.tick != one.tick:
                words = f"it had come before, in tick {first.tick}, and is emitted only the first time"
            else:
                words = "it had come before in this tick, and is emitted only the first time"
            if first is not one:
                yield Stopped(
                    stop=Stop.SEEN_BEFORE, words=words, item=one, others=[first], facts={"first_tick": first.tick}
                )
        yield from super().stops(view, wanted)


class More(Passing):
    """Hands on the items by which a tick has more than the one before."""

    def because(self, view: ItemView) -> Because:
        """The tick before had fewer of them."""
        return Because(
            words="came more often than in the tick before",
            items=[nearest(view)],
            absent=[f"as many of it in the tick before, {view.tick - 1}"],
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """The tick before had as many."""
        for one in came_anyway(view, wanted):
            before = [other for other in view.equal(one.value, EVERY, Since.EVER) if other.tick == view.tick - 1]
            if before:
                words = f"it came as often in the tick before, {view.tick - 1}: only what is more is emitted"
                yield Stopped(stop=Stop.SEEN_BEFORE, words=words, item=one, others=before)
        yield from super().stops(view, wanted)


class Subtracting(Family):
    """Hands on the items of `pos` that are not in `neg`; `keyed`: whose keys are not."""

    keyed: bool = False

    def because(self, view: ItemView) -> Because:
        """It came to `pos`, and nothing like it to `neg`."""
        item = nearest(view, "pos", most=view.lifetime("pos"))
        parts = pair(view.value)
        what = f"the key {parts[0]!r:.200}" if self.keyed and parts is not None else view.text
        until = "up to this tick" if view.lifetime("neg") is Since.EVER else f"in tick {view.tick}"
        return Because(
            words="came to `[pos]`, and is not in `[neg]`", items=[item], absent=[f"{what} in `[neg]` {until}"]
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It is in `neg`."""
        since = view.lifetime("pos")
        for one in (one for one in view.came("pos", since) if wanted.fits(one.value)):
            parts = pair(one.value) if self.keyed else None
            what = parts[0] if parts is not None else one.value
            guilty = view.equal(what, "neg", view.lifetime("neg"))
            if guilty:
                when = "" if guilty[0].tick == view.tick else f", where it came in tick {guilty[0].tick}"
                name = "its key" if self.keyed else "it"
                words = f"{name} is in `[neg]`{when}"
                yield Stopped(stop=Stop.SUBTRACTED, words=words, item=one, others=guilty[:1])
            elif lost := view.lost("neg", view.lifetime("neg")):
                yield Stopped(stop=Stop.UNKNOWN, words=f"it may be in `[neg]`: {lost}", item=one)
        yield Sought(port="pos", wanted=wanted)


class Gated(Family):
    """Holds what comes to `input`, until something comes to `signal`."""

    def because(self, view: ItemView) -> Because:
        """It was held, and a signal came."""
        item = nearest(view, "input", most=Since.EVER)
        signal = view.came("signal", Since.RUN) or view.came("signal")
        return Because(words="was held until the signal", items=[item, *signal[-1:]])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """No signal came."""
        if not view.came("signal"):
            for one in view.came("input", Since.EVER):
                if wanted.fits(one.value):
                    words = "it is held: nothing came to `[signal]` in this tick"
                    yield Stopped(stop=Stop.BLOCKED, words=words, item=one)
        yield Sought(port="input", wanted=wanted)


class Lasting(Family):
    """Emits in every tick all that ever came."""

    def because(self, view: ItemView) -> Because:
        """It came once."""
        found = view.alike(EVERY, Since.EVER)
        if not found:
            raise Undecided(view.lost(EVERY, Since.EVER) or "no item that came is recorded that is equal to it")
        # Those of equal ones come in the order of their arrival.
        return Because(words="came once, and is kept for ever", items=[found[min(view.rank, len(found) - 1)]])


class Listing(Family):
    """Emits the items of the state that its argument reads. It tells itself which of them."""

    tells_reads = True

    def because(self, view: ItemView) -> Because:
        """The state holds it."""
        _, items = view.state(0)
        return Because(words=f"is in `{view.written(0)}`", items=[one for one in items if self._is(view, one)][-1:])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """The state does not hold it."""
        yield Stopped(stop=Stop.NEVER_CAME, words=f"it is not in `{view.written(0)}`")

    @staticmethod
    def _is(view: ItemView, one: Arrival) -> bool:
        return same(one.value, view.value) or one.text == view.text
