"""Following what a `'durable` operator holds: of each tick, how that differs from what a folder has been given."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from hydroflow_nb.durable.edits import Edit, copy_of, edit_at, edit_behind, edit_of, edit_of_members, edited
from hydroflow_nb.durable.layout import Layout
from hydroflow_nb.durable.values import is_found_again
from hydroflow_nb.engine.program import Variable
from hydroflow_nb.operators.record.holding import Form, Holding

# What an operator holds by the keys of its items, where that is a dict.
_BY_KEY = frozenset({Form.KEYED, Form.GROUPS})


class FollowedOperator:
    """A durable operator: its place and its node, what it keeps in variables, and what came to it in this tick."""

    def __init__(self, place: str, layout: Layout) -> None:
        self.place = place
        self.node = layout.nodes[place]
        self.came: list[Any] = []
        holdings = {holding.role: holding for holding in self.node.operator.holds}
        self._variables = {
            role: Followed(variable, holdings.get(role))
            for (at, role), variable in layout.variables.items()
            if at == place and not is_found_again(variable.cell.cell_contents)
        }

    def look(self) -> None:
        """The folder holds all that the operator holds now."""
        for one in self._variables.values():
            one.look()

    def edits(self, *, knows_came: bool) -> dict[str, Edit]:
        """What the tick has changed, by role; `knows_came`: by nothing else than by what came. Raises Misfit."""
        if knows_came and not self.came:
            return {}
        came = self.came if knows_came else None
        found = ((role, one.edit(came)) for role, one in self._variables.items())
        return {role: edit for role, edit in found if edit is not None}

    def put(self, role: str, edit: Edit) -> None:
        """The folder holds this as well."""
        self._variables[role].put(edit)


class Followed:
    """A variable of a durable operator, and a copy of what a folder holds of it. `holding` is None for what an operator
    keeps beside what people read.
    """

    def __init__(self, variable: Variable, holding: Holding | None) -> None:
        self._cell = variable.cell
        self._accumulates = variable.accumulates
        self._holding = holding
        self._held: Any = None
        self.look()

    def look(self) -> None:
        """The folder holds what the operator holds now."""
        self._held = copy_of(self._cell.cell_contents, accumulates=self._accumulates)

    def edit(self, came: Sequence[Any] | None) -> Edit | None:
        """How what the operator holds differs from what the folder holds, where these items have come to it since then;
        None where that is not known. The more is known of the operator, the less is looked at.

        Raises Misfit where a value cannot be written.
        """
        held, now, holding = self._held, self._cell.cell_contents, self._holding
        if came is not None and holding is not None:
            if holding.grows and type(now) is list:
                return edit_behind(held, now)
            if holding.form in _BY_KEY and isinstance(now, dict) and (keys := _keys(came)) is not None:
                return edit_at(keys, held, now, accumulates=self._accumulates)
            if type(now) is set and not self._accumulates and type(held) is set:
                return edit_of_members(_parts(came), held, now)
        return edit_of(held, now, accumulates=self._accumulates)

    def put(self, edit: Edit) -> None:
        """The folder holds this as well."""
        self._held = edited(self._held, edit)


def _keys(came: Sequence[Any]) -> list[Any] | None:
    """The keys of items; None where some are no pairs, or have a key that cannot be one."""
    if all(type(item) is tuple and len(item) == 2 for item in came):
        keys = [item[0] for item in came]
        if all(isinstance(key, Hashable) for key in keys):
            return keys
    return None


def _parts(came: Sequence[Any]) -> Iterable[Any]:
    """Items and their keys: one or the other is in a set."""
    for item in came:
        for one in (item, item[0] if type(item) is tuple and item else None):
            try:
                hash(one)
            except TypeError:
                continue
            yield one
