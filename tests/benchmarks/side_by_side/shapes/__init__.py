"""The shapes, one subject a module: each with its flow, by hand, in other libraries, and in Rust."""

from __future__ import annotations

from side_by_side.shape import Shape
from side_by_side.shapes import chains, fans, graphs, growing, joins, ticks, words


def batches(scale: float = 1.0) -> list[Shape]:
    """The shapes that hold little; `scale` says how large their inputs are, in relation to those of the tables."""
    return [
        *chains.shapes(scale),
        *fans.shapes(scale),
        *joins.shapes(scale),
        *graphs.shapes(scale),
        *words.shapes(scale),
        *ticks.shapes(scale),
    ]


def incremental(scale: float = 1.0) -> list[Shape]:
    """The shapes that take one new item a tick while they hold very much."""
    return [build(round(held * scale)) for build, held in growing.HELD.items()]
