"""Operators that call a function of each item, or take each item apart: an item that left is explained by the one of
which it is made, which is found by calling the function again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from inspect import isawaitable
from typing import Any, Literal

from hydroflow_nb.operators.explaining.explaining import (
    EVERY,
    UNKNOWN,
    Arrival,
    Because,
    Family,
    ItemView,
    Record,
    Since,
    Sought,
    Stop,
    Stopped,
    Undecided,
    View,
    Wanted,
    all_of,
)

# What is made of an item: one item, one or none, several, two halves for two outputs, or gifts to outputs.
Makes = Literal["one", "maybe", "many", "halves", "gifts"]


class _Images(Record):
    """What a function makes of the items of a run: of each of the `items` of which it makes something the `results`,
    and how many were made before; and why of some it is not known.
    """

    items: list[Arrival]
    results: list[Sequence[Any]]
    starts: list[int]
    failed: list[Undecided]


class Making(Family):
    """Makes items of each item. Without a function the items of an item are its elements or halves."""

    gives: Makes = "one"
    has_function: bool = True
    one_by_one = True

    def because(self, view: ItemView) -> Because:
        """The item that it is made of."""
        if self.gives in ("one", "halves") and (found := view.opposite()) is not None:
            return Because(words=self._words(view), items=[found])
        try:
            return self._found(view)
        except Undecided as undecided:
            came = view.came(EVERY, Since.RUN)
            doubt = "" if len(came) == 1 and not view.lost(EVERY, Since.RUN) else str(undecided)
            return Because(words=self._words(view), items=came, doubt=doubt)

    def _found(self, view: ItemView) -> Because:
        # The items that left stand in the order of those that came.
        images = view.once(lambda: self._images(view))
        before = bisect_right(images.starts, view.place) - 1
        if before >= 0:
            place = view.place - images.starts[before]
            if place < len(images.results[before]) and view.made(images.results[before][place]):
                return Because(words=self._words(view), items=[images.items[before]])
        for one, results in zip(images.items, images.results, strict=True):
            if any(view.made(value) for value in results):
                return Because(words=self._words(view), items=[one])
        if images.failed:
            raise images.failed[-1]
        raise Undecided(
            view.lost(EVERY, Since.RUN) or f"called again, `{view.written(0)}` gives it of no item that came"
        )

    def _images(self, view: ItemView) -> _Images:
        image = self._image(view)
        images = _Images(items=[], results=[], starts=[], failed=[])
        made = 0
        for one in view.came(EVERY, Since.RUN):
            try:
                results = image(one.value)
            except Undecided as undecided:
                images.failed.append(undecided)
                continue
            except Exception:  # a function of the user's that takes this item no more
                continue
            if results:
                images.items.append(one)
                images.results.append(results)
                images.starts.append(made)
            made += len(results)
        return images

    def _image(self, view: View) -> Callable[[Any], Sequence[Any]]:
        f = view.function(0) if self.has_function else None
        gives, port = self.gives, view.port

        def image(value: Any) -> Sequence[Any]:
            if value is UNKNOWN:
                raise Undecided("of an item that came only the text is kept")
            made = value if f is None else f(value)
            if isawaitable(made):
                if hasattr(made, "close"):
                    made.close()
                raise Undecided("its function is async, and is not called again")
            if gives == "one":
                return [made]
            if gives == "maybe":
                return [] if made is None else [made]
            if gives == "halves":
                return [tuple(made)[int(port or 0)]]
            if gives == "gifts":
                return list(made.get(port, ()))
            if hasattr(made, "__aiter__"):
                raise Undecided("its items come from an asynchronous iterator, which is not read again")
            return list(made)

        return image

    def _words(self, view: View) -> str:
        if self.has_function:
            return f"is made by `{view.written(0)}`"
        return f"is half {view.port} of a pair" if self.gives == "halves" else "is an element of an item"

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """Nothing came of which it is made."""
        try:
            image = self._image(view)
        except Undecided as undecided:
            yield Stopped(stop=Stop.UNKNOWN, words=f"what it makes is not known: {undecided}")
            return
        if self.has_function:
            yield from self._raised(view, image)
            text = f"an item of which `{view.written(0)}` makes {wanted.text}"
        elif self.gives == "halves":
            text = f"a pair with {wanted.text} as half {view.port}"
        else:
            text = f"an item with the element {wanted.text}"

        def test(value: Any) -> bool:
            return any(wanted.fits(made) for made in image(value))

        for port in dict.fromkeys(view.input_ports):
            yield Sought(port=port, wanted=Wanted(test=test, text=text))

    def _raised(self, view: View, image: Any) -> Iterator[Stopped]:
        for one in view.came():
            try:
                image(one.value)
            except Undecided:
                continue
            except Exception as exception:
                words = f"`{view.written(0)}` raised {type(exception).__name__} of it: {exception}"
                yield Stopped(stop=Stop.RAISED, words=words, item=one)


class Awaiting(Family):
    """Emits the results of awaitables. Which of them gave an item is known where as many results left as came."""

    ordered: bool = False

    def because(self, view: ItemView) -> Because:
        """The awaitable at the same place, or all of them."""
        since = Since.EVER
        came = view.came(EVERY, since)
        if len(came) == 1:
            return Because(words="is its result", items=came)
        if self.ordered and (found := view.opposite()) is not None:
            return Because(words="is its result", items=[found])
        return all_of(view, "is the result of one of them", "which awaitable gave it is not recorded", since)

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """What an awaitable gives is not known before it gives it."""
        yield Stopped(stop=Stop.UNKNOWN, words="no awaitable that came has given it")


class Opaque(Family):
    """A function of Python that gets all that came in a run."""

    def because(self, view: ItemView) -> Because:
        """All that came."""
        return all_of(view, "is made by a function of Python", "which items it is made of is not known", Since.RUN)

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It did not give it."""
        yield Stopped(stop=Stop.UNKNOWN, words="a function of Python did not emit it")
