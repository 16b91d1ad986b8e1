"""How the joins work: which side is looked up in, what is remembered, and what is new in a later run of a tick.

There are two ways. Where one side is of this tick only and the other one is complete before it flows, the latter is
indexed and the former streams by: that is the loop one would write by hand. Otherwise both sides are collected, then
matched: all with all in a tick's first run, in later runs of a cycle only what is new. (Wilschut and Apers, Dataflow
query execution in a parallel main-memory environment, 1991: the symmetric hash join.)

Where each side is a set, its values need equality only: they are put into a dict as long as they can be hashed, and
what cannot goes to the engine, which compares it with the other values of its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydroflow_nb.operators.record.emission import Emission, Item, Lines, indented
from hydroflow_nb.operators.record.holding import Form, Holding, as_list, by_key

SIDES = ("0", "1")

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
        roles = zip(("lhs", "rhs"), SIDES, strict=True)
        if self.keyed:
            return tuple(Holding(role=role, name=side, form=Form.GROUPS, read=by_key) for role, side in roles)
        form = Form.DISTINCT if self.distinct else Form.ITEMS
        return tuple(Holding(role=role, name=side, form=form, read=as_list) for role, side in roles)

    def _index(self, e: Emission, side: int) -> str:
        """The values of a side: by key a dict (set semantics, in order of arrival) or a list; without keys the same."""
        empty = "{}" if self.keyed or self._is_distinct(e) else "[]"
        # A set without keys becomes another one where an item comes that cannot be hashed.
        rebinds = not self.keyed and self._is_distinct(e)
        return e.state("lhs" if side == 0 else "rhs", empty, static=e.is_static(side), rebinds=rebinds, port=side)

    def _keys_only(self, e: Emission, side: int) -> bool:
        """True where a side that is looked up in has keys alone: all its values are `()`."""
        return self.keyed and self._is_distinct(e) and self._probe(e) == 1 - side and e.unit_values(SIDES[side])

    def _keys(self, e: Emission, side: int) -> str:
        role = "lhs" if side == 0 else "rhs"
        return e.state(role, f"{e.runtime('set')}()", static=e.is_static(side), port=side)

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
        if self._is_distinct(e):
            return [
                "try:",
                f"    {values} = {index}.get({key})",
                f"    if {values} is None:",
                f"        {index}[{key}] = {{{value}: None}}",
                "    else:",
                f"        {values}[{value}] = None",
                f"except {e.runtime('TypeError')}:",
                f"    {e.runtime('put_equal')}({index}, {key}, {value})",
            ]
        return [
            f"{values} = {index}.get({key})",
            f"if {values} is None:",
            f"    {index}[{key}] = [{value}]",
            "else:",
            f"    {values}.append({value})",
        ]

    # --- receiving -------------------------------------------------------------------------------------------------

    def receive(self, e: Emission, port: str, item: Item) -> Lines:
        """Lines for an item of either side."""
        probe, side = self._probe(e), SIDES.index(port)
        if probe == side:
            return self._stream(e, side, item)
        if probe is None and e.replay is not None:
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
        if probe is None and e.replay is not None:
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
            f"{matches} = {other}.get({key})",
            f"if {matches} is not None:",
            f"    for {match} in {matches}:",
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
        lefts, rights, key = e.local("lefts"), e.local("rights"), e.local("key")
        if e.replay is None:
            lhs, rhs = self._index(e, 0), self._index(e, 1)
            if not self.keyed:
                return [
                    f"for {left} in {lhs}:",
                    f"    for {right} in {rhs}:",
                    f"        {e.emit(f'({left}, {right})')}",
                ]
            return [
                f"for {key}, {lefts} in {lhs}.items():",
                f"    {rights} = {rhs}.get({key})",
                f"    if {rights} is not None:",
                f"        for {left} in {lefts}:",
                f"            for {right} in {rights}:",
                f"                {e.emit(f'({key}, ({left}, {right}))')}",
            ]
        # Groups of matches are put together first, so that the code downstream stands here once.
        groups = e.local("groups")
        function = f"{'keyed' if self.keyed else 'crossed'}_{'distinct' if self._is_distinct(e) else 'multiset'}_groups"
        news = [e.scratch(f"new_{side}", "[]") for side in (0, 1)]
        sides = [self._index(e, side) for side in (0, 1)]
        found = f"{e.runtime(function)}({', '.join([*sides, *news])}, {self._replays(e, news)})"
        rebinds = self._is_distinct(e) and not self.keyed
        lines = [f"{', '.join([*sides, groups])} = {found}" if rebinds else f"{groups} = {found}"]
        if not self.keyed:
            return [
                *lines,
                f"for {lefts}, {rights} in {groups}:",
                f"    for {left} in {lefts}:",
                f"        for {right} in {rights}:",
                f"            {e.emit(f'({left}, {right})')}",
            ]
        return [
            *lines,
            f"for {key}, {lefts}, {rights} in {groups}:",
            f"    for {left} in {lefts}:",
            f"        for {right} in {rights}:",
            f"            {e.emit(f'({key}, ({left}, {right}))')}",
        ]
