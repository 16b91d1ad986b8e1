from __future__ import annotations

from itertools import pairwise
from math import hypot

import pytest

from hydroflow_nb.render.geometry import Box, Curve

UNIT = Box(left=0, top=0, right=10, bottom=10)


def test_a_box_around_a_point_has_it_in_the_middle() -> None:
    box = Box.around((5, 7), 4, 2)

    assert (box.centre, box.width, box.height) == ((5, 7), 4, 2)


@pytest.mark.parametrize(
    ("other", "area"),
    [
        (Box(left=5, top=5, right=15, bottom=15), 25),
        (Box(left=10, top=0, right=20, bottom=10), 0),
        (Box(left=2, top=2, right=4, bottom=4), 4),
        (Box(left=20, top=20, right=30, bottom=30), 0),
    ],
)
def test_the_overlap_is_the_area_in_common(other: Box, area: float) -> None:
    assert UNIT.overlap(other) == other.overlap(UNIT) == area


def test_a_grown_box_holds_what_lies_in_its_margin() -> None:
    assert not UNIT.holds((11, 5))
    assert UNIT.grown(1).holds((11, 5))


def test_samples_run_from_the_source_to_the_tip_in_small_steps() -> None:
    curve = Curve(points=[(0, 0), (0, 30), (60, 30), (60, 60), (60, 80), (60, 90), (60, 100)], tip=(60, 104))

    samples = list(curve.samples(4))

    assert samples[0] == (0, 0)
    assert samples[-1] == (60, 104)
    assert max(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(samples)) < 8
