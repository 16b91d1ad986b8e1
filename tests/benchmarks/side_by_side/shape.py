"""What is compared: a shape, and the ways to do it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, Protocol

import hydroflow_nb as hf

OURS = "hydroflow_nb"
HAND = "hand"
RUST = "Hydroflow (Rust)"
# So many ticks run before small ones are timed: a flow has a function for these when it has run for a while, and its
# last hundred ticks made few containers.
BEFORE = 200


class Taken(NamedTuple):
    """What one run has taken, in seconds of processor time, and what gives its items, as `written` writes them."""

    seconds: float
    items: Callable[[], Iterable[str]]


class Way(Protocol):
    """One way to do what a shape says."""

    def run(self) -> Taken:
        """Set all up anew, do it once, and say what the doing alone took."""


class Run(NamedTuple):
    """A run that is set up: the function that is timed, and what gives the items that came out."""

    go: Callable[[], object]
    items: Callable[[], Iterable[Any]]


@dataclass(frozen=True)
class PythonWay:
    """A way in this process: `prepare` sets a run up, which costs nothing."""

    prepare: Callable[[], Run]

    def run(self) -> Taken:
        """Set all up anew, do it once, and say what the doing alone took."""
        prepared = self.prepare()
        gc.collect()
        start = time.process_time()
        prepared.go()
        return Taken(time.process_time() - start, lambda: map(written, prepared.items()))


@dataclass(frozen=True)
class RustText:
    """A shape for Hydroflow in Rust: the flow, what stands before it, and what is done before and while it is timed.

    The inputs of the shape are there by their names, as vectors of `i64`, of pairs of them, or of `String`; `out0`,
    `out1` ... take the items.
    """

    flow: str
    setup: str = ""
    load: str = ""
    run: str = "flow.run_available();"


@dataclass(frozen=True)
class Shape:
    """One thing to do, by name, and the ways to do it. All of them give the same items, in any order."""

    name: str
    inputs: Mapping[str, Sequence[Any]]
    ways: Mapping[str, Way]
    rust: RustText
    outs: int = 1
    # How many ticks are timed: what is shown is the time of one then.
    ticks: int = 1
    # How many items are held when that begins, where it is much.
    held: int = 0
    # Whether README shows it.
    first: bool = False

    @property
    def title(self) -> str:
        """The name, and how much is held."""
        return f"{self.name}, {self.held:,} held" if self.held else self.name


def bare(shape: Shape) -> Shape:
    """A shape without its inputs, which are large, and what runs on them."""
    return replace(shape, inputs={}, ways={})


def flow_way(text: str, outs: int = 1, **names: Any) -> PythonWay:
    """Our own way: the flow, whose sinks are `out0.append`, `out1.append` ..., and one `run_available`."""

    def prepare() -> Run:
        lists: list[list[Any]] = [[] for _ in range(outs)]
        sinks = {f"out{number}": found for number, found in enumerate(lists)}
        return Run(hf.compile(text, namespace=names | sinks).run_available, lambda: chain.from_iterable(lists))

    return PythonWay(prepare)


def hand_way(function: Callable[..., object], outs: int = 1) -> PythonWay:
    """The way by hand: a function that puts the items into the lists that it is given."""

    def prepare() -> Run:
        lists: list[list[Any]] = [[] for _ in range(outs)]
        return Run(partial(function, *lists), lambda: chain.from_iterable(lists))

    return PythonWay(prepare)


def query_way(query: Callable[[], Iterable[Any]]) -> PythonWay:
    """The way of a library that is asked once: a function that returns the items."""

    def prepare() -> Run:
        found: list[Iterable[Any]] = []
        return Run(lambda: found.append(query()), lambda: found[0])

    return PythonWay(prepare)


def label(way: str) -> str:
    """A way as tables and pictures call it."""
    return "by hand" if way == HAND else way


def written(item: object) -> str:
    """An item as Rust's `{:?}` writes it too: numbers, plain words, and tuples of them."""
    return repr(item).replace("'", '"')
