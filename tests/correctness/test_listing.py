"""Whether a function shows in which order a set or a dict is iterated."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness import listing
from hydroflow_nb.correctness.examples import as_function
from hydroflow_nb.correctness.written import Written, written


def read(text: str) -> tuple[Written, object]:
    graph = compile_source(hf.Source(text=f"source_iter([]) -> map({text}) -> null();"), "flow").graph
    (argument,) = next(node.call.arguments for node in graph.nodes.values() if node.operator.name == "map")
    found = written(argument, {})
    assert found is not None
    return found, as_function(argument, {}, "flow")


LISTING = [
    "|s| list(s)",
    "|s| tuple(s)",
    "|s| [x for x in s]",
    "|s| [x + 1 for x in s if x > 1]",
    "|s| [*s, 1]",
    "|s| (1, *s)",
    "|s| str(s)",
    "|s| f'there are {s}'",
    "|s| ', '.join(str(x) for x in s)",
    "|s| next(iter(s))",
    "|s| next(x for x in s)",
    "|s| list(enumerate(s))",
    "|s| list(s | {1})",
    "|s| list(set(s))",
    "|s| sorted(s, key=lambda x: 0)",
    "|s| max(s, key=lambda x: 0)",
    "|s| len(list(s)) and list(s)[0]",
    "|s| set(s).pop() if 0 else list(s)",
    "|s| 1 if list(s)[0] == 8 else 0",
]
GATHERING = [
    "|s| s",
    "|s| (s, 1)",
    "|s| len(s)",
    "|s| sum(s)",
    "|s| max(s)",
    "|s| sorted(s)",
    "|s| tuple(sorted(s))",
    "|s| str(len(s))",
    "|s| f'there are {len(s)}'",
    "|s| sorted(x + 1 for x in s)",
    "|s| sum([x for x in s])",
    "|s| any(x > 1 for x in s)",
    "|s| {x + 1 for x in s}",
    "|s| frozenset(list(s))",
    "|s| 8 in s",
    "|s| s | {1}",
    "|s| [x for x in [1, 2]]",
    "|s| ', '.join(sorted(str(x) for x in s))",
]


def results(function: object, make: type) -> list[object]:
    """What a function gives for equal sets, or dicts, that are iterated in different orders."""
    assert callable(function)
    return [function(make(order)) for order in permutations([0, 8, 16])]


def dict_of(items: Iterable[int]) -> dict[int, int]:
    return dict.fromkeys(items, 1)


@pytest.mark.parametrize("text", LISTING)
def test_a_function_that_lists_a_set_gives_something_else_for_an_equal_one(text):
    found, function = read(text)

    assert listing.lists(found, keyed=False, prints=True)
    assert len({repr(one) for one in results(function, set)}) > 1


@pytest.mark.parametrize("text", GATHERING)
def test_a_function_that_gathers_a_set_gives_the_same_for_an_equal_one(text):
    found, function = read(text)

    assert not listing.lists(found, keyed=False, prints=True)
    first, *others = results(function, set)
    assert all(one == first for one in others)


@pytest.mark.parametrize(
    ("text", "is_listed"),
    [
        ("|d| list(d.items())", True),
        ("|d| [k for k, v in d.items()]", True),
        ("|d| list(d.values())", True),
        ("|d| d.copy().popitem()", True),
        ("|d| sorted(d.items(), key=lambda pair: pair[1])", True),
        ("|d| sorted(d.items())", False),
        ("|d| {k: v + 1 for k, v in d.items()}", False),
        ("|d| sum(d.values())", False),
        ("|d| d[0]", False),
        ("|d| d.get(0)", False),
    ],
)
def test_a_dict_is_listed_by_its_views(text, is_listed):
    assert listing.lists(read(text)[0], keyed=False, prints=True) is is_listed


@pytest.mark.parametrize(
    ("text", "is_listed"),
    [
        ("|m| tuple(m)", True),
        ("|m| [x for x in m.reveal()]", True),
        ("|m| (1, [*m])", True),
        ("|m| list(m.items())[0]", True),
        ("|m| ', '.join(str(x) for x in m)", True),
        ("|m| str(m.reveal())", False),
        ("|m| f'{m.reveal()}'", False),
        ("|m| sorted(m)", False),
        ("|m| tuple(sorted(m))", False),
        ("|m| [m, 1]", False),
        ("|m| len([x for x in m if x])", False),
    ],
)
def test_a_lattice_value_is_listed_and_a_text_of_it_may_be_that_of_a_number(text, is_listed):
    assert listing.lists(read(text)[0], keyed=False, prints=False) is is_listed


def test_of_a_table_the_values_of_its_pairs_are_listed_and_the_keys_are_not():
    assert listing.lists(read("|(k, s)| (k, list(s))")[0], keyed=True, prints=True)
    assert listing.lists(read("|p| (p[0], list(p[1]))")[0], keyed=True, prints=True)
    assert not listing.lists(read("|(k, s)| (str(k), sorted(s))")[0], keyed=True, prints=True)
    assert listing.lists(read("|(k, s)| (str(k), sorted(s))")[0], keyed=False, prints=True)


def test_what_is_gathered_is_no_set_any_more():
    assert listing.carries(read("|s| s")[0], keyed=False)
    assert listing.carries(read("|s| (1, s | {1})")[0], keyed=False)
    assert not listing.carries(read("|s| sorted(s)")[0], keyed=False)
    assert not listing.carries(read("|s| len(s)")[0], keyed=False)


def test_functions_of_python_that_list_are_known_by_themselves():
    assert listing.is_lister(list, prints=False)
    assert listing.is_lister(str, prints=True)
    assert not listing.is_lister(str, prints=False)
    assert not listing.is_lister(sorted, prints=True)
    assert not listing.is_lister(None, prints=True)


def levels(text: str, begin: str = "set", function: str = "|s, x| s.add(x)") -> tuple[str, str, str]:
    flow = hf.compile(
        f"source_stream(a) -> fold::<'static>({begin}, {function}) -> {text} -> for_each(out.append);",
        {"a": hf.channel(), "out": []},
    )
    report = flow.check()["out"]
    return report.batching, report.order, report.replication


def order_and_replication(text: str, begin: str = "set", function: str = "|s, x| s.add(x)") -> tuple[str, str]:
    return levels(text, begin, function)[1:]


def test_a_set_that_is_listed_differs_where_its_items_come_in_another_order():
    assert order_and_replication("map(|s| list(s))") == ("differs", "differs")
    assert order_and_replication("map(list)") == ("differs", "differs")
    assert order_and_replication("map(str)") == ("differs", "differs")
    assert order_and_replication("filter(|s| list(s)[0] > 1)") == ("differs", "differs")
    assert order_and_replication("map(|s| sorted(s)) -> map(|l| tuple(l))") == ("final", "final")
    assert order_and_replication("map(|s| s | {1}) -> map(|s| tuple(s))") == ("differs", "differs")
    assert order_and_replication("map(|n| str(n))", "|| 0", "|n, x| n + x") == ("final", "final")


def test_a_dict_that_is_listed_is_the_same_where_its_items_come_in_one_order():
    assert levels("map(|d| list(d.items()))", "dict", "|d, x| d.update({x: 1})")[0] == "final"
