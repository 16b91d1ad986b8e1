"""What holds for the three fused joins, against what all that was remembered is aggregated into."""

from __future__ import annotations

from collections.abc import Callable
from operator import add
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    j = {call} -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""
PERSISTENCES = ["", "::<'tick>", "::<'static>", "::<'static, 'tick>", "::<'tick, 'static>", "::<'static, 'static>"]
BATCHES: list[dict[str, list[Any]]] = [
    {"left": [(1, 10), (2, 20), (1, 11)], "right": [(1, 5), (1, 6), (3, 7)]},
    {"left": [(3, 30)], "right": [(2, 8)]},
    {},
    {"left": [(1, 12)], "right": [(1, 5), (1, 9)]},
]
# Each way to write the sum of a key's values, a list of them, and their largest: inlined, by name, and as an object.
AGGREGATIONS = {
    "Reduce(lambda acc, n: acc + n)": sum,
    "Reduce(add)": sum,
    "Fold(lambda: 0, lambda acc, n: acc + n)": sum,
    "Fold(int, add)": sum,
    "FoldFrom(lambda n: n + 0, lambda acc, n: acc + n)": sum,
    "hf.Fold(init=int, f=add)": sum,
    "summed": sum,
    "Fold(list, lambda acc, n: acc.append(n))": list,
    "Fold(lambda: [], put)": list,
    "FoldFrom(lambda n: [n], list.append)": list,
    "listed": list,
    "Reduce(max)": max,
    "Reduce(lambda acc, n: n if n > acc else None)": max,
}
# As small as can be, for the names are copied.
PACKAGE = SimpleNamespace(Fold=hf.Fold)
NAMES = {"add": add, "put": list.append, "hf": PACKAGE, "summed": hf.Reduce(add), "listed": hf.Fold(list, list.append)}
each_aggregation = pytest.mark.parametrize("aggregation", AGGREGATIONS)
each_persistence = pytest.mark.parametrize("persistences", PERSISTENCES)


def held(persistences: str) -> list[list[list[Any]]]:
    """What each side holds in each tick."""
    words = persistences.strip(":<>").replace("'", "").split(", ")
    sides: list[list[list[Any]]] = []
    for side, word in (("left", words[0]), ("right", words[-1])):
        items: list[Any] = []
        sides.append([])
        for batch in BATCHES:
            items = [*(items if word == "static" else ()), *batch.get(side, ())]
            sides[-1].append(items)
    return sides


def aggregated(items: list[Any], aggregation: str) -> dict[Any, Any]:
    groups: dict[Any, list[Any]] = {}
    for key, value in items:
        groups.setdefault(key, []).append(value)
    return {key: AGGREGATIONS[aggregation](values) for key, values in groups.items()}


@each_aggregation
@each_persistence
def test_join_fused_matches_what_both_sides_were_aggregated_into(
    ticks: Callable[..., Any], aggregation: str, persistences: str
) -> None:
    found = ticks(TEXT.format(call=f"join_fused{persistences}({aggregation}, Reduce(add))"), *BATCHES, **NAMES)

    for tick, left, right in zip(found, *held(persistences), strict=True):
        lefts, rights = aggregated(left, aggregation), aggregated(right, "Reduce(add)")
        assert sorted(tick) == sorted((key, (lefts[key], rights[key])) for key in lefts if key in rights)


@each_aggregation
@each_persistence
def test_join_fused_lhs_goes_through_the_right_side_in_its_order(
    ticks: Callable[..., Any], aggregation: str, persistences: str
) -> None:
    found = ticks(TEXT.format(call=f"join_fused_lhs{persistences}({aggregation})"), *BATCHES, **NAMES)

    for tick, left, right in zip(found, *held(persistences), strict=True):
        lefts = aggregated(left, aggregation)
        assert tick == [(key, (lefts[key], value)) for key, value in right if key in lefts]


@each_aggregation
@each_persistence
def test_join_fused_rhs_goes_through_the_left_side_in_its_order(
    ticks: Callable[..., Any], aggregation: str, persistences: str
) -> None:
    found = ticks(TEXT.format(call=f"join_fused_rhs{persistences}({aggregation})"), *BATCHES, **NAMES)

    for tick, left, right in zip(found, *held(persistences), strict=True):
        rights = aggregated(right, aggregation)
        assert tick == [(key, (value, rights[key])) for key, value in left if key in rights]


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_in_a_cycle_of_the_side_that_streams_every_item_is_matched_once(
    ticks: Callable[..., Any], persistences: str
) -> None:
    text = f"""
        n = union();
        source_stream(items) -> n;
        n -> [1]j;
        source_stream(steps) -> [0]j;
        j = join_fused_lhs{persistences}(Reduce(lambda acc, n: acc + n)) -> tee();
        j -> map(|(_, (step, n))| ("a", step + n)) -> filter(|(_, n)| n < 7) -> n;
        j -> map(|(_, (_, n))| n) -> for_each(out.append);
    """

    found = ticks(text, {"items": [("a", 0)], "steps": [("a", 1), ("a", 2)]}, {"steps": [("a", 0)]})

    assert found[0] == [0, 3, 6]
    assert found[1][:3] == ([0, 3, 6] if persistences else [])


def test_what_was_emitted_is_not_changed_by_later_ticks(ticks: Callable[..., Any]) -> None:
    text = TEXT.format(call="join_fused_lhs::<'static>(Fold(list, lambda acc, n: acc.append(n)))")

    assert ticks(text, {"left": [(1, 1)], "right": [(1, 5)]}, {"left": [(1, 2)]}) == [
        [(1, ([1], 5))],
        [(1, ([1, 2], 5))],
    ]


def test_the_names_of_the_aggregations_are_the_engines_own_there(ticks: Callable[..., Any]) -> None:
    text = TEXT.format(call="join_fused(Fold(init=int, f=add), Reduce(add))")

    assert ticks(text, {"left": [(1, 1)], "right": [(1, 2)]}, add=add, Fold=None, Reduce=None) == [[(1, (1, 2))]]


def test_a_body_is_put_in_place_and_an_expression_is_evaluated_once(ticks: Callable[..., Any]) -> None:
    made: list[int] = []

    def factory() -> Any:
        made.append(1)
        return lambda acc, n: acc + n

    text = TEXT.format(call="join_fused(Reduce(factory()), Reduce(lambda acc, n: acc * n + 1000))")
    flow = hf.compile(text, {"left": hf.channel(), "right": hf.channel(), "out": [], "factory": factory})

    assert made == [1]
    assert "* join_fused_" in flow.generated_source
    assert ticks(text, *BATCHES[:1], factory=factory) == [[(1, (21, 1030))]]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("3", "takes `Fold(init, f)`, `Reduce(f)` or `FoldFrom(f0, f)`, not 3"),
        ("sum", "takes `Fold(init, f)`, `Reduce(f)` or `FoldFrom(f0, f)`, not <built-in function sum>"),
        ("Fold(list)", "`Fold` takes exactly 2 arguments, this one has 1"),
        ("Reduce(sum, sum)", "`Reduce` takes exactly 1 argument, this one has 2"),
        ("Reduce(lambda n: n)", "`Reduce` calls `f` with 2 parameters, this function has 1"),
        ("Fold(lambda n: n, max)", "`Fold` calls `init` with no parameters, this function has 1"),
        ("FoldFrom(lambda: 0, max)", "`FoldFrom` calls `f0` with 1 parameter, this function has 0"),
        ("hf.Fold(0, max)", "cannot call 0"),
        ("|a, b| a + b", "`join_fused_lhs` takes a value here, not a closure"),
    ],
)
def test_what_is_no_aggregation_is_an_error_before_the_first_tick(argument: str, message: str) -> None:
    names = {"left": hf.channel(), "right": hf.channel(), "out": [], "hf": hf}

    with pytest.raises(hf.HydroflowError) as caught:
        hf.compile(TEXT.format(call=f"join_fused_lhs({argument})"), names)

    assert message in str(caught.value)


@pytest.mark.parametrize("call", ["join_fused(Reduce(add), Reduce(add))", "join_fused_lhs::<'static>(Reduce(add))"])
@pytest.mark.parametrize(("item", "message"), [(([], 1), "hashed"), (5, "pairs")])
@pytest.mark.parametrize("side", ["left", "right"])
def test_an_item_that_cannot_be_joined_is_named(
    refused: Callable[..., Any], call: str, item: Any, message: str, side: str
) -> None:
    channels = {"left": hf.channel([(1, 1)]), "right": hf.channel([(1, 1)])}
    channels[side].send(item)

    error = refused(TEXT.format(call=call), **channels, out=[], add=add)

    assert message in str(error)
    assert repr(item) in str(error)


def test_what_a_function_raises_comes_out_as_it_is_with_its_place() -> None:
    names = {"left": hf.channel([(1, 1), (1, 0)]), "right": hf.channel(), "out": []}
    flow = hf.compile(TEXT.format(call="join_fused_lhs(Reduce(lambda acc, n: acc / n))"), names)

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()

    (note,) = caught.value.__notes__
    assert "in `join_fused_lhs` at flow, line 2" in note
