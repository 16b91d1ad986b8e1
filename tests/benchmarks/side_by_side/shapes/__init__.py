"""The shapes, one subject a module: each with its flow, by hand, in other libraries, and in Rust."""

from __future__ import annotations

from collections.abc import Iterator

from side_by_side.shape import Shape
from side_by_side.shapes import chains, fans, graphs, growing, joins, ticks, words


def batches(scale: float = 1.0) -> Iterator[Shape]:
    """The shapes that hold little; `scale` says how large their inputs are, in relation to those of the tables.

    The inputs of each are made when it is asked for, so that those of the others lie in no cache and no memory.
    """
    for subject in (chains, fans, joins, graphs, words, ticks):
        yield from subject.shapes(scale)


def incremental(scale: float = 1.0) -> Iterator[Shape]:
    """The shapes that take one new item a tick while they hold very much; the inputs of each are made as above."""
    for build, held in growing.HELD.items():
        yield build(round(held * scale))
