"""A function of a call, judged: by its text, by its class, by what is declared of it, or not at all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cached_property
from types import FunctionType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness import forms, listing, shapes
from hydroflow_nb.correctness.forms import UNKNOWN, FoldLaws
from hydroflow_nb.correctness.places import places_in_result
from hydroflow_nb.correctness.written import MISSING, Written, given, is_one_of, of_value, written
from hydroflow_nb.expressions import Closure
from hydroflow_nb.item_paths import Path
from hydroflow_nb.lattices import Bimorphism, deep_reveal
from hydroflow_nb.lattices.laws import declared
from hydroflow_nb.lattices.morphisms import Morphism
from hydroflow_nb.operators.rules.content import Sense
from hydroflow_nb.operators.rules.rule import Law
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whether a law holds, None where that cannot be told, and how it is known."""

    holds: bool | None
    how: str


class Function:
    """A function of a call, with the names of the notebook. What is found out is kept: it is read once for all."""

    def __init__(
        self, argument: expressions.Argument, names: Mapping[str, Any], begin: Any = UNKNOWN, value: Any = MISSING
    ) -> None:
        self.argument = argument
        # What the accumulator begins with, for a function that folds.
        self.begin = begin
        # On how many items a law of it was tried that held for all of them.
        self.tried = 0
        self._names = names
        self._value = value
        self._known: dict[Law, Known] = {}

    @property
    def value(self) -> Any:
        """What the argument stands for where it is a name; MISSING where it is not."""
        return self._value if self._value is not MISSING else given(self.argument, self._names)

    @cached_property
    def text(self) -> Written | None:
        """The function as it is written; None where that is more than one expression, or there is no source."""
        return written(self.argument, self._names) if self._value is MISSING else of_value(self._value)

    @cached_property
    def fold(self) -> FoldLaws:
        """Its laws as a function that folds."""
        return forms.laws_of(self.text, self.value, self.begin)

    @cached_property
    def declared(self) -> frozenset[str]:
        """What was declared of it, or of the function that it only calls."""
        handed = shapes.handed_on_to(self.text) if self.text is not None else None
        return declared(self.value) | declared(handed)

    def known(self, law: Law) -> Known:
        """Whether it keeps to a law."""
        found = self._known.get(law)
        if found is None:
            found = self._known[law] = self._find(law)
        return found

    def refute(self, law: Law) -> None:
        """A counterexample was found: the law does not hold, whatever was said."""
        self._known[law] = Known(holds=False, how="refuted")

    def _find(self, law: Law) -> Known:
        if law.is_of_fold:
            return Known(holds=getattr(self.fold, law.value), how=self.fold.how)
        if law.value in self.declared:
            return Known(holds=True, how="declared")
        if law is Law.MONOTONE and isinstance(self.value, _MORPHISMS):
            return Known(holds=True, how="by class")
        if self.text is None or shapes.handed_on_to(self.text) is not None:
            return Known(holds=None, how="")
        if law is Law.THRESHOLD:
            return Known(holds=shapes.is_threshold(self.text), how="by form")
        return Known(holds=False, how="by form")


_MORPHISMS: Final = (Morphism, Bimorphism)


def _is_revealing(value: Any) -> bool:
    """Whether a name stands for what reveals a lattice value: `deep_reveal`, `MapUnion.reveal`."""
    return value is deep_reveal or (isinstance(value, FunctionType) and value.__name__ in shapes.REVEALING)


class UnderAssumption:
    """A function as a rule sees it, while what is unknown is taken for false or for true."""

    def __init__(self, function: Function, assumed: bool) -> None:
        self.of = function
        self._assumed = assumed
        self.asked: dict[Law, None] = {}

    @property
    def words(self) -> str:
        """What it does, behind an operator's name."""
        return self.of.fold.words

    @property
    def keeps_first(self) -> bool:
        """True where the first item stays."""
        return self.of.fold.keeps_first

    @property
    def is_lattice(self) -> bool:
        """True where items are merged into a lattice value."""
        return self.of.fold.is_lattice

    @property
    def ignores_item(self) -> bool:
        """True where the result does not depend on the item."""
        return self.of.text is not None and shapes.ignores_item(self.of.text)

    @property
    def ignores_value(self) -> bool:
        """True where the result depends on the key of a pair alone."""
        return self.of.text is not None and shapes.ignores_value(self.of.text)

    @property
    def keeps_item(self) -> bool:
        """True where the whole item can be told from the result."""
        return self.of.text is not None and shapes.keeps_item(self.of.text)

    @property
    def gives_set(self) -> bool:
        """True where the result is a set."""
        if is_one_of(self.of.value, set, frozenset):
            return True
        return self.of.text is not None and shapes.gives_set(self.of.text)

    @property
    def gives_list(self) -> bool:
        """True where the result is written as a list."""
        return self.of.text is not None and shapes.gives_list(self.of.text)

    @property
    def is_display(self) -> bool:
        """True where it only wraps what it is given."""
        return self.of.text is not None and not self.reveals and shapes.is_display(self.of.text)

    @property
    def takes_apart(self) -> bool:
        """True where it looks into its item, or into the value of a pair."""
        return self.of.text is None or shapes.takes_apart(self.of.text)

    @property
    def takes_pair_apart(self) -> bool:
        """True where it looks at the two parts of its item."""
        return self.of.text is not None and shapes.takes_pair_apart(self.of.text)

    @property
    def calls(self) -> bool:
        """True where it calls something."""
        return self.of.text is not None and shapes.calls(self.of.text)

    @property
    def keeps_key(self) -> bool:
        """True where it makes a pair of a pair, with the same key."""
        return self.of.text is not None and shapes.keeps_key(self.of.text)

    @property
    def needs(self) -> frozenset[Sense]:
        """The senses in which a value has to grow, so that what passes once passes for ever."""
        if self.of.text is None or Law.THRESHOLD.value in self.of.declared:
            return frozenset({Sense.COMPARES})
        return shapes.needs_of_threshold(self.of.text)

    @property
    def senses(self) -> frozenset[Sense]:
        """The senses in which the accumulator grows, if it does."""
        return self.of.fold.senses

    @property
    def reveals(self) -> bool:
        """True where the result is what a lattice value reveals."""
        if _is_revealing(self.of.value):
            return True
        return self.of.text is not None and shapes.reveals(self.of.text)

    def lists(self, *, keyed: bool, prints: bool) -> bool:
        """Whether the result shows in which order a value is iterated."""
        if self.of.text is None:
            return listing.is_lister(self.of.value, prints=prints)
        return listing.lists(self.of.text, keyed=keyed, prints=prints)

    def carries(self, *, keyed: bool) -> bool:
        """Whether the result may hold the value itself."""
        return self.of.text is None or listing.carries(self.of.text, keyed=keyed)

    @property
    def may_scatter(self) -> bool:
        """True where the accumulator may be a set or a dict."""
        return self.of.begin is UNKNOWN or _scatters(self.of.begin)

    @property
    def gathers(self) -> bool:
        """True where the result is a set or a dict of what is in a collection."""
        if is_one_of(self.of.value, set, frozenset, dict):
            return True
        return self.of.text is not None and shapes.gathers(self.of.text)

    @property
    def tells_kinds_apart(self) -> bool:
        """True where the result depends on the item's class alone."""
        return self.of.text is not None and shapes.tells_kinds_apart(self.of.text)

    def places(
        self, keys: frozenset[Path], *, apart: bool = False, drops: bool = False, port: str = ""
    ) -> frozenset[Path]:
        """Where parts of the item stand in what is made of it, as far as its text shows that."""
        if self.of.text is None:
            return frozenset()
        return places_in_result(self.of.text, keys, apart=apart, drops=drops, port=port)

    def has(self, law: Law) -> bool:
        """Whether it keeps to a law; that it rises is never assumed, for it makes a promise stronger in two ways."""
        self.asked[law] = None
        holds = self.of.known(law).holds
        return (self._assumed and law is not Law.RISES) if holds is None else holds

    def is_known(self, law: Law) -> bool:
        """Whether it can be told if it keeps to a law."""
        return self.of.known(law).holds is not None


def _scatters(begin: Any) -> bool:
    return isinstance(begin, set | frozenset | dict) or (isinstance(begin, tuple) and any(map(_scatters, begin)))


def beginning(argument: expressions.Argument, names: Mapping[str, Any], filename: str) -> Any:
    """What a function without parameters gives, for an accumulator to begin with; UNKNOWN where it raises, or reads a
    state.
    """
    if argument.references:
        return UNKNOWN
    node = argument.body if isinstance(argument, Closure) else argument.node
    try:
        value = eval(compile(ast.Expression(body=node), filename, "eval"), dict(names))
    except Exception:  # what it raises is told where the flow is loaded
        return UNKNOWN
    return value if isinstance(argument, Closure) else begun(value)


def begun(begin: Callable[[], Any]) -> Any:
    """What a function gives for an accumulator to begin with; UNKNOWN where it raises."""
    try:
        return begin()
    except Exception:  # what it raises is told where the flow runs
        return UNKNOWN
