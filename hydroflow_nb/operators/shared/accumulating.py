"""How operators hold accumulators and hand them on: what was emitted, or read by `$name`, stays as it was.

An accumulator is handed on without a copy: it is lent. Before it changes again, `engine.lending` makes it the
operator's own: by a copy, unless nothing refers to it any more.
"""

from __future__ import annotations

from hydroflow_nb.changing import Change
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.records import dataclass

# The functions that make an accumulator the operator's own, by what changes next; None: the function tells it.
_OF_VARIABLE = {Change.TOP: "own_top", Change.ANYTHING: "own", None: "own_for"}
_OF_DICT = {Change.TOP: "own_top_value", Change.ANYTHING: "own_value", None: "own_value_for"}
_OF_ITEM = {Change.TOP: "begun_top", Change.ANYTHING: "begun", None: "begun_for"}


@dataclass(frozen=True, kw_only=True)
class Changing:
    """What changes an accumulator: a function argument of an operator; without one, a merge of lattice values.

    `lasts`: it may have been handed on before, in an earlier tick or, where values grow, in this one. `begins_shared`:
    others may refer to its first value. `in_parts`: it may be a mapping; where a function changes a few parts of it,
    only these are copied.
    """

    e: Emission
    argument: int | None = None
    lasts: bool = True
    begins_shared: bool = False
    in_parts: bool = False

    @property
    def change(self) -> Change | None:
        """What it can change; None: as much as the function that a name stands for."""
        return Change.ANYTHING if self.argument is None else self.e.change(self.argument)

    def made_by(self, names: dict[Change | None, str], value: str) -> str:
        """A call of one of the engine's functions."""
        name = self.e.runtime(names[self.change])
        asked = f", {self.e.function(self.argument)}" if self.change is None and self.argument is not None else ""
        return f"{name}({value}{asked})"


def changing(
    e: Emission, argument: int, *, lasts: bool, begins_shared: bool = False, in_parts: bool = False
) -> Changing:
    """What a function argument does to accumulators. `lasts`: these are kept from tick to tick."""
    return Changing(e=e, argument=argument, lasts=lasts, begins_shared=begins_shared, in_parts=in_parts)


def begun_with(by: Changing, item: str) -> str:
    """An item as the accumulator that it becomes: the item may belong to others as well."""
    return item if by.change is Change.NOTHING else by.made_by(_OF_ITEM, item)


# --- one accumulator ------------------------------------------------------------------------------------------------


def _may_be_lent(by: Changing) -> bool:
    # An accumulator of one tick is complete before it is handed on.
    return by.change is not Change.NOTHING and (by.begins_shared or (by.lasts and by.e.is_read()))


def _lent(e: Emission) -> str:
    """The variable that is True while others may refer to the accumulator."""
    return e.state("lent", "False", static=True, rebinds=True)


def is_lent(by: Changing) -> str | None:
    """The variable that is True while others may refer to the accumulator; None if no one can."""
    return _lent(by.e) if _may_be_lent(by) else None


def made_own(e: Emission, accumulator: str, by: Changing) -> Lines:
    """Lines, before a change of a variable's accumulator, that keep the change from readers of the old value."""
    if not _may_be_lent(by):
        return []
    # The variable that `$name` reads refers to it as well.
    own = [*e.publish("None"), f"{accumulator} = {by.made_by(_OF_VARIABLE, accumulator)}", f"{_lent(e)} = False"]
    return [f"if {_lent(e)}:", *indented(own)]


def called(e: Emission, accumulator: str, by: Changing, item: Item) -> tuple[Lines, str]:
    """A call of a function that changes a variable's accumulator; the lines before it keep the change from readers of
    the old value.
    """
    assert by.argument is not None
    if not _is_lent_in_parts(by):
        return made_own(e, accumulator, by), e.call(by.argument, accumulator, item)
    is_named = by.change is None
    initial = f"{e.runtime('parts_apart')}({accumulator})"
    fresh, apart = _fresh_parts(e), e.state("apart", initial, static=True, rebinds=is_named)
    lines: Lines
    if is_named:
        name, function = item.name, e.function(by.argument)
        known = e.state("known", "None", static=True, rebinds=True)
        # A name may be bound anew, to a function that makes one object of two parts.
        lines = [
            f"if {known} is not {function}:",
            f"    {apart}, {known} = {e.runtime('keys_known')}({apart}, {known}, {function}), {function}",
        ]
        call = e.call(by.argument, accumulator, item)
        own = f"{e.runtime('own_parts_for')}({accumulator}, {fresh}, {apart}, {function}, {name})"
    else:
        lines, call, keys = e.call_in_parts(by.argument, accumulator, item)
        own = f"{e.runtime('own_parts')}({accumulator}, {fresh}, {apart}, {keys})"
    return [*lines, *_made_own_in_parts(e, accumulator, own)], call


def made_own_for_merge(e: Emission, accumulator: str, by: Changing, delta: str) -> Lines:
    """Lines, before a merge into a variable's lattice value, that keep the change from readers of the old value."""
    if not _is_lent_in_parts(by):
        return made_own(e, accumulator, by)
    return _made_own_in_parts(e, accumulator, f"{e.runtime('own_merged')}({accumulator}, {_fresh_parts(e)}, {delta})")


def _made_own_in_parts(e: Emission, accumulator: str, own: str) -> Lines:
    touched = e.local("touched")
    # In this order: an interrupt between the two leaves a part to be looked at again.
    found = [
        *e.publish("None"),
        f"{accumulator}, {_lent(e)}, {touched} = {own}",
        f"{_fresh_parts(e)}.update({touched})",
    ]
    return [f"if {_lent(e)}:", *indented(found)]


def _is_lent_in_parts(by: Changing) -> bool:
    return by.in_parts and (by.argument is None or by.e.changes_parts(by.argument)) and _may_be_lent(by)


def _fresh_parts(e: Emission) -> str:
    """The set of the keys of the parts that are the operator's own since the accumulator was lent."""
    return e.state("fresh", f"{e.runtime('set')}()", static=True)


def _lend(e: Emission, by: Changing) -> Lines:
    """Lines that say that others may refer to the accumulator from now on; empty if no one can."""
    if not _may_be_lent(by):
        return []
    return [*([f"{_fresh_parts(e)}.clear()"] if _is_lent_in_parts(by) else []), f"{_lent(e)} = True"]


def handed_on(e: Emission, accumulator: str, by: Changing, port: int = 0) -> Lines:
    """Lines that emit the accumulator at an output (by position)."""
    lend, kept = _lend(e, by), e.kept(port)
    if not lend or kept == "True":
        return [*lend, e.emit(accumulator, port)]
    # A fault keeps what it stopped at.
    before = e.local("before")
    after = before if kept == "False" else f"{before} or {kept}"
    return [f"{before} = {_lent(e)}", *lend, e.emit(accumulator, port), f"{_lent(e)} = {after}"]


def lent_beside(e: Emission, result: str, by: Changing) -> Lines:
    """Lines for a pair that a function returned, of the accumulator and an item that may hold a part of it."""
    return [f"{_lent(e)} = {e.runtime('shares')}({result})"] if _may_be_lent(by) else []


def published(e: Emission, accumulator: str, by: Changing) -> Lines:
    """Lines that let `$name` read the accumulator; empty if no operator does."""
    lines = e.publish(accumulator)
    return [*lines, *_lend(e, by)] if lines else lines


# --- one for each key -----------------------------------------------------------------------------------------------


def groups_of(e: Emission) -> str:
    """The dict of the accumulators by key."""
    return e.state("groups", "{}", static=e.is_static() or e.is_mutable(), accumulates=True)


def made_own_by_key(e: Emission, groups: str, key: str, accumulator: str, by: Changing, role: str = "fresh") -> Lines:
    """Lines, before a change of a known key's accumulator, that keep the change from readers of the old value."""
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
    """The set of the keys whose accumulators are this tick's own."""
    return e.state(role, f"{e.runtime('set')}()", static=False)


def noted_as_touched(e: Emission, key: str) -> Lines:
    """Lines that note a key whose accumulator is emitted where only those are that something has come to."""
    return [f"{_touched(e)}[{key}] = None"] if e.spares() else []


def _touched(e: Emission) -> str:
    return e.state("touched", "{}", static=False)


def groups_emitted(e: Emission) -> Lines:
    """Lines that emit each key with its accumulator."""
    groups, key, accumulator = groups_of(e), e.local("key"), e.local("acc")
    pair = f"({key}, {accumulator})"
    found = f"{groups}.items()"
    if e.spares():
        found = f"{groups}.items() if {e.replay} else [({key}, {groups}[{key}]) for {key} in {_touched(e)}]"
    return [f"for {key}, {accumulator} in {found}:", f"    {e.emit(pair)}"]
