"""How the static side of a join streams by again in every tick: only what can match by its key (`engine.streaming`)."""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, indented
from hydroflow_nb.optimisations import MATCHED_KEYS


def kept(e: Emission, side: int) -> str:
    """The items of the side, in the order in which they came."""
    return e.state("kept", "[]", static=True, port=side)


def places(e: Emission, side: int) -> str:
    """Where they stand, by their keys."""
    return e.state("places", f"{e.runtime('Places')}()", static=True, port=side)


def newly_kept(e: Emission, side: int) -> tuple[str, Lines]:
    """The new items of the side, and lines that keep them."""
    new = e.scratch("new", "[]")
    return new, [f"{kept(e, side)}.extend({e.runtime('keys_hashed')}({new}))"]


def matching_again(e: Emission, side: int, other: str) -> str:
    """Those of a static side that have to be looked at where all of it streams by: `other` is the dict of the other
    side.
    """
    if not e.uses(MATCHED_KEYS):
        return kept(e, side)
    if not e.is_static(1 - side):
        return f"{places(e, side)}.may_match({kept(e, side)}, {other})"
    matching = e.state_of_both("matching", f"{e.runtime('Matching')}()")
    return f"{matching}.of({kept(e, side)}, {places(e, side)}, {other})"


def touched_again(e: Emission, side: int, touched: str) -> str:
    """Those that have to be looked at where only what differs from earlier ticks is needed: all that have the keys that
    were `touched`, and what is new.
    """
    new = e.scratch("new", "[]")
    chosen = f"{places(e, side)}.touched({kept(e, side)}, {e.runtime('len')}({new}), {touched})"
    return f"{kept(e, side)} if {e.anew} else {chosen}"


def looked_at_anew(e: Emission, side: int, again: str, matched: Lines) -> Lines:
    """Lines that keep the new items of a static side, and look at items: in a tick's first run at those of `again`, in
    later ones at what is new. `matched` are the lines for one item, whose halves are the variables `key` and `value`.
    """
    new, lines = newly_kept(e, side)
    batch = e.batch()
    return [
        *lines,
        f"{batch} = {again}" if e.first is None else f"{batch} = ({again}) if {e.first} else {new}",
        f"for {e.local('item')} in {batch}:",
        f"    {e.local('key')}, {e.local('value')} = {e.local('item')}",
        *indented(matched),
    ]
