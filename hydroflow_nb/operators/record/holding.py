"""What an operator holds from tick to tick, as far as other rooms read it: under which role, and in which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, Protocol, runtime_checkable

from hydroflow_nb.records import dataclass


class Form(Enum):
    """What a thing that an operator holds is to people.

    One value; items, of which equal ones may come several times; distinct items; one value for each key; several values
    for each key; a number for each item.
    """

    VALUE = "a value"
    ITEMS = "items"
    DISTINCT = "distinct items"
    KEYED = "a value for each key"
    GROUPS = "values by key"
    COUNTS = "a number for each item"


def as_it_is(held: Any) -> Any:
    """What the code holds is what people read."""
    return held


def as_list(held: Any) -> list[Any]:
    """The items in the order in which they came: those of a list, a deque, or the keys of a dict."""
    return list(held)


@runtime_checkable
class Grouped(Protocol):
    """What holds the values of keys in a form of its own."""

    def groups(self) -> dict[Any, list[Any]]:
        """The values by key, in the order in which they came."""

    def count(self) -> int:
        """How many values there are."""


def by_key(held: Any) -> dict[Any, list[Any]]:
    """The values of each key in the order in which they came. A set holds keys whose only value is `()`."""
    if isinstance(held, Grouped):
        return held.groups()
    if isinstance(held, Mapping):
        return {key: list(values) for key, values in held.items()}
    return {key: [()] for key in held}


def of_pairs(held: Any) -> dict[Any, list[Any]]:
    """The same, of a list of pairs."""
    found: dict[Any, list[Any]] = {}
    for key, value in held:
        found.setdefault(key, []).append(value)
    return found


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One thing that an operator holds: the role under which its code keeps it (`Emission.state`), and what people call
    it. `read` makes of a copy of what the code holds what people read. Before the first item the code may hold MISSING,
    or None where `none_is_nothing`. `grows`: a list of items that all stay, and others come behind them.

    In a dict of the form KEYED or GROUPS an item that is a pair changes at most what is under its key.
    """

    role: str
    name: str
    form: Form
    read: Callable[[Any], Any] = as_it_is
    none_is_nothing: bool = False
    grows: bool = False


def accumulator(role: str = "acc", *, none_is_nothing: bool = False) -> tuple[Holding, ...]:
    """One value that items are put into."""
    return (Holding(role=role, name="value", form=Form.VALUE, none_is_nothing=none_is_nothing),)


VALUES: Final = (Holding(role="groups", name="values", form=Form.KEYED),)
SEEN: Final = (Holding(role="seen", name="items", form=Form.DISTINCT),)


def items(role: str, name: str = "items", *, grows: bool = False) -> Holding:
    """Items in the order in which they came."""
    return Holding(role=role, name=name, form=Form.ITEMS, read=as_list, grows=grows)


# What an operator keeps beside that: whether readers still refer to an accumulator, whether a tick was the first, what
# the tick before gave, which keys both sides have, whether a key can have several values, where the items of a key
# stand, and which items were held back or not.
BOOKKEEPING: Final = frozenset(
    {"lent", "fresh", "apart", "known", "first", "waits", "before", "matched", "lhs_several", "rhs_several"}
    | {"places", "matching", "remaining", "held_back"}
)
# Of it, what tells who refers to which objects, or is found again from the rest: another process begins it anew.
FOUND_AGAIN: Final = frozenset({"lent", "fresh", "apart", "known", "matched"})
