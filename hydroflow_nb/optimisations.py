"""What is done so that a flow costs less: nobody sees it in what comes out, and each can be left out by its name.

A further one is a line here, and whoever does the work asks for it: a pass by its field `optimisation`, the generator
by `Topology.uses`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from hydroflow_nb.records import dataclass

# Stands for the names of all of them.
ALL: Final = "all"


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """One of them: its name, and what it does, as said behind the name."""

    name: str
    does: str


INCREMENTAL_PERSIST: Final = Optimisation(
    name="incremental-persist",
    does="lets operators that are given in each tick what they were given before go on from where they stand",
)
UNSEEN_REPLAYS: Final = Optimisation(
    name="unseen-replays", does="leaves out replays of which all ends where it came before and changes nothing"
)
NEEDLESS_UNIONS: Final = Optimisation(
    name="needless-unions", does="takes out unions and tees that have one input and one output"
)
INLINING: Final = Optimisation(name="inlining", does="puts the bodies of closures into the loops, in place of calls")
GATHERING: Final = Optimisation(
    name="gathering", does="lets blocking operators take their items in where these come from, without a handoff"
)
BULK: Final = Optimisation(name="bulk", does="moves many items at once where no Python body runs for each")
SHORT_UNIONS: Final = Optimisation(
    name="short-unions", does="writes the code behind a union once for each input, without a buffer, where it is short"
)
UNIT_VALUES: Final = Optimisation(
    name="unit-values", does="keeps of a join's side only the keys where every value is `()`"
)
MATCHED_KEYS: Final = Optimisation(
    name="matched-keys", does="lets a join that replays look at the keys that both sides have, not at all of one side"
)
PARTS: Final = Optimisation(
    name="parts", does="copies of a dict or list that was lent only the parts that a function changes"
)
LETTING_GO: Final = Optimisation(
    name="letting-go", does="copies no accumulator that the operators behind it have let go of"
)
COLUMNS: Final = Optimisation(
    name="columns", does="answers what lies between `source_frame` and `dest_frame` by one query over columns"
)

OPTIMISATIONS: Final = (
    INCREMENTAL_PERSIST,
    UNSEEN_REPLAYS,
    NEEDLESS_UNIONS,
    INLINING,
    GATHERING,
    BULK,
    SHORT_UNIONS,
    UNIT_VALUES,
    MATCHED_KEYS,
    PARTS,
    LETTING_GO,
    COLUMNS,
)


def left_out(names: Iterable[str]) -> frozenset[str]:
    """The names of the optimisations that are left out; `all` stands for each of them.

    Raises ValueError for another name, and says what there is.
    """
    wanted = frozenset({names} if isinstance(names, str) else names)
    known = {one.name for one in OPTIMISATIONS}
    for name in sorted(wanted - known - {ALL}):
        close = get_close_matches(str(name), known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(sorted(known))}, and all"
        raise ValueError(f"there is no optimisation `{name}`; {hint}")
    return frozenset(known) if ALL in wanted else wanted
