"""What a rule is, what it sees of an operator's place in a flow, and of the functions that the operator is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol, dataclass_transform

from hydroflow_nb.item_paths import Path
from hydroflow_nb.operators.rules.content import Cause, Content, Sense
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread
from hydroflow_nb.records import dataclass

# The port of a rule's outcome that stands for every other output, and for what `$name` reads.
EVERY: Final = "*"
READ: Final = "$"
# The outputs of an operator that holds a state: the state itself, and the items that changed it.
ITEMS: Final = "items"
STATE: Final = "state"


class Law(StrEnum):
    """What a function may keep to.

    Of one that folds: the order of the items does not matter (`commutes`), an item that comes again does not
    (`forgives`), the result never falls (`rises`). Of one that maps or filters a value that grows: a greater value
    gives a greater result (`monotone`), what passed once passes for ever (`threshold`), a value that passed never
    changes again (`freezes`).
    """

    COMMUTES = "commutes"
    FORGIVES = "forgives"
    RISES = "rises"
    MONOTONE = "monotone"
    THRESHOLD = "threshold"
    FREEZES = "freezes"

    @property
    def is_of_fold(self) -> bool:
        """True for a law of functions that fold."""
        return self in (Law.COMMUTES, Law.FORGIVES, Law.RISES)


@dataclass(frozen=True, kw_only=True)
class Differences:
    """In what the runs that are compared may differ; where ticks end always may. With `shard` the items of the inputs
    are split among copies of the flow by the key that this path leads to, and the outputs of the copies are united.
    """

    order: bool = False
    duplication: bool = False
    loss: bool = False
    replication: bool = False
    shard: Path | None = None

    def happens_in(self, surroundings: Differences) -> bool:
        """Whether surroundings have one of these differences, too."""
        return any(_has(self, one.name) and _has(surroundings, one.name) for one in fields(self))


def together(*several: Differences) -> Differences:
    """All differences at once; of several keys to split items by the first one."""
    found = {
        one.name: [getattr(each, one.name) for each in several if _has(each, one.name)] for one in fields(Differences)
    }
    return Differences(**{name: values[0] for name, values in found.items() if values})


def _has(differences: Differences, name: str) -> bool:
    return getattr(differences, name) not in (False, None)


class Judged(Protocol):
    """A function of a call, as far as its text tells, for the items that it is given."""

    @property
    def words(self) -> str:
        """What it does, as said behind an operator's name: "a sum", "a list"."""

    @property
    def ignores_item(self) -> bool:
        """True where the result does not depend on the item."""

    @property
    def ignores_value(self) -> bool:
        """True where the result depends on the key of a pair alone."""

    @property
    def keeps_item(self) -> bool:
        """True where the whole item can be told from the result, so that different items give different results."""

    @property
    def gives_set(self) -> bool:
        """True where the result is a set, which has no order that is the same in every run."""

    @property
    def gives_list(self) -> bool:
        """True where the result is written as a list or a tuple, so that its parts have an order."""

    @property
    def is_display(self) -> bool:
        """True where it only wraps what it is given, and so is monotone in each part."""

    @property
    def takes_apart(self) -> bool:
        """True where it looks into its item, or into the value of a pair."""

    @property
    def takes_pair_apart(self) -> bool:
        """True where it looks at the two parts of its item."""

    @property
    def calls(self) -> bool:
        """True where it calls something, so that the result may be compared in another way than the item is."""

    @property
    def keeps_key(self) -> bool:
        """True where it makes a pair of a pair, with the same key."""

    @property
    def needs(self) -> Set[Sense]:
        """The senses in which a value has to grow, so that what passes once passes for ever."""

    @property
    def reveals(self) -> bool:
        """True where the result is what a lattice value reveals."""

    def lists(self, *, keyed: bool, prints: bool) -> bool:
        """Whether the result shows in which order a value is iterated, such as a set; where `keyed`, that of a pair.
        `prints`: a text of the value shows it too.
        """

    def carries(self, *, keyed: bool) -> bool:
        """Whether the result may hold the value itself; that of a function that cannot be read may."""

    @property
    def gathers(self) -> bool:
        """True where the result is a set or a dict of what is in a collection: each of its items, or one by its key,
        and what is made of it alone.
        """

    @property
    def tells_kinds_apart(self) -> bool:
        """True where the result depends on the item's class alone."""

    def places(
        self, keys: frozenset[Path], *, apart: bool = False, drops: bool = False, port: str = ""
    ) -> frozenset[Path]:
        """Where parts of the item stand in what is made of it, as far as its text shows that. `apart`: it gives an
        iterable of items. `drops`: None stands for no item. `port`: what it gives to that output.
        """

    def has(self, law: Law) -> bool:
        """Whether it keeps to a law. What cannot be told is taken for what the check assumes at the moment."""

    def is_known(self, law: Law) -> bool:
        """Whether it can be told if it keeps to a law."""


class Folding(Judged, Protocol):
    """A function that folds, together with what its accumulator begins with."""

    @property
    def keeps_first(self) -> bool:
        """True where the first item stays, whatever comes behind it."""

    @property
    def is_lattice(self) -> bool:
        """True where the accumulator is a lattice value that items are merged into."""

    @property
    def may_scatter(self) -> bool:
        """True where the accumulator may be a set or a dict, which may be iterated in the order in which items came."""

    @property
    def senses(self) -> frozenset[Sense]:
        """The senses in which the accumulator grows, if it does."""


class RuleView(Protocol):
    """An operator at its place in a flow, as its rule sees it."""

    @property
    def differences(self) -> Differences:
        """In what the runs differ."""

    @property
    def is_closed(self) -> bool:
        """True where the flow has one tick, and nothing comes from outside."""

    @property
    def is_in_cycle(self) -> bool:
        """True where what the operator gives may come back to it."""

    @property
    def inputs(self) -> Sequence[tuple[str, Content]]:
        """The types of the edges that lead to the operator, in the order of their ports, each with its port."""

    @property
    def reads(self) -> Mapping[str, Content]:
        """The types of the states that its arguments read, by name."""

    def input(self, port: str = "") -> Content:
        """The type of the edge into a port."""

    @property
    def spreads(self) -> Sequence[tuple[str, Spread]]:
        """How the items of each edge that leads to the operator are spread over shards, each with its port."""

    @property
    def read_spreads(self) -> Mapping[str, Spread]:
        """The same for the states that its arguments read, by name."""

    def spread(self, port: str = "") -> Spread:
        """How the items at a port are spread over shards."""

    @property
    def arriving(self) -> Spread:
        """How items from outside are spread over shards."""

    @property
    def output_ports(self) -> Sequence[str]:
        """The ports of the edges that lead away from the operator."""

    @property
    def looks_up_keys(self) -> bool:
        """True where it looks items up by the keys of pairs."""

    def is_static(self, port: str = "") -> bool:
        """Whether the input at a port is remembered for as long as the flow lives."""

    def is_mutable(self) -> bool:
        """Whether what it remembers may be taken back."""

    def function(self, position: int = 0) -> Judged:
        """One of its functions, by the position among the arguments."""

    def folding(self, position: int, begin: int | None) -> Folding:
        """A function that folds, with the position of what makes the accumulator, None where the first item is it."""

    def fused(self, position: int) -> Folding:
        """How a side of a fused join is aggregated, by the position of the argument."""

    @property
    def collects(self) -> bool:
        """True where what is in the lattice values that it merges stays there for ever: `len` and `in` only rise."""

    @property
    def type_name(self) -> str:
        """The name of its first type argument; empty without one."""

    def is_literal_of_distinct(self, position: int) -> bool:
        """Whether an argument is written as a display of constants no two of which are equal."""

    def reads_members(self, name: str, *, counted: bool, keyed: bool) -> bool:
        """Whether its arguments only ask which items a state has, so that their order does not matter. `counted`: they
        may ask how often each comes; `keyed`: the items are pairs, one for each key.
        """

    def united(self) -> Sequence[Content]:
        """The types of all that comes in, with what both halves of a join give together as one."""

    def because(self, code: str, words: str, port: str = "") -> Cause:
        """The operator as a cause: the code of the diagnostic, and what it does, in words that follow its name."""


class Rule(Protocol):
    """What an operator makes of the types of its inputs."""

    # It says itself what comes of it that the operator reads states.
    handles_reads: ClassVar[bool]
    # It needs the type of one input only, as that of a union in a cycle.
    takes_what_is_known: ClassVar[bool]
    # Each of its outputs gets the items of one kind, that of its port.
    tells_kinds_apart: ClassVar[bool]
    # It gives the items of the state that it reads.
    lists_state: ClassVar[bool]
    # It matches the items of two inputs, so that one that holds the first input and one that holds the second give all
    # matches together.
    has_halves: ClassVar[bool]

    def outputs(self, view: RuleView) -> Mapping[str, Content]:
        """The types of its outputs, by port: `*` stands for every other one, `$` for what `$name` reads."""

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards, by port; None where it needs all items in one place."""


Outcome = Mapping[str, Content]
# How the items of outputs are spread over shards, by port; None where an operator needs all items in one place.
Spreads = Mapping[str, Spread] | None


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Family:
    """What all rules are: records of a few settings, compared by them.

    They are made when the package is imported, so they are not dataclasses: to define one takes a quarter of a
    millisecond. A setting's default is the value of its name in the class.
    """

    handles_reads: ClassVar[bool] = False
    takes_what_is_known: ClassVar[bool] = False
    tells_kinds_apart: ClassVar[bool] = False
    lists_state: ClassVar[bool] = False
    has_halves: ClassVar[bool] = False

    def __init__(self, **settings: Any) -> None:
        self.__dict__.update(settings)

    def spreads(self, view: RuleView) -> Spreads:
        """How the items of its outputs are spread over shards, if nothing else is said: it needs all items, each for
        all others.
        """
        everywhere = all(spread.everywhere for _, spread in view.spreads)
        return {EVERY: EVERYWHERE} if everywhere else None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *sorted(self.__dict__)))

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({settings})"
