from __future__ import annotations

from collections.abc import Iterator

from hydroflow_nb.render.geometry import Box, Curve
from hydroflow_nb.render.placing import Page, badge_places, legend_places, middle_places, tail_places, tip_places

SHEET = Box(left=0, top=0, right=200, bottom=200)
DOWN = Curve(points=[(100, 20), (100, 60), (100, 120), (100, 160)], tip=(100, 166))


def page(*boxes: Box, curves: tuple[Curve, ...] = (), borders: tuple[Box, ...] = ()) -> Page:
    return Page(SHEET, boxes, curves, borders)


def test_the_first_choice_is_taken_where_all_are_free() -> None:
    choices = [Box.around((50, 50), 20, 10), Box.around((90, 90), 20, 10)]

    assert page().place(choices) == choices[0]


def test_a_place_that_is_taken_is_left_for_a_free_one() -> None:
    choices = [Box.around((50, 50), 20, 10), Box.around((90, 90), 20, 10)]
    sheet = page()

    places = [sheet.place(choices), sheet.place(choices)]

    assert places == choices


def test_a_text_keeps_off_wires_borders_and_the_edge_of_the_page() -> None:
    on_wire, on_border, outside = (
        Box.around((100, 90), 20, 10),
        Box.around((30, 50), 20, 10),
        Box.around((199, 100), 20, 10),
    )
    free = Box.around((60, 150), 20, 10)
    border = Box(left=30, top=20, right=90, bottom=120)

    place = page(curves=(DOWN,), borders=(border,)).place([on_wire, on_border, outside, free])

    assert place == free


def test_two_texts_of_a_wire_are_placed_so_that_neither_covers_the_other() -> None:
    near, far = Box.around((50, 50), 20, 10), Box.around((50, 80), 20, 10)

    places = page().place_both([near, far], [near])

    assert places == (far, near)


def test_a_port_stands_beside_its_wire_close_to_the_tip() -> None:
    for box in list(tip_places(DOWN, 20, 11))[:2]:
        assert not any(box.holds(point) for point in DOWN.line.points)
        assert 140 < box.centre[1] < 166


def test_an_output_port_stands_close_to_where_the_wire_begins() -> None:
    assert all(box.centre[1] < 60 for box in tail_places(DOWN, 20, 11))


def test_a_word_may_stand_on_both_sides_of_its_wire() -> None:
    sides = {box.centre[0] < 100 for box in middle_places(DOWN, 40, 11)}

    assert sides == {True, False}


def test_a_badge_stands_on_its_own_wire_and_off_other_ones() -> None:
    across = Curve(points=[(60, 93), (80, 93), (120, 93), (140, 93)], tip=(146, 93))
    sheet = page(curves=(DOWN, across))

    place = sheet.place(badge_places(DOWN), on=DOWN)

    assert place.centre[0] == 100
    assert not any(place.holds(point) for point in across.line.points)


def test_a_legend_begins_at_the_left_of_the_upper_border() -> None:
    box = Box(left=20, top=30, right=180, bottom=100)

    places = legend_places(box, 60)

    assert (places[0].left, places[0].centre[1]) == (30, 30)
    assert {place.centre[1] for place in places} == {30, 100}
    assert all(place.left >= 20 and place.right <= 180 for place in places)


def test_a_legend_wider_than_its_box_still_has_a_place() -> None:
    assert legend_places(Box(left=0, top=0, right=30, bottom=30), 80)


def test_a_badge_may_cover_its_own_wire_and_no_other_one() -> None:
    across = Curve(points=[(60, 90), (80, 90), (120, 90), (140, 90)], tip=(146, 90))

    place = page(curves=(DOWN, across)).place(badge_places(DOWN), on=DOWN)

    assert any(place.holds(point) for point in DOWN.line.points)
    assert not any(place.holds(point) for point in across.line.points)


def test_places_are_looked_at_until_no_later_one_can_be_better() -> None:
    seen = []

    def choices() -> Iterator[Box]:
        for at in range(20):
            seen.append(at)
            yield Box.around((20 + 5 * at, 20), 4, 4)

    page().place(choices())

    assert len(seen) == 2
