from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import SetUnion


def told(text: str) -> list[tuple[str, bool | None]]:
    return [(row.operator, row.inlined) for row in hf.compile(text, namespace={"f": abs, "t": [abs]}).explain()]


def test_bodies_that_stand_in_the_loop_are_told_from_those_that_are_called() -> None:
    text = "source_iter([1]) -> map(|x| x + 1) -> map(f) -> map(|x| [y + x for y in (1,)]) -> map(t[0]) -> null();"

    assert told(text) == [
        ("source_iter", None),
        ("map", True),
        ("map", False),
        ("map", False),
        ("map", False),
        ("null", None),
    ]


def test_the_reason_is_said() -> None:
    flow = hf.compile("source_iter([1]) -> map(|x| (y := x) + y) -> for_each(print);", namespace={})

    text = repr(flow.explain())

    assert "map(f)" in text
    assert "`:=`" in text
    assert "for_each(f)" in text
    assert "looked up at each call" in text
    assert "flow:1:25" in text


def test_the_functions_of_an_aggregation_are_told_where_it_is_written_out() -> None:
    text = "a = source_iter([]); a -> [0]j; source_iter([]) -> [1]j; j = join_fused({}, {}) -> null();"

    rows = hf.compile(text.format("Fold(list, lambda acc, x: acc)", "Reduce(max)"), namespace={}).explain()
    made = hf.compile(text.format("hf.Reduce(max)", "Reduce(f=max)"), namespace={"hf": hf}).explain()

    assert [(row.argument, row.inlined) for row in rows if row.operator == "join_fused"] == [
        ("lhs: Fold", False),
        ("lhs: Fold", True),
        ("rhs: Reduce", False),
    ]
    assert [(row.argument, row.inlined) for row in made if row.operator == "join_fused"] == [
        ("lhs", False),
        ("rhs", False),
    ]


def test_each_function_of_an_operator_has_a_row() -> None:
    assert told("source_iter([1]) -> fold(|| 0, |a, b| a + b) -> null();")[1:3] == [("fold", True), ("fold", True)]


def lent(text: str, **without: Any) -> list[str]:
    """What is said of the values that operators keep."""
    names = {"f": print, "SetUnion": SetUnion, "asked": [1]}
    rows = hf.compile(f"source_iter([1]) -> {text};", names, **without).explain()
    others = ("function is the value", "the value of every key is sent again")
    return [row.how for row in rows if "value" in row.how and not any(other in row.how for other in others)]


KEPT = "if something has kept it, as `{}` at {{place}} may do"
READ = "map(|acc| len(acc)) -> for_each(f)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"fold::<'static>(list, |acc, x| acc.append(x)) -> {READ}", "the value changes in place"),
        ("fold::<'static>(list, |acc, x| acc.append(x)) -> for_each(f)", KEPT.format("for_each")),
        ("fold::<'static>(list, |acc, x| acc.append(x)) -> tee() -> for_each(f)", KEPT.format("for_each")),
        ("fold::<'static>(list, |acc, x| acc.append(x)) -> sort() -> for_each(f)", KEPT.format("sort")),
        ("fold::<'static>(list, |acc, x| f(acc)) -> for_each(f)", "all of it is looked through"),
        ("map(|x| (x, [x])) -> reduce_keyed::<'static>(list.extend) -> for_each(f)", "the value of a key is copied"),
        (
            "map(|x| SetUnion({x})) -> lattice_fold::<'static>(|| SetUnion()) -> for_each(f)",
            "`for_each` at {place} may do",
        ),
        (
            "a; a = fold::<'static>(list, |acc, x| acc.append(x)); source_iter(asked) -> map(|x| $a) -> for_each(f)",
            "`map` at {place}, which reads `$a`, may do",
        ),
    ],
)
def test_it_is_said_whether_a_value_is_copied_before_it_changes(text: str, said: str) -> None:
    (how,) = lent(text)
    keeper = f"{said.split('`')[1]}(" if "{place}" in said else "source_iter("

    assert said.format(place=f"flow:1:{f'source_iter([1]) -> {text}'.rindex(keeper) + 1}") in how
    assert ("a closure that only reads" in how) == ("is copied" in how)


@pytest.mark.parametrize(
    "text",
    [
        "fold(list, |acc, x| acc.append(x)) -> for_each(f)",
        "fold::<'static>(|| 0, |acc, x| acc + x) -> for_each(f)",
        "fold::<'static>(list, |acc, x| acc.append(x))",
        "map(|x| SetUnion({x})) -> state::<'static, SetUnion>() -> for_each(f)",
    ],
)
def test_nothing_is_said_of_what_is_never_copied(text: str) -> None:
    assert lent(text) == []


def test_without_the_optimisation_whatever_reads_a_value_may_keep_it() -> None:
    (how,) = lent(f"fold::<'static>(list, |acc, x| acc.append(x)) -> {READ}", without={"letting-go"})

    assert "as whatever reads it without `letting-go` may do" in how
