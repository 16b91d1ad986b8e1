"""What is known of the items in a loop's body."""

from __future__ import annotations

import ast

import pytest

from hydroflow_nb.codegen.tapped import Tapped, taps_in
from hydroflow_nb.codegen.unchanging import mark, premise


def tapped(text: str) -> list[ast.stmt]:
    """A loop's body in which `tap` stands for a tap of `y`."""
    body = ast.parse(text).body
    for parent in [*ast.walk(ast.Module(body=body, type_ignores=[])), ast.Module(body=body, type_ignores=[])]:
        for name in ("body", "orelse"):
            block = getattr(parent, name, None)
            if isinstance(block, list):
                block[:] = [Tapped(1, ast.Name("y", ast.Load())) if _is_tap(one) else one for one in block]
    return body


def _is_tap(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)


def known(text: str, depth: int | None) -> list[bool]:
    body = tapped(text)
    mark(ast.Name("x", ast.Store()), body, depth)
    return [tap.is_known for tap in taps_in(body)]


@pytest.mark.parametrize(
    ("text", "of_atoms", "of_tuples"),
    [
        ("y = x\ntap", True, True),
        ("y = x + 1\ntap", True, False),
        ("y = -x\ntap", True, False),
        ("y = not f(x)\ntap", True, True),
        ("y = x < 3\ntap", True, True),
        ("y = f'{x}'\ntap", True, True),
        ("y = (x, 1)\ntap", True, True),
        ("y = (1, (2, (3, (4, (5,)))))\ntap", False, False),
        ("y = x[0]\ntap", True, True),
        ("y = x[0] + x[1]\ntap", True, True),
        ("y = x[1:]\ntap", True, True),
        ("a, y = x\ntap", True, True),
        ("a, *y = x\ntap", False, False),
        ("y = f(x)\ntap", False, False),
        ("y = x.parts\ntap", False, False),
        ("y = [x]\ntap", False, False),
        ("y = x\ny += 1\ntap", True, False),
        ("y = x\ny = f(y)\ntap", False, False),
        ("if x:\n  y = 1\nelse:\n  y = 2\ntap", True, True),
        ("if x:\n  y = 1\nelse:\n  y = f(x)\ntap", False, False),
        ("for y in (x, 1):\n  tap", True, True),
        ("for y in x:\n  tap", True, True),
        ("for y in f(x):\n  tap", False, False),
        ("y = x\nwhile x:\n  tap\n  y = f(y)", False, False),
        ("y = x\ntry:\n  y = f(x)\nexcept E:\n  pass\ntap", False, False),
    ],
)
def test_what_is_known_of_an_item_follows_from_the_loops_items(text: str, of_atoms: bool, of_tuples: bool) -> None:
    assert known(text, 0) == [of_atoms]
    assert known(text, 1) == [of_tuples]


def test_a_loop_asks_for_no_more_than_makes_a_difference() -> None:
    item = ast.Name("x", ast.Store())

    assert premise(item, tapped("y = x + 1\ntap")) == 0
    assert premise(item, tapped("y = x[0]\ntap")) == 1
    assert premise(item, tapped("y = f(x)\ntap")) is None
    assert premise(item, tapped("y = 5\ntap")) is None


def test_a_tuple_is_looked_at_by_the_parts_that_may_change() -> None:
    body = tapped("k = f(x)\ny = (k, (1, x))\ntap\nk = 2\ny = (k, g(x))\ntap")

    mark(ast.Name("x", ast.Store()), body, 0)

    assert [tap.parts for tap in taps_in(body)] == [("k",), ()]
