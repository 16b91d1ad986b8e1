"""Classes that a cell defines anew while a flow goes on."""

from __future__ import annotations

import enum
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.redefined import is_redefined, redefined_among

CELL = """
import dataclasses, enum

class Shape: pass

@dataclasses.dataclass
class Rect(Shape):
    w: int
    h: int

@dataclasses.dataclass
class Round(Shape):
    radius: int

class Color(enum.Enum):
    RED = 1
"""


@pytest.fixture
def names() -> dict[str, Any]:
    """The names of a notebook whose cell has run once."""
    found: dict[str, Any] = {"__name__": __name__, "c": hf.channel(), "out": []}
    exec(CELL, found)
    return found


def run_with_new_classes(names: dict[str, Any], text: str, item: str) -> str:
    """What is said when a flow meets an instance of a class that was defined anew."""
    flow = hf.compile(text, names)
    exec(CELL, names)
    names["c"].send(eval(item, names))
    with pytest.raises(hf.HydroflowError) as raised:
        flow.run_available()
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "item", "name"),
    [
        (
            "d = source_stream(c) -> demux_enum::<Shape>(); d[Rect] -> null(); d[Round] -> null();",
            "Rect(1, 2)",
            "Shape",
        ),
        (
            "d = source_stream(c) -> demux_enum::<Rect | Round>(); d[Rect] -> null(); d[Round] -> null();",
            "Round(1)",
            "Round",
        ),
        ("d = source_stream(c) -> demux_enum::<Color>(); d[RED] -> null();", "Color.RED", "Color"),
    ],
)
def test_demux_enum_says_that_a_class_was_defined_anew(names: dict[str, Any], text: str, item: str, name: str) -> None:
    said = run_with_new_classes(names, text, item)

    assert f"the class `{name}` was defined again after the flow was compiled" in said
    assert "run the flow's cell again" in said


def test_demux_enum_takes_a_subclass_that_was_defined_anew_of_the_same_base(names: dict[str, Any]) -> None:
    text = "d = source_stream(c) -> demux_enum::<Shape>(); d[Rect] -> for_each(out.append); d[Round] -> null();"
    flow = hf.compile(text, names)

    exec("class Rect(Shape): pass\nitem = Rect()", names)
    names["c"].send(names["item"])
    flow.run_available()

    assert names["out"] == [names["item"]]


def test_a_pattern_says_that_the_class_of_an_item_was_defined_anew(names: dict[str, Any]) -> None:
    flow = hf.compile("source_stream(c) -> map(|Rect(w, h)| w * h) -> for_each(out.append);", names)
    names["c"].send(names["Rect"](1, 2))

    exec(CELL, names)

    with pytest.raises(hf.HydroflowError, match="the class `Rect` was defined again, and the item is of another"):
        flow.run_available()
    names["c"].send(names["Rect"](3, 4))
    flow.run_available()
    assert names["out"] == [12]


def test_a_class_of_the_same_name_in_another_module_is_no_other_definition() -> None:
    one, other = type("One", (), {}), type("One", (), {"__module__": "elsewhere"})
    again = type("One", (), {})

    assert is_redefined(one, again)
    assert not is_redefined(one, one)
    assert not is_redefined(one, other)
    assert redefined_among([one], type("Derived", (again,), {})) == "One"
    assert redefined_among([one, enum.Enum], int) is None
