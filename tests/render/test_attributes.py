from __future__ import annotations

import pytest

from hydroflow_nb.render.attributes import direction, number, points, triangle


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (2.25, "2.2"), (-0.5, "-0.5"), (100.0, "100")])
def test_a_number_has_at_most_one_digit_after_its_point(value: float, text: str) -> None:
    assert number(value) == text


def test_points_are_pairs_of_numbers() -> None:
    assert points([(0.0, 1.0), (2.55, 3.0)]) == "0,1 2.5,3"


def test_a_direction_has_length_one_and_is_downwards_between_equal_points() -> None:
    assert direction((1.0, 1.0), (4.0, 5.0)) == pytest.approx((0.6, 0.8))
    assert direction((1.0, 1.0), (1.0, 1.0)) == (0.0, 1.0)


def test_the_base_of_a_tip_lies_across_the_line() -> None:
    assert triangle((10.0, 10.0), (0.0, 1.0), 6.0, 2.0) == [(10.0, 10.0), (8.0, 4.0), (12.0, 4.0)]
