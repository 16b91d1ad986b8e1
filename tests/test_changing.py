from __future__ import annotations

import ast
from typing import Any

import pytest

from hydroflow_nb.changing import Change, change_by, change_in


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("acc + x", Change.NOTHING),
        ("(acc[0] + x, acc[1] + len(x))", Change.NOTHING),
        ("max(acc, x)", Change.NOTHING),
        ("acc.append(x)", Change.TOP),
        ("acc.__setitem__(x, acc.get(x, 0) + 1)", Change.TOP),
        ("(acc.add(x), acc)[1]", Change.TOP),
        ("acc[0].append(x)", Change.ANYTHING),
        ("acc.setdefault(x, []).append(x)", Change.ANYTHING),
        ("grow(acc, x)", Change.ANYTHING),
        ("acc << x", Change.ANYTHING),
        ("x.append(acc)", Change.ANYTHING),
        ("acc.append(grow(acc))", Change.ANYTHING),
    ],
)
def test_an_expression_changes_what_its_calls_can_change(body: str, change: Change) -> None:
    assert change_in([ast.parse(body, mode="eval").body], "acc") is change


def counted(acc: dict[Any, int], item: Any) -> None:
    acc[item] = acc.get(item, 0) + 1


def grown(acc: dict[Any, list[Any]], item: Any) -> None:
    acc[item] += [item]


def aliased(acc: list[Any], item: Any) -> None:
    same = acc
    same[0] = item


def summed(acc: int, item: int) -> int:
    return acc + item


@pytest.mark.parametrize(
    ("function", "change"),
    [
        (counted, Change.TOP),
        (list.append, Change.TOP),
        (dict.update, Change.TOP),
        (summed, Change.NOTHING),
        (max, Change.NOTHING),
        (grown, Change.ANYTHING),
        (aliased, Change.ANYTHING),
        (print, Change.ANYTHING),
    ],
)
def test_a_function_changes_what_its_text_tells(function: Any, change: Change) -> None:
    assert change_by(function) is change


def test_a_function_without_a_text_may_change_anything() -> None:
    names: dict[str, Any] = {}
    exec("def summed(acc, item): return acc + item", names)

    assert change_by(names["summed"]) is Change.ANYTHING
