"""Patterns that take instances apart, and rests."""

from __future__ import annotations

import types
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf

Emitted = Callable[..., list[Any]]


@dataclass(frozen=True)
class Rect:
    w: int
    h: int


@dataclass(frozen=True)
class Square(Rect):
    name: str = "square"


@dataclass(frozen=True, kw_only=True)
class Circle:
    r: int


@dataclass(frozen=True)
class Unit:
    pass


class Matched:
    __match_args__ = ("second", "first")

    def __init__(self, first: int, second: int) -> None:
        self.first, self.second = first, second


Point = namedtuple("Point", "x y")
NAMES: dict[str, Any] = {one.__name__: one for one in (Rect, Square, Circle, Unit, Matched, Point)}
NAMES["shapes"] = types.SimpleNamespace(Rect=Rect, flat=types.SimpleNamespace(Rect=Rect))


@pytest.mark.parametrize(
    ("closure", "item", "expected"),
    [
        ("|Rect(w, h)| w * h", "Rect(2, 3)", 6),
        ("|shapes.Rect(w, h)| w * h", "Rect(2, 3)", 6),
        ("|shapes.flat.Rect(w, _)| w", "Rect(2, 3)", 2),
        ("|Rect(w, h)| (w, h)", "Square(2, 3)", (2, 3)),
        ("|Square(w, *rest)| rest", "Square(2, 3)", [3, "square"]),
        ("|Circle(r)| r", "Circle(r=5)", 5),
        ("|Unit()| 'one'", "Unit()", "one"),
        ("|Point(x, y)| x - y", "Point(3, 1)", 2),
        ("|Matched(b, a)| (a, b)", "Matched(1, 2)", (1, 2)),
        ("|int(n)| n", "4", 4),
        ("|(k, Rect(w, h))| [k, w, h]", "('k', Rect(2, 3))", ["k", 2, 3]),
        ("|Point(Rect(w, h), (a, b))| [w, h, a, b]", "Point(Rect(2, 3), (4, 5))", [2, 3, 4, 5]),
        ("|Point(x, (a, b))| [x, a, b]", "Point(1, Rect(4, 5))", [1, 4, 5]),
        ("|(w, h)| w * h", "Rect(2, 3)", 6),
        ("|[w, h]| w * h", "Rect(2, 3)", 6),
        ("|(r,)| r", "Circle(r=5)", 5),
        ("|()| 0", "Unit()", 0),
        ("|(k, (w, h))| [k, w, h]", "('k', Rect(2, 3))", ["k", 2, 3]),
        ("|(_, (w, h), *rest)| [w, h, rest]", "(1, Rect(2, 3), 4)", [2, 3, [4]]),
        ("|(*rest, (w, h), (a, b))| [w, h, a, b, rest]", "(0, 1, Rect(2, 3), (4, 5))", [2, 3, 4, 5, [0, 1]]),
        ("|(x, (y, z))| [x, y, z]", "Rect(1, Rect(2, 3))", [1, 2, 3]),
        ("|(first, *rest)| (first, rest)", "(1, 2, 3)", (1, [2, 3])),
        ("|(*rest, last)| (rest, last)", "(1, 2, 3)", ([1, 2], 3)),
        ("|[a, *_]| a", "'xyz'", "x"),
        ("|(a, *_, b)| (a, b)", "(1, 2)", (1, 2)),
        ("|(*all,)| all", "()", []),
    ],
)
@pytest.mark.parametrize("called", [False, True])
def test_an_instance_is_taken_apart_by_its_fields(
    emitted: Emitted, closure: str, item: str, expected: Any, called: bool
) -> None:
    if called:
        head, _, body = closure[1:].partition("|")
        closure = f"|{head}| (lambda: {body})()"

    found = emitted(f"source_iter([{item}, {item}]) -> map({closure}) -> for_each(out);", **NAMES)

    assert found == [expected, expected]


@pytest.mark.parametrize(
    ("closure", "item", "place", "words"),
    [
        ("|Rect(w, h)| w", "Circle(r=1)", "Rect(w, h)", "a Circle is not a Rect"),
        ("|Rect(w, h)| w", "(1, 2)", "Rect(w, h)", "a tuple is not a Rect"),
        ("|Rect(w)| w", "Rect(1, 2)", "Rect(w)", "Rect has 2 fields (w, h), but the pattern takes 1"),
        ("|Rect(a, b, c, *_)| a", "Rect(1, 2)", "Rect(a, b, c, *_)", "the pattern takes 3"),
        ("|Rect()| 0", "Rect(1, 2)", "Rect()", "the pattern takes 0"),
        ("|(k, Rect(w, h))| w", "(1, 2)", "Rect(w, h)", "a int is not a Rect"),
        ("|(a, b)| a", "Circle(r=1)", "(a, b)", "not enough values"),
        ("|(a, b)| a", "5", "(a, b)", "cannot unpack"),
        ("|(a, (b, c))| a", "Rect(1, 2)", "(b, c)", "cannot unpack"),
        ("|(a, b, *_)| a", "(1,)", "(a, b, *_)", "not enough values"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    emitted: Emitted, closure: str, item: str, place: str, words: str
) -> None:
    with pytest.raises(hf.ItemError) as caught:
        emitted(f"source_iter([{item}]) -> map({closure}) -> for_each(out);", **NAMES)

    (found,) = caught.value.diagnostics
    assert (found.code, found.span.text) == ("HF401", place)
    assert words in found.notes[0]
    assert f"the item {eval(item, NAMES)!r}" in found.message


def test_a_pattern_of_what_is_no_class_says_so(emitted: Emitted) -> None:
    with pytest.raises(hf.ItemError, match="is not a class"):
        emitted("source_iter([1]) -> map(|abs(a)| a) -> for_each(out);")


def test_a_class_that_nobody_knows_is_a_name_error_with_its_place(emitted: Emitted) -> None:
    with pytest.raises(NameError, match="Rekt") as caught:
        emitted("source_iter([1]) -> map(|Rekt(a)| a) -> for_each(out);")

    assert "in `map`" in caught.value.__notes__[0]


def test_what_a_field_raises_comes_out_as_it_is(emitted: Emitted) -> None:
    class Broken:
        __match_args__ = ("first", "second")
        first = 1

        @property
        def second(self) -> int:
            raise TypeError("mine")

    for closure in ("|Broken(a, b)| a", "|(a, b)| a"):
        with pytest.raises(TypeError, match="mine"):
            emitted(f"source_iter([Broken()]) -> map({closure}) -> for_each(out);", Broken=Broken)


def test_a_class_defined_anew_is_the_one_that_a_pattern_means() -> None:
    out: list[Any] = []
    edges: hf.Channel[Any] = hf.channel()
    names: dict[str, Any] = {"edges": edges, "out": out, "Rect": Rect}
    flow = hf.compile("source_stream(edges) -> map(|Rect(a, b)| (a, b)) -> for_each(out.append);", names)
    edges.send(Rect(1, 2))
    flow.run_available()

    names["Rect"] = Point
    edges.send(Point(3, 4))
    flow.run_available()

    assert out == [(1, 2), (3, 4)]
    edges.send(Rect(5, 6))
    with pytest.raises(hf.ItemError, match="does not fit"):
        flow.run_available()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-> filter(|Rect(w, h)| w < h) -> map(|(w, h)| w + h) -> out", [3, 7]),
        ("-> fold(|| 0, |acc, Rect(w, h)| acc + w * h) -> out", [14]),
        ("-> map(|r| (r.w, r)) -> fold_keyed(|| 0, |acc, (w, h)| acc + w * h) -> out", [(1, 2), (3, 12)]),
        ("-> partition(|Rect(w, _), [low, high]| low if w < 2 else high); ", [1, 2, 3, 4]),
        ("-> demux(|(w, h), (low, high)| low.give(w) if w < 2 else high.give(h)); ", [1, 4]),
    ],
)
def test_every_closure_takes_instances_apart(emitted: Emitted, text: str, expected: list[Any]) -> None:
    if "partition" in text:
        text += (
            "p[low] -> flat_map(|(w, h)| [w, h]) -> u; p[high] -> flat_map(|Rect(*all)| all) -> u; u = union() -> out"
        )
    if "demux" in text:
        text += "p[low] -> u; p[high] -> u; u = union() -> out"
    name = "p = " if "p[" in text else ""

    found = emitted(
        f"{name}source_iter([Rect(1, 2), Rect(3, 4)]) {text.replace('-> out', '-> for_each(out)')};", **NAMES
    )

    assert found == expected


def test_the_variants_of_an_enumeration_are_taken_apart_behind_it(emitted: Emitted) -> None:
    text = """
        shapes = source_iter([Rect(2, 3), Circle(r=1), Rect(4, 5)]) -> demux_enum::<Rect | Circle>();
        shapes[Rect] -> map(|(w, h)| w * h) -> area;
        shapes[Circle] -> map(|(r,)| r * r * 3) -> area;
        area = union() -> for_each(out);
    """

    assert sorted(emitted(text, **NAMES)) == [3, 6, 20]
