"""How folds and reductions hand on what they have accumulated, in one value or in one for each key."""

from __future__ import annotations

from hydroflow_nb.operators.emission import Emission, Lines


def _lasts(e: Emission) -> bool:
    return e.is_static() or e.is_mutable()


def handed_on(e: Emission, accumulator: str, f: int) -> str:
    """The accumulator as it is emitted; `f` is the argument that takes items in."""
    if _lasts(e) and not e.returns_value(f):
        # What is emitted belongs to those downstream: the next tick must not change it under their hands.
        return f"{e.runtime('copied')}({accumulator})"
    return accumulator


def groups_of(e: Emission) -> str:
    """The dict of the accumulators by key."""
    return e.state("groups", "{}", static=_lasts(e), accumulates=True)


def groups_emitted(e: Emission, f: int) -> Lines:
    """Lines that emit each key with its accumulator."""
    key, accumulator = e.local("key"), e.local("acc")
    pair = f"({key}, {handed_on(e, accumulator, f)})"
    return [f"for {key}, {accumulator} in {groups_of(e)}.items():", f"    {e.emit(pair)}"]
