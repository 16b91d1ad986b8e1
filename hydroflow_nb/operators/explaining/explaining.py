"""What a rule of explanation is: which items that came made an item that left, and what stopped one that did not.

A rule inverts its operator: it is asked about one item, after the run, and looks for the items that came which explain
it. Nothing is done for it while a flow runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, TypeVar, dataclass_transform

T = TypeVar("T")


class _Unknown:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<unknown>"

    def __bool__(self) -> bool:
        return False


# The value of an item of which the text alone is kept.
UNKNOWN: Final[Any] = _Unknown()

# Every port of an operator.
EVERY: Final = "*"


class Since(Enum):
    """How far back the items are looked at: in one run of the operator, in the tick (within a loop: in the iteration),
    or in all that is recorded.
    """

    RUN = "in this run"
    PERIOD = "in this tick"
    EVER = "ever"


# Where an item that no other item explains comes from.
Origin = Literal["input", "literal", "clock", "start"]


class Undecided(Exception):
    """A rule cannot tell; the text says why."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """What rules are, and what they give: a few fields, whose defaults are the values of their names in the class.

    They are made when the package is imported, so they are not dataclasses, each of which takes a quarter of a
    millisecond to define.
    """

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"


class Arrival(Record):
    """An item that came to an operator. `value` is UNKNOWN where the text alone is kept; `key` tells it from others."""

    value: Any
    text: str
    port: str
    tick: int
    key: tuple[int, int, int, int]

    @property
    def order(self) -> tuple[int, int, int]:
        """What arrivals are sorted by, oldest first."""
        return self.key[1:]


class Because(Record):
    """Why an item left an operator: the items that came, in words that follow "because", and what had to be absent.

    `doubt` says why it cannot be told exactly; then `items` are all that may have had a part. `origin` is set where no
    item of the flow explains it. `instead` are items that are equal to the first one and came in the same run: one of
    them may have been what left.
    """

    words: str
    items: Sequence[Arrival] = ()
    instead: Sequence[Arrival] = ()
    absent: Sequence[str] = ()
    doubt: str = ""
    origin: Origin | None = None


class Wanted(Record):
    """An item that somebody misses: whether a value is it, and its text. `value` is UNKNOWN where several values are
    wanted, all those that would become it.
    """

    test: Callable[[Any], bool]
    text: str
    value: Any = UNKNOWN

    def fits(self, value: Any) -> bool:
        """Whether a value is wanted; what the test raises is no answer."""
        if value is UNKNOWN:
            return False
        try:
            return bool(self.test(value))
        except Exception:  # a function of the user's that cannot take the value does not make the item of it
            return False

    @staticmethod
    def of(value: Any, text: str) -> Wanted:
        """One value."""
        return Wanted(test=lambda other: same(other, value), text=text, value=value)


class Stop(Enum):
    """What kept an item from coming out."""

    FILTERED = "filtered"
    NO_PARTNER = "no partner"
    SUBTRACTED = "subtracted"
    SEEN_BEFORE = "seen before"
    REPLACED = "replaced"
    OTHER_VALUE = "other value"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    NO_PLACE = "no place"
    OTHER_PORT = "other port"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"
    RAISED = "raised"
    WAITS = "waits"
    NEVER_CAME = "never came"
    UNKNOWN = "unknown"


class Stopped(Record):
    """An item that came to an operator, and what the operator did with it instead, as a sentence's end."""

    stop: Stop
    words: str
    item: Arrival | None = None
    others: Sequence[Arrival] = ()
    facts: Mapping[str, Any] = MappingProxyType({})


class Sought(Record):
    """What would have had to come at an input."""

    port: str
    wanted: Wanted


class View(Protocol):
    """An operator at its place in a flow, with what came to it, up to the moment that is asked about."""

    @property
    def port(self) -> str:
        """The output that is asked about."""

    @property
    def tick(self) -> int:
        """The tick that is asked about."""

    @property
    def input_ports(self) -> Sequence[str]:
        """The ports of its inputs, in their order."""

    @property
    def is_mutable(self) -> bool:
        """Whether its items are instructions."""

    def lifetime(self, port: str = "") -> Since:
        """How long the items of an input are remembered."""

    def came(self, port: str = EVERY, since: Since = Since.PERIOD) -> Sequence[Arrival]:
        """The items that came to an input, oldest first."""

    def equal(self, value: Any, port: str = EVERY, since: Since = Since.PERIOD) -> Sequence[Arrival]:
        """Of these the ones that are equal to a value."""

    def lost(self, port: str = EVERY, since: Since = Since.PERIOD) -> str:
        """Why some that came are not known; empty where all are."""

    def function(self, position: int) -> Callable[..., Any]:
        """A function among its arguments. Raises Undecided where it cannot be called again."""

    def argument(self, position: int) -> Any:
        """The value of an argument. Raises Undecided."""

    def written(self, position: int) -> str:
        """An argument as it is written."""

    def bottom(self) -> Any:
        """The bottom of the lattice that its type argument names. Raises Undecided."""

    def instruction(self, value: Any) -> tuple[bool, Any] | None:
        """What an instruction says: whether it persists, and what it is about; None for another item."""

    def state(self, position: int) -> tuple[Any, Sequence[Arrival]]:
        """The state that an argument reads, as far as items tell it. Raises Undecided."""


class ItemView(View, Protocol):
    """The same, asked about an item that left."""

    @property
    def value(self) -> Any:
        """The item; UNKNOWN where its text alone is kept."""

    @property
    def text(self) -> str:
        """The item as text."""

    @property
    def position(self) -> int:
        """The place of the item among those that left in the period by the same port."""

    @property
    def rank(self) -> int:
        """How many items that are equal to it left before it, in the same run by the same port."""

    @property
    def place(self) -> int:
        """Its place among the items that left in the run by the same port."""

    @property
    def count(self) -> int:
        """How many items left in the run by the same port."""

    def alike(self, port: str = EVERY, since: Since = Since.PERIOD) -> Sequence[Arrival]:
        """The items that came and are the same as this one, by their texts where values are not kept."""

    def once(self, make: Callable[[], T]) -> T:
        """What is the same for all items that left in the run by the same port: it is made for the first of them. What
        making it raises is raised, and it is tried again for the next one.
        """

    def opposite(self) -> Arrival | None:
        """The item at the same place among those that came in this run, where as many came as left."""

    def made(self, value: Any) -> bool:
        """Whether a value is the item, by its text where the value is not kept."""


class Explains(Protocol):
    """How the items of an operator are explained."""

    @property
    def tells_reads(self) -> bool:
        """Whether the items of states that its operator reads are among those that it names."""

    @property
    def one_by_one(self) -> bool:
        """Whether what its operator makes of an item leaves before the next item comes."""

    def because(self, view: ItemView) -> Because:
        """Why an item left. Raises Undecided."""

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """What kept an item from leaving, and what would have had to come."""

    def holds(self, view: View) -> tuple[Any, Because]:
        """What `$name` reads of it, and why. Raises Undecided."""


class Family(Record):
    """What all rules are. One that `tells_reads` says itself which items of the states that it reads count. Of an
    operator that makes items `one_by_one`, those of an item leave before the next one comes.
    """

    tells_reads: bool = False
    one_by_one: bool = False

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *sorted(self.__dict__)))

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """If nothing else is said, the item would have had to come as it is."""
        for port in dict.fromkeys(view.input_ports):
            yield Sought(port=port, wanted=wanted)

    def holds(self, view: View) -> tuple[Any, Because]:
        """If nothing else is said, it has no state that could be told."""
        raise Undecided("its state is not told by the items that came")


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, as Python says it; values whose comparison fails are not."""
    if one is other:
        return True
    if one is UNKNOWN or other is UNKNOWN:
        return False
    try:
        return bool(one == other)
    except Exception:  # such as arrays
        return False


def all_of(view: View, words: str, doubt: str, since: Since = Since.PERIOD) -> Because:
    """Everything that came, where nothing says what of it."""
    return Because(words=words, items=view.came(EVERY, since), doubt=doubt)


def pair(value: Any) -> tuple[Any, Any] | None:
    """A key and a value; None for what is not a pair."""
    try:
        first, second = value
    except Exception:
        return None
    return first, second
