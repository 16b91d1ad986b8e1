"""Levels: what two runs that differ in a class have in common at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from hydroflow_nb.operators.rules.content import Content, Time
from hydroflow_nb.operators.rules.rule import Differences


class Level(StrEnum):
    """What is the same in every run, from strong to weak.

    `sequence`: all items in their order. `bag`: all items, each as often. `set`: all items; how often each comes may
    differ. `final`: what holds at the end. `part`: nothing is wrong that comes out, but some of it may be missing.
    `unknown`: that depends on a function which the check cannot judge. `differs`: nothing is promised.

    More: "Levels" in `docs/correctness.md`.
    """

    SEQUENCE = "sequence"
    BAG = "bag"
    SET = "set"
    FINAL = "final"
    PART = "part"
    UNKNOWN = "unknown"
    DIFFERS = "differs"

    def is_at_least(self, other: Level) -> bool:
        """True where it promises all that the other one does."""
        return _STRENGTH[self] <= _STRENGTH[other]


# What each level promises, and what it does not: for readers who see the word for the first time.
MEANINGS: Final[Mapping[Level, str]] = {
    Level.SEQUENCE: "all items are the same, in the same order",
    Level.BAG: "all items are the same, each as often; their order may differ",
    Level.SET: "all items are the same; how often each comes, and their order, may differ",
    Level.FINAL: "what holds at the end is the same; what was shown before may differ",
    Level.PART: "nothing that comes out is wrong, but some of it may be missing",
    Level.UNKNOWN: "that depends on a function which the check cannot judge",
    Level.DIFFERS: "nothing is promised: two runs may end differently",
}

_STRENGTH: Final = {level: position for position, level in enumerate(Level)}

# The classes of differences between runs, as they are written.
CLASSES: Final[Mapping[str, Differences]] = {
    "batching": Differences(),
    "order": Differences(order=True),
    "duplication": Differences(duplication=True),
    "loss": Differences(loss=True),
    "replication": Differences(replication=True),
}

# In what two runs of a class differ.
WHAT_DIFFERS: Final[Mapping[str, str]] = {
    "batching": "where ticks end, and how inputs interleave",
    "order": "the order in which items arrive",
    "duplication": "how often an item arrives",
    "loss": "whether an item arrives",
    "replication": "which copy of the flow it is",
    "sharding": "which copy of the flow has which items",
}


def classes_of(differences: Differences) -> Mapping[str, Differences]:
    """All classes of runs by their words, with that of sharding where a key is given to split items by."""
    if differences.shard is None:
        return CLASSES
    return {**CLASSES, "sharding": Differences(shard=differences.shard)}


def classes_in(differences: Differences) -> Sequence[str]:
    """The words of the classes that runs which differ so belong to."""
    classes = classes_of(differences)
    return [word for word, one in classes.items() if one == Differences() or one.happens_in(differences)]


def class_named(word: str, surroundings: Differences) -> Differences:
    """In what the runs of a class differ, by its word; sharding is one where the surroundings say by which key. Raises
    ValueError, which names all of them.
    """
    classes = classes_of(surroundings)
    if word not in classes:
        raise ValueError(f"{word!r} is not a class of runs: {', '.join(classes)} are")
    return classes[word]


def level_named(word: str) -> Level:
    """A level by its word. Raises ValueError, which names all of them."""
    try:
        return Level(word)
    except ValueError:
        raise ValueError(f"{word!r} is not a level: {', '.join(Level)} are") from None


# What messages go through, and what it may do to them.
NETWORKS: Final[Mapping[str, Differences]] = {
    "tcp": Differences(order=True),
    "udp": Differences(order=True, duplication=True, loss=True),
    "at-least-once": Differences(order=True, duplication=True),
}


def level_of(content: Content) -> Level:
    """The level of an output that carries this."""
    if content.time in (Time.VARIES, Time.PULSE):
        return Level.DIFFERS
    if content.is_part:
        return Level.PART
    if content.is_batch and content.is_items:
        if content.repeats:
            return Level.SET
        return Level.SEQUENCE if content.is_ordered else Level.BAG
    if content.time in (Time.CONST, Time.GROWING) and content.is_items:
        return Level.SET
    return Level.FINAL
