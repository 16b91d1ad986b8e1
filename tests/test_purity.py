from __future__ import annotations

import ast

import pytest

import hydroflow_nb as hf
from hydroflow_nb.expressions import Closure
from hydroflow_nb.purity import ImpureError, Relied, relied_on_by, relied_on_by_text


def read(closure: str, *, accumulates: bool = False) -> Relied:
    """What the function of a `map` relies on; with two parameters that of a `fold`."""
    operator = f"fold(|| 0, {closure})" if accumulates else f"map({closure})"
    graph = hf.compile(f"source_iter([]) -> {operator} -> null();", {}).graph.partitioned
    written = next(node for node in graph.nodes.values() if node.operator.name in ("map", "fold")).call.arguments[-1]
    assert isinstance(written, Closure)
    return relied_on_by(written, accumulates=accumulates)


@pytest.mark.parametrize(
    ("closure", "names"),
    [
        ("|x| x + 1", []),
        ("|(k, v)| (v.lower(), len(k))", ["len"]),
        ("|x| math.floor(x) + base", ["base", "math.floor"]),
        ("|x| [y * n for y in x if y]", ["n"]),
        ("|x| sorted(x, key=lambda y: y[other])", ["other", "sorted"]),
        ("|Point(a, b)| (b, a)", ["Point"]),
    ],
)
def test_a_pure_function_relies_on_names(closure: str, names: list[str]) -> None:
    assert sorted(read(closure).names) == names


@pytest.mark.parametrize(
    ("closure", "why"),
    [
        ("|x| context.current_tick()", "reads `context`"),
        ("|x| x.append(1)", "calls `.append()`, which may have effects"),
        ("|x| (y := x) + y", "contains `(y := x)`"),
        ("|x| x << 1", "may put something into a container"),
        ("|x| (y for y in x)", "gives an iterator or a function"),
        ("|x| globals()", "uses `globals`"),
        ("|f| f(1)", "calls `f`, which is not known before it runs"),
    ],
)
def test_another_function_is_refused_with_the_reason(closure: str, why: str) -> None:
    with pytest.raises(ImpureError) as refused:
        read(closure)

    assert why in str(refused.value)


def test_a_fold_may_change_its_accumulator_and_nothing_else() -> None:
    assert read("|acc, x| acc.setdefault(x[0], []).append(x[1])", accumulates=True).names == []
    with pytest.raises(ImpureError, match="append"):
        read("|acc, x| x.append(acc)", accumulates=True)


@pytest.mark.parametrize(
    ("text", "is_pure"),
    [
        ("def f(x):\n    found = []\n    for y in x:\n        found.append(y)\n    return found", True),
        ("def f(x):\n    total = 0\n    for y in x:\n        total += y\n    return total", True),
        ("def f(x):\n    same = x\n    same += [1]\n    return same", False),
        ("def f(x):\n    global n\n    n = x\n    return n", False),
        ("def f(x):\n    x.seen = True\n    return x", False),
        ("def f(x):\n    import random\n    return random.random()", False),
        ("def f(x):\n    try:\n        return int(x)\n    except ValueError:\n        return 0", True),
    ],
)
def test_a_function_may_change_what_it_has_made(text: str, is_pure: bool) -> None:
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)

    if is_pure:
        relied_on_by_text(function, accumulates=False)
    else:
        with pytest.raises(ImpureError):
            relied_on_by_text(function, accumulates=False)
