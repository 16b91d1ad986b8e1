"""Operators that keep what came and emit it again or with a number: an item that left is explained by those that were
kept before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydroflow_nb.operators.explaining.explaining import (
    EVERY,
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


class Numbering(Family):
    """Numbers its items; `keyed`: those of each key."""

    keyed: bool = False

    def because(self, view: ItemView) -> Because:
        """The item, and those that were counted before it."""
        number, item = self._taken_apart(view.value)
        came = self._of_key(view, item)
        if lost := view.lost(EVERY, view.lifetime()):
            raise Undecided(lost)
        if not 0 <= number < len(came) or not same(came[number].value, item):
            raise Undecided("no item with that number is recorded")
        absent = ["other items before it"] if number else []
        words = f"is the item with number {number}" + (", behind those that were counted before" if number else "")
        return Because(words=words, items=came[number::-1], absent=absent)

    def _taken_apart(self, value: Any) -> tuple[int, Any]:
        outer = pair(value)
        inner = pair(outer[1]) if outer is not None and self.keyed else None
        if outer is None or (self.keyed and inner is None):
            raise Undecided("of the item only the text is kept")
        return (inner[0], (outer[0], inner[1])) if inner is not None else outer

    def _of_key(self, view: View, item: Any) -> list[Arrival]:
        came = list(view.came(EVERY, view.lifetime()))
        if not self.keyed:
            return came
        return [one for one in came if (parts := pair(one.value)) is not None and same(parts[0], item[0])]

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It has another number."""
        try:
            number, item = self._taken_apart(wanted.value)
        except Undecided:
            number, item = -1, UNKNOWN
        if item is not UNKNOWN:
            for place, one in enumerate(self._of_key(view, item)):
                if same(one.value, item):
                    words = f"its number is {place}, not {number}"
                    yield Stopped(stop=Stop.OTHER_VALUE, words=words, item=one, facts={"number": place})
        test = (lambda value: same(value, item)) if item is not UNKNOWN else (lambda _: False)
        for port in dict.fromkeys(view.input_ports):
            yield Sought(port=port, wanted=Wanted(test=test, text=f"{item!r:.200}", value=item))


class Keeping(Family):
    """Emits what was persisted and not deleted since; `keyed`: by key."""

    keyed: bool = False

    def because(self, view: ItemView) -> Because:
        """It was persisted."""
        kept: Arrival | None = None
        parts = pair(view.value) if self.keyed else None
        what = parts[0] if parts is not None else view.value
        for one in view.came(EVERY, Since.EVER):
            instruction = view.instruction(one.value)
            if instruction is None:
                continue
            persists, content = instruction
            if persists and view.made(content):
                kept = kept or one
            elif not persists and same(content, what):
                kept = None
        if kept is None:
            raise Undecided(view.lost(EVERY, Since.EVER) or "no instruction that keeps it is recorded")
        return Because(words="was persisted", items=[kept], absent=[f"a deletion of {what!r:.200} since"])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It was deleted, or never persisted."""
        persisted: Arrival | None = None
        for one in view.came(EVERY, Since.EVER):
            instruction = view.instruction(one.value)
            if instruction is None:
                continue
            persists, content = instruction
            if persists and wanted.fits(content):
                persisted, what = one, pair(content)[0] if self.keyed else content  # type: ignore[index]
            elif not persists and persisted is not None and same(content, what):
                words = f"it was deleted in tick {one.tick}"
                yield Stopped(stop=Stop.DELETED, words=words, item=persisted, others=[one])
                persisted = None

        def test(value: Any) -> bool:
            found = view.instruction(value)
            return found is not None and found[0] and wanted.fits(found[1])

        for port in dict.fromkeys(view.input_ports):
            yield Sought(port=port, wanted=Wanted(test=test, text=f"the instruction to persist {wanted.text}"))
