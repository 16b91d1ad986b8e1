from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from hydroflow_nb.codegen.inline import copied
from hydroflow_nb.trees import walk

SHARED = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
TEXTS = [
    Path(__file__).read_text(),
    "match x:\n    case {'a': [1, *rest], **more} if rest: pass",
    "lambda *a, b=1, **c: f'{a!r:{b}}'",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_node_comes_once_and_before_what_hangs_below_it(text: str) -> None:
    tree = ast.parse(text)
    # Python itself lets operators such as `+` share one node.
    found = [node for node in walk(tree) if not isinstance(node, SHARED)]

    assert Counter(map(id, found)) == Counter(id(node) for node in ast.walk(tree) if not isinstance(node, SHARED))
    assert not any(isinstance(node, ast.expr_context) for node in walk(tree))
    place = {id(node): at for at, node in enumerate(found)}
    assert all(
        place[id(node)] < place[id(below)]
        for node in found
        for below in ast.iter_child_nodes(node)
        if id(below) in place
    )


@pytest.mark.parametrize("text", TEXTS)
def test_a_copy_is_the_same_tree_with_the_same_places_and_shares_no_node_that_can_change(text: str) -> None:
    tree = ast.parse(text)
    copy = copied(tree, {})

    assert ast.dump(copy, include_attributes=True) == ast.dump(tree, include_attributes=True)
    assert {id(node) for node in walk(copy)}.isdisjoint(id(node) for node in walk(tree))


def test_what_others_hang_on_nodes_is_not_copied() -> None:
    # `executing`, with which IPython finds the place of an error, hangs on each node the one above it.
    tree = ast.parse("a + b", mode="eval").body
    assert isinstance(tree, ast.BinOp)
    tree.op.parent = tree  # type: ignore[attr-defined]
    try:
        copy = copied(tree, {})
    finally:
        # Python has one node for all `+`.
        del tree.op.parent  # type: ignore[attr-defined]

    assert ast.unparse(copy) == "a + b"
    assert not hasattr(copy.op, "parent")
