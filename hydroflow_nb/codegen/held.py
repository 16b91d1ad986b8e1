"""Tells which variables of generated code hold the items of which operator: an error message finds the item there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field

from hydroflow_nb.ir.graph import LoopId
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Held:
    """The variables by the name of the operator or handoff that they belong to.

    `items` hold one item at a time, `batches` several; `own` are other variables of an operator, by role; `returned`
    hold what an operator's function returned; `iterations` count the iterations of nested loops.
    """

    items: dict[str, str] = field(default_factory=dict)
    batches: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    own: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    returned: dict[str, str] = field(default_factory=dict)
    iterations: dict[LoopId, str] = field(default_factory=dict)

    def update(self, other: Held) -> None:
        """Add the variables of another variant of the same code, in which a name means the same."""
        self.items.update(other.items)
        for owner, names in other.batches.items():
            self.batches[owner] = list(dict.fromkeys([*self.batches[owner], *names]))
        for owner, roles in other.own.items():
            self.own[owner].update(roles)
        self.returned.update(other.returned)
        self.iterations.update(other.iterations)
