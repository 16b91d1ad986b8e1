"""How operators hold accumulators and hand them on: what was emitted, or read by `$name`, stays as it was.

An accumulator is handed on as it is, and lent by that. Before it changes again it becomes the operator's own: by
`engine.lending`, which copies it unless nobody has it any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from hydroflow_nb.changing import Change
from hydroflow_nb.operators.record.emission import Emission, Lines, indented

# What makes an accumulator the operator's own, by what is about to change it; None: that is asked of a function.
_OF_VARIABLE = {Change.TOP: "own_top", Change.ANYTHING: "own", None: "own_for"}
_OF_DICT = {Change.TOP: "own_top_value", Change.ANYTHING: "own_value", None: "own_value_for"}
_OF_ITEM = {Change.TOP: "begun_top", Change.ANYTHING: "begun", None: "begun_for"}


@dataclass(frozen=True, kw_only=True)
class Changing:
    """What changes an accumulator: a function argument of an operator; without one, a merge of lattice values.

    `lasts`: it may have been handed on before, in an earlier tick or, where values grow, in this one. `begins_shared`:
    it begins as something that others may have as well.
    """

    e: Emission
    argument: int | None = None
    lasts: bool = True
    begins_shared: bool = False

    @property
    def change(self) -> Change | None:
        """What it can change; None: as much as the function that a name stands for."""
        return Change.ANYTHING if self.argument is None else self.e.change(self.argument)

    def made_by(self, names: dict[Change | None, str], value: str) -> str:
        """A call of one of the engine's functions."""
        name = self.e.runtime(names[self.change])
        asked = f", {self.e.function(self.argument)}" if self.change is None and self.argument is not None else ""
        return f"{name}({value}{asked})"


def changing(e: Emission, argument: int, *, lasts: bool, begins_shared: bool = False) -> Changing:
    """What a function argument does to accumulators. `lasts`: these are kept from tick to tick."""
    return Changing(e=e, argument=argument, lasts=lasts, begins_shared=begins_shared)


def begun_with(by: Changing, item: str) -> str:
    """An item as the accumulator that it becomes: the item may belong to others as well."""
    return item if by.change is Change.NOTHING else by.made_by(_OF_ITEM, item)


# --- one accumulator ------------------------------------------------------------------------------------------------


def _may_be_lent(by: Changing) -> bool:
    # An accumulator of one tick is complete before it is handed on.
    return by.change is not Change.NOTHING and (by.begins_shared or (by.lasts and by.e.is_read()))


def _lent(e: Emission) -> str:
    """The variable that is True while others may have the accumulator."""
    return e.state("lent", "False", static=True, rebinds=True)


def is_lent(by: Changing) -> str | None:
    """The variable that is True while others may have the accumulator; None where nobody can."""
    return _lent(by.e) if _may_be_lent(by) else None


def made_own(e: Emission, accumulator: str, by: Changing) -> Lines:
    """Lines, before a change of a variable's accumulator, that keep the change from those who were given it."""
    if not _may_be_lent(by):
        return []
    # The variable that `$name` reads is one more that has it.
    own = [*e.publish("None"), f"{accumulator} = {by.made_by(_OF_VARIABLE, accumulator)}", f"{_lent(e)} = False"]
    return [f"if {_lent(e)}:", *indented(own)]


def handed_on(e: Emission, accumulator: str, by: Changing, port: int = 0) -> Lines:
    """Lines that emit the accumulator at an output (by position)."""
    if not _may_be_lent(by):
        return [e.emit(accumulator, port)]
    lent, kept = _lent(e), e.kept(port)
    if kept == "True":
        return [f"{lent} = True", e.emit(accumulator, port)]
    # A fault keeps what it stopped at.
    before = e.local("before")
    after = before if kept == "False" else f"{before} or {kept}"
    return [f"{before}, {lent} = {lent}, True", e.emit(accumulator, port), f"{lent} = {after}"]


def lent_beside(e: Emission, result: str, by: Changing) -> Lines:
    """Lines for a pair that a function returned, of the accumulator and an item that may hold a part of it."""
    return [f"{_lent(e)} = {e.runtime('shares')}({result})"] if _may_be_lent(by) else []


def published(e: Emission, accumulator: str, by: Changing) -> Lines:
    """Lines that let `$name` read the accumulator; none where nobody does."""
    lines = e.publish(accumulator)
    return [*lines, f"{_lent(e)} = True"] if lines and _may_be_lent(by) else lines


# --- one for each key -----------------------------------------------------------------------------------------------


def groups_of(e: Emission) -> str:
    """The dict of the accumulators by key."""
    return e.state("groups", "{}", static=e.is_static() or e.is_mutable(), accumulates=True)


def made_own_by_key(e: Emission, groups: str, key: str, accumulator: str, by: Changing, role: str = "fresh") -> Lines:
    """Lines, before a change of a known key's accumulator, that keep the change from those who were given it."""
    if not _may_be_lent(by):
        return []
    fresh = fresh_keys(e, role)
    return [
        f"if {key} not in {fresh}:",
        f"    {accumulator} = {groups}[{key}] = {by.made_by(_OF_DICT, accumulator)}",
        f"    {fresh}.add({key})",
    ]


def noted_as_fresh(e: Emission, key: str, by: Changing, role: str = "fresh") -> Lines:
    """Lines that say that a new key's accumulator is the tick's own."""
    return [f"{fresh_keys(e, role)}.add({key})"] if _may_be_lent(by) else []


def fresh_keys(e: Emission, role: str) -> str:
    """The set of the keys whose accumulators are the tick's own."""
    return e.state(role, f"{e.runtime('set')}()", static=False)


def groups_emitted(e: Emission) -> Lines:
    """Lines that emit each key with its accumulator."""
    key, accumulator = e.local("key"), e.local("acc")
    pair = f"({key}, {accumulator})"
    return [f"for {key}, {accumulator} in {groups_of(e)}.items():", f"    {e.emit(pair)}"]
