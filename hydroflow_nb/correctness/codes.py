"""What the check finds, by code: the one table that a new finding is written into.

Beside it a finding has an entry in the error index (`error_index/checking.py`), rules that give the code, and perhaps
edits that may mend it (`edits.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from hydroflow_nb.records import dataclass


class Weakens(Enum):
    """What a cause makes weaker of a type that promises something still."""

    ORDER = auto()
    COPIES = auto()
    WHOLENESS = auto()
    # A view that grows is revised.
    VIEW = auto()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One code of the check: what it says of an output, what to write instead, and whether it is only a note.

    `is_told_anyway`: also where something is promised of the output. `weakens`: what a sentence on an edge gives it as
    the reason of. `about`: the class of runs that the finding is about, by its word; a fix has to lift the level in
    that class, or in the surroundings.
    """

    says: str
    hint: str = ""
    is_note: bool = False
    is_told_anyway: bool = False
    weakens: Weakens | None = None
    about: str = ""


KINDS: Final[Mapping[str, Kind]] = {
    "HF301": Kind(
        says="depends on the order in which items arrive",
        hint="use a function that commutes (gives the same in every order): `max`, a sum, or the merge of a lattice",
        weakens=Weakens.ORDER,
        about="order",
    ),
    "HF302": Kind(
        says="counts an item again that comes again",
        hint="put `unique::<'static>()` before it, if equal items are one item",
        weakens=Weakens.COPIES,
        about="duplication",
    ),
    "HF303": Kind(
        says="depends on where a tick ends", hint="`'static` holds what came in earlier ticks, `'tick` forgets it"
    ),
    "HF304": Kind(
        says="may be taken back until the run is at rest",
        hint="act on it once the run is at rest",
        is_note=True,
        is_told_anyway=True,
        weakens=Weakens.VIEW,
    ),
    "HF305": Kind(
        says="holds answers that were revised since", hint="write `'tick` where the whole content comes in every tick"
    ),
    "HF306": Kind(
        says="depends on when an item comes",
        hint="join with it, or tell it again and again by a timer, if it is a lattice that only grows",
    ),
    "HF307": Kind(
        says="may miss what does not come in the same tick",
        hint="write `'static` for what has to wait for the other input",
        is_note=True,
        is_told_anyway=True,
        weakens=Weakens.WHOLENESS,
    ),
    "HF308": Kind(
        says="differs by what is read from outside",
        hint="let the sender give the item its time or its number",
    ),
    "HF309": Kind(
        says="misses later what came in the first tick",
        hint="write `'static` to remember it",
        is_told_anyway=True,
        weakens=Weakens.WHOLENESS,
    ),
    "HF310": Kind(
        says="is wrong where messages are lost",
        hint="send again and again what has to arrive",
        is_told_anyway=True,
        weakens=Weakens.WHOLENESS,
        about="loss",
    ),
    "HF311": Kind(
        says="depends on a law that cannot be told",
        hint='declare it with `@hf.law("commutes")`, or give `examples=` to try it on',
        is_note=True,
    ),
    "HF312": Kind(
        says="never comes to rest",
        hint="defer what is new only, with `multiset_delta` or `unique::<'static>()` before it",
        is_note=True,
        is_told_anyway=True,
    ),
    "HF313": Kind(
        says="is not the same if split by `{shard}`",
        hint="split by the key that it looks items up by, or let one node take what all shards give",
    ),
}
