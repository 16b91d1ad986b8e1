"""The type of an edge: what is the same, in every run of a class, about what it carries.

The words are ordered, stronger first. Two ideas of the field stand behind them: that a program which only grows needs
no coordination (the CALM theorem; Hellerstein and Alvaro, "Keeping CALM", 2020), and that a stream's type says what of
its order and of its repetitions is promised (Hydro's `TotalOrder` and `ExactlyOnce`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from enum import StrEnum
from typing import Final, NewType

from hydroflow_nb.records import dataclass

# The number of an operator in its flow.
Place = NewType("Place", int)


class Time(StrEnum):
    """What of the ticks is the same in every run.

    `once`: all comes in the first tick. `stream`: the items of all ticks together. `pulse`: that something comes again
    and again, not when or how often. `rising`: the least upper bound of lattice values. `latest`: the last value.
    The others are views, whose whole content comes in every tick: it is always equal (`const`), a part of that of the
    next tick (`growing`), or counts in the last tick only (`settling`). `varies`: nothing is the same.
    """

    ONCE = "once"
    STREAM = "stream"
    PULSE = "pulse"
    RISING = "rising"
    LATEST = "latest"
    CONST = "const"
    GROWING = "growing"
    SETTLING = "settling"
    VARIES = "varies"


class ItemOrder(StrEnum):
    """Whether the order of the items is the same: of all, so that what comes to a view stands behind what was there;
    within each tick of a view only, as where it is sorted; or not at all.
    """

    ORDERED = "ordered"
    WITHIN = "within"
    ANY = "any"


class Copies(StrEnum):
    """How often an item comes: no two are equal, as often in every run, or at least once."""

    DISTINCT = "distinct"
    COUNTED = "counted"
    REPEATS = "repeats"


class Loss(StrEnum):
    """Whether all of it comes, or perhaps a part."""

    WHOLE = "whole"
    PART = "part"


class Holds(StrEnum):
    """What a view holds: many items, one value that replaces the former one, one lattice value, or pairs of which each
    key has one.
    """

    ITEMS = "items"
    VALUE = "value"
    LATTICE = "lattice"
    TABLE = "table"


class Sense(StrEnum):
    """In which sense a value grows: as `<=` compares it; as a collection, to which items are added; in each of its
    parts. The greatest of some pairs grows as `<=` compares it, and not in its second part.
    """

    COMPARES = "compares"
    COLLECTS = "collects"
    PARTS = "parts"


EVERY_SENSE: Final = frozenset(Sense)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a type is weaker than it could be: the code of the diagnostic, the operator and its port, and what it does,
    in words that follow the operator's name ("adds up what comes"). One that `decides` left nothing that is promised.
    `where` is the node of a network that the operator belongs to, empty in a flow alone.
    """

    code: str
    place: Place
    port: str
    words: str
    decides: bool = False
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class Content:
    """The type of an edge. `because` gives what made it weaker, first cause first; it is not compared.

    `again`: what it holds at the end is emitted again and again for as long as the flow lives. `vanishes`: a revised
    value, or a revised table, may be there no more in a later tick. `senses`: those in which a value grows that does.
    `scattered`: the value may be a set or a dict that each run iterates in another order.
    """

    time: Time
    order: ItemOrder = ItemOrder.ORDERED
    copies: Copies = Copies.COUNTED
    loss: Loss = Loss.WHOLE
    shape: Holds = Holds.ITEMS
    again: bool = False
    vanishes: bool = False
    senses: frozenset[Sense] = EVERY_SENSE
    scattered: bool = False
    because: Sequence[Cause] = field(default=(), compare=False)

    @property
    def is_view(self) -> bool:
        """True where the whole content comes in every tick."""
        return self.time in _VIEWS

    @property
    def is_early(self) -> bool:
        """True where what is shown is never taken back."""
        return self.time in _EARLY

    @property
    def is_batch(self) -> bool:
        """True where each item comes in one tick: once, or a stream."""
        return self.time in (Time.ONCE, Time.STREAM)

    @property
    def is_items(self) -> bool:
        """True where it holds many items, which do not replace each other."""
        return self.shape is Holds.ITEMS

    @property
    def is_ordered(self) -> bool:
        """True where the order is the same in every run, be it within each tick of a view."""
        return self.order is not ItemOrder.ANY

    @property
    def repeats(self) -> bool:
        """True where an item may come more often in one run than in another."""
        return self.copies is Copies.REPEATS

    @property
    def is_part(self) -> bool:
        """True where some of it may be missing."""
        return self.loss is Loss.PART

    @property
    def varies(self) -> bool:
        """True where nothing is promised."""
        return self.time is Time.VARIES

    @property
    def may_vanish(self) -> bool:
        """True where a revised answer may be none at all in the last tick."""
        return self.time is Time.SETTLING and (self.is_items or self.vanishes)

    @property
    def is_certain(self) -> bool:
        """True for items that are whole, ordered and come as often in every run."""
        return self.is_items and self.is_ordered and not self.repeats and not self.is_part

    @property
    def is_rising_lattice(self) -> bool:
        """True for lattice values that only grow."""
        return self.time is Time.RISING or (self.shape is Holds.LATTICE and self.time in (Time.CONST, Time.GROWING))

    def but(
        self,
        *,
        time: Time | None = None,
        order: ItemOrder | None = None,
        copies: Copies | None = None,
        loss: Loss | None = None,
        shape: Holds | None = None,
        again: bool | None = None,
        vanishes: bool | None = None,
        senses: frozenset[Sense] | None = None,
        scattered: bool | None = None,
        because: Iterable[Cause] = (),
    ) -> Content:
        """The same with other words, and with further causes behind its own."""
        return replace(
            self,
            time=time or self.time,
            order=order or self.order,
            copies=copies or self.copies,
            loss=loss or self.loss,
            shape=shape or self.shape,
            again=self.again if again is None else again,
            vanishes=self.vanishes if vanishes is None else vanishes,
            senses=self.senses if senses is None else senses,
            scattered=self.scattered if scattered is None else scattered,
            because=causes(self.because, because),
        )


_VIEWS: Final = frozenset({Time.CONST, Time.GROWING, Time.SETTLING})
_EARLY: Final = frozenset({Time.ONCE, Time.STREAM, Time.RISING, Time.CONST, Time.GROWING})
_ORDERS: Final = tuple(ItemOrder)
_COPIES: Final = tuple(Copies)


def causes(*several: Iterable[Cause]) -> tuple[Cause, ...]:
    """Causes one after the other, each once."""
    return tuple(dict.fromkeys(cause for some in several for cause in some))


def varying(because: Iterable[Cause], *, again: bool = False) -> Content:
    """The type of what nothing is promised of."""
    return Content(
        time=Time.VARIES,
        order=ItemOrder.ANY,
        copies=Copies.REPEATS,
        loss=Loss.PART,
        again=again,
        because=tuple(because),
    )


def again_and_again(contents: Iterable[Content]) -> bool:
    """Whether what is made of several inputs is emitted again and again: one of them is, so that ticks never end, and
    the others are views, which come in every tick, or are emitted again and again too.
    """
    several = list(contents)
    return any(one.again for one in several) and all(one.again or one.is_view for one in several)


def weaker_order(*orders: ItemOrder) -> ItemOrder:
    """The weakest of some words on order."""
    return max(orders, key=_ORDERS.index)


def weaker_copies(*copies: Copies) -> Copies:
    """The weakest of some words on copies."""
    return max(copies, key=_COPIES.index)


def weaker_loss(*losses: Loss) -> Loss:
    """The weakest of some words on loss."""
    return Loss.PART if Loss.PART in losses else Loss.WHOLE


def weaker_shape(one: Holds, other: Holds) -> Holds:
    """What holds both: lattice values are values, tables are items."""
    return one if one is other else Holds.ITEMS


def normal(content: Content) -> Content:
    """The same type in its normal form, so that equal promises are equal records.

    The first copy of an item may be the lost one, so what is ordered, repeats and is a part has no order. A value that
    may be taken back and was made of a part is wrong, and not partial.
    """
    if content.varies:
        return varying(content.because, again=content.again)
    if content.time is Time.SETTLING and content.is_part and not content.is_items:
        return varying(content.because, again=content.again)
    if content.repeats and content.is_part and content.is_ordered:
        return replace(content, order=ItemOrder.ANY)
    if content.order is ItemOrder.WITHIN and content.time not in (Time.GROWING, Time.SETTLING):
        return replace(content, order=ItemOrder.ORDERED if content.time is Time.CONST else ItemOrder.ANY)
    return content


def joined(one: Content, other: Content) -> Content:
    """The type of an edge that has the one or the other: the weaker word of each field.

    It is the join of a semilattice of finite height, so that types in a cycle come to an end.
    """
    if one == other:
        return one if other.because == one.because else replace(one, because=causes(one.because, other.because))
    because, again = causes(one.because, other.because), one.again and other.again
    order, copies, shape = (
        weaker_order(one.order, other.order),
        weaker_copies(one.copies, other.copies),
        weaker_shape(one.shape, other.shape),
    )
    time = _joined_time(one, other)
    if time is None:
        if {one.time, other.time} <= _ITEMS_OR_VIEWS and one.is_items and other.is_items:
            # Items of a view come again in every tick.
            time, order, copies = Time.STREAM, ItemOrder.ANY, Copies.REPEATS
        else:
            return varying(because, again=again)
    loss = weaker_loss(one.loss, other.loss)
    return normal(
        Content(
            time=time,
            order=order,
            copies=copies,
            loss=loss,
            shape=shape,
            again=again,
            vanishes=one.vanishes or other.vanishes,
            senses=one.senses & other.senses,
            scattered=one.scattered or other.scattered,
            because=because,
        )
    )


_ITEMS_OR_VIEWS: Final = frozenset({Time.ONCE, Time.STREAM, Time.CONST, Time.GROWING})
# The weaker of two times, where one of them says less than the other and nothing else.
_WEAKER: Final = {
    frozenset({Time.ONCE, Time.STREAM}): Time.STREAM,
    frozenset({Time.CONST, Time.GROWING}): Time.GROWING,
    frozenset({Time.CONST, Time.SETTLING}): Time.SETTLING,
    frozenset({Time.GROWING, Time.SETTLING}): Time.SETTLING,
    frozenset({Time.CONST, Time.LATEST}): Time.LATEST,
    frozenset({Time.GROWING, Time.LATEST}): Time.LATEST,
    frozenset({Time.SETTLING, Time.LATEST}): Time.LATEST,
}


def _joined_time(one: Content, other: Content) -> Time | None:
    if one.time is other.time:
        return one.time
    if Time.RISING in (one.time, other.time) and one.is_rising_lattice and other.is_rising_lattice:
        return Time.RISING
    return _WEAKER.get(frozenset({one.time, other.time}))


def mixed(contents: Iterable[Content]) -> Content:
    """Messages of several senders, or of several kinds, which come in any order; those of one stay as they are."""
    first, *others = contents
    for other in others:
        first = _mixed(first, other)
    return first


def weakened(before: Content, after: Content) -> Content:
    """The type of messages that is found to be another one when more of the network is known."""
    return _mixed(before, after) if _is_lattice_of_messages(before, after) else joined(before, after)


def _is_lattice_of_messages(one: Content, other: Content) -> bool:
    """Whether values of a lattice that only rises are sent, by the one once and by the other again and again."""
    return {one.time, other.time} == {Time.RISING, Time.STREAM}


def _mixed(one: Content, other: Content) -> Content:
    if _is_lattice_of_messages(one, other):
        rising = one if one.time is Time.RISING else other
        loss = weaker_loss(one.loss, other.loss)
        return replace(rising, loss=loss, again=one.again and other.again, because=causes(one.because, other.because))
    both = joined(one, other)
    return both if both.varies else normal(replace(both, order=ItemOrder.ANY))
