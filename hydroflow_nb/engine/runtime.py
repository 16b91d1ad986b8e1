"""What generated code asks of the engine, by name."""

from __future__ import annotations

import builtins
import copy
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from functools import cached_property
from itertools import zip_longest
from time import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hydroflow_nb.effects import PYTHONS_OWN
from hydroflow_nb.engine.aggregation import Fold, FoldFrom, Reduce, aggregation
from hydroflow_nb.engine.blocking import Scan, Streams
from hydroflow_nb.engine.breakpoint import item_breakpoint
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.counter import Counter
from hydroflow_nb.engine.fields import Fields
from hydroflow_nb.engine.files import LineFile, json_of, lines_of
from hydroflow_nb.engine.futures import Futures, awaitable, result_of, settled
from hydroflow_nb.engine.lending import (
    begun,
    begun_for,
    begun_top,
    keys_known,
    own,
    own_for,
    own_merged,
    own_parts,
    own_parts_for,
    own_top,
    own_top_value,
    own_value,
    own_value_for,
    parts_apart,
    shares,
    unchanged_by,
)
from hydroflow_nb.engine.matching import (
    are_keyed,
    crossed_distinct_groups,
    crossed_multiset_groups,
    groups_of_keys,
    keyed_distinct_groups,
    keyed_groups,
    keyed_multiset_groups,
    seen_equal,
    united,
)
from hydroflow_nb.engine.messages import inbound, outbound
from hydroflow_nb.engine.misfit import RETURNS_THE_VALUE, Misfit, Unhashable
from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.engine.mutations import keyed_instruction, persist_changes, persist_keyed_changes
from hydroflow_nb.engine.ordering import ordered, ordered_by
from hydroflow_nb.engine.remaining import Remaining, left, parted
from hydroflow_nb.engine.routing import Output, Routes, count, misdirected, spelled
from hydroflow_nb.engine.sharing import interruptible
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.sides import DISTINCT, DistinctSide, Matched, MultisetSide
from hydroflow_nb.engine.sinks import sink
from hydroflow_nb.engine.sources import inbox_of
from hydroflow_nb.engine.standard_input import StandardInput
from hydroflow_nb.engine.streaming import Matching, Places, all_groups
from hydroflow_nb.engine.tables import rows, table
from hydroflow_nb.engine.timer import Timer
from hydroflow_nb.purity import Path, Relied

if TYPE_CHECKING:
    from hydroflow_nb.engine.steady import Steady

# An interrupt does not stop C code that goes through an iterator. For so many items that does not take long.
MOST_AT_ONCE = 1_000_000


def iterable(value: Any) -> Iterator[Any]:
    """An iterator over a source's items, which an interrupt can stop; over the rows of a table of another library.
    Raises Misfit for what cannot be iterated.
    """
    value = rows(value)
    try:
        items: Iterator[Any] = iter(value)
    except TypeError:
        raise Misfit(f"{shown(value)} cannot be iterated", "give it a list, a range or another iterable") from None
    if isinstance(items, Generator) or (isinstance(value, Sized) and len(value) <= MOST_AT_ONCE):
        return items
    return interruptible(items)


class Expectation:
    """The items that an `assert_eq` expects, and how many of them have come."""

    def __init__(self, items: Any) -> None:
        self.items = list(iterable(items))
        self.count = 0

    def check(self, item: Any) -> None:
        """Compare the next item. Raises Misfit where it differs from the expected one, or where no more is expected."""
        if self.count >= len(self.items):
            raise Misfit(
                f"item {self.count} is {shown(item)}, but only {len(self.items)} items are expected", assertion=True
            )
        expected = self.items[self.count]
        if item is not expected and item != expected:
            raise Misfit(f"item {self.count} is {shown(item)}, but {shown(expected)} is expected", assertion=True)
        self.count += 1

    def missing(self) -> list[Any]:
        """The expected items that have not come."""
        return self.items[self.count :]


def failed(item: Any) -> None:
    """Raises Misfit for an item for which an `assert` does not hold."""
    raise Misfit(f"the assertion does not hold for {shown(item)}", assertion=True)


# --- items that are looked up -------------------------------------------------------------------------------------


def put_all(known: set[Any], items: Iterable[Any]) -> None:
    """Put items into a set. Raises Unhashable."""
    batch = items if isinstance(items, list) else list(items)
    try:
        known.update(batch)
    except TypeError as exception:
        raise _named(exception, batch) from None


def hashed(items: list[Any]) -> list[Any]:
    """The same items. Raises Unhashable."""
    try:
        deque(map(hash, items), 0)
    except TypeError as exception:
        raise _named(exception, items) from None
    return items


def keys_hashed(items: list[Any]) -> list[Any]:
    """The same items. Raises TypeError or ValueError where one is not a pair, or its key cannot be hashed."""
    for key, _ in items:
        hash(key)
    return items


def pairs(items: list[Any]) -> list[Any]:
    """The same items. Raises TypeError or ValueError where one is not a pair."""
    for _, _ in items:
        pass
    return items


def _named(exception: TypeError, items: list[Any]) -> TypeError:
    """The exception, as Unhashable with its item where that is known."""
    if "unhashable" in str(exception):
        for item in items:
            try:
                hash(item)
            except TypeError:
                return Unhashable(str(exception), item)
    return exception


# --- one item, and lattices ------------------------------------------------------------------------------------------


def second_item(first: Any, second: Any) -> None:
    """Raises Misfit: a second item came where only one is held."""
    raise Misfit(
        f"a second item came in this tick: {shown(second)} after {shown(first)}",
        "let a `fold` or `reduce` before it make one item of a tick's items",
    )


def no_item() -> None:
    """Raises Misfit: an item that is read did not come."""
    raise Misfit(
        "no item came in this tick, but a `$name` reads its item", "use `optional()`: without an item it reads as None"
    )


def not_merged(init: Callable[[], Any]) -> None:
    """Raises Misfit where the accumulator of a `fold`, which has become a bool, began as a lattice value."""
    value = init()
    if hasattr(value, "merge"):
        raise Misfit(
            f"the accumulator was a {type(value).__name__} and has become a bool: `merge` returns whether it changed "
            "the value",
            RETURNS_THE_VALUE,
        )


def bottom(lattice: Any) -> Any:
    """The bottom of a lattice class; None where it has no bottom, or needs arguments to make one."""
    make = getattr(lattice, "bottom", None)
    try:
        return make() if callable(make) else lattice()
    except TypeError:
        return None


def lattice_copy(value: Any) -> Any:
    """A copy of a lattice value that later merges do not change."""
    own = getattr(value, "copy", None)
    return own() if callable(own) else copy.deepcopy(value)


def merged(value: Any, delta: Any) -> tuple[Any, bool]:
    """A lattice value with another one merged into it, and whether that changed it.

    `merge` may change the value in place and return whether it did so, or return a new value. None is below everything.
    """
    if value is None:
        return lattice_copy(delta), True
    try:
        merge = value.merge
    except AttributeError:
        raise Misfit(
            f"{shown(value)} is not a lattice value: it has no `merge`",
            "`map` the items to a class of `hydroflow_nb.lattices`, such as `Max` or `SetUnion`",
        ) from None
    result = merge(delta)
    if result is None or isinstance(result, bool):
        return value, bool(result)
    return result, result != value


def keyed_pair(key: Any, left: Any, right: Any) -> Any:
    """What `_lattice_join_fused_join` emits: a map of one key to the pair of both sides' values."""
    from hydroflow_nb.lattices import MapUnion, Pair

    return MapUnion({key: Pair(lattice_copy(left), lattice_copy(right))})


_NAMES: dict[str, Any] = {
    # Python's own: generated code compares the user's names with these, and uses some of them itself.
    **{name: getattr(builtins, name) for name in PYTHONS_OWN | {"TypeError", "iter", "map", "range", "type"}},
    "MISSING": MISSING,
    "Fold": Fold,
    "FoldFrom": FoldFrom,
    "Futures": Futures,
    "LineFile": LineFile,
    "Counter": Counter,
    "DISTINCT": DISTINCT,
    "DistinctSide": DistinctSide,
    "Matched": Matched,
    "Matching": Matching,
    "MultisetSide": MultisetSide,
    "Places": Places,
    "Reduce": Reduce,
    "Remaining": Remaining,
    "Scan": Scan,
    "Streams": Streams,
    "StandardInput": StandardInput,
    "Timer": Timer,
    "aggregation": aggregation,
    "all_groups": all_groups,
    "are_keyed": are_keyed,
    "awaitable": awaitable,
    "bottom": bottom,
    "keyed_pair": keyed_pair,
    "lattice_copy": lattice_copy,
    "left": left,
    "merged": merged,
    "no_item": no_item,
    "not_merged": not_merged,
    "second_item": second_item,
    "Expectation": Expectation,
    "Output": Output,
    "Routes": Routes,
    "begun": begun,
    "begun_for": begun_for,
    "begun_top": begun_top,
    "own": own,
    "own_for": own_for,
    "keys_known": keys_known,
    "own_merged": own_merged,
    "own_parts": own_parts,
    "own_parts_for": own_parts_for,
    "own_top": own_top,
    "own_top_value": own_top_value,
    "own_value": own_value,
    "own_value_for": own_value_for,
    "parts_apart": parts_apart,
    "shares": shares,
    "unchanged_by": unchanged_by,
    "count": count,
    "crossed_distinct_groups": crossed_distinct_groups,
    "crossed_multiset_groups": crossed_multiset_groups,
    "deque": deque,
    "failed": failed,
    "groups_of_keys": groups_of_keys,
    "hashed": hashed,
    "inbound": inbound,
    "inbox": inbox_of,
    "item_breakpoint": item_breakpoint,
    "iterable": iterable,
    "keyed_distinct_groups": keyed_distinct_groups,
    "keyed_groups": keyed_groups,
    "keyed_instruction": keyed_instruction,
    "keyed_multiset_groups": keyed_multiset_groups,
    "keys_hashed": keys_hashed,
    "json_of": json_of,
    "lines_of": lines_of,
    "misdirected": misdirected,
    "ordered": ordered,
    "ordered_by": ordered_by,
    "outbound": outbound,
    "pairs": pairs,
    "parted": parted,
    "persist_changes": persist_changes,
    "persist_keyed_changes": persist_keyed_changes,
    "put_all": put_all,
    "result_of": result_of,
    "seen_equal": seen_equal,
    "settled": settled,
    "sink": sink,
    "spelled": spelled,
    "table": table,
    "united": united,
    "zip_longest": zip_longest,
}


class Runtime:
    """Gives generated code what it names: `runtime.sorted`, `runtime.inbox`, and for the recorded variant its taps.

    `namespace` is where the flow's Python names are looked up. The names of `more` are added to the engine's own, or
    replace them. The code writes into `context` where it is.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any] = MappingProxyType({}),
        more: Mapping[str, Any] = MappingProxyType({}),
        context: Context | None = None,
    ) -> None:
        self.__dict__ = {**_NAMES, **more}
        self.namespace = namespace
        self.context = context

    @cached_property
    def time(self) -> Callable[[], float]:
        """What tells the instant at which a tick begins: by the clock that the context has then."""
        context = self.context

        def now() -> float:
            return time() if context is None else context.clock()

        return now

    @cached_property
    def fields(self) -> Fields:
        """Takes instances apart. Each flow has its own, which forgets the notebook's classes when the flow ends."""
        return Fields()

    def steady_names(
        self, values: Sequence[Path], folds: Sequence[Path], classes: Sequence[Path], own: Sequence[Path]
    ) -> Callable[[Steady | None], Steady]:
        """A function that is given what names were bound to when it was last called, None the first time. It gives the
        same back as long as that holds, then what they are bound to now.
        """
        # Most flows have no such names.
        from hydroflow_nb.engine.steady import Steady

        relied = Relied(*(dict.fromkeys(paths) for paths in (values, folds, classes, own)))
        namespace = self.namespace

        def now(known: Steady | None) -> Steady:
            return known if known is not None and known.holds(namespace) else Steady(namespace, relied)

        return now

    @cached_property
    def column_query(self) -> Callable[..., Any]:
        """What asks a query over columns in place of rows; loaded where a flow has tables at both ends."""
        from hydroflow_nb.engine.columns.query import ColumnQuery

        return ColumnQuery

    @cached_property
    def frame_columns(self) -> Callable[..., Any]:
        """What makes tables of items."""
        from hydroflow_nb.engine.columns.frame import FrameColumns

        return FrameColumns

    @property
    def opened(self) -> Callable[..., Any]:
        """What an instance gives where a pattern takes a sequence."""
        return self.fields.opened
