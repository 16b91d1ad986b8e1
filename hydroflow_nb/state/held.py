"""One thing that an operator holds: a copy of the data, and how a tick has changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.operators.record.holding import Form
from hydroflow_nb.records import dataclass
from hydroflow_nb.state import entries
from hydroflow_nb.state.entries import Difference, Entry


@dataclass(frozen=True, kw_only=True)
class Held:
    """One thing that an operator holds.

    `name`: what it is called, such as the port of a side. `form`: in which form it is data. `lasts`: whether it
    outlives the tick. `data` is a copy: a dict of values (`Form.KEYED`, `COUNTS`) or of lists of values (`GROUPS`) by
    key, a list or set of items, or the value itself; None where there is nothing yet. `changes`: how it differs from
    what was held before the tick; None where that is not known.
    """

    name: str
    form: Form
    lasts: bool
    _data: Any = field(repr=False)
    changes: Difference | None = field(default=None, repr=False)
    # How much it was where not all of it was saved.
    saved_size: int | None = None

    @property
    def data(self) -> Any:
        """A copy of what is held; None where there is nothing yet."""
        return None if self._data is MISSING else self._data

    @property
    def is_empty(self) -> bool:
        """True where there is nothing."""
        return len(self) == 0

    def __len__(self) -> int:
        return self.saved_size if self.saved_size is not None else entries.size(self.form, self._data)

    def __bool__(self) -> bool:
        return len(self) > 0

    def entries(self) -> Iterator[Entry]:
        """Item by item, or value by value under its key."""
        return entries.entries(self.form, self._data)

    def since(self, before: Held) -> Held:
        """The same, with how it differs from what was held before."""
        changes = entries.difference(self.form, before._data, self._data)
        return Held(name=self.name, form=self.form, lasts=self.lasts, _data=self._data, changes=changes)
