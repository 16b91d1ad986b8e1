"""Each operator behind inputs of every type, and with something behind it: what the contract of types is tried on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, Final

from contract import Batches, Watched
from driving import STDIN
from standing_in import frame_of

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Operator

FILES: Final = Path(__file__).parent / "files"
PLACES: Final = {
    "numbers": FILES / "numbers",
    "json": FILES / "numbers.json",
    "nowhere": Path("/dev/null"),
    "frame": frame_of(n=[3, 1, 3]),
}

# What an input goes through: nothing, or what makes it a view, a value, or something that comes late or again.
BEFORE = (
    "",
    "",
    "persist()",
    "persist() -> unique()",
    "persist() -> sort()",
    "persist() -> sort() -> multiset_delta()",
    "sort()",
    "unique()",
    "unique::<'static>()",
    "multiset_delta()",
    "defer_tick()",
    "defer_tick_lazy()",
    "reduce::<'static>(max)",
    "reduce_no_replay::<'static>(max)",
    "reduce::<'static>(|a, _| a)",
    "map(later) -> resolve_futures()",
    "map(later) -> resolve_futures_ordered()",
    "map(later) -> resolve_futures_blocking()",
)
BEFORE_NUMBERS = ("fold::<'static>(|| 0, |a, _| a + 1)", "fold::<'static>(|| 0, |a, _| (a + 1) % 5)")
BEFORE_PAIRS = ("reduce_keyed::<'static>(max)", "fold_keyed::<'static>(|| 0, |a, x| a + x)")
# What comes in the place of an input: of `{some}` items, of numbers in a file, of a timer, again and again.
INSTEAD = (
    "source_iter({some})",
    "source_iter({some}) -> persist()",
    "spin() -> flat_map(|()| {some})",
    "source_interval(1) -> flat_map(|_| {some})",
    "source_interval(1) -> persist() -> flat_map(|_| {some})",
    "source_file(numbers) -> map({of_number})",
    "source_json(json) -> flatten() -> map({of_number})",
)
# What stands in a loop, whose items come by a window.
WINDOWS = ("batch()", "batch()", "batch_eager()", "batch_lazy()", "snapshot()")
INSIDE = ("", "sort()", "unique()", "unique::<'static>()", "persist()", "multiset_delta()", "defer_tick()")
BEHIND = (
    "unique::<'static>()",
    "unique()",
    "persist()",
    "multiset_delta()",
    "sort()",
    "enumerate::<'static>()",
    "defer_tick()",
    "reduce::<'static>(|a, _| a)",
    "fold(|| 0, |a, _| a + 1)",
    "fold::<'static>(|| 0, |a, _| a + 1)",
    "map(|x| (x, 1))",
    "map(|x| x if isinstance(x, int) else x[-1])",
    "map(later) -> resolve_futures()",
)

# --- operators that the reference's flows have no entry of -----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow and its batches, as the reference's flows have them."""

    text: str
    ticks: Batches
    ordered: Mapping[str, bool] = field(default_factory=lambda: {"out": True})

    @property
    def inputs(self) -> Iterable[str]:
        """The names of its inputs."""
        return self.ticks[0]


_END = "e1 = union(); o = null() -> e1; e1 -> for_each(out.append); "
_NUMBERS = ([3, 1, 3, 2, 6], [], [1, 4, 0], [2], [], [5])
_ENTERS = "s = source_stream(a) -> identity(); "
_OPENS = "g = source_stream(b) -> identity(); "
_LOOP = (
    _ENTERS + "loop {{ s -> {window}() -> {inside} -> all_iterations() -> e1; }}; ",
    _ENTERS + _OPENS + "loop {{ s -> {window}() -> {inside} -> all_iterations() -> e1; g -> batch() -> null(); }}; ",
    _ENTERS
    + _OPENS
    + "loop {{ s -> {window}() -> [0]j; g -> batch() -> [1]j; j = cross_join() -> map(|(x, _)| x) -> {inside}"
    " -> all_iterations() -> e1; }}; ",
)
_NESTED = (
    _ENTERS + "loop {{ s -> batch() -> t; t = tee(); t -> map(|x| x % 3) -> u; u = identity();"
    " loop {{ t -> {window}() -> {inside} -> all_iterations() -> d; u -> batch() -> null(); }};"
    " d = all_iterations() -> e1; }}; "
)
_ROUND = (
    _ENTERS + "loop {{ s -> {window}() -> n; n = union() -> tee();"
    " n -> map(|x| x + 2) -> filter(|x| x < 7) -> {defer}() -> n;"
    " n -> {inside} -> all_iterations() -> e1; }}; "
)
_IN_LOOPS = (
    "identity()",
    "sort()",
    "unique()",
    "unique::<'static>()",
    "fold(|| 0, |n, x| n + x)",
    "fold::<'static>(|| 0, |n, _| n + 1)",
    "reduce::<'static>(max)",
    "reduce(|x, _| x)",
    "persist()",
    "enumerate::<'static>()",
    "multiset_delta()",
    "defer_tick()",
    "defer_tick_lazy()",
    "next_stratum()",
)


def _loops(window: str) -> Iterator[str]:
    for inside in _IN_LOOPS:
        for text in _LOOP:
            yield text.format(window=window, inside=inside)
        if window in ("batch", "batch_lazy"):
            yield _NESTED.format(window=window, inside=inside)
        for defer in ("defer_tick", "defer_tick_lazy"):
            yield _ROUND.format(window=window, inside=inside, defer=defer)


_TEXTS: Mapping[str, Iterable[str]] = {
    "source_stream": ("source_stream(a) -> e1;",),
    "source_stream_serde": ("source_stream_serde(a) -> e1;", "source_stream_serde(a) -> tee() -> unique() -> e1;"),
    "source_file": ("source_file(numbers) -> e1;",),
    "source_json": ("source_json(json) -> flatten() -> e1;",),
    "source_stdin": (f"source_stdin() -> e1; source_stream({STDIN}) -> null();",),
    "source_interval": (
        "source_interval(1) -> e1;",
        "source_interval(1) -> map(|instant| instant.second) -> e1;",
        "source_interval(1) -> map(|_| 'again') -> e1;",
        "source_interval(1) -> filter(|_| True) -> map(|_| 1) -> e1;",
        "s = source_stream(a) -> map(Max) -> state::<'static, Max>(); s -> null();"
        "source_interval(1) -> map(|_| $s) -> e1;",
        "s = source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x); s -> null();"
        "source_interval(1) -> map(|_| $s) -> e1;",
        "source_interval(1) -> map(|_| 5) -> u; source_stream(a) -> u; u = union() -> e1;",
        "source_interval(1) -> map(|_| 5) -> [0]c; source_stream(a) -> [1]c; c = cross_join::<'tick, 'static>() -> e1;",
        "source_interval(1) -> [signal]d; source_stream(a) -> [input]d; d = defer_signal() -> e1;",
    ),
    **{
        f"resolve_futures{name}": (
            f"source_stream(a) -> map(later) -> resolve_futures{name}() -> e1;",
            f"source_stream(a) -> persist() -> map(later) -> resolve_futures{name}() -> e1;",
        )
        for name in ("", "_ordered", "_blocking", "_blocking_ordered")
    },
    "dest_sink_serde": ("source_stream(a) -> map(|x| (x, 'there')) -> dest_sink_serde(outbound);",),
    "source_frame": ("source_frame(frame) -> map(|row| row.n) -> e1; source_stream(a) -> null();",),
    # Its tables are those of polars, which need not be installed.
    "dest_frame": ("source_stream(a) -> filter(|_| False) -> dest_frame({'x': int}, id);",),
    "dest_file": ("source_stream(a) -> map(str) -> dest_file(nowhere, False);",),
    **{window: tuple(_loops(window)) for window in ("batch", "batch_lazy", "batch_eager", "snapshot")},
    "all_iterations": tuple(_loops("batch")),
}


def alone(flows: ModuleType, operator: Operator, lifetimes: tuple[str, ...]) -> Iterator[Any]:
    """The flows that show an operator with some persistences, and little else."""
    yield from flows.alone(operator.name, lifetimes, flows.Position.PULL)
    for text in _TEXTS.get(operator.name, ()):
        names = re.findall(r"source_(?:stream|stream_serde)\((\w+)\)", text)
        if operator.name == "source_stdin":
            text = text.partition(";")[0] + ";"
        items = [[(x, "there") for x in tick] if "serde(a)" in text else tick for tick in _NUMBERS]
        batches = [{name: items[(tick + place) % 6] for place, name in enumerate(names)} for tick in range(6)]
        yield Flow(text=text + (_END if "e1" in text else ""), ticks=batches)


# --- situations ------------------------------------------------------------------------------------------------------


def situations(flows: ModuleType, operator: Operator, random: Random) -> Iterator[tuple[Watched, Batches]]:
    """An operator with some of its persistences, in some situation, again and again."""
    while True:
        lifetimes = random.choice(flows.LIFETIMES[operator.name])
        examples = list(alone(flows, operator, lifetimes))
        if not examples:
            return
        example = random.choice(examples)
        text = example.text
        for name in example.inputs:
            items = [item for tick in example.ticks for item in tick[name]]
            before, begun = _begun(name, items, random)
            text = before + text.replace(f"source_stream({name})", begun)
        if random.random() < 0.5:
            text = re.sub(r"(e\d+) -> for_each", rf"\1 -> {random.choice(BEHIND)} -> for_each", text)
        try:
            yield watched(flows, text, example), example.ticks
        except HydroflowError:  # not every input of every operator may be a view
            continue


def _begun(name: str, items: list[Any], random: Random) -> tuple[str, str]:
    """An input of some type: statements, and a pipeline up to an operator that gives it."""
    is_number = isinstance(items[0], int)
    if random.random() < 0.2:
        of_number = "|x| int(x) % 7" if is_number else "|x| (int(x) % 3, int(x) % 5)"
        instead = random.choice(INSTEAD).format(some=repr(items[:4]), of_number=of_number)
        return f"source_stream({name}) -> null(); ", instead
    way = random.choice((*BEFORE, *(BEFORE_NUMBERS if is_number else BEFORE_PAIRS)))
    if way == "" and random.random() < 0.4:
        through = " -> ".join(filter(None, (random.choice(WINDOWS), random.choice(INSIDE))))
        entered = f"in_{name} = source_stream({name}) -> identity(); out_{name} = identity(); "
        return f"{entered}loop {{ in_{name} -> {through} -> all_iterations() -> out_{name}; }}; ", f"out_{name}"
    return "", f"source_stream({name}) -> {way}" if way else f"source_stream({name})"


def watched(flows: ModuleType, text: str, example: Any) -> Watched:
    """A flow of an example, or one that was made of it."""
    names = {**flows.NAMES, **PLACES}
    return Watched(text=text, inputs=tuple(example.inputs), sinks=(*example.ordered, "seen"), names=names)


def tried_operators(flows: ModuleType) -> list[Operator]:
    """The operators that there are flows of."""
    known = {entry.uses[0] for entry in flows.ENTRIES} | _TEXTS.keys()
    return [operator for operator in OPERATORS if operator.name in known]
