"""How joins go through the keys that both sides have, where the values of a key stand in a dict for either side.

Two `'static` sides keep these keys, so that a tick costs what matches and not what is held. Where one side is of this
tick only, its keys are gone through, as those of the other one may be many more.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, indented
from hydroflow_nb.optimisations import MATCHED_KEYS


def kept_keys(e: Emission) -> str | None:
    """The variable for the keys that both sides have, a `Matched`; None where a side is of this tick only."""
    if not (e.uses(MATCHED_KEYS) and e.is_static(0) and e.is_static(1)):
        return None
    return e.state_of_both("matched", f"{e.runtime('Matched')}()")


def walked_side(e: Emission) -> int:
    """The side whose keys are gone through where none are kept."""
    return 1 if e.uses(MATCHED_KEYS) and e.is_static(0) and not e.is_static(1) else 0


def each_match(e: Emission, lhs: str, rhs: str, then: Lines, touched: str | None = None) -> Lines:
    """Lines that do something for each key that both dicts have, with the variables `key`, `left` and `right`. With
    `touched`, in a tick that replays nothing, only for these keys.
    """
    key, left, right = e.local("key"), e.local("left"), e.local("right")
    if touched is not None:
        keys = f"{lhs} if {e.replay} else {touched}"
        return [
            f"for {key}, {left}, {right} in {e.runtime('groups_of_keys')}({lhs}, {rhs}, {keys}):",
            *indented(then),
        ]
    kept = kept_keys(e)
    if kept is not None:
        return [f"for {key}, {left}, {right} in {kept}.matches({lhs}, {rhs}):", *indented(then)]
    halves = [(left, lhs), (right, rhs)]
    walked = walked_side(e)
    (here, walk), (there, look_up) = halves[walked], halves[1 - walked]
    return [
        f"for {key}, {here} in {walk}.items():",
        f"    if {key} in {look_up}:",
        f"        {there} = {look_up}[{key}]",
        *indented(indented(then)),
    ]
