"""Each operator behind inputs of every type, and with something behind it: what the contract of types is tried on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from types import ModuleType
from typing import Any

from contract import Batches, Watched

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Operator

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
    "once",
    "const",
)
BEFORE_NUMBERS = ("fold::<'static>(|| 0, |a, _| a + 1)", "fold::<'static>(|| 0, |a, _| (a + 1) % 5)")
BEFORE_PAIRS = ("reduce_keyed::<'static>(max)", "fold_keyed::<'static>(|| 0, |a, x| a + x)")
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
)


def situations(flows: ModuleType, operator: Operator, random: Random) -> Iterator[tuple[Watched, Batches]]:
    """An operator with some of its persistences, in some situation, again and again."""
    while True:
        alone = list(flows.alone(operator.name, random.choice(flows.LIFETIMES[operator.name]), flows.Position.PULL))
        if not alone:
            return
        example = random.choice(alone)
        text = example.text
        for name in example.inputs:
            items = [item for tick in example.ticks for item in tick[name]]
            text = text.replace(f"source_stream({name});", f"{_begun(name, items, random)};")
        if random.random() < 0.5:
            text = re.sub(r"(e\d+) -> for_each", rf"\1 -> {random.choice(BEHIND)} -> for_each", text)
        try:
            yield watched(flows, text, example), example.ticks
        except HydroflowError:  # not every input of every operator may be a view
            continue


def _begun(name: str, items: list[Any], random: Random) -> str:
    way = random.choice((*BEFORE, *(BEFORE_NUMBERS if isinstance(items[0], int) else BEFORE_PAIRS)))
    if way in ("once", "const"):
        again = " -> persist()" if way == "const" else ""
        return f"source_iter({items[:4]!r}){again}; source_stream({name}) -> null()"
    return f"source_stream({name}) -> {way}" if way else f"source_stream({name})"


def watched(flows: ModuleType, text: str, example: Any) -> Watched:
    """A flow of an example, or one that was made of it."""
    return Watched(text=text, inputs=example.inputs, sinks=(*example.ordered, "seen"), names=flows.NAMES)


def tried_operators(flows: ModuleType) -> list[Operator]:
    """The operators that the reference's flows have an entry of."""
    known = {entry.uses[0] for entry in flows.ENTRIES}
    return [operator for operator in OPERATORS if operator.name in known]
