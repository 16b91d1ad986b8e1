from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

import pytest

import hydroflow_nb as hf


class Shape:
    pass


@dataclass(frozen=True)
class Circle(Shape):
    radius: float


@dataclass(frozen=True)
class Box(Shape):
    width: float


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    CRIMSON = RED


class Message(ABC):
    @abstractmethod
    def text(self) -> str: ...


class Note(Message):
    def text(self) -> str:
        return "note"


class Draft(Message):
    @abstractmethod
    def version(self) -> int: ...


class Sketch(Draft):
    def text(self) -> str:
        return "sketch"

    def version(self) -> int:
        return 1


NAMES: dict[str, Any] = {
    name: value
    for name, value in globals().items()
    if isinstance(value, type) and value.__module__ == __name__  # the classes above
}
TEXT = """
    d = source_stream(items) -> demux_enum::<{kind}>();
    d[{first}] -> for_each(|x| out.append(("first", x)));
    d[{second}] -> for_each(|x| out.append(("second", x)));
"""


@pytest.mark.parametrize(
    ("kind", "first", "second", "items"),
    [
        ("Shape", "Circle", "Box", (Circle(1), Box(2))),
        ("Union[Circle, Box]", "Circle", "Box", (Circle(1), Box(2))),
        ("Circle | Box", "Circle", "Box", (Circle(1), Box(2))),
        ("Union[int, Shape]", "int", "Shape", (True, Box(2))),
        ("Color", "RED", "GREEN", (Color.CRIMSON, Color.GREEN)),
        ("Message", "Note", "Sketch", (Note(), Sketch())),
    ],
)
def test_each_item_goes_to_the_output_of_its_kind(
    ticks: Callable[..., Any], kind: str, first: str, second: str, items: tuple[Any, Any]
) -> None:
    text = TEXT.format(kind=kind, first=first, second=second).replace("x)))", "type(x))))")

    found = ticks(text, [items[0], items[1], items[0]], [], [items[1]], Union=Union, **NAMES)

    one, other = type(items[0]), type(items[1])
    assert found == [[("first", one), ("second", other), ("first", one)], [], [("second", other)]]


def test_a_class_that_is_defined_later_goes_where_its_base_goes() -> None:
    items, out = hf.channel(), list[Any]()
    flow = hf.compile(TEXT.format(kind="Shape", first="Circle", second="Box"), {**NAMES, "items": items, "out": out})
    late = type("Square", (Box,), {})(3)
    items.extend([late, Circle(1), late])

    flow.run_tick()

    assert out == [("second", late), ("first", Circle(1)), ("second", late)]


def test_a_class_that_nothing_holds_any_more_needs_no_output() -> None:
    type("Forgotten", (Shape,), {})

    hf.compile(TEXT.format(kind="Shape", first="Circle", second="Box"), {**NAMES, "items": hf.channel(), "out": []})


@pytest.mark.parametrize(
    ("kind", "item"), [("Shape", 99), ("Shape", Shape()), ("Circle | Box", Shape()), ("Shape", Circle)]
)
def test_an_item_of_no_kind_is_named(refused: Callable[..., Any], kind: str, item: Any) -> None:
    text = TEXT.format(kind=kind, first="Circle", second="Box")

    error = refused(text, items=hf.channel([item]), out=[], **NAMES)

    assert "`demux_enum`: the item " in str(error)
    assert "fits no output" in str(error)


def test_a_value_that_only_equals_an_enum_member_fits_no_output(refused: Callable[..., Any]) -> None:
    text = TEXT.format(kind="Color", first="RED", second="GREEN")

    error = refused(text, items=hf.channel([1]), out=[], **NAMES)

    assert "the item 1 fits no output" in str(error)


@pytest.mark.parametrize(("kind", "port"), [("Lonely", ""), ("Lonely", "[Lonely]")])
def test_a_class_without_subclasses_may_have_an_output_of_its_own(kind: str, port: str) -> None:
    class Lonely:
        pass

    rest = f"d{port} -> null();" if port else ""

    hf.compile(f"d = source_iter([]) -> demux_enum::<{kind}>(); {rest}", {"Lonely": Lonely}).run_tick()


def errors(kind: str, *ports: str) -> list[tuple[str, str]]:
    text = f"d = source_iter([1]) -> demux_enum{kind}(); " + " ".join(f"d{port} -> null();" for port in ports)
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(text, {"Union": Union, **NAMES})
    return [(found.code, found.span.text) for found in caught.value.diagnostics if found.is_error]


def test_every_kind_has_to_be_connected_and_every_port_has_to_be_a_kind() -> None:
    assert errors("::<Shape>", "[Circle]", "[Ellipse]") == [("HF249", "demux_enum"), ("HF248", "[Ellipse]")]
    assert errors("::<Color>", "[RED]") == [("HF249", "demux_enum")]
    assert errors("::<Union[Circle, Box]>", "[Shape]", "[Circle]", "[Box]") == [("HF248", "[Shape]")]


def test_every_output_needs_a_port() -> None:
    assert errors("::<Color>", "[RED]", "[GREEN]", "") == [("HF241", "d")]


@pytest.mark.parametrize("kind", ["7", "Unknown", "list[int]", "Union[Circle, list[int]]"])
def test_what_has_no_kinds_is_an_error(kind: str) -> None:
    assert errors(f"::<{kind}>", "[Circle]") == [("HF247", kind)]


def test_without_a_type_it_is_an_error() -> None:
    assert errors("", "[Circle]") == [("HF209", "demux_enum")]


def test_a_port_twice_is_an_error() -> None:
    assert errors("::<Color>", "[RED]", "[GREEN]", "[RED]") == [("HF216", "[RED]")]
