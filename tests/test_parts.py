from __future__ import annotations

import ast
from typing import Any

import pytest

from hydroflow_nb.parts import keys_by, parts_in


def keys_of(body: str) -> list[str] | None:
    parts = parts_in(ast.parse(body, mode="eval").body, "acc", {"x", "k", "v"})
    return None if parts is None else [ast.unparse(key) for key in parts.keys]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("acc.setdefault(k, []).append(v)", ["k"]),
        ("acc.setdefault(x[0], set()).add(x[1])", ["x[0]"]),
        ("acc[x.key].update(x.values)", ["x.key"]),
        ("acc[k].__setitem__(v, 1)", ["k"]),
        ("acc.get((k, 1)).clear()", ["(k, 1)"]),
        ("(acc[k].append(v), acc[v].append(k), acc)[2]", ["k", "v"]),
        ("(acc[k].append(v), acc)[-1]", ["k"]),
        ("acc[k].append(v) or acc", ["k"]),
        ("acc[k].append(v) if k in acc else acc.__setitem__(k, [v])", ["k"]),
        ("(acc.__delitem__(v), acc[k].append(len(acc)), acc)[2]", ["k"]),
    ],
)
def test_the_keys_of_the_parts_that_change_are_told_by_the_text(body: str, keys: list[str]) -> None:
    assert keys_of(body) == keys


@pytest.mark.parametrize(
    "body",
    [
        "acc.append(v)",
        "acc[k][0].append(v)",
        "acc[k].rows.append(v)",
        "acc[k].pop()",
        "acc[other].append(v)",
        "acc[len(acc)].append(v)",
        "acc[next(x)].append(v)",
        "acc.setdefault(k, v).append(1)",
        "acc.setdefault(k, make()).append(1)",
        "acc.setdefault(k, []).append(acc[v])",
        "acc.setdefault(k, [acc[v]]).append(1)",
        "acc.setdefault(k, []).append(change(x))",
        "(acc.update(x), acc[k].append(v))[1]",
        "(acc.__setitem__(k, x), acc[k].append(v))[1]",
        "(acc.__setitem__(k, acc[v]), acc[k].append(v))[1]",
        "(keep(acc), acc[k].append(v))[1]",
        "(acc[k].append(v), x)[1]",
        "(acc[k].append(v), acc)[0:1]",
        "acc[k].append(v) or acc[k]",
        "acc[k] << v",
        "acc.get(k, []).append(v)",
        "[acc[k].append(v) for _ in x]",
        "acc[k].append(lambda: acc)",
    ],
)
def test_what_may_change_something_else_has_no_keys(body: str) -> None:
    assert keys_of(body) is None


def test_a_text_is_understood_by_pythons_own_names() -> None:
    parts = parts_in(ast.parse("acc.setdefault(k, list()).append(len(v))", mode="eval").body, "acc", {"k", "v"})

    assert parts is not None
    assert parts.relied_on == {"list", "len"}


@pytest.mark.parametrize(
    ("body", "alone"),
    [
        ("acc[k].append(v)", True),
        ("(acc[k].append(v), acc[v].clear(), acc)[2]", True),
        ("(acc.__delitem__(v), acc[k].append(v), acc)[2]", False),
        ("(acc.__setitem__(v, []), acc[k].append(v), acc)[2]", False),
        ("(acc.clear(), acc[k].append(v), acc)[2]", False),
    ],
)
def test_parts_change_alone_where_nothing_is_put_in_or_taken_out(body: str, alone: bool) -> None:
    parts = parts_in(ast.parse(body, mode="eval").body, "acc", {"k", "v"})

    assert parts is not None
    assert parts.alone == alone


def named(acc: dict[Any, list[Any]], x: tuple[Any, Any]) -> dict[Any, list[Any]]:
    key, value = x
    rows = acc.setdefault(key, [])
    rows.append(value)
    if not value:
        del acc[key]
        acc[key, 1] += [value]
    return acc


def by_attribute(acc: dict[Any, list[Any]], x: complex) -> None:
    if x.real not in acc:
        acc[x.real] = []
    acc[x.real].append(x.imag)


def deeper(acc: dict[Any, list[Any]], x: Any) -> None:
    row = acc[x][0]
    row.append(x)


def in_a_loop(acc: dict[Any, list[Any]], x: Any) -> None:
    for key in x:
        acc[key].append(x)


def bound_anew(acc: dict[Any, list[Any]], x: Any) -> None:
    acc[x].append(1)
    x = 5
    acc[x].append(1)


def replaced(acc: dict[Any, list[Any]], x: Any) -> dict[Any, list[Any]]:
    acc[x].append(1)
    return x


def kept(acc: dict[Any, list[Any]], x: Any) -> None:
    other = acc
    other[x].append(1)


def test_a_function_is_asked_for_the_keys_by_its_item() -> None:
    of_named, of_attribute = keys_by(named), keys_by(by_attribute)

    assert of_named is not None
    assert of_named({}, ("a", 1)) == ("a", ("a", 1))
    assert of_attribute is not None
    assert of_attribute({}, 1 + 2j) == (1.0,)


def test_an_item_that_can_be_taken_apart_once_only_is_not() -> None:
    of_named, items = keys_by(named), iter(("a", 1))

    assert of_named is not None
    assert of_named({}, items) is None
    assert list(items) == ["a", 1]


@pytest.mark.parametrize("function", [deeper, in_a_loop, bound_anew, replaced, kept, list.append, print])
def test_a_function_that_may_change_something_else_has_no_keys(function: Any) -> None:
    assert keys_by(function) is None


def test_a_function_whose_names_mean_something_else_has_no_keys() -> None:
    names: dict[str, Any] = {}
    made = type(made_by_list)(made_by_list.__code__, names)

    keys_of = keys_by(made)

    assert keys_of is not None
    assert keys_of({}, 1) is not None
    names["list"] = lambda: names["shared"]
    assert keys_of({}, 1) is None


def made_by_list(acc: dict[Any, list[Any]], x: Any) -> None:
    acc.setdefault(x, list()).append(x)  # noqa: C408 - a call of a name that may mean something else


def first_taken_out(acc: list[list[Any]], x: int) -> list[list[Any]]:
    acc[x].append(x)
    del acc[0]
    return acc


def test_the_places_in_a_list_that_something_is_taken_out_of_are_not_told() -> None:
    keys = keys_by(first_taken_out)

    assert keys is not None
    assert keys({2: [], 0: []}, 2) == (2,)
    assert keys([[], [], []], 2) is None
