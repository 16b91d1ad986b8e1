"""What makes an argument of a flow more than a function of its items."""

from __future__ import annotations

import copy
import functools
import json
import random
import time
import types
from dataclasses import dataclass, field
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.world import reaches_out

HELPERS = types.ModuleType("helpers")
exec("import time\ndef stamp(x): return time.time(), x\ndef plain(x): return x", HELPERS.__dict__)


@dataclass
class Stamped:
    """An item that says when it was made."""

    item: Any
    at: float = field(default_factory=time.time)


@dataclass
class Plain:
    """An item and a number."""

    item: Any
    number: int = 0


class Clock:
    """An object with a method that asks for the time, and is called itself."""

    def tell(self, item: Any) -> Any:
        return time.time(), item

    def same(self, item: Any) -> Any:
        return item

    def __call__(self, item: Any) -> Any:
        return time.time(), item

    def __eq__(self, other: object) -> bool:
        raise AssertionError("ran")

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        raise AssertionError("ran")


def imports(item):
    from time import monotonic

    return monotonic(), item


def nested(item):
    return [HELPERS.stamp(one) for one in item]


def wrapped(function):
    @functools.wraps(function)
    def wrapper(item):
        return function(item)

    return wrapper


def item_with_time(item):
    return item.time


NAMES: dict[str, Any] = {
    "time": time,
    "random": random,
    "now": time.time,
    "helpers": HELPERS,
    "stamp": HELPERS.stamp,
    "Stamped": Stamped,
    "Plain": Plain,
    "Clock": Clock,
    "clock": Clock(),
    "tell": Clock().tell,
    "same": Clock().same,
    "rng": random.Random(1),
    "draw": random.Random(1).random,
    "later": functools.partial(HELPERS.stamp),
    "kept": functools.lru_cache(HELPERS.stamp),
    "imports": imports,
    "nested": nested,
    "wrapped": wrapped(HELPERS.stamp),
    "plain": wrapped(HELPERS.plain),
    "item_with_time": item_with_time,
    "copy": copy,
    "json": json,
    "Max": hf.lattices.Max,
}


def found(text: str, **names: Any) -> tuple[str, str] | None:
    graph = compile_source(hf.Source(text=f"source_iter([]) -> map({text}) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")
    return reaches_out(argument, {**NAMES, **names})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("|x| time.time()", "uses `time`"),
        ("|x| (now(), x)", "uses `now`"),
        ("|x| id(x)", "uses `id`"),
        ("|x| random.random()", "uses `random`"),
        ("|x| rng.random()", "uses `rng`"),
        ("|x| draw()", "uses `draw`"),
        ("|x| helpers.stamp(x)", "uses `helpers.stamp`"),
        ("helpers.stamp", "uses `helpers.stamp`"),
        ("stamp", "uses `stamp`"),
        ("Stamped", "uses `Stamped`"),
        ("|x| Stamped(x)", "uses `Stamped`"),
        ("tell", "uses `tell`"),
        ("clock", "uses `clock`"),
        ("|x| Clock.tell(x, x)", "uses `Clock.tell`"),
        ("later", "uses `later`"),
        ("kept", "uses `kept`"),
        ("imports", "uses `imports`"),
        ("nested", "uses `nested`"),
        ("wrapped", "uses `wrapped`"),
        ("|x| [one for one in [now()]]", "uses `now`"),
    ],
)
def test_a_clock_or_chance_is_found_wherever_it_is_used(text, words):
    assert found(text) == ("HF308", words)


@pytest.mark.parametrize(
    "text",
    [
        "|x| x + 1",
        "|time| time",
        "|x| [time for time in x]",
        "|(id, x)| id",
        "|x| x.time",
        "|x| Plain(x)",
        "|x| Max(x)",
        "helpers.plain",
        "same",
        "plain",
        "item_with_time",
        "|x| copy.deepcopy(x)",
        "|x| json.dumps(x)",
        "|x| missing(x)",
    ],
)
def test_a_function_of_its_items_does_not_reach_out(text):
    assert found(text) is None


def test_a_function_that_asks_for_the_tick_is_told_of_by_another_code():
    assert found("|x| (x, context.current_tick())") == ("HF303", "asks for the tick")


def test_a_name_of_the_notebook_may_hide_a_module():
    assert found("|x| time(x)", time=len) is None


def test_functions_that_call_each_other_are_looked_into_once():
    first = types.ModuleType("first")
    exec("def one(x): return other(x)\ndef other(x): return one(x)", first.__dict__)

    assert found("one", one=first.one) is None
