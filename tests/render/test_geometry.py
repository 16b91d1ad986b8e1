from __future__ import annotations

from itertools import pairwise
from math import dist

import pytest

from hydroflow_nb.render.geometry import Box, Curve, Line

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


def test_the_line_of_an_edge_runs_from_the_source_to_the_tip_in_small_steps() -> None:
    curve = Curve(points=[(0, 0), (0, 30), (60, 30), (60, 60), (60, 80), (60, 90), (60, 100)], tip=(60, 104))

    points = curve.line.points

    assert curve.spacing == 4
    assert points[0] == (0, 0)
    assert points[-1] == (60, 104)
    assert max(dist(one, other) for one, other in pairwise(points)) < 8
    assert curve.line_back.along(4)[0] == pytest.approx((60, 100))
    assert curve.line_back.length == curve.line.length


def test_an_edge_across_a_large_drawing_has_points_further_apart() -> None:
    curve = Curve(points=[(0, 0), (0, 500), (9_000, 0), (9_000, 500)], tip=(9_000, 504))

    assert curve.spacing == 16
    assert len(curve.line.points) < 700
    assert max(dist(one, other) for one, other in pairwise(curve.line.points)) < 40


def test_a_point_along_a_line_is_found_by_its_distance_with_the_direction_there() -> None:
    line = Line([(0, 0), (0, 0), (0, 10), (30, 10), (30, 10)])

    assert line.length == 40
    assert line.along(5) == ((0, 5), (0, 1))
    assert line.along(10) == ((0, 10), (0, 1))
    assert line.along(25) == ((15, 10), (1, 0))
    assert line.along(50) == ((30, 10), (1, 0))


def test_a_line_of_one_place_has_no_length() -> None:
    assert Line([(3, 4), (3, 4)]).along(7) == ((3, 4), (0, 1))
