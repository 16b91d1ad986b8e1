from __future__ import annotations

import copy
import math
import random
from collections import defaultdict
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.forgiving import forgives

PAIRS = [(1, 2), (0, 5), (1, 3), (2, 2), (0, 0), (2, 5)]
NUMBERS = [3, 1, 2, 2.5, -1, 7, 7.0]
# What the fold begins with, the function, some items, and the names that it depends on.
FORGIVING: dict[tuple[str, str], tuple[list[Any], set[str]]] = {
    ("set", "|acc, x| acc.add(x)"): (PAIRS, {"set"}),
    ("|| set()", "|acc, (k, _)| acc.add(k)"): (PAIRS, {"set"}),
    ("|| {0}", "|acc, x| acc.update(x)"): (PAIRS, set()),
    ("set", "|acc, x| acc.union(x)"): (PAIRS, {"set"}),
    ("set", "|acc, x| acc | {x}"): (PAIRS, {"set"}),
    ("frozenset", "|acc, x| acc | {y for y in x}"): (PAIRS, {"frozenset"}),
    ("set", "|acc, x| acc | frozenset(x)"): (PAIRS, {"set", "frozenset"}),
    ("set", "set.add"): (PAIRS, {"set"}),
    ("set", "set.update"): (PAIRS, {"set"}),
    ("dict", "|acc, (k, v)| acc.setdefault(k, set()).add(v)"): (PAIRS, {"dict", "set"}),
    ("|| {}", "|acc, (k, v)| acc.setdefault(k, set()).update([v, k])"): (PAIRS, {"set"}),
    ("|| defaultdict(set)", "|acc, (k, v)| acc[k].add(v)"): (PAIRS, {"defaultdict", "set"}),
    ("|| 0", "max"): (NUMBERS, {"max"}),
    ("|| 0", "|acc, x| max(acc, x)"): ([*NUMBERS, math.nan], {"max"}),
    ("|| 9", "|acc, x| min(acc, x * x)"): (NUMBERS, {"min"}),
    ("|| 0", "|acc, x| x if x > acc else acc"): ([*NUMBERS, math.nan], set()),
    ("|| 9", "|acc, x| x if acc > x else acc"): ([*NUMBERS, math.nan], set()),
    ("|| (0, 9, 4)", "|(most, least, same), x| (max(most, x), min(least, x), same)"): (NUMBERS, {"max", "min"}),
    ("|| 0", "|acc, x| acc"): (PAIRS, set()),
}
OTHERS = [
    ("dict", "|acc, (k, v)| acc.__setitem__(k, v)"),
    ("|| Sum()", "|acc, x| acc.add(x)"),
    ("|| set()", "|acc, x| acc.add(len(acc))"),
    ("|| set()", "|acc, x| acc | x"),
    ("|| set()", "|acc, x| acc ^ {x}"),
    ("|| set()", "|acc, x| acc.add(*x)"),
    ("|| set()", "|acc, set| acc | set(set)"),
    ("|| 0", "|acc, x| acc + x"),
    ("|| 0", "|acc, x| acc | x"),
    ("|| 0", "|acc, x| max(x, acc)"),
    ("|| 0", "|acc, x| max(acc, x, key=abs)"),
    ("|| 0", "|acc, x| max(acc, x - acc)"),
    ("|| 0", "|acc, x| x if x >= acc else acc"),
    ("|| 0", "|acc, x| acc if acc >= x else x"),
    ("|| (0, 0)", "|(a, b), x| (max(a, x), b + x)"),
    ("|| (0, 0)", "|(a, b), x| (max(a, b), b)"),
    ("|| (0, set())", "|(a, b), x| (a, b.add(x))"),
    ("dict", "|acc, (k, v)| acc.setdefault(k, []).append(v)"),
    ("dict", "|acc, (k, v)| acc.setdefault(k, v)"),
    ("|| defaultdict(list)", "|acc, (k, v)| acc[k].add(v)"),
    ("|| defaultdict(set)", "|acc, (k, v)| acc[len(acc)].add(v)"),
    ("|| 0", "named"),
]


def fold_of(begun: str, function: str) -> Any:
    graph = hf.compile(f"source_iter([]) -> fold({begun}, {function}) -> null();", {}).graph.partitioned
    (node,) = (node for node in graph.nodes.values() if node.operator.name == "fold")
    return node.call.arguments


@pytest.mark.parametrize(("begun", "function"), FORGIVING)
def test_a_function_forgives_by_the_form_of_its_text_and_some_names(begun: str, function: str) -> None:
    init, fold = fold_of(begun, function)

    assert forgives(fold, init) == FORGIVING[begun, function][1]


@pytest.mark.parametrize(("begun", "function"), FORGIVING)
def test_what_came_before_changes_nothing_whatever_came_between(begun: str, function: str) -> None:
    items = FORGIVING[begun, function][0]
    names = {"items": hf.channel(), "seen": [], "defaultdict": defaultdict, "copy": copy}
    text = f"source_stream(items) -> fold({begun}, {function}) -> for_each(|x| seen.append(copy.deepcopy(x)));"
    flow = hf.compile(text, names)
    for seed in range(30):
        chance = random.Random(seed)
        once = [chance.choice(items) for _ in range(6)]
        again = list[Any]()
        for item in once:
            again += [chance.choice(again) for _ in range(chance.randrange(3)) if again]
            again.append(item)
        for batch in (once, again):
            names["items"].extend(batch)
            flow.run_tick()

        assert repr(names["seen"][-2]) == repr(names["seen"][-1]), (once, again)


@pytest.mark.parametrize(("begun", "function"), OTHERS)
def test_of_other_functions_it_is_not_known(begun: str, function: str) -> None:
    init, fold = fold_of(begun, function)

    assert forgives(fold, init) is None


def test_the_first_item_is_not_known_to_be_a_set() -> None:
    init, fold = fold_of("set", "|acc, x| acc.add(x)")
    _, greatest = fold_of("|| 0", "|acc, x| max(acc, x)")

    assert forgives(fold, init) is not None
    assert forgives(fold, None) is None
    assert forgives(greatest, None) == {"max"}
