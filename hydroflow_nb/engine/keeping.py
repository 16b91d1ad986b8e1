"""What a recorded variant of a flow's code keeps: the lists that it fills, the variables that it counts with.

The code is generated with such a plan, and the recorder reads by it what the code has left.
"""

from __future__ import annotations

from dataclasses import field

from hydroflow_nb.records import dataclass


@dataclass(kw_only=True)
class Rows:
    """A list of what is kept: `columns` names the place in a row of each wire's item, in the order in which they pass.
    A list of one column holds the items themselves. `overflow` is the variable that counts what came when the list was
    full.

    One that is `given` holds the items of a loop, which the recorder puts there itself: nothing changes them.

    Of wires that share a column, a later one may have seen the item when it had changed: `again` names the lists of
    such items, each with the number of its row.
    """

    number: int
    columns: dict[int, int]
    again: dict[int, int] = field(default_factory=dict)
    overflow: str | None = None
    given: bool = False

    @property
    def width(self) -> int:
        """The columns of a row. The last row of an aborted run may have fewer."""
        return max(self.columns.values(), default=0) + 1


@dataclass(kw_only=True)
class GivenPlan:
    """The part of a loop that runs where its items are known not to change: tuples in them go so deep at most. It fills
    these lists; `given` is the one of the loop's own items.
    """

    depth: int
    rows: list[int] = field(default_factory=list)
    given: int | None = None


@dataclass(kw_only=True)
class LoopPlan:
    """A loop that is kept in part: the wires in its own block, the lists that are filled in it, and the variables that
    count in it, each with its wires; a wire may be there more than once. `given` is its part for items that do not
    change.
    """

    number: int
    direct: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    counters: dict[str, list[int]] = field(default_factory=dict)
    given: GivenPlan | None = None


@dataclass(kw_only=True)
class RunPlan:
    """What a run of a subgraph keeps."""

    rows: dict[int, Rows] = field(default_factory=dict)
    loops: dict[int, LoopPlan] = field(default_factory=dict)


@dataclass(kw_only=True)
class TapPlan:
    """What a variant of the code keeps, by subgraph; `most` is the variable for the longest that a list may become
    where a loop fills it that is not split.
    """

    most: str = ""
    # The wires of which the code hands over every item, for a filter to choose.
    filtered: frozenset[int] = frozenset()
    # The wires out of handoffs that are left out, each with the wire into it, whose items are its own.
    gathered: dict[int, int] = field(default_factory=dict)
    runs: dict[int, RunPlan] = field(default_factory=dict)

    @property
    def counters(self) -> list[str]:
        """All variables that count."""
        return [
            *(name for run in self.runs.values() for loop in run.loops.values() for name in loop.counters),
            *(rows.overflow for run in self.runs.values() for rows in run.rows.values() if rows.overflow),
        ]
