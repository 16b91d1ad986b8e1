from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.render.rows import Item, Rows


def joined(rows: Rows, above: Item, *below: Item) -> None:
    for item in below:
        rows.join(above, item, 0.0, 0.0)


def test_a_row_is_ordered_so_that_no_edges_cross_where_that_can_be() -> None:
    rows = Rows(10)
    a, b = rows.add(0, 30, 20), rows.add(0, 30, 20)
    x, y = rows.add(1, 30, 20), rows.add(1, 30, 20)
    joined(rows, a, y)
    joined(rows, b, x)

    rows.arrange()

    assert (a.x < b.x) == (y.x < x.x)
    assert (a.x, b.x) == (y.x, x.x)


def test_an_item_stands_in_the_middle_of_what_it_is_joined_to() -> None:
    rows = Rows(10)
    top = rows.add(0, 30, 20)
    left, middle, right = (rows.add(1, 30, 20) for _ in range(3))
    joined(rows, top, left, middle, right)

    rows.arrange()

    assert top.x == middle.x
    assert middle.x - left.x == right.x - middle.x == 40
    assert rows.width == 110


def test_an_edge_past_a_row_is_straight_and_what_is_beside_it_makes_room() -> None:
    rows = Rows(10)
    top, bottom = rows.add(0, 30, 20), rows.add(2, 30, 20)
    between, point = rows.add(1, 30, 20), rows.add(1)
    joined(rows, top, between, point)
    joined(rows, between, bottom)
    joined(rows, point, bottom)

    rows.arrange()

    assert abs(point.x - between.x) >= 15 + 10


@given(
    widths=st.lists(st.lists(st.floats(1, 300), min_size=1, max_size=6), min_size=1, max_size=5),
    choices=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 5)), max_size=20),
)
def test_the_items_of_a_row_never_overlap_and_nothing_stands_left_of_the_start(
    widths: list[list[float]], choices: list[tuple[int, int, int]]
) -> None:
    rows = Rows(10)
    items = [[rows.add(rank, width, 20) for width in row] for rank, row in enumerate(widths)]
    for rank, above, below in choices:
        if rank + 1 < len(items):
            joined(rows, items[rank][above % len(items[rank])], items[rank + 1][below % len(items[rank + 1])])

    rows.arrange()

    for rank in range(len(items)):
        for one, other in pairwise(rows.of(rank)):
            assert other.x - one.x >= (one.width + other.width) / 2 + 10 - 1e-6
    edges = [side for row in items for item in row for side in (item.x - item.width / 2, item.x + item.width / 2)]
    assert min(edges) > -1e-6
    assert max(edges) < rows.width + 1e-6
