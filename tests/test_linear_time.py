"""The time that a text takes grows with its length, whatever its shape.

Each shape is measured at a size that takes some milliseconds and at four times that, in turns, and the least time of
each counts. Linear work takes four times as long, quadratic work sixteen times; the bound is what two doublings may
take at 2.6 each. Only a shape that is over it in every one of several attempts fails.
"""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable
from itertools import count

import pytest

import hydroflow_nb as hf
from hydroflow_nb.passes.pipeline import VERIFY

MOST = 2.6**2
NUMBERS = count()
ATTEMPTS = 5
# Below this, other things than the text's length count.
LEAST_SECONDS = 0.01
LARGEST = 500_000


def _argument(text: str) -> str:
    return f"source_iter([1]) -> map({text}) -> null();"


def _each(count: int, write: Callable[[int], str]) -> str:
    return "".join(map(write, range(count)))


# The shape, its first size, and how a text of a size is written.
SHAPES: dict[str, tuple[int, Callable[[int], str]]] = {
    "loops": (
        60,
        lambda n: (
            "s = source_iter([1]) -> tee(); o = union() -> null();\n"
            + "loop { s -> batch() -> map(abs) -> all_iterations() -> o; };\n" * n
        ),
    ),
    "loops that never close": (4_000, lambda n: "loop {" * n),
    "an unknown operator": (60_000, lambda n: f"{'a' * n}(1) -> null();"),
    "an unknown name": (60_000, lambda n: f"{'a' * n} -> null();"),
    "a word with an odd end": (60_000, lambda n: f"{'a' * n}\u200b -> null();"),
    "odd characters": (8_000, lambda n: "\u200b" * n + " -> null();"),
    "odd characters between letters": (3_000, lambda n: "a\u200b" * n),
    "a string": (60_000, lambda n: _argument(f"|x| '{'a' * n}'")),
    "a string of backslashes": (8_000, lambda n: _argument("|x| '" + "\\" * (2 * n) + "'")),
    "a string that never ends": (8_000, lambda n: _argument("|x| '" + "\\" * (2 * n))),
    "strings that never end": (6_000, lambda n: _argument("'\n" * n)),
    "f-strings that never end": (250, lambda n: _argument("f'{" * n)),
    "an f-string of fields": (700, lambda n: _argument("|x| f'" + "{x}" * n + "'")),
    "comments": (30_000, lambda n: "# c\n" * n + _argument("abs")),
    "comments between stars": (60_000, lambda n: "/* c */" * n + _argument("abs")),
    "comments in comments": (6_000, lambda n: "/* " * n + "*/" * n + " a -> null();"),
    "comments that seem to be in comments": (6_000, lambda n: "/* /* */" * n + " a -> null();"),
    "names that look like others": (
        150,
        lambda n: _each(n, lambda i: f"\u0430{i} = source_iter([1]); a{i} -> null();"),
    ),
    "comments that never end": (100_000, lambda n: "/* " * n),
    "comments of arguments": (10_000, lambda n: _argument("1" + "# c\n" * n)),
    "C's comments in an argument": (6_000, lambda n: _argument("1" + "/* c " * n)),
    "a state read as in Rust, without an end": (6_000, lambda n: _argument("|x| (#a" + "a" * n + "\n) ")),
    "brackets that never close": (6_000, lambda n: "(" * n),
    "brackets in an argument": (4_000, lambda n: _argument("[" * n + "]" * n)),
    "brackets that close others": (3_000, lambda n: _argument("[" * n + "}" * n)),
    "braces that never close": (6_000, lambda n: "{ a(" * n),
    "semicolons": (1_500, lambda n: ";" * n),
    "semicolons in a block": (20_000, lambda n: _argument("{" + ";" * n + "}")),
    "assignments in an argument": (4_000, lambda n: _argument("|x| " + "x = " * n)),
    "equality signs": (6_000, lambda n: "=" * n),
    "arguments": (1_500, lambda n: _argument("1," * n)),
    "closures as arguments": (1_000, lambda n: _argument("|x| x," * n)),
    "missing arguments": (1_500, lambda n: _argument("," * n)),
    "generic types": (800, lambda n: "source_iter::<" + "int, " * n + ">([1]) -> null();"),
    "lifetimes": (3_000, lambda n: "source_iter::<" + "'static, " * n + ">([1]) -> null();"),
    "elements of a list": (3_000, lambda n: _argument("[" + "1," * n + "]")),
    "parameters": (2_000, lambda n: _argument("|" + _each(n, lambda i: f"a{i}, ") + "| a0")),
    "names of a pattern that the body uses": (
        100,
        lambda n: _argument("|(" + _each(n, lambda i: f"a{i}, ") + ")| (" + _each(n, lambda i: f"a{i}, ") + ")"),
    ),
    "outputs that demux does not name": (
        100,
        lambda n: (
            f"d = source_iter([1]) -> demux(|v, ({_each(n, lambda i: f'port{i}, ')})| port0.give(v)); "
            + _each(n, lambda i: f"d[wrong{i}] -> null();")
        ),
    ),
    "outputs of demux": (
        120,
        lambda n: (
            f"d = source_iter([1]) -> demux(|v, ({_each(n, lambda i: f'p{i}, ')})| p0.give(v)); "
            + _each(n, lambda i: f"d[p{i}] -> null(); ")
        ),
    ),
    "outputs of partition": (
        150,
        lambda n: "d = source_iter([1]) -> partition(|v, k| 0); " + _each(n, lambda i: f"d[{i}] -> null(); "),
    ),
    "outputs of tee": (200, lambda n: "t = source_iter([1]) -> tee(); " + "t -> null(); " * n),
    "assignments of a name": (200, lambda n: "a = source_iter([1]) -> null(); " * n),
    "names that nothing is connected to": (250, lambda n: _each(n, lambda i: f"a{i} = source_iter([1]);")),
    "unknown names": (400, lambda n: _each(n, lambda i: f"a{i} -> null();")),
    "errors in one line": (250, lambda n: "source_iter([1 +]) -> null(); " * n),
    "errors in one line of wide letters": (250, lambda n: "source_iter(['é' +]) -> null(); " * n),
    "errors in lines": (250, lambda n: "source_iter([1 +]) -> null();\n" * n),
    "warnings": (80, lambda n: "source_iter([1]) -> union() -> null(); " * n),
    "statements": (60, lambda n: "source_iter([1]) -> map(|x| x + 1) -> null();" * n),
    "a number": (4_000, lambda n: _argument("9" * n)),
    "ports": (2_000, lambda n: "a[" + "x, " * n + "]"),
    "a chain of names": (
        150,
        lambda n: "a0 = source_iter([1]); " + _each(n, lambda i: f"a{i + 1} = a{i}; ") + f"a{n} -> null();",
    ),
    "a chain of names that are all used": (
        100,
        lambda n: (
            "a0 = source_iter([1]) -> tee(); "
            + _each(n, lambda i: f"a{i + 1} = a{i}; ")
            + _each(n, lambda i: f"a{i} -> null(); ")
        ),
    ),
    "a chain of names backwards": (
        150,
        lambda n: f"a{n} -> null();" + _each(n, lambda i: f"a{i} = a{i + 1}; a{i} -> null();"),
    ),
    "a circle of names": (150, lambda n: _each(n, lambda i: f"a{i} = a{(i + 1) % n}; ") + "a0 -> null();"),
    "a circle of names that are all used": (
        150,
        lambda n: _each(n, lambda i: f"a{i} = a{(i + 1) % n}; a{i} -> null();"),
    ),
    "a chain of names into a circle": (
        150,
        lambda n: "b = c; c = b; a0 = b;" + _each(n, lambda i: f"a{i + 1} = a{i}; a{i} -> null();"),
    ),
    "a chain of names with ports": (
        100,
        lambda n: "a0 = source_iter([1]) -> tee(); " + _each(n, lambda i: f"a{i + 1} = a{i}[{i}]; a{i} -> null();"),
    ),
    "unknown names among many": (
        100,
        lambda n: _each(n, lambda i: f"a{i} = source_iter([1]) -> null(); ab{i} -> null();"),
    ),
    "unknown operators": (200, lambda n: _each(n, lambda i: f"source_itr{i}([1]) -> null();")),
    "a chain of groups": (20_000, lambda n: "(" * n + "a" + ")" * n + " -> null();"),
    "`mod`s": (500, lambda n: "mod -> null();" * n),
    "loops in loops": (200, lambda n: "loop { " * n + "};" * n),
    "a long loop": (60, lambda n: "loop { " + "source_iter([1]) -> null();" * n + "};"),
    "a cycle in a loop": (
        60,
        lambda n: "loop { a = union() -> " + "identity() -> " * n + "a; };",
    ),
    "a cycle through one blocking input": (
        60,
        lambda n: "a = union() -> sort() -> " + "identity() -> " * n + "a;",
    ),
    "a cycle through blocking inputs": (60, lambda n: "a = union() -> " + "sort() -> " * n + "a;"),
    "cycles through blocking inputs": (60, lambda n: _each(n, lambda i: f"a{i} = sort() -> a{i};")),
    "states that are read in a circle": (
        60,
        lambda n: _each(
            n,
            lambda i: f"a{i} = source_iter([1]) -> map(|x| x + $a{(i + 1) % n}) -> fold(|| 0, |a, x| a);",
        ),
    ),
    "states that are read": (
        60,
        lambda n: (
            "total = source_iter([1]) -> fold(|| 0, |a, x| a + x);"
            + "source_iter([1]) -> map(|x| x + $total) -> null();" * n
        ),
    ),
    "a state that is read by one operator": (
        400,
        lambda n: (
            "total = source_iter([1]) -> fold(|| 0, |a, x| a + x);"
            f"source_iter([1]) -> map(|x| ({'$total, ' * n})) -> null();"
        ),
    ),
    "states that are not there": (200, lambda n: _argument("|x| [" + _each(n, lambda i: f"$a{i}, ") + "]")),
    "subscripts": (400, lambda n: _argument("|x| [" + "x[0][1], " * n + "]")),
    "a block": (500, lambda n: _argument("|x| { " + "y = x; " * n + "}")),
    "blocks": (150, lambda n: "source_iter([1]) -> map(|x| { let y = x; y }) -> null();" * n),
    "arguments that cannot be evaluated": (60, lambda n: _each(n, lambda i: f"source_iter(a{i}) -> null();")),
    "arguments that cannot be evaluated, beside values that are not functions": (
        60,
        lambda n: _each(n, lambda i: f"source_iter(a{i}) -> map(Ellipsis) -> null();"),
    ),
    "functions that cannot be evaluated, in one chain": (
        60,
        lambda n: "source_iter([1])" + _each(n, lambda i: f" -> map(a + {i})") + " -> null();",
    ),
    "raw texts of Rust": (200, lambda n: "source_iter([r#'a'#, r#\"a\"#]) -> null(); " * n),
    "raw texts of Rust without an end": (200, lambda n: "source_iter([" + 'r#"a,\n' * n + "]) -> null();"),
    "functions of Rust": (200, lambda n: "fn f(x: u32) -> u32 { x + 1 }\n" * n),
    "functions of Rust without an end": (200, lambda n: "fn f(x: u32) -> u32 { x + 1\n" * n),
    "a long chain": (1_000, lambda n: "source_iter([1]) -> " + "map(|x| x + 1) -> " * n + "null();"),
    "a long chain of functions by name": (1_000, lambda n: "source_iter([1]) -> " + "map(abs) -> " * n + "null();"),
    "a long chain, the last operator first": (
        1_000,
        lambda n: "a0 -> null();" + _each(n, lambda i: f"a{i} = a{i + 1} -> map(abs);") + f"a{n} = source_iter([1]);",
    ),
    "a long chain through blocking inputs": (
        1_000,
        lambda n: "source_iter([1]) -> " + "map(abs) -> sort() -> " * (n // 2) + "null();",
    ),
    "a long chain through the next tick": (
        1_000,
        lambda n: "source_iter([1]) -> " + "map(abs) -> defer_tick() -> " * (n // 2) + "null();",
    ),
    "a fan-in": (1_000, lambda n: "u = union() -> null();" + "source_iter([1]) -> u;" * n),
    "a fan-out": (1_000, lambda n: "t = source_iter([1]) -> tee();" + "t -> for_each(print);" * n),
    "a fan-out of named outputs": (
        1_000,
        lambda n: (
            f"d = source_iter([1]) -> demux(|v, ({_each(n, lambda i: f'p{i}, ')})| p0.give(v)); "
            + _each(n, lambda i: f"d[p{i}] -> null(); ")
        ),
    ),
    "cycles": (
        1_000,
        lambda n: _each(
            n // 4,
            lambda i: f"a{i} = union() -> filter(|x| x < 5) -> tee(); source_iter([1]) -> a{i}; a{i} -> a{i};",
        ),
    ),
    "states that are read one by the other": (
        1_000,
        lambda n: (
            "s0 = source_iter([1]) -> fold(|| 0, |a, x| a + x);"
            + _each(n // 3, lambda i: f"s{i + 1} = source_iter([1]) -> map(|x| x + $s{i}) -> fold(|| 0, |a, x| a + x);")
        ),
    ),
    "arrows into a loop to a chain": (
        1_000,
        lambda n: (
            "s = source_iter([1]) -> tee(); loop { a0 = identity() -> null();"
            + _each(n // 3, lambda i: f"a{i + 1} = union() -> a{i};")
            + "};"
            + _each(n // 3, lambda i: f"s -> a{i + 1};")
        ),
    ),
    "locations": (
        20,
        lambda n: (
            "h = process(); @h hub = union() -> null();"
            + _each(n, lambda i: f"p{i} = process(); @p{i} source_iter([1]) ~> hub;")
        ),
    ),
    "replays that may be needed one after the other": (
        40,
        lambda n: "source_iter([1])" + " -> persist() -> unique()" * n + " -> unique()" * n + " -> for_each(print);",
    ),
    "replays with one long way": (
        30,
        lambda n: "source_iter([1]) -> persist() -> u;" * n + "u = union()" + " -> map(abs)" * n + " -> unique();",
    ),
    "clusters that go around": (
        12,
        lambda n: _each(
            n, lambda i: f"c{i} = cluster(); @c{i} n{i} = map(abs); n{i} ~> @c{(i + 1) % n}.all n{(i + 1) % n};"
        ),
    ),
    "open clusters": (
        8,
        lambda n: (
            "h = process();" + _each(n, lambda i: f"c{i} = cluster(open=True); @h members(c{i}) ~> @c{i} null();")
        ),
    ),
    "arrows to one name": (
        30,
        lambda n: "a = process(); b = process(); @b x = null();" + "@a source_iter([1]) ~> x;" * n,
    ),
    "arrows to a place": (25, lambda n: "a = process(); b = process();" + "@a source_iter([1]) ~> @b null();" * n),
    "arrows in one pipeline": (
        12,
        lambda n: (
            "a = process(); b = process(); @a source_iter([1])" + " ~> @b map(abs) ~> @a map(abs)" * n + " -> null();"
        ),
    ),
    "places that are not declared": (300, lambda n: "a = process();" + _each(n, lambda i: f"@x{i} spin() -> null();")),
    "places that contradict": (
        100,
        lambda n: "a = process(); b = process(); @a s = tee();" + _each(n, lambda i: "@b spin() -> s;"),
    ),
    "operators without a place": (100, lambda n: "a = process();" + "spin() -> null();" * n),
    "names of names far away": (
        100,
        lambda n: (
            "a = process(); b = process(); @b n0 = null();"
            + _each(n, lambda i: f"n{i + 1} = n{i};")
            + f"@a spin() ~> n{n};"
        ),
    ),
    "imports of nothing": (100, lambda n: 'import!("nothing.hf") -> null(); ' * n),
}


def _seconds(text: str) -> float:
    gc.collect()
    gc.disable()
    begin = time.process_time()
    try:
        # A text of another name is not known from before.
        hf.compile(text, {}, f"flow{next(NUMBERS)}")
    except (hf.HydroflowError, NameError, TypeError) as problem:
        str(problem)
    finally:
        gc.enable()
    return time.process_time() - begin


@pytest.fixture(autouse=True)
def as_users_compile(monkeypatch):
    """Without a check of the graph's laws after every pass."""
    monkeypatch.setenv(VERIFY, "0")


@pytest.fixture
def nothing_else_to_collect():
    """Has the collector pass over all that the process holds from before, which is much more than a text's objects."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("nothing_else_to_collect")
@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_text_takes_no_more_than_two_doublings_may(shape):
    size, write = SHAPES[shape]
    while _seconds(write(size)) < LEAST_SECONDS and size < LARGEST:
        size *= 2
    short, long = write(size), write(4 * size)

    least = [float("inf")] * 2
    for _ in range(ATTEMPTS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            least = [min(before, _seconds(text)) for before, text in zip(least, (short, long), strict=True)]
        if least[1] <= MOST * least[0]:
            break

    assert least[1] <= MOST * least[0], f"{size}: {least[0]:.4f} s, {4 * size}: {least[1]:.4f} s"


@pytest.mark.usefixtures("nothing_else_to_collect")
def test_a_recorded_tick_of_four_times_as_many_subgraphs_takes_no_more_than_two_doublings_may():
    def seconds(size):
        flow = hf.compile("source_iter([1]) -> map(abs) -> sort() -> null();" * (size // 4), namespace={})
        gc.collect()
        gc.disable()
        begin = time.process_time()
        flow.record()
        flow.run_tick()
        gc.enable()
        return time.process_time() - begin

    least = [float("inf")] * 2
    for _ in range(ATTEMPTS):
        least = [min(before, seconds(size)) for before, size in zip(least, (1_000, 4_000), strict=True)]
        if least[1] <= MOST * least[0]:
            break

    assert least[1] <= MOST * least[0], f"1000: {least[0]:.4f} s, 4000: {least[1]:.4f} s"


def test_a_message_is_short_whatever_it_is_about():
    texts = [
        f"{'a' * 100_000}(1) -> null();",
        f"{'a' * 100_000} -> null();",
        ";" * 5_000,
        f"a['{'b' * 100_000}'] -> c;",
    ]

    for text in texts:
        with pytest.raises(hf.HydroflowError) as caught:
            hf.compile(text, namespace={})
        assert len(str(caught.value)) < 60_000
        assert all(len(found.message) < 1_000 for found in caught.value.diagnostics)


def test_of_very_many_errors_the_first_are_shown_and_the_others_counted():
    with pytest.raises(hf.HydroflowError) as caught:
        hf.compile(";" * 1_000, namespace={})

    assert len(caught.value.diagnostics) == 1_000
    assert str(caught.value).endswith("and 900 more; the error's `diagnostics` hold all of them")
