"""Expressions whose values are noted tick by tick."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.running import watches as module
from hydroflow_nb.running.watches import Raised

SUMS = """
    total = source_stream(items) -> map(f) -> fold::<'static>(|| 0, |acc, x| acc + x);
    total -> next_stratum() -> for_each(out.append);
"""


class World:
    def __init__(self, text: str = SUMS, **names: Any) -> None:
        self.items, self.out = hf.channel(), []
        self.names: dict[str, Any] = {"items": self.items, "out": self.out, "f": lambda x: x, **names}
        self.flow = hf.compile(text, self.names)
        self.flow.record()

    def tick(self, *items: Any) -> None:
        self.items.extend(items)
        self.flow.run_tick()


@pytest.fixture
def world() -> World:
    return World()


def test_the_values_are_those_of_each_tick_also_of_those_that_ran_before(world: World) -> None:
    world.tick(1, 2)
    found = world.flow.watch("len(items)", on="source_stream -> map")
    world.tick(3)
    world.tick()

    assert found.values == {0: 2, 1: 1, 2: 0}
    assert repr(found) == "<watch 1: len(items) on source_stream -> map, ticks 0 to 2 █▅▁ now 0>"


def test_an_expression_sees_tick_edges_state_and_the_names_of_the_notebook(world: World) -> None:
    world.names["scale"] = 10
    found = world.flow.watch("scale * tick + len(edges['map -> fold']) + state['total']")
    every = world.flow.watch("sorted(edges)")
    world.tick(1, 2)
    world.tick(3)

    assert found.values == {0: 0 + 2 + 3, 1: 10 + 1 + 6}
    assert "map" in every.values[0]


def test_a_state_is_that_of_the_end_of_the_tick_also_when_it_is_read_later(world: World) -> None:
    world.tick(1)
    world.tick(2)
    world.tick(3)

    assert world.flow.watch("state['total']").values == {0: 1, 1: 3, 2: 6}


def test_what_raises_is_shown_and_stops_nothing(world: World) -> None:
    found = world.flow.watch("1 // len(items)", on="source_stream -> map")
    world.tick(1)
    world.tick()
    world.tick(2)

    assert found.values[0] == found.values[2] == 1
    assert isinstance(found.values[1], Raised)
    assert "ZeroDivisionError" in str(found.values[1])
    assert found.numbers == {0: 1.0, 2: 1.0}
    assert world.out == [1, 1, 3]
    assert "!" in repr(found)


def test_items_that_can_change_are_values_again_where_their_text_says_them() -> None:
    world = World("source_stream(items) -> map(|x| x) -> null();")
    found = world.flow.watch("sum(item['n'] for item in items)", on="source_stream -> map")
    world.tick({"n": 2}, {"n": 3})

    assert found.values == {0: 5}


def test_after_going_back_the_values_are_those_of_the_ticks_that_ran_again(world: World) -> None:
    found = world.flow.watch("state['total']")
    for number in (1, 2, 3):
        world.tick(number)
    world.names["f"] = lambda x: 10 * x

    world.flow.rewind(1)
    assert found.values == {0: 1}
    world.flow.run_available()
    assert found.values == {0: 1, 1: 21, 2: 51}
    world.flow.reset()
    assert found.values == {}


def test_only_the_newest_values_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_VALUES", 3)
    found = world.flow.watch("tick")
    for _ in range(5):
        world.tick()

    assert list(found.values) == [2, 3, 4]


def test_they_are_listed_drawn_and_removed(world: World) -> None:
    found = world.flow.watch("tick % 3 < 5")
    world.tick()
    other = world.flow.watch("'<b>'")

    assert [one.title for one in world.flow.watches] == ["tick % 3 < 5", "'<b>'"]
    assert found.numbers == {0: 1.0}
    assert "polyline" in found._repr_html_()
    assert "&lt;b&gt;" in other._repr_html_()
    assert "<b>" not in world.flow.watches._repr_html_()
    found.remove()
    found.remove()
    other.remove()
    world.tick()
    assert repr(world.flow.watches) == "<no watches>"
    assert list(found.values) == [0]


@pytest.mark.parametrize(
    ("expression", "on", "error", "words"),
    [
        ("", None, TypeError, "the text of an expression"),
        ("1 +", None, SyntaxError, "invalid syntax"),
        ("len(items)", None, TypeError, "`items` are those of an edge"),
        ("len(items)", "nowhere -> map", hf.HydroflowError, "nowhere"),
    ],
)
def test_what_cannot_be_watched_says_why(
    world: World, expression: str, on: str | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        world.flow.watch(expression, on=on)
    assert len(world.flow.watches) == 0
