"""How the joins work: which side is looked up in, what is remembered, and what is new in a later run of a tick.

There are two ways. Where one side is of this tick only and the other one is complete before it flows, the latter is
indexed and the former streams by: that is the loop one would write by hand. Otherwise both sides are collected, then
matched: all with all in a tick's first run, in later runs of a cycle only what is new. (Wilschut and Apers, Dataflow
query execution in a parallel main-memory environment, 1991: the symmetric hash join.)

Where items have keys, a side holds the value of a key itself, as most keys have one, and a container of them from the
second one on (`engine.sides`); what the user sends is never taken for such a container. Where a side is a set, its
values need equality only: the engine compares what cannot be hashed with the other values of its key.

Two `'static` sides match all again in every tick, by the keys that both have (`keys_of_both`).
"""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.holding import Form, Holding, as_list, by_key
from hydroflow_nb.operators.shared.keys_of_both import kept_keys, walked_side
from hydroflow_nb.records import dataclass

SIDES = ("0", "1")
ROLES = ("lhs", "rhs")

# The types that choose between a join's forms, as Hydroflow has them, and whether each side is a set in it.
STATES = {"HalfSetJoinState": True, "HalfMultisetJoinState": False}


@dataclass(frozen=True, kw_only=True)
class SymmetricJoin:
    """The emitter of a join. `keyed`: items are pairs of key and value, otherwise all match all; `distinct`: each side
    is a set, unless the call names another form.
    """

    keyed: bool
    distinct: bool

    def _is_distinct(self, e: Emission) -> bool:
        """True where each side is a set."""
        return STATES.get(e.type_name(0), self.distinct)

    def first_inputs(self, e: Emission) -> Sequence[str]:
        """The side that has to be complete before the other one streams by."""
        probe = self._probe(e)
        return () if probe is None else (SIDES[1 - probe],)

    def _probe(self, e: Emission) -> int | None:
        """The side that streams by; None where both are collected."""
        for side in (0, 1):
            if not e.is_static(side) and not e.recurrent(SIDES[1 - side]):
                return side
        return None

    # --- what is remembered ----------------------------------------------------------------------------------------

    @property
    def holds(self) -> tuple[Holding, ...]:
        """What each side holds."""
        roles = zip(ROLES, SIDES, strict=True)
        if self.keyed:
            return tuple(Holding(role=role, name=side, form=Form.GROUPS, read=by_key) for role, side in roles)
        form = Form.DISTINCT if self.distinct else Form.ITEMS
        grows = not self.distinct
        return tuple(Holding(role=role, name=side, form=form, read=as_list, grows=grows) for role, side in roles)

    def _index(self, e: Emission, side: int) -> str:
        """The values of a side: by key one of `engine.sides`; without keys a dict (set semantics, in order of arrival)
        or a list.
        """
        role, static, distinct = ROLES[side], e.is_static(side), self._is_distinct(e)
        if self.keyed:
            # A dict in the same form is enough for a tick, in which nobody else reads it.
            of_tick = not static and not self._is_matched_by_engine(e)
            return e.state(role, "{}" if of_tick else f"{_kind(e, distinct)}()", static=static, port=side)
        # A set becomes another one where an item comes that cannot be hashed.
        return e.state(role, "{}" if distinct else "[]", static=static, rebinds=distinct, port=side)

    def _keys_only(self, e: Emission, side: int) -> bool:
        """True where a side that is looked up in has keys alone: all its values are `()`."""
        return self.keyed and self._is_distinct(e) and self._probe(e) == 1 - side and e.unit_values(SIDES[side])

    def _keys(self, e: Emission, side: int) -> str:
        return e.state(ROLES[side], f"{e.runtime('set')}()", static=e.is_static(side), port=side)

    def _insert(self, e: Emission, side: int, key: str, value: str) -> Lines:
        """Lines that put an item into a side's index."""
        index, values = self._index(e, side), e.local("values")
        if not self.keyed:
            if not self._is_distinct(e):
                return [f"{index}.append({value})"]
            return [
                "try:",
                f"    {index}[{value}] = None",
                f"except {e.runtime('TypeError')}:",
                f"    {index} = {e.runtime('united')}({index}, [{value}])",
            ]
        if not self._is_distinct(e):
            return put_behind(e, index, key, value, self._several(e, side))
        kind, sides, missing = e.runtime("type"), _kind(e, distinct=True), e.runtime("MISSING")
        noted = noted_as_several(self._several(e, side))
        new, lines = named(e, value)
        return [
            *lines,
            "try:",
            f"    {values} = {index}.get({key}, {missing})",
            f"    if {kind}({values}) is {e.runtime('dict')}:",
            f"        {values}[{new}] = None",
            f"    elif {values} is {missing}:",
            f"        if {kind}({new}) in {e.runtime('DISTINCT')}:",
            *indented(indented(indented(noted))),
            f"            {index}[{key}] = {sides}.alone({new})",
            "        else:",
            f"            {index}[{key}] = {new}",
            f"    elif {e.runtime('len')}({values} := {{{values}: None, {new}: None}}) > 1:",
            *indented(indented(noted)),
            f"        {index}[{key}] = {values}",
            f"except {e.runtime('TypeError')}:",
            *indented(noted),
            f"    {sides}.put({index}, {key}, {new})",
        ]

    def _is_matched_by_engine(self, e: Emission) -> bool:
        """True where the engine puts the items of both sides in, and matches them: in all variants of the code alike,
        which go on from each other.
        """
        return self._probe(e) is None and e.replay is not None

    def _several(self, e: Emission, side: int) -> str:
        """The variable that is False as long as no key of a side can have several values."""
        return e.state(f"{ROLES[side]}_several", "False", static=e.is_static(side), rebinds=True, port=side)

    def _each(self, e: Emission, side: int, held: str) -> str:
        several = None if self._is_matched_by_engine(e) else self._several(e, side)
        return each_value(e, held, several, distinct=self._is_distinct(e))

    # --- receiving -------------------------------------------------------------------------------------------------

    def receive(self, e: Emission, port: str, item: Item) -> Lines:
        """Lines for an item of either side."""
        probe, side = self._probe(e), SIDES.index(port)
        if probe == side:
            return self._stream(e, side, item)
        if self._is_matched_by_engine(e):
            return [f"{e.scratch(f'new_{side}', '[]')}.append({item.name})"]
        if not self.keyed:
            return self._insert(e, side, "", item.name)
        key, value = item.pair()
        if self._keys_only(e, side):
            return [f"{self._keys(e, side)}.add({key})"]
        return self._insert(e, side, key, value)

    def receive_all(self, e: Emission, port: str, iterable: str) -> Lines | None:
        """Lines for many items of a side that is only collected."""
        probe, side = self._probe(e), SIDES.index(port)
        if probe == side:
            return None
        if self._is_matched_by_engine(e):
            return [f"{e.scratch(f'new_{side}', '[]')}.extend({iterable})"]
        if self.keyed:
            return None
        index = self._index(e, side)
        if not self._is_distinct(e):
            return [f"{index}.extend({iterable})"]
        return [f"{index} = {e.runtime('united')}({index}, {iterable})"]

    def _stream(self, e: Emission, side: int, item: Item) -> Lines:
        other = self._index(e, 1 - side)
        match = e.local("match")
        if not self.keyed:
            name = item.name
            lines = [f"for {match} in {other}:", f"    {e.emit(self._pair(side, name, match))}"]
            return self._if_new(e, name, lines)
        key, value = item.pair()
        if self._keys_only(e, 1 - side):
            pair = f"({key}, {self._pair(side, value, '()')})"
            lines = [f"if {key} in {self._keys(e, 1 - side)}:", f"    {e.emit(pair)}"]
            return self._if_new_pair(e, side, key, item, lines)
        matches = e.local("matches")
        lines = [
            f"{matches} = {other}.get({key}, {e.runtime('MISSING')})",
            f"if {matches} is not {e.runtime('MISSING')}:",
            f"    for {match} in {self._each(e, 1 - side, matches)}:",
            f"        {e.emit(f'({key}, {self._pair(side, value, match)})')}",
        ]
        return self._if_new_pair(e, side, key, item, lines) if self._is_distinct(e) else lines

    def _if_new_pair(self, e: Emission, side: int, key: str, item: Item, lines: Lines) -> Lines:
        # Items that are all `(key, ())` differ by their keys.
        if e.unit_values(SIDES[side]):
            return self._if_new(e, key, lines, hashable=True)
        return self._if_new(e, item.name, lines)

    def _if_new(self, e: Emission, name: str, lines: Lines, *, hashable: bool = False) -> Lines:
        """Lines that are skipped for an item that came before. `hashable`: the item is, or is an error."""
        if not self._is_distinct(e):
            return lines
        seen = e.state("seen", f"{e.runtime('set')}()", static=False, rebinds=not hashable)
        if hashable:
            return [f"if {name} not in {seen}:", f"    {seen}.add({name})", *indented(lines)]
        is_new = e.local("is_new")
        return [
            "try:",
            f"    {is_new} = {name} not in {seen}",
            f"    if {is_new}:",
            f"        {seen}.add({name})",
            f"except {e.runtime('TypeError')}:",
            f"    {seen}, {is_new} = {e.runtime('seen_equal')}({seen}, {name}, keyed={self.keyed})",
            f"if {is_new}:",
            *indented(lines),
        ]

    def _replays(self, e: Emission, news: Sequence[str]) -> str:
        """An expression that is True where all is matched with all: where an item cannot be put in, too, since that is
        found out in the order in which the items come then.
        """
        assert e.replay is not None
        if not self.keyed or not e.spares():
            return e.replay
        is_first = "" if e.first is None else f"{e.first} and "
        return f"{e.replay} or {is_first}not {e.runtime('are_keyed')}({', '.join(news)})"

    @staticmethod
    def _pair(side: int, mine: str, other: str) -> str:
        return f"({mine}, {other})" if side == 0 else f"({other}, {mine})"

    # --- producing -------------------------------------------------------------------------------------------------

    def produce(self, e: Emission) -> Lines:
        """Lines that match both sides where both were collected."""
        if self._probe(e) is not None:
            return []
        left, right = e.local("left"), e.local("right")
        if e.replay is None:
            lhs, rhs = self._index(e, 0), self._index(e, 1)
            if not self.keyed:
                return [
                    f"for {left} in {lhs}:",
                    f"    for {right} in {rhs}:",
                    f"        {e.emit(f'({left}, {right})')}",
                ]
            kept = kept_keys(e)
            if kept is not None:
                return self._each_group(e, f"{kept}.matches({lhs}, {rhs})")
            return self._each_group(e, f"{e.runtime('keyed_groups')}({lhs}, {rhs}, {(lhs, rhs)[walked_side(e)]})")
        # Groups of matches are put together first, so that the code downstream stands here once.
        groups = e.local("groups")
        function = f"{'keyed' if self.keyed else 'crossed'}_{'distinct' if self._is_distinct(e) else 'multiset'}_groups"
        news = [e.scratch(f"new_{side}", "[]") for side in (0, 1)]
        sides = [self._index(e, side) for side in (0, 1)]
        given = [*sides, *news, self._replays(e, news)]
        if self.keyed:
            given.append(kept_keys(e) or sides[walked_side(e)])
        found = f"{e.runtime(function)}({', '.join(given)})"
        rebinds = self._is_distinct(e) and not self.keyed
        lines = [f"{', '.join([*sides, groups])} = {found}" if rebinds else f"{groups} = {found}"]
        if not self.keyed:
            return [
                *lines,
                f"for {e.local('lefts')}, {e.local('rights')} in {groups}:",
                f"    for {left} in {e.local('lefts')}:",
                f"        for {right} in {e.local('rights')}:",
                f"            {e.emit(f'({left}, {right})')}",
            ]
        return [*lines, *self._each_group(e, groups)]

    def _each_group(self, e: Emission, groups: str) -> Lines:
        key, left, right = e.local("key"), e.local("left"), e.local("right")
        lefts, rights = e.local("lefts"), e.local("rights")
        return [
            f"for {key}, {lefts}, {rights} in {groups}:",
            f"    for {left} in {self._each(e, 0, lefts)}:",
            f"        for {right} in {self._each(e, 1, rights)}:",
            f"            {e.emit(f'({key}, ({left}, {right}))')}",
        ]


def _kind(e: Emission, distinct: bool) -> str:
    """The class of a side, whose methods take a dict in the same form as well."""
    return e.runtime("DistinctSide" if distinct else "MultisetSide")


def named(e: Emission, value: str) -> tuple[str, Lines]:
    """A variable for a value that is read several times, and the lines that bind it where it is none yet."""
    if value.isidentifier():
        return value, []
    return e.local("arrived"), [f"{e.local('arrived')} = {value}"]


def noted_as_several(several: str | None) -> Lines:
    """Lines that note that a key may have several values."""
    return [] if several is None else [f"{several} = True"]


def put_behind(e: Emission, side: str, key: str, value: str, several: str | None) -> Lines:
    """Lines that put a value into a `MultisetSide`; `several` is set where a key may have several values then."""
    values, kind = e.local("values"), e.runtime("type")
    new, lines = named(e, value)
    return [
        *lines,
        f"{values} = {side}.get({key}, {e.runtime('MISSING')})",
        f"if {kind}({values}) is {e.runtime('list')}:",
        f"    {values}.append({new})",
        f"elif {values} is {e.runtime('MISSING')} and {kind}({new}) is not {e.runtime('list')}:",
        f"    {side}[{key}] = {new}",
        "else:",
        *indented(noted_as_several(several)),
        f"    {_kind(e, distinct=False)}.append({side}, {key}, {new})",
    ]


def each_value(e: Emission, held: str, several: str | None, *, distinct: bool) -> str:
    """What to go through for the values of a key, of a variable for what a side holds for it."""
    kinds = f"in {e.runtime('DISTINCT')}" if distinct else f"is {e.runtime('list')}"
    noted = "" if several is None else f"{several} and "
    return f"{held} if {noted}{e.runtime('type')}({held}) {kinds} else ({held},)"
