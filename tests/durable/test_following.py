from __future__ import annotations

import random
from pathlib import Path
from types import CellType
from typing import Any

import pytest
from lasting import LASTING, NAMES, inputs_of, text_of

import hydroflow_nb as hf
from hydroflow_nb.durable.following import Followed
from hydroflow_nb.engine.program import Variable
from hydroflow_nb.engine.sides import DistinctSide
from hydroflow_nb.operators.record.holding import Form, Holding, items


class Unseen(dict[Any, Any]):
    """A value that must not be looked at."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("it was looked at")

    __hash__ = None  # type: ignore[assignment]


def followed(value: Any, holding: Holding | None, *, accumulates: bool = False) -> Followed:
    return Followed(Variable(cell=CellType(value), accumulates=accumulates), holding)


KEYED = Holding(role="groups", name="values", form=Form.KEYED)


def test_of_values_by_key_those_under_the_keys_that_came_are_looked_at() -> None:
    groups = {"a": [1], "b": [2], "c": [3]}
    one = followed(groups, KEYED, accumulates=True)
    groups["b"].append(4)
    groups["d"] = [5]

    assert one.edit([("a", 1), ("d", 5)]) == ["entries", [], [["d", ["=", [5]]]]]
    assert one.edit([("b", 4), ("d", 5)]) == ["entries", [], [["b", ["items", 0, 1, [4]]], ["d", ["=", [5]]]]]


@pytest.mark.parametrize("came", [None, ["no pair"], [([], 1)], [("e", 1)]])
def test_where_keys_tell_nothing_all_is_looked_at(came: Any) -> None:
    groups = {"a": [1], "b": [2]}
    one = followed(groups, KEYED, accumulates=True)
    groups["c"] = [3]

    assert one.edit(came) == ["entries", [], [["c", ["=", [3]]]]]


def test_a_key_that_is_gone_is_found() -> None:
    groups = {"a": [1], "b": [2]}
    one = followed(groups, KEYED, accumulates=True)
    del groups["a"]
    groups["c"] = [3]

    assert one.edit([("a", 1), ("c", 3)]) == ["entries", ["a"], [["c", ["=", [3]]]]]


def test_of_a_list_that_grows_its_end_is_looked_at() -> None:
    kept: list[Any] = [Unseen(), 1]
    one = followed(kept, items("kept", grows=True))
    kept.append(2)

    assert one.edit([2]) == ["items", 0, 2, [2]]


def test_of_a_set_what_came_is_looked_at_and_all_where_that_is_not_enough() -> None:
    seen = {1, "a"}
    one = followed(seen, Holding(role="seen", name="items", form=Form.DISTINCT))
    seen |= {2, "b"}

    assert one.edit([2, ("b", []), [], 1]) == ["members", [], [*{2, "b"}]]
    seen.remove(1)
    assert one.edit([2, "b"]) == ["members", [1], [*{2, "b"}]]


def test_a_side_of_a_join_is_followed_by_its_keys() -> None:
    side = DistinctSide()
    one = followed(side, Holding(role="lhs", name="0", form=Form.GROUPS))
    for value in (1, 2, 2, [3]):
        side.put("a", value)
        edit = one.edit([("a", value)])
        if edit is not None:
            one.put(edit)

        assert one.edit(None) is None


PAIRS = [(key, number) for key in ("a", "b", "", "c") for number in range(4)]


@pytest.mark.parametrize("operator", LASTING, ids=lambda one: one.name)
def test_what_was_followed_tick_by_tick_is_all_that_an_operator_holds(tmp_path: Path, operator: Any) -> None:
    chance = random.Random(7)
    text = text_of(operator.name, "durable")
    # What comes again in each tick comes to the operator in each.
    text = text.replace("source_stream(ys)", "source_stream(ys) -> persist()")
    channels = {name: hf.channel() for name in inputs_of(text)}
    names = {**NAMES, **channels, "log": []}
    flow = hf.compile(text, names).durable(tmp_path / "kept", write="operators")
    for _ in range(12):
        for channel in channels.values():
            channel.extend(chance.sample(PAIRS, chance.randrange(4)))
        flow.run_tick()
    held = flow.state("out").value
    flow.close()

    again = hf.compile(text, names).durable(tmp_path / "kept", write="operators")

    assert again.state("out").value == held
    assert held
