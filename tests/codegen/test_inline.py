from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

Emitted = Callable[..., list[Any]]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("|x| x + 1", [2, 3]),
        ("lambda x: x + 1", [2, 3]),
        ("|x| (lambda y: x + y)(10)", [11, 12]),
        ("|x| (lambda x: x * 2)(x + 1)", [4, 6]),
        ("|x| [x + y for y in (1, 2)]", [[2, 3], [3, 4]]),
        ("|x| [y for y in range(x)]", [[0], [0, 1]]),
        ("|x| {y: x for y in range(x)}", [{0: 1}, {0: 2, 1: 2}]),
        ("|x| sum(x for _ in range(3))", [3, 6]),
        ("|x| [x for x in range(3)]", [[0, 1, 2], [0, 1, 2]]),
        ("|x| (y := x + 1) * y", [4, 9]),
        ("|x| [(y := x), y + 1]", [[1, 2], [2, 3]]),
        ("|x| sorted(locals())", [["x"], ["x"]]),
        ("|x| eval('x + 1')", [2, 3]),
        ("|x| x if x > 1 else -x", [-1, 2]),
        ("|x| f'{x!r:>3}'", ["  1", "  2"]),
        ("|x| (x, [x, {x}])", [(1, [1, {1}]), (2, [2, {2}])]),
        ("|_| 0", [0, 0]),
        ("|x| 0", [0, 0]),
        ("|x| {**{'a': x}, 'b': x}['a']", [1, 2]),
        ("|x| [*[x, x], x]", [[1, 1, 1], [2, 2, 2]]),
        ("|x| 0 < x < 2", [True, False]),
        ("|x| (lambda: x)()", [1, 2]),
        ("|x| (lambda y=x: y)()", [1, 2]),
        ("abs", [1, 2]),
        ("(5).__add__", [6, 7]),
    ],
)
def test_a_function_means_the_same_in_place_as_called(emitted: Emitted, function: str, expected: list[Any]) -> None:
    found = emitted(f"source_iter([1, 2]) -> map({function}) -> for_each(out);")

    assert found == expected


@pytest.mark.parametrize(
    ("function", "order"),
    [
        ("|x| g() + x", "fg"),
        ("|x| x + g()", "fg"),
        ("|x| [g(), x][1]", "fg"),
        ("|x| {g(): x}", "fg"),
        ("|x| g() and x", "fg"),
        ("|x| x if g() else 0", "fg"),
        ("|x| g() if x else 0", "fg"),
        ("|x| h(g(), x)", "fg"),
        ("|x| h(x, g())", "fg"),
        ("|x| h(*[g()], k=x)", "fg"),
        ("|x| f'{g()}{x}'", "fg"),
        ("|x| 0", "f"),
        ("|_| g()", "fg"),
        ("|x| True or x", "f"),
        ("|x| [y for y in [x]]", "f"),
    ],
)
def test_what_an_operator_makes_is_made_before_the_next_one_begins(emitted: Emitted, function: str, order: str) -> None:
    calls: list[str] = []

    def noted(name: str, value: int) -> Callable[..., int]:
        def call(*_: Any, **__: Any) -> int:
            calls.append(name)
            return value

        return call

    emitted(
        f"source_iter([1]) -> map(f) -> map({function}) -> for_each(out);",
        f=noted("f", 1),
        g=noted("g", 2),
        h=lambda *_, **__: 0,
    )

    assert "".join(calls) == order


def test_a_function_is_called_once_for_each_item_however_often_its_result_is_used(emitted: Emitted) -> None:
    calls: list[int] = []

    found = emitted(
        "source_iter([1, 2]) -> map(f) -> map(|x| (x, x, x)) -> for_each(out);", f=lambda x: calls.append(x) or x
    )

    assert found == [(1, 1, 1), (2, 2, 2)]
    assert calls == [1, 2]


def test_a_filter_sees_the_item_that_it_lets_pass(emitted: Emitted) -> None:
    calls: list[int] = []

    found = emitted(
        "source_iter([1, 2, 3]) -> map(f) -> filter(|x| x > 1) -> for_each(out);", f=lambda x: calls.append(x) or x
    )

    assert found == [2, 3]
    assert calls == [1, 2, 3]


@pytest.mark.parametrize(
    ("closure", "item", "expected"),
    [
        ("|(a, b)| a - b", "(5, 3)", 2),
        ("|(a, (b, c))| a * b + c", "(2, (3, 4))", 10),
        ("|((a, _), [b, _])| (b, a)", "((1, 2), (3, 4))", (3, 1)),
        ("|(_, _)| 7", "(1, 2)", 7),
        ("|(unused, _)| unused", "(1, 2)", 1),
        ("|(unused, _)| [unused for _ in (1,)]", "(1, 2)", [1]),
        ("|(__, _)| __", "(1, 2)", 1),
        ("|(a,)| a", "(1,)", 1),
        ("|()| 3", "()", 3),
        ("|(a, b)| [a for _ in range(b)]", "(1, 2)", [1, 1]),
        ("|(a, b)| (lambda: a + b)()", "(1, 2)", 3),
        ("|(a, b)| (c := a) + b", "(1, 2)", 3),
        ("|[a, b]| a + b", "'xy'", "xy"),
        ("|(a, b)| (b, a)", "'xy'", ("y", "x")),
    ],
)
def test_a_pattern_takes_an_item_apart(emitted: Emitted, closure: str, item: str, expected: Any) -> None:
    found = emitted(f"source_iter([{item}]) -> map({closure}) -> for_each(out);")

    assert found == [expected]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("map(|x| (x, x + 1)) -> map(|(a, b)| (b, a)) -> map(|(a, b)| a * 10 + b)", 21),
        ("map(|x| (x, (x, 2))) -> map(|(_, (a, b))| (a, b)) -> map(|p| p)", (1, 2)),
        ("map(|x| (f(x), f(x))) -> map(|(_, _)| 0)", 0),
        ("map(|x| (x, x)) -> filter(|(a, b)| a == b) -> map(|(a, b)| [a, b])", [1, 1]),
        ("map(|x| (x, x)) -> filter(|p| p[0] == 1) -> map(|(a, b)| a + b)", 2),
        ("flat_map(|x| [(x, 1)]) -> map(|(a, b)| (a, b, a))", (1, 1, 1)),
        ("map(|x| (*[x], 2)) -> map(|(a, b)| (b, a))", (2, 1)),
        ("map(|x| (*[x, 2],)) -> map(|(a, b)| (b, a))", (2, 1)),
        ("map(|x| (*[x], 2)) -> fold_keyed(|| 0, |a, b| a + b)", (1, 2)),
        ("map(|x| (*[x], 2)) -> unique_keyed()", (1, 2)),
    ],
)
def test_a_tuple_that_is_built_and_taken_apart_need_not_exist(emitted: Emitted, chain: str, expected: Any) -> None:
    calls: list[int] = []

    found = emitted(f"source_iter([1]) -> {chain} -> for_each(out);", f=lambda x: calls.append(x) or x)

    assert found == [expected]
    assert len(calls) == chain.count("f(x)")


@pytest.mark.parametrize(
    "name",
    [
        "map_2_item", "source_iter_1_item", "source_iter_1_items", "source_iter_1_batch", "handoff_1", "set", "sorted",
        "runtime", "stratum_0", "flow", "iterable_", "first_1", "map_2_x", "map_2_f", "hole_0_", "code_0_", "out_",
        "fold_3_acc", "map_2_x_", "nonlocal_", "len", "iter", "iter_",
    ],
)  # fmt: skip
def test_a_users_name_is_the_users_whatever_generated_code_would_call_its_own(emitted: Emitted, name: str) -> None:
    text = f"source_iter([1, 2]) -> map(|x| x + {name}) -> fold(|| {name}, |acc, x| acc + x + {name}) -> for_each(out);"

    found = emitted(text, **{name: 100})

    assert found == [503]


@pytest.mark.parametrize("name", ["map_2_item", "set", "x", "context", "runtime", "map_3_item", "fold_3_acc", "_"])
def test_a_parameter_may_bear_any_name(emitted: Emitted, name: str) -> None:
    used = name if name != "_" else "0"

    found = emitted(f"source_iter([1, 2]) -> map(|{name}| {used}) -> map(lambda {name}: {used} + 1) -> for_each(out);")

    assert found == ([2, 3] if name != "_" else [1, 1])


def test_a_name_is_looked_up_when_it_is_used(emitted: Emitted) -> None:
    out: list[int] = []
    namespace: dict[str, Any] = {"step": 1, "f": lambda x: x, "out": out.append, "input": hf.channel([1])}
    flow = hf.compile("source_stream(input) -> map(f) -> map(|x| x + step) -> for_each(out);", namespace=namespace)
    flow.run_tick()

    namespace |= {"step": 100, "f": lambda x: -x, "out": lambda x: out.append(("new", x))}
    namespace["input"].send(1)
    flow.run_tick()

    assert out == [2, ("new", 99)]


def test_nothing_but_the_flow_is_put_into_the_users_namespace() -> None:
    namespace: dict[str, Any] = {"out": print}

    hf.compile(
        "source_iter([1]) -> map(|x| (lambda y: y)(x)) -> fold(|| 0, max) -> for_each(out);", namespace=namespace
    )

    assert set(namespace) <= {"out", "__builtins__"}


def test_context_is_the_flows_clock_in_every_kind_of_argument(emitted: Emitted) -> None:
    text = """
    source_iter([1]) -> defer_tick() -> tee_;
    tee_ = tee();
    tee_ -> map(|x| (x, context.current_tick())) -> for_each(out);
    tee_ -> map(lambda x: (lambda: context.current_tick() + x)()) -> for_each(out);
    tee_ -> map(ticks(context)) -> for_each(out);
    """

    found = emitted(text, ticks=lambda context: lambda x: (x, "made", context.current_tick()))

    assert found == [(1, 1), 2, (1, "made", 1)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("map(|_| 5) -> filter(|x| x is not None)", [5]),
        ("map(|x| (x, 5)) -> filter(|(a, b)| a is not b)", [(1, 5)]),
        ("map(|_| 'ab') -> map(|x| x[0])", ["a"]),
        ("map(|_| None) -> filter(|x| x is None)", [None]),
    ],
)
def test_a_constant_put_in_place_brings_no_warning_of_python(emitted: Emitted, chain: str, expected: list[Any]) -> None:
    assert emitted(f"source_iter([1]) -> {chain} -> for_each(out);") == expected
