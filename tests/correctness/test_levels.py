"""Levels: what two runs have in common at rest, by the type of an output's edge."""

from __future__ import annotations

import pytest

from hydroflow_nb.correctness.levels import CLASSES, NETWORKS, Level, classes_of, level_of
from hydroflow_nb.operators.rules.content import Content, Copies, Holds, ItemOrder, Loss, Time
from hydroflow_nb.operators.rules.rule import Differences


def content(time: str, *words: str) -> Content:
    """A type by the words that differ from an ordered, counted, whole stream of items."""
    kinds = {"order": ItemOrder, "copies": Copies, "loss": Loss, "shape": Holds}
    fields = {name: kind(word) for word in words for name, kind in kinds.items() if word in set(kind)}
    return Content(time=Time(time), **fields)


@pytest.mark.parametrize(
    ("words", "level", "early"),
    [
        ("once", "sequence", True),
        ("stream", "sequence", True),
        ("stream distinct", "sequence", True),
        ("stream any", "bag", True),
        ("stream any distinct", "bag", True),
        ("stream repeats", "set", True),
        ("stream any repeats", "set", True),
        ("stream part", "part", True),
        ("once any part repeats", "part", True),
        ("stream value", "final", True),
        ("const", "set", True),
        ("growing", "set", True),
        ("growing value", "final", True),
        ("growing table", "final", True),
        ("growing lattice", "final", True),
        ("growing part value", "part", True),
        ("settling", "final", False),
        ("settling value", "final", False),
        ("latest value", "final", False),
        ("rising lattice", "final", True),
        ("rising lattice part", "part", True),
        ("pulse", "differs", False),
        ("varies", "differs", False),
        ("varies any repeats part", "differs", False),
    ],
)
def test_the_level_of_an_output_is_that_of_its_edge(words, level, early):
    found = content(*words.split())

    assert (level_of(found), found.is_early) == (level, early)


def test_levels_are_ordered_from_strong_to_weak():
    words = ["sequence", "bag", "set", "final", "part", "unknown", "differs"]

    assert [str(level) for level in Level] == words
    for at, strong in enumerate(words):
        for weak in words[at:]:
            assert Level(strong).is_at_least(Level(weak))
            assert strong == weak or not Level(weak).is_at_least(Level(strong))


def test_each_class_differs_in_one_thing():
    assert CLASSES["batching"] == Differences()
    assert [name for name, one in CLASSES.items() if one.order] == ["order"]
    assert [name for name, one in CLASSES.items() if one.duplication] == ["duplication"]
    assert [name for name, one in CLASSES.items() if one.loss] == ["loss"]
    assert [name for name, one in CLASSES.items() if one.replication] == ["replication"]


def test_sharding_is_a_class_where_a_key_is_given():
    assert "sharding" not in classes_of(Differences())
    assert list(classes_of(Differences(shard=(0,)))) == [*CLASSES, "sharding"]
    assert classes_of(Differences(shard=(0,), loss=True))["sharding"] == Differences(shard=(0,))


@pytest.mark.parametrize(
    ("network", "order", "duplication", "loss"),
    [("tcp", True, False, False), ("udp", True, True, True), ("at-least-once", True, True, False)],
)
def test_a_network_says_what_it_may_do_to_messages(network, order, duplication, loss):
    assert NETWORKS[network] == Differences(order=order, duplication=duplication, loss=loss)
