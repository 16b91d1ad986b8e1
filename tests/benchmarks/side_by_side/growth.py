"""What a tick costs by how much is held: the incremental shapes again, from ten items held to a million."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from side_by_side.runner import Measured, measure
from side_by_side.rust import Rust
from side_by_side.shape import HAND, OURS, RUST
from side_by_side.shapes.growing import HELD

SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
WAYS = (OURS, HAND, RUST)


def grown(rust: Rust | None, rounds: int, most: int = SIZES[-1]) -> Iterator[Measured]:
    """For each shape and each size up to `most` what the ways took, in so many rounds, and in one for a million."""
    for build in HELD:
        for held in SIZES:
            if held > most:
                break
            shape = build(held)
            shape = replace(shape, ways={name: way for name, way in shape.ways.items() if name in WAYS})
            way = rust.way(shape) if rust else None
            yield measure(shape, {RUST: way} if way else {}, rounds if held < SIZES[-1] else 1)
            if way:
                way.remove()
