"""A function as its text gives it means the same as the function, or it is not read at all."""

from __future__ import annotations

import ast
import functools
import itertools
import linecache
import operator
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given, strategies

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.written import (
    MISSING,
    Names,
    Written,
    binds_all,
    holds_distinct,
    is_one_of,
    names_in,
    of_value,
    pair,
    single,
    written,
)
from hydroflow_nb.expressions import Argument, bound_names

NUMBERS = itertools.count()


def defined(text: str, name: str = "f", *, shown: str | None = None, **names: Any) -> Any:
    """What a text defines; `shown` is what its file holds by now."""
    filename = f"written-{next(NUMBERS)}.py"
    lines = (text if shown is None else shown).splitlines(keepends=True)
    linecache.cache[filename] = (len(lines), None, lines, filename)
    found = {"functools": functools, "same": same, "swapped": swapped, "replaced": replaced, **names}
    exec(compile(text, filename, "exec"), found)
    return found[name]


def same(function: Any) -> Any:
    return function


def swapped(function: Any) -> Any:
    """A decorator that says that it gives the function, and gives another one."""

    @functools.wraps(function)
    def wrapper(a: Any, x: Any) -> Any:
        return function(x, a)

    return wrapper


def replaced(_: Any) -> Any:
    return lambda a, x: (x, a)


def outcome(function: Callable[[], Any]) -> Any:
    """What a call gives, or the class of what it raises."""
    try:
        return plain(function())
    except Exception as raised:
        return type(raised)


def plain(result: Any) -> Any:
    """A result that can be compared: of generators and functions the class."""
    if isinstance(result, list | tuple):
        return type(result), [plain(one) for one in result]
    return type(result) if isinstance(result, Iterator | FunctionType) else result


def meant(read: Written, *items: Any) -> Any:
    """What a function that was read gives for items."""
    names = [name for parameter in read.parameters for name in bound_names(parameter)]
    (function,) = ast.parse(f"lambda {', '.join(names)}: 0").body
    function.value.body = read.body
    code = compile(ast.fix_missing_locations(ast.Expression(body=function.value)), "read", "eval")
    return eval(code, dict(read.names.of))(*items)


LEAVES = strategies.sampled_from(["a", "x", "k", "0", "1", "-2", "'t'", "None", "[a]", "{x}", "max", "later"])
BODIES = strategies.recursive(
    LEAVES,
    lambda inner: strategies.one_of(
        strategies.builds("({} + {})".format, inner, inner),
        strategies.builds("max({}, {})".format, inner, inner),
        strategies.builds("({} if {} else {})".format, inner, inner, inner),
        strategies.builds("({} or {})".format, inner, inner),
        strategies.builds("[{} for a in [{}]]".format, inner, inner),
        strategies.builds("(k := {})".format, LEAVES),
        strategies.builds("(lambda x: {})({})".format, inner, inner),
        strategies.builds("({}, *[{}])".format, inner, inner),
        strategies.builds("(yield {})".format, inner),
    ),
    max_leaves=6,
)
# How a function of a body is written; `{other}` is another body.
WAYS = [
    "def f(a, x): return {body}",
    "def f(a, x):\n    'What it does.'\n    return {body}",
    "def f(a, x):\n    return (\n        {body}\n    )",
    "@same\ndef f(a, x):\n    return {body}",
    "@swapped\ndef f(a, x):\n    return {body}",
    "@replaced\ndef f(a, x): return {body}",
    "@functools.lru_cache\ndef f(a, x):\n    return {body}",
    "def f(a, x=1): return {body}",
    "def f(a, *x): return {body}",
    "def f(a, x):\n    k = 5\n    return {body}",
    "def f(a, x):\n    if a: return {other}\n    return {body}",
    "f = lambda a, x: {body}",
    "f, g = lambda a, x: {body}, lambda a, x: {other}",
    "def g(a, x): return lambda a, x: {body}\nf = g(1, 2)",
    "def g(a, x): return {other}; f = g\nf = g",
    "def f(a, x): return {body}\ng = f\ndef f(a, x): return {other}\nf = g",
    "def g(k):\n    def f(a, x):\n        return {body}\n    return f\nf = g(7)",
    "def g():\n    def f(a, x):\n        return {body}\n    k = 8\n    return f\nf = g()",
    "class C:\n    k = 9\n    def f(a, x):\n        return {body}\nf = C.f",
    "async def f(a, x): return {body}",
]
ITEMS = strategies.sampled_from([0, 1, 3, "u", None, (1,)])


@given(strategies.sampled_from(WAYS), BODIES, BODIES, BODIES, strategies.booleans(), ITEMS, ITEMS)
def test_what_is_read_of_a_function_means_the_same_as_calling_it(way, body, other, edited, is_edited, a, x):
    text = way.format(body=body, other=other)
    shown = way.format(body=edited, other=other) if is_edited else None
    try:
        function = defined(text, shown=shown, k=3, later=[2])
    except SyntaxError:  # such as `:=` for what a comprehension binds
        return

    read = of_value(function)

    if read is not None:
        assert outcome(lambda: meant(read, a, x)) == outcome(lambda: function(a, x)), text


def test_a_function_of_one_return_is_read_however_it_is_laid_out():
    plain = "def f(a, x): return max(a, x)"
    ways = [
        plain,
        "def f(a, x):\n    'The greatest.'\n    return max(a, x)",
        "if True:\n    @same\n    def f(a, x):\n        return max(\n            a, x\n        )",
        "def g(k):\n    def f(a, x):\n        return max(a, x, k)\n    return f\nf = g(1)",
    ]

    assert [of_value(defined(way)) is not None for way in ways] == [True] * len(ways)


class Adder:
    """An object that is called, with methods."""

    def __call__(self, a: int, x: int) -> int:
        return a + x

    def bound(self, x: int) -> int:
        return x

    @staticmethod
    def still(a: int, x: int) -> int:
        return a + x

    def __eq__(self, other: object) -> bool:
        raise TypeError("is not compared")

    __hash__ = None


async def waits(a: int, x: int) -> int:
    return a + x


ODD: list[Any] = [
    max,
    operator.add,
    functools.partial(max, 1),
    Adder,
    Adder(),
    Adder().bound,
    list.append,
    int,
    functools.lru_cache(max),
    waits,
    lambda a, x: a,
    (lambda a, x: a, lambda a, x: x),
    FunctionType(compile("a + x", "nowhere", "eval"), {}),
    defined("def f(a, x): return a + x", shown=""),
    defined("def f(a, x): return a + x", shown="def f(a, x): return ("),
    defined("def f(a, x): return a + x", shown="\x00"),
    None,
    MISSING,
    3,
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_what_is_not_a_function_of_one_return_is_not_read_and_raises_nothing(value):
    assert of_value(value) is None


def test_a_function_that_another_one_wraps_is_not_taken_for_it():
    assert of_value(defined("@swapped\ndef f(a, x):\n    return a - x")) is not None
    assert of_value(defined("@swapped\ndef f(a, x):\n    return a - x")).body.args[0].id == "x"


def test_the_text_of_a_file_that_was_edited_since_is_not_believed():
    assert of_value(defined("def f(a, x): return a - x", shown="def f(a, x): return max(a, x)")) is None


def test_a_generator_is_not_the_expression_that_it_yields_from():
    assert of_value(defined("def f(a, x): return a + (yield x)")) is None


def test_a_name_is_what_it_is_when_the_function_is_read():
    function = defined("def f(a, x): return top(a, x)", top=max)
    call = of_value(function)
    assert call is not None

    assert call.value(call.body.func) is max
    function.__globals__["top"] = min
    again = of_value(function)
    assert again is not None
    assert again.value(again.body.func) is min


def argument(text: str, operator_name: str = "map") -> Argument:
    graph = compile_source(hf.Source(text=f"source_iter([]) -> {operator_name}({text}) -> null();"), "flow").graph
    return next(node.call.arguments[0] for node in graph.nodes.values() if node.operator.name == operator_name)


def read(text: str, **names: Any) -> Written:
    found = written(argument(text), names)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("|x| max(x, 1)", max),
        ("|max| max(max, 1)", MISSING),
        ("|(max, x)| max(x, 1)", MISSING),
        ("|x| max([max for max in x], 1)", MISSING),
        ("|x| max((max := x), 1)", MISSING),
        ("|x| max((lambda max: max)(x), 1)", MISSING),
        ("|x| operator.add(x, 1)", operator.add),
        ("|x| adder.bound(x)", MISSING),
        ("|x| Adder.still(x, 1)", vars(Adder)["still"].__func__),
        ("|x| missing(x)", MISSING),
        ("|x| x[0](x)", MISSING),
        ("|x| (max or min)(x)", MISSING),
    ],
)
def test_a_name_is_looked_up_where_the_function_finds_it(text, found):
    function = read(text, operator=operator, adder=Adder(), Adder=Adder)
    call = next(one for one in ast.walk(function.body) if isinstance(one, ast.Call))

    assert function.value(call.func) is found


def test_a_name_of_the_notebook_hides_one_of_python():
    function = read("|x| max(x, 1)", max=min)

    assert function.value(function.body.func) is min


def test_an_attribute_is_looked_up_without_running_anything():
    class Lively(type):
        def __getattr__(cls, name: str) -> Any:
            raise AssertionError("ran")

    class Alive(metaclass=Lively):
        @property
        def known(self) -> Any:
            raise AssertionError("ran")

    names = Names({"Alive": Alive, "alive": Alive()})

    assert names.value(ast.parse("Alive.unknown", mode="eval").body) is MISSING
    assert names.value(ast.parse("alive.known", mode="eval").body) is MISSING


def test_what_is_given_by_a_name_or_written_on_the_spot_is_read():
    assert [single(one) for one in read("|a| a").parameters] == ["a"]
    assert [single(one) for one in read("lambda a: a").parameters] == ["a"]
    assert [single(one) for one in read("f", f=defined("def f(a): return a")).parameters] == ["a"]
    assert written(argument("missing"), {}) is None
    assert written(argument("lambda *a: a"), {}) is None
    assert written(argument("lambda a, b=1: a"), {}) is None
    assert written(argument("made(1)"), {"made": lambda x: lambda y: y}) is None


def test_the_names_of_an_expression_are_those_that_it_finds_outside():
    body = ast.parse("[y + z for y in x if (w := y)] + (lambda v: v + u)(w)", mode="eval").body

    assert {one.id for one in names_in(body)} == {"x", "z", "u"}


@pytest.mark.parametrize(
    ("text", "binds", "is_pair"),
    [
        ("|x| x", True, False),
        ("|_| 1", False, False),
        ("|(k, v)| k", True, True),
        ("|(k, _)| k", False, True),
        ("|(k, *vs)| k", True, False),
        ("|(k, *_)| k", False, False),
        ("|(k, (v, w))| k", True, True),
    ],
)
def test_a_pattern_tells_what_it_keeps_of_its_item(text, binds, is_pair):
    (pattern,) = read(text).parameters

    assert (binds_all(pattern), pair(pattern) is not None) == (binds, is_pair)


@pytest.mark.parametrize(
    ("text", "distinct"),
    [
        ("[1, 2]", True),
        ("[1, 1]", False),
        ("[1, True, 1.0]", False),
        ("'aba'", False),
        ("[[1], [2]]", False),
        ("range(3)", True),
        ("items", False),
        ("[one, two]", False),
        ("5", False),
    ],
)
def test_items_are_distinct_where_the_text_shows_it(text, distinct):
    node = ast.parse(text, mode="eval").body

    assert holds_distinct(node, {"items": [1, 2], "one": 1, "two": 2}) is distinct


def test_items_of_what_is_called_range_and_is_not_are_not_known_to_be_distinct():
    assert not holds_distinct(ast.parse("range(3)", mode="eval").body, {"range": lambda n: [n, n]})


def test_objects_are_told_apart_without_asking_them():
    adder = Adder()

    assert is_one_of(adder, 1, adder)
    assert not is_one_of(adder, 1, Adder())
