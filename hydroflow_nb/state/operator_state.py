"""What an operator holds, as it is given to people: data, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.records import dataclass
from hydroflow_nb.state.entries import Difference
from hydroflow_nb.state.held import Held
from hydroflow_nb.state.shown import as_html, as_text


@dataclass(frozen=True, kw_only=True)
class OperatorState:
    """What an operator holds: `flow.state("hop")`.

    `place`: what it is called; `operator` and `element`: its kind, and its id in drawings. `tick`: the tick at whose
    end this was held; `is_within`: held in the middle of that tick. `parts`: what it holds by name, such as the sides
    of a join by port; `state["0"]` is such a part's data, `value` all of it.
    """

    place: str
    operator: str
    element: str
    tick: int | None
    parts: Mapping[str, Held]
    is_within: bool = False

    @property
    def value(self) -> Any:
        """The data: of the one part, or a dict of the parts' data by name."""
        if len(self.parts) == 1:
            (one,) = self.parts.values()
            return one.data
        return {name: held.data for name, held in self.parts.items()}

    @property
    def size(self) -> int:
        """How many items, or values under a key, are held in all."""
        return sum(map(len, self.parts.values()))

    @property
    def lasts(self) -> bool:
        """True where any of it outlives the tick."""
        return any(held.lasts for held in self.parts.values())

    @property
    def changes(self) -> Mapping[str, Difference]:
        """How the parts differ from what was held before the tick, by name, without those that do not."""
        return {name: held.changes for name, held in self.parts.items() if held.changes}

    def __getitem__(self, name: str | int) -> Any:
        key = str(name)
        if key not in self.parts:
            known = ", ".join(map(repr, self.parts))
            raise KeyError(f"{name!r}: this `{self.operator}` holds {known}")
        return self.parts[key].data

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.size > 0

    @property
    def _heading(self) -> str:
        """What holds how much, and when."""
        when = "" if self.tick is None else f" {'within' if self.is_within else 'after'} tick {self.tick}"
        name = "" if self.place in (self.operator, self.element) else f"{self.place}, "
        count = "nothing" if not self.size else f"{self.size:,} item{'s' * (self.size != 1)}"
        return f"{name}`{self.operator}` ({self.element}){when}: {count}"

    def __str__(self) -> str:
        return as_text(self._heading, self.parts.values())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return as_html(self._heading, self.parts.values())


class StatesByOperator(dict[str, OperatorState]):
    """What the operators of a pipeline hold, by operator."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.values()))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return "".join(state._repr_html_() for state in self.values())
