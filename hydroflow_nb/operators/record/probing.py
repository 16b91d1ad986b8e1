"""A record's rule, asked by itself: what an operator gives for inputs of each kind, with functions that keep to laws.

The manual's words are made from the answers. A flow's types come from the same rules, in `correctness/inference.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import field, replace
from enum import Enum
from itertools import combinations
from typing import Final

from hydroflow_nb.item_paths import Path
from hydroflow_nb.operators.record.facts import LooksUp
from hydroflow_nb.operators.record.operator import ArgumentKind, Operator, Persistence
from hydroflow_nb.operators.rules.content import (
    EVERY_SENSE,
    Cause,
    Content,
    Copies,
    Holds,
    ItemOrder,
    Loss,
    Place,
    Sense,
    Time,
    normal,
)
from hydroflow_nb.operators.rules.rule import EVERY, READ, Differences, Law
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread
from hydroflow_nb.records import dataclass

# What a function that is not known is said to do.
WORDS: Final = "a function"
_PLACE: Final = Place(0)


class Kind(Enum):
    """What comes into each input. `ONCE`: all in the first tick. `VALUE`: a value that comes in every tick."""

    STREAM = "a stream"
    VIEW = "a view"
    VALUE = "a value that grows"
    ONCE = "what comes in the first tick"

    @property
    def content(self) -> Content:
        """Its type: whole, in order, and each item as often in every run."""
        return _CONTENTS[self]


_CONTENTS: Final[Mapping[Kind, Content]] = {
    Kind.STREAM: Content(time=Time.STREAM),
    Kind.VIEW: Content(time=Time.GROWING),
    Kind.VALUE: Content(time=Time.GROWING, copies=Copies.DISTINCT, shape=Holds.VALUE),
    Kind.ONCE: Content(time=Time.ONCE),
}
# What `$name` reads: what came in a tick, or a lattice value that grows.
_READ_STREAM: Final = Content(time=Time.STREAM)
_READ_STATE: Final = Content(time=Time.GROWING, copies=Copies.DISTINCT, shape=Holds.LATTICE)


class Weaker(Enum):
    """In what an input is not the same in every run."""

    ORDER = "the order may differ"
    COPIES = "items may come again"
    LOSS = "items may be lost"

    def of(self, content: Content) -> Content:
        """The type of what is weaker in this."""
        match self:
            case Weaker.ORDER:
                return content.but(order=ItemOrder.ANY)
            case Weaker.COPIES:
                return content.but(copies=Copies.REPEATS)
            case Weaker.LOSS:
                return content.but(loss=Loss.PART)

    def is_in(self, content: Content) -> bool:
        """Whether a type is weaker in this."""
        match self:
            case Weaker.ORDER:
                return not content.is_ordered
            case Weaker.COPIES:
                return content.repeats
            case Weaker.LOSS:
                return content.is_part


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A function of which nothing is known but the laws that it keeps to."""

    laws: Set[Law]
    asked: set[Law]
    # Its text shows that it hands on the key by which items are split.
    shows_key: bool
    words: str = WORDS
    ignores_item: bool = False
    ignores_value: bool = False
    keeps_item: bool = False
    gives_set: bool = False
    gives_list: bool = False
    is_display: bool = False
    takes_apart: bool = False
    takes_pair_apart: bool = False
    calls: bool = False
    keeps_key: bool = False
    needs: Set[Sense] = frozenset()
    reveals: bool = False
    gathers: bool = False
    tells_kinds_apart: bool = False
    keeps_first: bool = False
    is_lattice: bool = False
    senses: frozenset[Sense] = EVERY_SENSE
    may_scatter: bool = False

    def lists(self, *, keyed: bool, prints: bool) -> bool:
        """Whether the result shows in which order a value is iterated: it does not."""
        return False

    def carries(self, *, keyed: bool) -> bool:
        """Whether the result may hold the value itself."""
        return True

    def places(
        self, keys: frozenset[Path], *, apart: bool = False, drops: bool = False, port: str = ""
    ) -> frozenset[Path]:
        """Where parts of the item stand in what is made of it: where they stood, or at no place that is known."""
        return keys if self.shows_key else frozenset()

    def has(self, law: Law) -> bool:
        """Whether it keeps to a law."""
        self.asked.add(law)
        return law in self.laws

    def is_known(self, law: Law) -> bool:
        """Whether it can be told if it keeps to a law."""
        return True


@dataclass(frozen=True, kw_only=True)
class Probe:
    """An operator between inputs of one kind, as its rule sees it.

    `weaker`: in what an input is weaker, and its port. `beside`: the port of an input that is complete in the first
    tick and held as `'static`, or is a view where the operator has no persistence; the others are of the kind.
    """

    operator: Operator
    kind: Kind
    persistence: Persistence | None = None
    laws: frozenset[Law] = frozenset()
    weaker: tuple[Weaker, str] | None = None
    beside: str | None = None
    differences: Differences = field(default_factory=Differences)
    # Where the key is by which the items of an input are split among shards; each shard has all of the others.
    split: Mapping[str, Path] = field(default_factory=dict)
    shows_key: bool = False
    asked: set[Law] = field(default_factory=set, compare=False)
    is_closed: bool = False
    is_in_cycle: bool = False
    collects: bool = True
    type_name: str = ""

    @property
    def ports(self) -> Sequence[str]:
        """The ports of its inputs; those without names are told apart by their number."""
        if self.operator.input_ports:
            return self.operator.input_ports
        arity = self.operator.inputs
        count = max(arity.least, arity.usual) if arity.most != 0 else 0
        return ("",) if count <= 1 and arity.most != 0 else tuple(str(number) for number in range(count))

    @property
    def inputs(self) -> Sequence[tuple[str, Content]]:
        """The types of the edges that lead to it, each with its port."""
        return [(port, self.input(port)) for port in self.ports]

    def input(self, port: str = "") -> Content:
        """The type of the edge into a port."""
        content = self.kind.content
        if port == self.beside:
            content = (Kind.ONCE if self.operator.persistences else Kind.VIEW).content
        if self.weaker is not None and self.weaker[1] == port:
            content = self.weaker[0].of(content)
        return content

    @property
    def reads(self) -> Mapping[str, Content]:
        """The types of the states that its arguments read."""
        names = [one.name for one in self.operator.arguments if one.kind is ArgumentKind.EXPRESSION]
        # Beside inputs it reads what lattice values are merged into.
        content = _READ_STREAM if self.kind is Kind.STREAM and self.operator.inputs.most == 0 else _READ_STATE
        if self.weaker is not None and self.weaker[1] == READ:
            content = self.weaker[0].of(content)
        return dict.fromkeys(names, content)

    @property
    def spreads(self) -> Sequence[tuple[str, Spread]]:
        """How the items of each edge that leads to it are spread over shards."""
        return [(port, self.spread(port)) for port in self.ports]

    @property
    def read_spreads(self) -> Mapping[str, Spread]:
        """The same for the states that it reads."""
        return dict.fromkeys(self.reads, self.spread(READ))

    def spread(self, port: str = "") -> Spread:
        """How the items at a port are spread over shards."""
        return Spread(keys=frozenset({self.split[port]})) if port in self.split else EVERYWHERE

    @property
    def arriving(self) -> Spread:
        """How items from outside are spread over shards: by a key."""
        return Spread(keys=frozenset({()}))

    @property
    def output_ports(self) -> Sequence[str]:
        """The ports of the edges that lead away from it."""
        return self.operator.output_ports or ("",)

    @property
    def looks_up_keys(self) -> bool:
        """True where it looks items up by the keys of pairs."""
        return self.operator.facts.looks_up is LooksUp.KEY

    def is_static(self, port: str = "") -> bool:
        """Whether the input at a port is remembered for as long as the flow lives."""
        if self.beside is not None:
            return port == self.beside
        return self.persistence is Persistence.STATIC

    def is_mutable(self) -> bool:
        """Whether what it remembers may be taken back."""
        return self.persistence is Persistence.MUTABLE

    def function(self, position: int = 0) -> Plain:
        """One of its functions."""
        return Plain(laws=self.laws, asked=self.asked, shows_key=self.shows_key)

    def folding(self, position: int, begin: int | None) -> Plain:
        """A function that folds."""
        return Plain(laws=self.laws, asked=self.asked, shows_key=self.shows_key)

    def fused(self, position: int) -> Plain:
        """How a side of a fused join is aggregated."""
        return Plain(laws=self.laws, asked=self.asked, shows_key=self.shows_key)

    def is_literal_of_distinct(self, position: int) -> bool:
        """Whether an argument is a display of constants, no two of which are equal: that is not known."""
        return False

    def reads_members(self, name: str, *, counted: bool, keyed: bool) -> bool:
        """Whether its arguments only ask which items a state has: that is not known."""
        return False

    def united(self) -> Sequence[Content]:
        """The types of all that comes in."""
        return [content for _, content in self.inputs]

    def because(self, code: str, words: str, port: str = "") -> Cause:
        """The operator as a cause."""
        return Cause(code=code, place=_PLACE, port=port, words=words)

    def outputs(self) -> Mapping[str, Content]:
        """What its rule gives, by port."""
        return {port: normal(content) for port, content in self.operator.rule.outputs(self).items()}

    def works_in_shards(self) -> bool:
        """Whether the shards together give what the operator gives if it has all items."""
        return self.operator.rule.spreads(self) is not None

    def keeps_key(self) -> bool:
        """Whether it is known of what it gives by which key it is split."""
        return any(spread.keys for spread in (self.operator.rule.spreads(self) or {}).values())

    def gives(self, port: str = EVERY) -> Content:
        """What its rule gives at one port."""
        outputs = self.outputs()
        return outputs.get(port) or outputs[EVERY]

    def least_laws(self, port: str, accepts: Callable[[Content], bool]) -> frozenset[Law] | None:
        """The fewest laws which its functions have to keep to, for an output that is accepted; None if no laws do."""
        return next((laws for laws in self._laws(port) if accepts(replace(self, laws=laws).gives(port))), None)

    def _laws(self, port: str) -> Iterator[frozenset[Law]]:
        """All sets of the laws that the rule asks for, the smaller ones first."""
        asked: set[Law] = set()
        before = None
        while before != asked:
            before = set(asked)
            replace(self, laws=frozenset(asked), asked=asked).gives(port)
        ordered = [law for law in Law if law in asked]
        for count in range(len(ordered) + 1):
            yield from map(frozenset, combinations(ordered, count))
