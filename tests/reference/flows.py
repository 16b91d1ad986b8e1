"""Random flows as text, with the batches that they are fed: hypothesis strategies.

Items are numbers from 0 to 6 or pairs of such, and stay so: a cycle has a `unique` at its head, so it ends. Where the
order of a stream is not promised, only operators follow whose results do not depend on it.
"""

from __future__ import annotations

import enum
import itertools
from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from standing_in import frame_of

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.operators import BY_NAME

INT, PAIR = "int", "pair"
DOMAIN = st.integers(0, 6)
LIFETIMES = {
    name: tuple(
        chosen
        for count in range(operator.most_persistences + 1)
        for chosen in itertools.product(operator.persistences, repeat=count)
    )
    for name, operator in BY_NAME.items()
}

# --- what the flows find in their notebook ---------------------------------------------------------------------------


class Parity:
    """A base class for `demux_enum`."""


@dataclass(frozen=True)
class Even(Parity):
    number: int


@dataclass(frozen=True)
class Odd(Parity):
    number: int


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2

    def __repr__(self) -> str:
        return str(self)


def some_half(x: int) -> int | None:
    return None if x % 2 else x // 2


def give_both(x: int, low: Any, high: Any) -> None:
    low.give(x // 2)
    if x > 2:
        high.give(x)
        high.give(x // 2)


@dataclass(frozen=True)
class EachBelow:
    """An asynchronous iterable."""

    end: int

    async def __aiter__(self) -> AsyncIterator[int]:
        for number in range(self.end):
            yield number


def grow(acc: list[Any], more: list[Any]) -> None:
    acc += more


def grow_within(acc: dict[int, list[Any]], x: Any) -> None:
    acc[0].append(x)


def many_rows() -> dict[int, list[Any]]:
    """So many that a few of them are copied one by one."""
    return {key: [] for key in range(-40, 3)}


def put_in_rows(acc: dict[int, list[Any]], x: int) -> None:
    rows = acc.setdefault(x, [])
    rows.append(x)
    if x > 4:
        acc[-x] += [x]
        del acc[x]


def weight(acc: dict[int, list[int]]) -> int:
    return sum((key + 50) * (1 + sum(items)) for key, items in acc.items()) % 7


def grow_and_give(acc: list[Any], x: Any) -> tuple[list[Any], list[Any]]:
    acc.append(x)
    return acc, acc


async def add_unless_six(acc: int, x: int) -> tuple[int, int | None] | None:
    if x == 6:
        return None
    return (acc + x) % 7, None if acc == 5 else acc


NAMES: Mapping[str, Any] = MappingProxyType(
    {
        **{name: getattr(lattices, name) for name in lattices.__all__},
        **{
            made.__name__: made
            for made in (
                Parity,
                Even,
                Odd,
                Size,
                some_half,
                give_both,
                EachBelow,
                add_unless_six,
                grow,
                grow_within,
                many_rows,
                put_in_rows,
                weight,
                grow_and_give,
                hf.Persist,
                hf.Delete,
            )
        },
        "hf": hf,
        # As texts of recordings call the rows.
        "Row": namedtuple("Row", ("n", "m")),
        "tabled": frame_of(n=[4, 1, 4, 6], m=[0, 1, 0, 2]),
        "next_number": lambda x: (x + 1) % 7,
        "product": lattices.CartesianProductBimorphism(),
    }
)

# --- what they are made of -------------------------------------------------------------------------------------------

BATCHES = {INT: st.lists(DOMAIN, max_size=6), PAIR: st.lists(st.tuples(DOMAIN, DOMAIN), max_size=6)}


@dataclass(frozen=True, kw_only=True)
class Example:
    """A flow, which of its sinks get their items in a promised order, and the batches of each tick.

    `counted`: how often an item goes over each edge is determined, not only what arrives at the sinks.
    """

    text: str
    inputs: tuple[str, ...]
    ordered: dict[str, bool]
    ticks: tuple[dict[str, list[object]], ...]
    counted: bool = True

    def __repr__(self) -> str:
        batches = "\n".join(f"tick {number}: {batch}" for number, batch in enumerate(self.ticks))
        return f"\n{self.text}\n{batches}\n"


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An output that waits for a reader. `heads`: the heads of cycles that it comes from, with whether a blocking input
    lies between."""

    name: str
    kind: str
    ordered: bool
    heads: dict[int, bool]


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What stands for the holes in an entry's text: `{p}` is a list of lifetimes, `{l}` those before further generics,
    `{i}` makes instructions of pairs where the lifetime asks for them, `{a}` and `{b}` are small numbers.
    """

    lifetimes: tuple[str, ...] = ()
    a: int = 2
    b: int = 1

    def fill(self, text: str) -> str:
        """The text without holes."""
        quoted = ", ".join(f"'{lifetime}" for lifetime in self.lifetimes)
        text = text.replace("{p}", f"::<{quoted}>" if quoted else "").replace("{l}", f"{quoted}, " if quoted else "")
        instructions = "map(|(k, v)| hf.Persist(k, v)) -> " if self.lifetimes == ("mutable",) else ""
        return text.replace("{i}", instructions).replace("{a}", str(self.a)).replace("{b}", str(self.b))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that a flow can be made of; `{p}`, `{l}`, `{i}`, `{a}` and `{b}` in its texts are filled.

    `uses`: first the operator that it is there for, which has the lifetimes. One that `grows` emits a value anew when
    it has grown: how often depends on the rounds of a cycle, so what is made of it must not. One that is `steady` makes
    something that depends on it, and stands in no cycle.
    """

    uses: tuple[str, ...]
    text: str
    grows: bool = False
    steady: bool = False


@dataclass(frozen=True, kw_only=True)
class Beginning(Entry):
    """A source."""

    gives: str = INT


@dataclass(frozen=True, kw_only=True)
class Ending(Entry):
    """A sink, which appends its items to `{sink}`."""

    takes: str = ""


@dataclass(frozen=True, kw_only=True)
class Step(Entry):
    """One way to go on from a stream."""

    takes: str = ""  # the kind of its input; empty for any
    gives: str = ""  # the kind of its output; empty for that of its input
    needs_order: bool = False
    gives_order: bool | None = None  # None: that of its input
    blocks: bool = False
    delays: bool = False


@dataclass(frozen=True, kw_only=True)
class Out:
    """An output of a split, and how its items become numbers or pairs."""

    port: str
    after: str = ""
    gives: str = ""  # empty: what the split takes
    keeps_order: bool = True


@dataclass(frozen=True, kw_only=True)
class Split(Entry):
    """One way to go on from a stream with several."""

    takes: str = ""
    outs: tuple[Out, ...]


@dataclass(frozen=True, kw_only=True)
class Pairing(Entry):
    """One way to go on from two streams, by the names of the ports."""

    takes: tuple[str, str]
    ports: tuple[str, str] = ("0", "1")
    before: tuple[str, str] = ("", "")  # stands in a pipeline of its own, which `{left}` and `{right}` name
    after: str = ""
    gives: str
    blocks: tuple[str, ...] = ()  # the ports that block
    needs_order: tuple[str, ...] = ()
    ordered_by: tuple[str, ...] = ()  # the ports whose order makes that of the output; none: it has none


@dataclass(frozen=True, kw_only=True)
class Reading(Entry):
    """A stream that goes through a state, and another one that reads it as `$r`. `after` makes items of the state's
    output. A reader that takes nothing is a source.
    """

    takes: str = ""
    after: str = ""
    gives_order: bool | None = None
    blocks: bool = False
    reader: str
    reader_takes: str | None = INT
    reader_gives: str = INT


BEGINNINGS = (
    Beginning(uses=("source_iter",), text="source_iter([4, 1, 4, 6])"),
    Beginning(uses=("members",), text="members([6, 2, 5])"),
    Beginning(uses=("source_iter",), text="source_iter([(0, 0), (1, 1), (2, 0), (1, 1)])", gives=PAIR),
    Beginning(uses=("source_frame",), text="source_frame(tabled) -> map(|(n, _)| n)"),
    Beginning(uses=("source_frame",), text="source_frame(tabled) -> map(|row| (row.n, row.m))", gives=PAIR),
    Beginning(uses=("initialize",), text="initialize() -> map(|()| 5)"),
    Beginning(uses=("spin",), text="spin() -> map(|()| 4)"),
    Beginning(uses=("assert_eq",), text="source_iter([3, 1]) -> assert_eq([3, 1])"),
)

ENDINGS = (
    Ending(uses=("for_each",), text="for_each({sink}.append)"),
    Ending(uses=("for_each",), text="for_each(|x| {sink}.append(x))"),
    Ending(uses=("for_each",), text="for_each(|(a, b)| {sink}.append((a, b)))", takes=PAIR),
    Ending(uses=("dest_sink",), text="dest_sink({sink}.append)"),
    Ending(uses=("dest_frame",), text="dest_frame({'n': int}, |frame| {sink}.extend(frame['n']))", takes=INT),
    Ending(
        uses=("dest_frame",), text="dest_frame({'a': int, 'b': int}, |frame| {sink}.extend(frame.rows()))", takes=PAIR
    ),
)

STEPS = (
    Step(uses=("map",), text="map(|x| (x * {a} + {b}) % 7)", takes=INT),
    Step(uses=("map",), text="map(lambda x: (x + {b}) % 7)", takes=INT),
    Step(uses=("map",), text="map(next_number)", takes=INT),
    Step(uses=("map",), text="map(|x| sum([x for _ in range({a})]) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| (lambda y: (x + y) % 7)({a}))", takes=INT),
    Step(uses=("map",), text="map(|x| (y := x + {a}) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| ({a} + x * x) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| (x + context.current_tick()) % 7)", takes=INT),
    Step(uses=("map",), text="map(|x| (x % 3, x))", takes=INT, gives=PAIR),
    Step(uses=("map",), text="map(|x| (x, {b}))", takes=INT, gives=PAIR),
    Step(uses=("map",), text="map(|(k, v)| (k + v) % 7)", takes=PAIR, gives=INT),
    Step(uses=("map",), text="map(|(_, v)| v)", takes=PAIR, gives=INT),
    Step(uses=("map",), text="map(|(first, *rest)| (first + len(rest)) % 7)", takes=PAIR, gives=INT),
    Step(uses=("map",), text="map(|(k, *_, v)| (k, *[v][:1]))", takes=PAIR),
    Step(uses=("map",), text="map(|x| Even(x)) -> map(|Even(x)| (x + {a}) % 7)", takes=INT),
    Step(uses=("map",), text="map(|(k, v)| (Even(k), v)) -> map(|(Even(k), v)| (v, k))", takes=PAIR),
    Step(uses=("map",), text="map(|(k, v)| (Odd(k), v)) -> map(|((k,), v)| [(j, v) for j in (k,)][0])", takes=PAIR),
    Step(uses=("map",), text="map(|(k, v)| (v, k))", takes=PAIR),
    Step(uses=("map",), text="map(|(k, _)| (k, k))", takes=PAIR),
    Step(uses=("map",), text="map(|(k, v)| (k, (k, v))) -> map(|(k, (_, v))| (v, k))", takes=PAIR),
    Step(uses=("filter",), text="filter(|x| x % 3 != {b} % 3)", takes=INT),
    Step(uses=("filter",), text="filter(|(k, v)| k != v)", takes=PAIR),
    Step(uses=("filter_map",), text="filter_map(|x| x // 2 if x % 2 else None)", takes=INT),
    Step(uses=("filter_map",), text="filter_map(some_half)", takes=INT),
    Step(uses=("flat_map",), text="flat_map(|x| [x, (x + {a}) % 7])", takes=INT),
    Step(uses=("flat_map",), text="flat_map(|x| range(x % 3))", takes=INT),
    Step(uses=("flat_map",), text="flat_map(|(k, v)| [(k, v), (v, {b})])", takes=PAIR),
    Step(uses=("flatten", "map"), text="map(|x| [x] * (x % 3)) -> flatten()", takes=INT),
    Step(uses=("flatten",), text="flatten()", takes=PAIR, gives=INT),
    Step(uses=("identity",), text="identity()"),
    Step(uses=("inspect",), text="inspect(|x| seen.append(x))"),
    Step(uses=("breakpoint",), text="breakpoint(|x| len(repr(x)) % 2 == 0)"),
    Step(uses=("assert",), text="assert(|x| x is not None)"),
    Step(uses=("null",), text="null()"),
    Step(uses=("unique",), text="unique{p}()"),
    Step(uses=("persist",), text="persist{p}()"),
    Step(uses=("multiset_delta",), text="multiset_delta()"),
    Step(uses=("persist", "multiset_delta"), text="persist() -> multiset_delta()"),
    Step(
        uses=("enumerate",), text="enumerate{p}() -> map(|(i, x)| (i % 7, x))", takes=INT, gives=PAIR, needs_order=True
    ),
    Step(uses=("defer_tick",), text="defer_tick()", delays=True),
    Step(uses=("defer_tick_lazy",), text="defer_tick_lazy()", delays=True),
    Step(uses=("defer_tick",), text="defer_tick() -> defer_tick()", delays=True),
    Step(uses=("next_stratum",), text="next_stratum()", blocks=True),
    Step(uses=("sort",), text="sort()", gives_order=True, blocks=True),
    Step(uses=("sort_by_key",), text="sort_by_key(|x| -x)", takes=INT, gives_order=True, blocks=True),
    Step(uses=("sort_by_key",), text="sort_by_key(|(k, v)| (v, k))", takes=PAIR, gives_order=True, blocks=True),
    Step(uses=("fold",), text="fold{p}(|| {a}, |acc, x| (acc + x) % 7)", takes=INT, gives_order=True, blocks=True),
    Step(
        uses=("fold",),
        text="fold{p}(|| {a}, |acc, x| (acc * 3 + x) % 7)",
        takes=INT,
        needs_order=True,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold",),
        text="fold{p}(|| [], |acc, x| acc.append(x)) -> map(|xs| len(xs) % 7)",
        gives=INT,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold", "flatten"),
        text="fold{p}(|| [], |acc, x| acc.append(x)) -> flatten()",
        needs_order=True,
        blocks=True,
    ),
    # What was emitted is kept until the next tick, and stays as it was at every depth.
    Step(
        uses=("fold", "defer_tick"),
        text="fold{p}(|| [], |acc, x| acc.append([x])) -> defer_tick() -> map(|xs| len(xs) % 7)",
        gives=INT,
        gives_order=True,
        blocks=True,
        delays=True,
    ),
    Step(
        uses=("fold", "defer_tick"),
        text="fold{p}(|| {0: []}, grow_within) -> map(|d| d[0]) -> defer_tick() -> map(|xs| len(xs) % 7)",
        gives=INT,
        gives_order=True,
        blocks=True,
        delays=True,
    ),
    Step(
        uses=("fold", "defer_tick"),
        text="fold{p}(many_rows, |acc, x| acc.setdefault(x, []).append(x)) -> defer_tick() -> map(weight)",
        takes=INT,
        gives=INT,
        gives_order=True,
        blocks=True,
        delays=True,
    ),
    Step(
        uses=("fold", "defer_tick"),
        text="fold{p}(many_rows, put_in_rows) -> map(|acc| (acc, acc[0])) -> defer_tick() "
        "-> map(|(acc, row)| (weight(acc) + len(row)) % 7)",
        takes=INT,
        gives=INT,
        gives_order=True,
        blocks=True,
        delays=True,
    ),
    Step(
        uses=("reduce", "defer_tick"),
        text="map(|x| [x]) -> reduce{p}(|a, b| a.extend(b)) -> defer_tick() -> map(|xs| len(xs) % 7)",
        gives=INT,
        gives_order=True,
        blocks=True,
        delays=True,
    ),
    Step(
        uses=("defer_tick", "reduce_keyed"),
        text="map(|x| (0, [x])) -> reduce_keyed{p}(grow) -> defer_tick() -> map(|(_, xs)| len(xs) % 7)",
        gives=INT,
        blocks=True,
        delays=True,
    ),
    Step(
        uses=("scan", "defer_tick"),
        text="scan{p}(list, grow_and_give) -> defer_tick() -> map(|xs| len(xs) % 7)",
        gives=INT,
        needs_order=True,
        delays=True,
    ),
    Step(
        uses=("lattice_fold", "defer_tick"),
        text="map(|x| SetUnion({x})) -> lattice_fold{p}(SetUnion) -> defer_tick() -> unique() "
        "-> map(|s| len(s.reveal()))",
        gives=INT,
        gives_order=False,
        delays=True,
    ),
    Step(uses=("reduce",), text="reduce{p}(|a, b| max(a, b))", gives_order=True, blocks=True),
    Step(
        uses=("reduce",),
        text="reduce{p}(lambda a, b: (a * 3 + b) % 7)",
        takes=INT,
        needs_order=True,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold_keyed",),
        text="{i}fold_keyed{p}(|| {a}, |acc, x| (acc + x) % 7)",
        takes=PAIR,
        gives_order=False,
        blocks=True,
    ),
    Step(
        uses=("fold_keyed",),
        text="{i}fold_keyed{p}(|| [], |acc, x| acc.append(x)) -> map(|(k, xs)| (k, sum(xs) % 7))",
        takes=PAIR,
        gives_order=False,
        blocks=True,
    ),
    Step(
        uses=("fold_keyed",),
        text="map(|(k, v)| hf.Delete(k) if v == {b} else hf.Persist(k, v)) "
        "-> fold_keyed::<'mutable>(|| {a}, |acc, x| (acc + x) % 7)",
        takes=PAIR,
        needs_order=True,
        gives_order=False,
        blocks=True,
    ),
    Step(uses=("reduce_keyed",), text="reduce_keyed{p}(min)", takes=PAIR, gives_order=False, blocks=True),
    Step(
        uses=("reduce_keyed",),
        text="reduce_keyed{p}(|a, b| (a * 3 + b) % 7)",
        takes=PAIR,
        needs_order=True,
        gives_order=False,
        blocks=True,
    ),
    Step(uses=("tee",), text="tee()"),
    Step(uses=("union",), text="union()"),
    Step(uses=("handoff",), text="handoff()"),
    Step(uses=("unique_keyed",), text="unique_keyed{p}()", takes=PAIR),
    Step(
        uses=("enumerate_keyed",),
        text="enumerate_keyed{p}() -> map(|(k, (i, v))| (k, (i * 2 + v) % 7))",
        takes=PAIR,
        needs_order=True,
    ),
    Step(
        uses=("enumerate_keyed",),
        text="map(|(k, _)| (k, {a})) -> enumerate_keyed{p}() -> map(|(k, (i, v))| (k, (i + v) % 7))",
        takes=PAIR,
    ),
    Step(uses=("scan",), text="scan{p}(|| {a}, |acc, x| ((acc + x) % 7, acc))", takes=INT, needs_order=True),
    Step(
        uses=("scan",),
        text="scan{p}(|| 0, |acc, x| None if x == 6 else (acc + x, (acc + x) % 7))",
        takes=INT,
        needs_order=True,
    ),
    Step(uses=("scan",), text="scan{p}(|| 0, |acc, _| None if acc == {a} else (acc + 1, {b}))", takes=INT),
    Step(uses=("scan",), text="scan{p}(int, lambda acc, x: (acc + 1, x))"),
    Step(uses=("flat_map_stream_blocking",), text="flat_map_stream_blocking(EachBelow)", takes=INT, blocks=True),
    Step(
        uses=("flatten_stream_blocking",),
        text="map(|x| EachBelow(x)) -> flatten_stream_blocking()",
        takes=INT,
        blocks=True,
    ),
    Step(
        uses=("scan_async_blocking",),
        text="scan_async_blocking{p}(|| {a}, add_unless_six)",
        takes=INT,
        needs_order=True,
        blocks=True,
    ),
    Step(uses=("_counter",), text="_counter('items', 3600)"),
    Step(uses=("sort_keyed",), text="sort_keyed()", takes=PAIR, gives_order=True, blocks=True),
    Step(
        uses=("fold_no_replay",),
        text="fold_no_replay{p}(|| {a}, |acc, x| (acc + x) % 7)",
        takes=INT,
        gives_order=True,
        blocks=True,
    ),
    Step(
        uses=("fold_no_replay",),
        text="fold_no_replay{p}(list, |acc, x| acc.append(x)) -> flatten()",
        needs_order=True,
        blocks=True,
    ),
    Step(uses=("reduce_no_replay",), text="reduce_no_replay{p}(max)", gives_order=True, blocks=True),
    Step(
        uses=("reduce_no_replay",),
        text="reduce_no_replay{p}(|a, b| (a * 3 + b) % 7)",
        takes=INT,
        needs_order=True,
        gives_order=True,
        blocks=True,
    ),
    Step(uses=("persist_mut",), text="map(hf.Persist) -> persist_mut{p}()", blocks=True),
    Step(
        uses=("persist_mut",),
        text="map(|x| hf.Delete(x - 1) if x % 3 == 0 else hf.Persist(x)) -> persist_mut{p}()",
        takes=INT,
        needs_order=True,
        blocks=True,
    ),
    Step(
        uses=("persist_mut",),
        text="map(|x| hf.Delete([x - 1]) if x % 3 == 0 else hf.Persist([x])) -> persist_mut{p}() -> flatten()",
        takes=INT,
        needs_order=True,
        blocks=True,
    ),
    Step(
        uses=("persist_mut_keyed",),
        text="map(|(k, v)| hf.Delete(k) if v == {b} else hf.Persist(k, v)) -> persist_mut_keyed{p}()",
        takes=PAIR,
        needs_order=True,
        gives_order=False,
        blocks=True,
    ),
    Step(uses=("state",), text="map(|x| SetUnion({x})) -> state::<{l}SetUnion>() -> flatten()"),
    Step(
        uses=("state",),
        text="map(Max) -> state::<{l}Max>() -> map(|m| m.reveal())",
        takes=INT,
        needs_order=True,
    ),
    Step(uses=("state_by",), text="state_by::<{l}SetUnion>(|x| SetUnion({x}), SetUnion)"),
    Step(
        uses=("state_by",),
        text="state_by::<{l}Min>(|x| Min(x), lambda: Min())",
        takes=INT,
        needs_order=True,
    ),
    Step(
        uses=("lattice_fold",),
        text="map(Max) -> lattice_fold{p}(|| Max({a})) -> map(|m| m.reveal())",
        takes=INT,
        gives_order=True,
        steady=True,
    ),
    Step(
        uses=("lattice_fold",),
        text="map(|x| SetUnion({x})) -> lattice_fold{p}(SetUnion) -> flatten() -> unique()",
        gives_order=False,
        grows=True,
    ),
    Step(
        uses=("lattice_reduce",),
        text="map(Min) -> lattice_reduce{p}() -> map(|m| m.reveal())",
        takes=INT,
        gives_order=True,
        steady=True,
    ),
    Step(
        uses=("lattice_reduce",),
        text="map(|x| SetUnion({x})) -> lattice_reduce{p}() -> flatten() -> unique()",
        gives_order=False,
        grows=True,
    ),
)

SPLITS = (
    Split(uses=("tee",), text="tee()", outs=(Out(port="0"), Out(port="1"), Out(port="2"))),
    Split(uses=("unzip",), text="unzip()", takes=PAIR, outs=(Out(port="0", gives=INT), Out(port="1", gives=INT))),
    Split(
        uses=("demux",),
        text="demux(|x, (evens, odds)| odds.give(x) if x % 2 else evens.give((x + {a}) % 7))",
        takes=INT,
        outs=(Out(port="evens"), Out(port="odds")),
    ),
    Split(
        uses=("demux",),
        text="demux(|(k, v), (keys, values, both)| [keys.give(k), values.give(v), k == v and both.give((v, k))])",
        takes=PAIR,
        outs=(Out(port="both"), Out(port="keys", gives=INT), Out(port="values", gives=INT)),
    ),
    Split(
        uses=("demux",),
        text="demux(|x, (low, high)| give_both(x, low, high))",
        takes=INT,
        outs=(Out(port="high"), Out(port="low")),
    ),
    Split(
        uses=("partition",),
        text="partition(|x, [small, large]| large if x > {b} else small)",
        takes=INT,
        outs=(Out(port="small"), Out(port="large")),
    ),
    Split(
        uses=("partition",),
        text="partition(|(k, v), [same, less, more]| same if k == v else less if k < v else more)",
        takes=PAIR,
        outs=(Out(port="less"), Out(port="more"), Out(port="same")),
    ),
    Split(
        uses=("partition",),
        text="partition(|x, n| x % n)",
        takes=INT,
        outs=(Out(port="0"), Out(port="1"), Out(port="2")),
    ),
    Split(
        uses=("partition",), text="partition(|x| 0 if x < {a} else 1)", takes=INT, outs=(Out(port="0"), Out(port="1"))
    ),
    Split(
        uses=("partition",),
        text="partition(lambda x: ['even', 'odd'][x % 2])",
        takes=INT,
        outs=(Out(port="even"), Out(port="odd")),
    ),
    Split(
        uses=("demux_enum",),
        text="map(|x| Odd(x) if x % 2 else Even(x)) -> demux_enum::<Parity>()",
        takes=INT,
        outs=(
            Out(port="Even", after="map(|(number,)| number)"),
            Out(port="Odd", after="map(|Odd(number)| (number, 0))", gives=PAIR),
        ),
    ),
    Split(
        uses=("demux_enum",),
        text="map(|x| Size.SMALL if x < 3 else Size.LARGE) -> demux_enum::<Size>()",
        takes=INT,
        outs=(Out(port="LARGE", after="map(|size| size.value)"), Out(port="SMALL", after="map(|size| size.value)")),
    ),
    Split(
        uses=("demux_enum",),
        text="map(|x| x if x > {b} else str(x)) -> demux_enum::<int | str>()",
        takes=INT,
        outs=(Out(port="int"), Out(port="str", after="map(int)")),
    ),
    Split(
        uses=("state",),
        text="map(|x| SetUnion({x})) -> state::<{l}SetUnion>()",
        outs=(
            Out(port="items", after="flatten()"),
            Out(port="state", after="flatten() -> unique()", keeps_order=False),
        ),
        grows=True,
    ),
    Split(
        uses=("state_by",),
        text="state_by::<{l}SetUnion>(|x| SetUnion({x}), SetUnion)",
        outs=(Out(port="items"), Out(port="state", after="flatten() -> unique()", keeps_order=False)),
        grows=True,
    ),
)

_SUM = "Fold(lambda: 0, lambda acc, x: (acc + x) % 7)"
_LEAST = "Reduce(min)"
_ALL = "FoldFrom(lambda x: [x], lambda acc, x: acc.append(x))"
_MIXED = "Reduce(lambda a, b: (a * 3 + b) % 7)"

PAIRINGS = (
    Pairing(
        uses=("join",), text="join{p}()", takes=(PAIR, PAIR), after="map(|(k, (a, b))| (k, (a + b) % 7))", gives=PAIR
    ),
    Pairing(uses=("join",), text="join{p}()", takes=(PAIR, PAIR), after="map(|(_, (a, b))| (a, b))", gives=PAIR),
    Pairing(
        uses=("join_multiset",),
        text="join_multiset{p}()",
        takes=(PAIR, PAIR),
        after="map(|(k, (a, b))| (k, (a + b) % 7))",
        gives=PAIR,
    ),
    # Values that cannot be hashed, some of them next to such as can.
    Pairing(
        uses=("join",),
        text="join{p}()",
        takes=(PAIR, PAIR),
        before=("map(|(k, v)| (k, v if v % 3 else [v % 2]))",) * 2,
        after="map(|(k, (a, b))| (k, (a[0] if isinstance(a, list) else a) + (b[0] if isinstance(b, list) else b)))"
        " -> map(|(k, v)| (k, v % 7))",
        gives=PAIR,
    ),
    *(
        Pairing(
            uses=(kind,),
            text=f"{kind}::<{{l}}{state}>()",
            takes=(PAIR, PAIR) if kind == "join" else (INT, INT),
            after="map(|(k, (a, b))| (k, (a + b) % 7))" if kind == "join" else "",
            gives=PAIR,
        )
        for kind in ("join", "cross_join")
        for state in ("HalfSetJoinState", "HalfMultisetJoinState")
    ),
    Pairing(uses=("cross_join",), text="cross_join{p}()", takes=(INT, INT), gives=PAIR),
    Pairing(
        uses=("cross_join",),
        text="cross_join{p}()",
        takes=(INT, INT),
        before=("map(|x| [x] if x % 2 else x)",) * 2,
        after="map(|(a, b)| (a[0] if isinstance(a, list) else a, b[0] if isinstance(b, list) else b))",
        gives=PAIR,
    ),
    Pairing(uses=("cross_join_multiset",), text="cross_join_multiset{p}()", takes=(INT, INT), gives=PAIR),
    *(
        Pairing(
            uses=(f"difference{multiset}",),
            text=f"difference{multiset}{{p}}()",
            takes=(kind, kind),
            ports=("pos", "neg"),
            gives=kind,
            blocks=("neg",),
            ordered_by=("pos",),
        )
        for multiset in ("", "_multiset")
        for kind in (INT, PAIR)
    ),
    *(
        Pairing(
            uses=(f"anti_join{multiset}",),
            text=f"anti_join{multiset}{{p}}()",
            takes=(PAIR, INT),
            ports=("pos", "neg"),
            gives=PAIR,
            blocks=("neg",),
            ordered_by=("pos",),
        )
        for multiset in ("", "_multiset")
    ),
    *(
        Pairing(
            uses=("join_multiset_half",),
            text="join_multiset_half{p}()",
            takes=(PAIR, PAIR),
            ports=("build", "probe"),
            after=after,
            gives=PAIR,
            blocks=("build",),
            ordered_by=("build", "probe"),
        )
        for after in ("map(|(k, (a, b))| (k, (a * 2 + b) % 7))", "map(|(_, (a, b))| (a, b))")
    ),
    *(
        Pairing(
            uses=(f"join_fused{end}",),
            text=f"join_fused{end}{{p}}({arguments})",
            takes=(PAIR, PAIR),
            after=after,
            gives=PAIR,
            blocks=blocks,
            needs_order=blocks if "* 3" in arguments else (),
            ordered_by=ordered_by,
        )
        for end, arguments, blocks, ordered_by, after in (
            ("", f"{_SUM}, {_LEAST}", ("0", "1"), (), "map(|(k, (a, b))| (k, (a * 2 + b) % 7))"),
            ("", f"{_ALL}, {_SUM}", ("0", "1"), (), "map(|(k, (a, b))| (sum(a) % 7, (k + b) % 7))"),
            ("", f"{_MIXED}, {_MIXED}", ("0", "1"), (), "map(|(_, ab)| ab)"),
            ("_lhs", _SUM, ("0",), ("1",), "map(|(k, (a, b))| (k, (a * 2 + b) % 7))"),
            ("_lhs", _ALL, ("0",), ("1",), "map(|(k, (a, b))| (b, (k + sum(a)) % 7))"),
            ("_lhs", _MIXED, ("0",), ("1",), "map(|(_, ab)| ab)"),
            ("_rhs", _LEAST, ("1",), ("0",), "map(|(k, (a, b))| (k, (a * 2 + b) % 7))"),
            ("_rhs", _ALL, ("1",), ("0",), "map(|(k, (a, b))| (a, (k + sum(b)) % 7))"),
            ("_rhs", _MIXED, ("1",), ("0",), "map(|(_, ab)| ab)"),
        )
    ),
    *(
        Pairing(uses=("chain",), text="chain()", takes=(kind, kind), gives=kind, ordered_by=("0", "1"))
        for kind in (INT, PAIR)
    ),
    *(Pairing(uses=("union",), text="union()", takes=(kind, kind), gives=kind) for kind in (INT, PAIR)),
    *(
        Pairing(
            uses=("chain_first_n",),
            text=f"chain_first_n({n})",
            takes=(INT, INT),
            gives=INT,
            blocks=("0",),
            needs_order=("0", "1"),
            ordered_by=("0", "1"),
        )
        for n in ("{a}", "4")
    ),
    Pairing(
        uses=("chain_first_n",),
        text="chain_first_n(3)",
        takes=(INT, INT),
        before=("map(|_| {a})", "map(|_| {a})"),
        gives=INT,
        blocks=("0",),
    ),
    Pairing(
        uses=("cross_singleton",),
        text="cross_singleton{p}()",
        takes=(INT, INT),
        ports=("input", "single"),
        gives=PAIR,
        blocks=("single",),
        needs_order=("single",),
        ordered_by=("input",),
    ),
    Pairing(
        uses=("zip",),
        text="zip{p}()",
        takes=(INT, INT),
        gives=PAIR,
        needs_order=("0", "1"),
        ordered_by=("0", "1"),
    ),
    # Without an order only the number of pairs is known.
    Pairing(uses=("zip",), text="zip{p}()", takes=(INT, INT), before=("map(|_| {a})", "map(|_| {b})"), gives=PAIR),
    Pairing(
        uses=("zip_longest",),
        text="zip_longest{p}()",
        takes=(INT, INT),
        after="map(|(a, b)| (6 if a is None else a, 5 if b is None else b))",
        gives=PAIR,
        blocks=("0", "1"),
        needs_order=("0", "1"),
        ordered_by=("0", "1"),
    ),
    *(
        Pairing(
            uses=("defer_signal",),
            text="defer_signal()",
            takes=(kind, INT),
            ports=("input", "signal"),
            gives=kind,
            blocks=("input", "signal"),
            ordered_by=("input",),
        )
        for kind in (INT, PAIR)
    ),
    Pairing(
        uses=("_lattice_fold_batch",),
        text="_lattice_fold_batch::<SetUnion>()",
        takes=(PAIR, INT),
        ports=("input", "signal"),
        before=("map(|x| SetUnion({x}))", ""),
        after="flatten()",
        gives=PAIR,
        steady=True,
    ),
    Pairing(
        uses=("_lattice_join_fused_join",),
        text="_lattice_join_fused_join::<{l}Max, Min>()",
        takes=(PAIR, PAIR),
        before=("map(|(k, v)| (k, Max(v)))", "map(|(k, v)| (k, Min(v)))"),
        after="flat_map(|m| [(k, (v.left.reveal() * 2 + v.right.reveal()) % 7) for k, v in m.reveal().items()])",
        gives=PAIR,
        blocks=("0", "1"),
    ),
    *(
        Pairing(
            uses=("lattice_bimorphism", "state"),
            text="lattice_bimorphism(product, ${left}, ${right})",
            takes=(INT, INT),
            before=(
                f"map(|x| SetUnion({{x}})) -> state::<{left}SetUnion>()",
                f"map(|x| SetUnion({{x}})) -> state::<{right}SetUnion>()",
            ),
            after="flatten()",
            gives=PAIR,
            blocks=("0", "1"),
        )
        for left in ("'tick, ", "'static, ")
        for right in ("", "'static, ")
    ),
)

READINGS = (
    Reading(uses=("handoff",), text="handoff()", reader="map(|x| (x + len($r)) % 7)"),
    Reading(uses=("handoff",), text="handoff()", reader="flat_map(|(k, v)| [k] * $r.count(v))", reader_takes=PAIR),
    *(
        Reading(
            uses=("iter_ref", "handoff"),
            text="handoff()",
            takes=kind,
            reader="iter_ref($r)",
            reader_takes=None,
            reader_gives=kind,
        )
        for kind in (INT, PAIR)
    ),
    Reading(
        uses=("singleton", "fold"),
        text="fold(|| {a}, |acc, x| (acc + x) % 7) -> singleton()",
        takes=INT,
        gives_order=True,
        blocks=True,
        reader="map(|x| (x + $r) % 7)",
    ),
    Reading(
        uses=("optional", "reduce"),
        text="reduce(max) -> optional()",
        takes=INT,
        gives_order=True,
        blocks=True,
        reader="filter_map(|x| $r if $r is None else (x + $r) % 7)",
    ),
    Reading(
        uses=("fold",),
        text="fold{p}(|| {a}, |acc, x| (acc + x) % 7)",
        takes=INT,
        gives_order=True,
        blocks=True,
        reader="map(|(k, v)| (k, (v + $r) % 7))",
        reader_takes=PAIR,
        reader_gives=PAIR,
    ),
    Reading(
        uses=("reduce",),
        text="reduce{p}(|a, b| min(a, b))",
        takes=INT,
        gives_order=True,
        blocks=True,
        reader="filter(|x| $r is None or x > $r)",
    ),
    Reading(
        uses=("state",),
        text="map(|x| SetUnion({x})) -> state::<{l}SetUnion>()",
        takes=INT,
        after="flatten()",
        reader="filter(|x| x in $r)",
    ),
    Reading(
        uses=("state_by",),
        text="map(|x| x % 3) -> state_by::<{l}SetUnion>(|x| SetUnion({x}), SetUnion)",
        takes=INT,
        reader="map(|(k, v)| (k + v + len($r)) % 7)",
        reader_takes=PAIR,
    ),
    Reading(
        uses=("lattice_fold",),
        text="map(Max) -> lattice_fold{p}(|| Max({a}))",
        takes=INT,
        after="map(|m| m.reveal())",
        reader="map(|x| (x + $r.reveal()) % 7)",
        steady=True,
    ),
    Reading(
        uses=("lattice_reduce",),
        text="map(|x| SetUnion({x})) -> lattice_reduce{p}()",
        takes=INT,
        after="flatten() -> unique()",
        gives_order=False,
        reader="filter(|x| $r is not None and x in $r)",
        grows=True,
    ),
)

ENTRIES: tuple[Entry, ...] = (*BEGINNINGS, *ENDINGS, *STEPS, *SPLITS, *PAIRINGS, *READINGS)
# The keyed ones twice: they have the most to remember in a cycle.
_JOINS = (
    *(pairing for pairing in PAIRINGS if not pairing.blocks and not pairing.steady),
    *(pairing for pairing in PAIRINGS if pairing.uses[0] in ("join", "join_multiset")),
)
_KIND_CHANGES = {(INT, PAIR): "map(|x| (x, (x + 1) % 7))", (PAIR, INT): "map(|(a, b)| (a * 2 + b) % 7)"}


@dataclass(kw_only=True)
class Writer:
    """Writes one random flow."""

    draw: Callable[..., object]
    # Whether to write mostly joins in cycles.
    cyclic: bool = False
    statements: list[str] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    ordered: dict[str, bool] = field(default_factory=dict)
    # Cycles not closed yet: head and kind; and for each closed one the heads that its closing edge comes from.
    open_heads: dict[int, str] = field(default_factory=dict)
    closings: dict[int, list[dict[int, bool]]] = field(default_factory=dict)
    # Whether how often an item goes over each edge is determined.
    counted: bool = True
    count: int = 0

    def number(self) -> int:
        self.count += 1
        return self.count

    def pick(self, choices):  # type: ignore[no-untyped-def]
        return self.draw(st.sampled_from(list(choices)))

    def filling(self, entry: Entry) -> Filling:
        """Something to fill the holes of an entry."""
        texts = " ".join(str(part) for part in vars(entry).values())
        with_lifetimes = "{p}" in texts or "{l}" in texts
        return Filling(
            lifetimes=self.pick(LIFETIMES[entry.uses[0]]) if with_lifetimes else (),
            a=self.draw(st.integers(1, 3)) if "{a}" in texts else 2,
            b=self.draw(st.integers(0, 3)) if "{b}" in texts else 1,
        )

    def take(self) -> Stream:
        if self.cyclic:
            # Those of a cycle come first, so that they meet.
            self.streams.sort(key=lambda stream: not stream.heads)
            return self.streams.pop(self.draw(st.integers(0, min(2, len(self.streams) - 1))))
        return self.streams.pop(self.draw(st.integers(0, len(self.streams) - 1)))

    # --- one more entry -----------------------------------------------------------------------------------------------

    def begin(self, beginning: Beginning, filling: Filling) -> None:
        number = self.number()
        self.statements.append(f"s{number} = {filling.fill(beginning.text)};")
        self.streams.append(Stream(name=f"s{number}", kind=beginning.gives, ordered=True, heads={}))

    def listen(self, kind: str) -> None:
        number = self.number()
        self.inputs[f"input_{number}"] = kind
        self.begin(
            Beginning(uses=("source_stream",), text=f"source_stream(input_{number})", gives=kind),
            Filling(),
        )

    def follow(self, stream: Stream, step: Step, filling: Filling) -> Stream:
        number = self.number()
        self.statements.append(f"s{number} = {stream.name} -> {filling.fill(step.text)};")
        self.counted = self.counted and not (step.grows and stream.heads)
        made = Stream(
            name=f"s{number}",
            kind=step.gives or stream.kind,
            ordered=stream.ordered if step.gives_order is None else step.gives_order,
            heads={} if step.delays else {head: blocked or step.blocks for head, blocked in stream.heads.items()},
        )
        self.streams.append(made)
        return made

    def split(self, stream: Stream, split: Split, filling: Filling) -> None:
        number = self.number()
        self.statements.append(f"d{number} = {stream.name} -> {filling.fill(split.text)};")
        self.counted = self.counted and not (split.grows and stream.heads)
        for out in split.outs:
            made = replace(
                stream,
                name=f"d{number}[{out.port}]",
                kind=out.gives or stream.kind,
                ordered=stream.ordered and out.keeps_order,
            )
            if out.after:
                self.follow(made, Step(uses=(), text=out.after), Filling())
            else:
                self.streams.append(made)

    def pair(self, sides: list[Stream], pairing: Pairing, filling: Filling) -> None:
        number = self.number()
        names = [side.name for side in sides]
        for index, before in enumerate(pairing.before):
            if before:
                names[index] = f"{'lr'[index]}{number}"
                self.statements.append(f"{names[index]} = {sides[index].name} -> {filling.fill(before)};")
        text = filling.fill(pairing.text).replace("{left}", names[0]).replace("{right}", names[1])
        after = f" -> {filling.fill(pairing.after)}" if pairing.after else ""
        self.statements.append(f"b{number} = {text}; s{number} = b{number}{after};")
        self.statements += [f"{name} -> [{port}]b{number};" for name, port in zip(names, pairing.ports, strict=True)]
        heads: dict[int, bool] = {}
        for side, port in zip(sides, pairing.ports, strict=True):
            for head, blocked in side.heads.items():
                heads[head] = heads.get(head, False) or blocked or port in pairing.blocks
        ordered = [side.ordered for side, port in zip(sides, pairing.ports, strict=True) if port in pairing.ordered_by]
        self.streams.append(
            Stream(name=f"s{number}", kind=pairing.gives, ordered=bool(ordered) and all(ordered), heads=heads)
        )

    def read(self, stream: Stream, reader: Stream | None, reading: Reading, filling: Filling, *, go_on: bool) -> None:
        number = self.number()
        self.statements.append(f"r{number} = {stream.name} -> {filling.fill(reading.text)};")
        self.counted = self.counted and not (reading.grows and stream.heads)
        state = Stream(
            name=f"r{number}",
            kind=stream.kind,
            ordered=stream.ordered if reading.gives_order is None else reading.gives_order,
            heads={head: blocked or reading.blocks for head, blocked in stream.heads.items()},
        )
        if go_on and reading.after:
            self.follow(state, Step(uses=(), text=reading.after), filling)
        elif go_on:
            self.streams.append(state)
        text = filling.fill(reading.reader).replace("$r", f"$r{number}")
        self.statements.append(f"s{number} = {f'{reader.name} -> ' if reader else ''}{text};")
        self.streams.append(
            Stream(
                name=f"s{number}",
                kind=reading.reader_gives,
                ordered=reader.ordered if reader else stream.ordered,
                heads={**(reader.heads if reader else {}), **dict.fromkeys(state.heads, True)},
            )
        )

    def end(self, stream: Stream, ending: Ending) -> None:
        sink = f"sink_{self.number()}"
        self.ordered[sink] = stream.ordered
        self.statements.append(f"{stream.name} -> {ending.text.replace('{sink}', sink)};")

    # --- ways to go on ------------------------------------------------------------------------------------------------

    def source(self) -> None:
        way = self.draw(st.integers(0, 9))
        if way < 7:
            self.listen(self.pick([INT, PAIR]))
        elif way < 9:
            kind = self.pick([INT, PAIR])
            text = f"source_iter({self.draw(BATCHES[kind])!r})"
            self.begin(Beginning(uses=("source_iter",), text=text, gives=kind), Filling())
        else:
            beginning = self.pick(BEGINNINGS)
            self.begin(beginning, self.filling(beginning))

    def step(self) -> None:
        stream = self.take()
        step = self.pick(
            step
            for step in STEPS
            if step.takes in ("", stream.kind)
            and (stream.ordered or not step.needs_order)
            and not (step.steady and stream.heads)
        )
        self.follow(stream, step, self.filling(step))

    def splitting(self) -> None:
        stream = self.take()
        split = self.pick(split for split in SPLITS if split.takes in ("", stream.kind))
        self.split(stream, split, self.filling(split))

    def reading(self) -> None:
        reading = self.pick(READINGS)
        stream = self.fit(self.take(), reading.takes, steady=reading.steady)
        reader = None
        if reading.reader_takes is not None:
            if not self.streams:
                self.listen(reading.reader_takes)
            reader = self.fit(self.take(), reading.reader_takes)
        self.read(stream, reader, reading, self.filling(reading), go_on=self.draw(st.booleans()))

    def fit(self, stream: Stream, kind: str, *, ordered: bool = False, steady: bool = False) -> Stream:
        """A stream made such as an entry needs it."""
        stream = self.of_kind(stream, kind or stream.kind)
        if ordered and not stream.ordered:
            stream = self.follow(stream, Step(uses=(), text="sort()", gives_order=True, blocks=True), Filling())
            self.streams.remove(stream)
        if steady and stream.heads:
            stream = self.follow(stream, Step(uses=(), text="defer_tick()", delays=True), Filling())
            self.streams.remove(stream)
        return stream

    def of_kind(self, stream: Stream, kind: str) -> Stream:
        if stream.kind == kind:
            return stream
        made = self.follow(stream, Step(uses=(), text=_KIND_CHANGES[stream.kind, kind], gives=kind), Filling())
        self.streams.remove(made)
        return made

    def tee(self) -> None:
        stream, number = self.take(), self.number()
        self.statements.append(f"s{number} = {stream.name} -> tee();")
        self.streams += [replace(stream, name=f"s{number}")] * self.draw(st.integers(1, 3))

    def union(self) -> None:
        first = self.take()
        others = [self.of_kind(self.take(), first.kind) for _ in range(min(len(self.streams), self.pick([1, 1, 2])))]
        number = self.number()
        self.statements.append(f"s{number} = union();")
        self.statements += [f"{stream.name} -> s{number};" for stream in (first, *others)]
        heads: dict[int, bool] = {}
        for stream in (first, *others):
            for head, blocked in stream.heads.items():
                heads[head] = heads.get(head, False) or blocked
        self.streams.append(
            Stream(name=f"s{number}", kind=first.kind, ordered=first.ordered and not others, heads=heads)
        )

    def pairing(self) -> None:
        pairing = self.pick(_JOINS if self.cyclic else PAIRINGS)
        sides = [
            self.fit(self.take(), kind, ordered=port in pairing.needs_order, steady=pairing.steady)
            for kind, port in zip(pairing.takes, pairing.ports, strict=True)
        ]
        self.pair(sides, pairing, self.filling(pairing))

    def open_cycle(self) -> None:
        stream, number = self.take(), self.number()
        unique = self.pick(["unique()", "unique::<'tick>()", "unique::<'static>()"])
        self.statements.append(f"h{number} = union(); {stream.name} -> h{number};")
        self.statements.append(f"s{number} = h{number} -> {unique} -> tee();")
        self.open_heads[number] = stream.kind
        made = Stream(name=f"s{number}", kind=stream.kind, ordered=False, heads={**stream.heads, number: False})
        self.streams += [made] * self.draw(st.integers(1, 3))

    def close_cycle(self) -> None:
        number = self.pick(self.open_heads)
        kind = self.open_heads.pop(number)
        stream = self.of_kind(self.take(), kind)
        delay = self.pick(["", "", "defer_tick()", "defer_tick_lazy()"])
        if not delay and self.blocks_itself(stream, number):
            delay = "defer_tick()"
        if not delay:
            self.closings.setdefault(number, []).append(stream.heads)
        through = f"{stream.name} -> {delay}" if delay else stream.name
        self.statements.append(f"{through} -> h{number};")

    def blocks_itself(self, stream: Stream, number: int) -> bool:
        """Whether a blocking input lies on a way from the head of a cycle to the stream that is to close it."""
        stack, seen = list(stream.heads.items()), set()
        while stack:
            head, blocked = stack.pop()
            if (head, blocked) in seen:
                continue
            seen.add((head, blocked))
            if head == number and blocked:
                return True
            for closing in self.closings.get(head, []):
                stack += [(before, blocked or more) for before, more in closing.items()]
        return False

    def sink(self, stream: Stream) -> None:
        self.end(stream, self.pick(ending for ending in ENDINGS if ending.takes in ("", stream.kind)))

    # --- the whole ----------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        ways: list[Callable[[], None]] = [self.step] * 5 + [self.tee, self.splitting, self.reading, self.open_cycle]
        if len(self.streams) > 1:
            ways += [self.pairing] * 5 + [self.union]
        if self.open_heads and len(self.streams) > 1:
            ways += [self.close_cycle]
            if self.cyclic:
                ways += [self.pairing] * 4
        if len(self.streams) < 4:
            ways += [self.source]
        self.pick(ways)()

    def write(self) -> str:
        for _ in range(self.pick([1, 2, 2, 3])):
            self.source()
        if self.cyclic:
            self.open_cycle()
        for _ in range(self.draw(st.integers(1, 6 if self.cyclic else 14))):
            if not self.streams:
                self.source()
            self.go_on()
        while self.open_heads:
            if not self.streams:
                self.source()
            self.close_cycle()
        if self.draw(st.integers(0, 19)) == 0:
            self.statements.append("spin() -> null();")
        for stream in self.streams:
            self.sink(stream)
        statements = self.statements
        if self.draw(st.booleans()):
            # Statements may stand in any order.
            statements = self.draw(st.permutations(statements))
        return "\n".join(statements)


@st.composite
def examples(draw, *, cyclic: bool = False) -> Example:  # type: ignore[no-untyped-def]
    """A flow and the batches of some ticks; `cyclic`: mostly joins in cycles."""
    writer = Writer(draw=draw, cyclic=cyclic)
    text = writer.write()
    ticks = tuple(
        {name: draw(BATCHES[kind]) for name, kind in writer.inputs.items()} for _ in range(draw(st.integers(1, 5)))
    )
    return Example(text=text, inputs=tuple(writer.inputs), ordered=writer.ordered, ticks=ticks, counted=writer.counted)


# --- each operator alone ---------------------------------------------------------------------------------------------

ALONE = {
    INT: ((3, 1, 3, 2, 6), (), (1, 4, 0), (2,)),
    PAIR: (((1, 2), (1, 2), (2, 5), (1, 0)), ((2, 1), (5, 4)), (), ((1, 3), (3, 3))),
}


class Position(enum.Enum):
    """Where an operator stands in its subgraph."""

    PULL = "pull"
    PUSH = "push"


def alone(operator: str, lifetimes: tuple[str, ...], position: Position) -> Iterator[Example]:
    """A flow for each entry of an operator, with nothing else in it than brings the operator to its position."""
    for entry in ENTRIES:
        if entry.uses[0] == operator:
            yield from _alone(entry, Filling(lifetimes=lifetimes), position)


def _alone(entry: Entry, filling: Filling, position: Position) -> Iterator[Example]:
    writer = Writer(draw=_nothing_drawn)

    def given(kind: str) -> Stream:
        writer.listen(kind)
        stream = writer.streams.pop()
        if position is Position.PULL:
            return stream
        number = writer.number()
        writer.statements += [f"t{number} = {stream.name} -> tee();", f"t{number} -> null();"]
        return replace(stream, name=f"t{number}")

    kinds = (INT, PAIR) if isinstance(entry, (Step, Split, Reading)) and not entry.takes else (INT,)
    for kind in kinds:
        writer = Writer(draw=_nothing_drawn)
        match entry:
            case Beginning():
                writer.begin(entry, filling)
            case Ending(takes=takes):
                writer.end(given(takes or kind), entry)
            case Step(takes=takes):
                writer.follow(given(takes or kind), entry, filling)
            case Split(takes=takes):
                writer.split(given(takes or kind), entry, filling)
            case Pairing(takes=(left, right)):
                writer.pair([given(left), given(right)], entry, filling)
            case Reading(takes=takes, reader_takes=reader_takes):
                stream = given(takes or kind)
                reader = None if reader_takes is None else given(reader_takes)
                writer.read(stream, reader, entry, filling, go_on=kind == INT)
        for stream in writer.streams:
            number = writer.number()
            join = "union()" if position is Position.PULL else "tee()"
            end = f"null() -> e{number};" if position is Position.PULL else f"e{number} -> null();"
            writer.statements += [f"e{number} = {join};", f"{stream.name} -> e{number};", end]
            writer.end(replace(stream, name=f"e{number}"), ENDINGS[0])
        ticks = tuple(
            {name: list(ALONE[of][(tick + shift) % 4]) for shift, (name, of) in enumerate(writer.inputs.items())}
            for tick in range(6)
        )
        yield Example(
            text="\n".join(writer.statements), inputs=tuple(writer.inputs), ordered=writer.ordered, ticks=ticks
        )


def _nothing_drawn(strategy: object) -> object:
    raise AssertionError("nothing is drawn for an operator alone")
