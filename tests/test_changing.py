from __future__ import annotations

import ast
from pathlib import Path
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
        ("[acc.append(x) for acc in acc]", Change.ANYTHING),
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


def shadowed(acc: list[Any], item: Any) -> None:
    for acc in acc:  # noqa: B020 - the name is a part's from here on
        acc.append(item)


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
        (shadowed, Change.ANYTHING),
        (print, Change.ANYTHING),
    ],
)
def test_a_function_changes_what_its_text_tells(function: Any, change: Change) -> None:
    assert change_by(function) is change


def test_a_function_without_a_text_may_change_anything() -> None:
    names: dict[str, Any] = {}
    exec("def summed(acc, item): return acc + item", names)

    assert change_by(names["summed"]) is Change.ANYTHING


def test_a_function_whose_file_has_changed_may_change_anything(tmp_path: Path) -> None:
    file, names = tmp_path / "module.py", dict[str, Any]()
    file.write_text("def grow(acc, x): acc[0].append(x)")
    exec(compile(file.read_text(), str(file), "exec"), names)
    file.write_text("def grow(acc, x): acc.append(x)")

    assert change_by(names["grow"]) is Change.ANYTHING


def test_a_function_with_names_from_around_it_is_read() -> None:
    by = 2

    def count(acc: dict[Any, int], item: Any) -> None:
        acc[item] = acc.get(item, 0) + by

    assert change_by(count) is Change.TOP
