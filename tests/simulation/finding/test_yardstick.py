"""How what an output gave in two runs is compared."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import SetUnion
from hydroflow_nb.simulation.finding.plain import plain
from hydroflow_nb.simulation.finding.yardstick import yardstick

TABLE = "fold_keyed::<'static>(|| 0, |n, x| max(n, x))"


@dataclass
class Mutable:
    items: list[int]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, [2]], (1, (2,))),
        ({1, 2}, frozenset({2, 1})),
        ({"a": [1]}, {"a": (1,)}),
        (SetUnion({1, 2}), SetUnion({2, 1})),
        (Mutable([1]), Mutable([1])),
    ],
)
def test_items_that_are_equal_for_people_are_compared_as_equal(one, other):
    assert plain(one) == plain(other)
    assert hash(plain(one)) == hash(plain(other))


@pytest.mark.parametrize(
    ("text", "network", "one", "other", "agree"),
    [
        ("map(|x| x)", None, [[1, 2]], [[1], [2]], True),
        ("map(|x| x)", None, [[2, 1]], [[1, 2]], False),
        ("map(|x| x)", "tcp", [[2, 1]], [[1, 2]], True),
        ("map(|x| x)", "tcp", [[1, 1]], [[1]], False),
        ("unique()", None, [[1], [1]], [[1]], True),
        ("fold::<'static>(|| 0, |n, x| n + x)", None, [[1], [3]], [[3]], True),
        ("fold::<'static>(|| 0, |n, x| n + x)", "at-least-once", [[1], [4]], [[3]], False),
        ("fold(|| 0, |n, x| n + x)", None, [[1], [2]], [[3]], False),
        (f"{TABLE} -> unique::<'static>()", None, [[("k", 1), ("l", 2)]], [[("l", 2)], [("k", 1)]], True),
        (f"{TABLE} -> unique::<'static>()", None, [[("k", 1)], [("k", 2)]], [[("k", 2)]], True),
        (f"{TABLE} -> unique::<'static>()", None, [[("k", 1)], [("l", 2)]], [[("l", 2)]], False),
        ("fold_no_replay::<'static>(|| 0, |n, x| n + x)", None, [[1], [3], []], [[3]], True),
        ("fold_no_replay::<'static>(|| 0, |n, x| n + x)", None, [[1], [3]], [[1]], False),
        ("map(|x| x)", "udp", [[1]], [[1], [2]], True),
        ("map(|x| x)", "udp", [[3]], [[1], [2]], False),
    ],
)
def test_two_runs_agree_by_the_level_that_is_promised(text, network, one, other, agree):
    flow = hf.compile(f"source_stream(a) -> {text} -> for_each(out.append);", {"a": hf.channel(), "out": []})
    output = flow.check(network=network)["out"]
    stick = yardstick(output.verdict.content, output.in_class("batching").content, output.level)

    assert stick.agree(stick.outcome(one), stick.outcome(other)) is agree


def test_what_is_shown_is_bounded_and_never_raises():
    class Hostile:
        def __repr__(self):
            raise RuntimeError

    flow = hf.compile("source_stream(a) -> for_each(out.append);", {"a": hf.channel(), "out": []})
    output = flow.check()["out"]
    stick = yardstick(output.verdict.content, output.in_class("batching").content, output.level)

    assert len(stick.outcome([["x" * 10_000]]).shown) < 400
    assert stick.outcome([[Hostile()]]).shown


def test_the_values_of_a_lattice_in_a_tick_count_together():
    text = "source_stream(a) -> map(SetUnion) -> lattice_fold::<'static>(SetUnion) -> for_each(out.append);"
    output = hf.compile(text, {"a": hf.channel(), "out": [], "SetUnion": SetUnion}).check()["out"]
    stick = yardstick(output.verdict.content, output.in_class("batching").content, output.level)
    both = stick.outcome([[SetUnion({1}), SetUnion({1, 2})]])

    assert stick.agree(both, stick.outcome([[SetUnion({1, 2})]]))
    assert not stick.agree(both, stick.outcome([[SetUnion({1})]]))
