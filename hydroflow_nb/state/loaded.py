"""The states of a recording that was loaded from a file: of keys, items and values there are the texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.operators.record.holding import Form
from hydroflow_nb.state.entries import NO_KEY, Change, Difference, Entry
from hydroflow_nb.state.held import Held
from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator
from hydroflow_nb.state.saved import SavedHistory, SavedRow, SavedTick


class Told:
    """A value of which the text alone was saved."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class LoadedStates:
    """The saved states of the operators `ops`, which are the graph's as data, by element id.

    The rows of a large part are those that were saved; its size is exact.
    """

    def __init__(self, saved: SavedHistory, ops: Mapping[str, Mapping[str, Any]]) -> None:
        self._saved = saved
        self._known: dict[str, Told] = {}
        self._ops = {element: one for element, one in ops.items() if element in saved.parts}

    def state(self, place: str, tick: int | None = None) -> OperatorState | StatesByOperator:
        """What the operators of a place held at the end of a tick, by default the newest. Raises HydroflowError."""
        found = [
            element
            for element, one in self._ops.items()
            if place.strip() in (element, one.get("variable"), one.get("name"))
        ]
        # What has a name of its own, of the first operator that uses it.
        only = None if found else place.strip()
        if only is not None:
            parts = self._saved.parts
            found = [one for one in self._ops if any(part.is_named and part.name == only for part in parts[one])][:1]
        if not found:
            known = ", ".join(f"`{one.get('variable') or element}`" for element, one in self._ops.items())
            raise HydroflowError(
                message=f"`{place}` remembers nothing in this recording; of {known} the state is saved"
            )
        places = {saved.tick: at for at, saved in enumerate(self._saved.ticks)}
        if not places or (tick is not None and tick not in places):
            kept = f"of ticks {min(places)} to {max(places)}" if places else "of no tick"
            raise HydroflowError(message=f"the state after tick {tick} is not saved; there is that {kept}")
        at = places[max(places) if tick is None else tick]
        states = [self._state(place if len(found) == 1 else element, element, at, only) for element in found]
        return states[0] if len(states) == 1 else StatesByOperator((state.element, state) for state in states)

    def history(self, _ticks: object) -> SavedHistory:
        """All that was saved."""
        return self._saved

    def _state(self, place: str, element: str, at: int, only: str | None = None) -> OperatorState:
        saved = self._saved.ticks[at]
        parts = {
            part.name: Held(
                name=part.name,
                form=_FORMS.get(part.form, Form.ITEMS),
                lasts=part.lasts,
                _data=self._data(_FORMS.get(part.form, Form.ITEMS), self._rows(element, number, at)),
                changes=None if saved.changed is None else self._difference(_of(saved, element, number)),
                saved_size=saved.sizes.get(element, [])[number] if number < len(saved.sizes.get(element, [])) else 0,
            )
            for number, part in enumerate(self._saved.parts[element])
            if only in (None, part.name)
        }
        operator = str(self._ops[element].get("name", element))
        return OperatorState(place=place, operator=operator, element=element, tick=saved.tick, parts=parts)

    def _rows(self, element: str, number: int, at: int) -> list[SavedRow]:
        ticks, first = self._saved.ticks, at
        while first and ticks[first].whole is None:
            first -= 1
        rows = [row[:3] for row in _of(ticks[first], element, number)]
        for saved in ticks[first + 1 : at + 1]:
            for mark, key, value, *before in _of(saved, element, number):
                gone = ["", key, value if mark == "−" else before[0] if before else None]
                if mark in ("−", "~") and gone in rows:
                    rows.remove(gone)
                if mark != "−":
                    rows.append(["", key, value])
        return rows

    def _told(self, text: str | None) -> Any:
        """One object for each text: what is new in a tick is known by its identity among what is held."""
        return NO_KEY if text is None else self._known.setdefault(text, Told(text))

    def _data(self, form: Form, rows: list[SavedRow]) -> Any:
        if form is Form.GROUPS:
            groups: dict[Any, list[Any]] = {}
            for _, key, value in rows:
                groups.setdefault(self._told(key), []).append(self._told(value))
            return groups
        if form in (Form.KEYED, Form.COUNTS) or any(key is not None for _, key, _ in rows):
            return {self._told(key): self._told(value) for _, key, value in rows}
        items = [self._told(value) for _, _, value in rows]
        if form is Form.VALUE and len(items) < 2:
            return items[0] if items else MISSING
        return items

    def _difference(self, rows: list[SavedRow]) -> Difference:
        added, removed, changed = [], [], []
        for mark, key, value, *before in rows:
            if mark == "+":
                added.append(Entry(key=self._told(key), value=self._told(value)))
            elif mark == "−":
                removed.append(Entry(key=self._told(key), value=self._told(value)))
            elif before:
                changed.append(Change(key=self._told(key), before=self._told(before[0]), after=self._told(value)))
        return Difference(added=tuple(added), removed=tuple(removed), changed=tuple(changed))


_FORMS = {form.value: form for form in Form}


def _of(saved: SavedTick, element: str, number: int) -> list[SavedRow]:
    parts = (saved.changed if saved.whole is None else saved.whole) or {}
    rows = parts.get(element, [])
    return [row for row in rows[number] if len(row) >= 3] if number < len(rows) else []
