from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.render.layered import Cluster, Link, Placed, Spacing, place

SPACING = Spacing(rows=30, members=20, margin=12, tip=6)
SIZE = (60.0, 20.0)


def names_in(cluster: Cluster) -> Iterator[str]:
    for member in cluster.members:
        if isinstance(member, Cluster):
            yield from names_in(member)
        else:
            yield member


def placed(root: Cluster, *edges: tuple[str, str]) -> Placed:
    links = [Link(name=f"{a}-{b}-{n}", source=a, target=b) for n, (a, b) in enumerate(edges)]
    return place(root, dict.fromkeys(names_in(root), SIZE), links, SPACING)


def box(name: str, *members: str | Cluster) -> Cluster:
    return Cluster(name=name, members=members)


def test_what_follows_stands_below() -> None:
    found = placed(box("", "a", "b", "c"), ("a", "b"), ("b", "c"))

    boxes = [found.boxes[name] for name in "abc"]

    assert [box.top for box in boxes] == [0, 50, 100]
    assert len({box.left for box in boxes}) == 1
    assert (found.width, found.height) == (60, 120)


def test_a_circle_leads_up_again_at_its_last_edge() -> None:
    found = placed(box("", "a", "b"), ("a", "b"), ("b", "a"))

    assert found.boxes["a"].bottom < found.boxes["b"].top
    back = found.curves["b-a-1"]
    assert back.points[0][1] == found.boxes["b"].top
    assert back.tip[1] == found.boxes["a"].bottom


def test_an_edge_that_is_not_shown_holds_one_box_above_another() -> None:
    held = Link(name="held", source="a", target="b", is_shown=False)
    root = box("", box("second", "b"), box("first", "a"))

    found = place(root, {"a": SIZE, "b": SIZE}, [held], SPACING)

    assert found.boxes["first"].bottom + 30 <= found.boxes["second"].top
    assert found.curves == {}


def test_what_has_nothing_above_it_stands_close_to_what_it_leads_to() -> None:
    found = placed(box("", "a", "b", "c", "late"), ("a", "b"), ("b", "c"), ("late", "c"))

    assert found.boxes["late"].top == found.boxes["b"].top


def test_edges_of_a_node_begin_side_by_side_in_the_order_in_which_they_lead_away() -> None:
    found = placed(box("", "a", "x", "y", "z"), ("a", "z"), ("a", "x"), ("a", "y"))

    starts = {name.split("-")[1]: curve.points[0][0] for name, curve in found.curves.items()}

    assert len(set(starts.values())) == 3
    assert sorted(starts, key=starts.__getitem__) == sorted("xyz", key=lambda name: found.boxes[name].left)


def test_an_edge_from_a_node_to_itself_is_drawn_at_its_side() -> None:
    found = placed(box("", "a"), ("a", "a"))

    (curve,) = found.curves.values()
    assert curve.points[0][0] == curve.tip[0] == found.boxes["a"].right


@st.composite
def roots(draw: st.DrawFn) -> tuple[Cluster, list[tuple[str, str]]]:
    """Boxes in boxes with nodes in them, and edges between any two nodes."""
    names: list[str] = []

    def cluster(depth: int, name: str) -> Cluster:
        members: list[str | Cluster] = []
        for number in range(draw(st.integers(1, 4))):
            if depth < 3 and draw(st.booleans()):
                members.append(cluster(depth + 1, f"{name}.{number}"))
            else:
                names.append(f"{name}.{number} node")
                members.append(names[-1])
        return Cluster(name=name, members=members)

    root = cluster(0, "")
    node = st.sampled_from(names)
    return root, draw(st.lists(st.tuples(node, node), max_size=12))


@given(made=roots())
def test_members_stand_in_their_boxes_apart_from_each_other_and_edges_begin_and_end_at_their_nodes(
    made: tuple[Cluster, list[tuple[str, str]]],
) -> None:
    root, edges = made
    found = placed(root, *edges)

    def look(cluster: Cluster) -> None:
        inner = [member if isinstance(member, str) else member.name for member in cluster.members]
        for name in inner:
            one = found.boxes[name]
            if cluster is not root:
                around = found.boxes[cluster.name].grown(1e-6 - SPACING.margin)
                assert around.holds((one.left, one.top))
                assert around.holds((one.right, one.bottom))
        for one, other in combinations(inner, 2):
            assert found.boxes[one].overlap(found.boxes[other]) < 1e-6
        for member in cluster.members:
            if isinstance(member, Cluster):
                look(member)

    look(root)
    for number, (source, target) in enumerate(edges):
        curve = found.curves[f"{source}-{target}-{number}"]
        assert len(curve.points) % 3 == 1
        assert found.boxes[source].grown(1e-6).holds(curve.points[0])
        assert found.boxes[target].grown(1e-6).holds(curve.tip)
        assert not found.boxes[target].grown(-1e-6).holds(curve.points[-1])


@given(made=roots())
def test_the_same_graph_is_always_placed_alike(made: tuple[Cluster, list[tuple[str, str]]]) -> None:
    root, edges = made

    assert placed(root, *edges) == placed(root, *edges)


@pytest.mark.parametrize("count", [3_000])
def test_a_long_chain_and_a_wide_fan_are_placed(count: int) -> None:
    chain = [str(number) for number in range(count)]

    long = placed(box("", *chain), *pairwise(chain))
    wide = placed(box("", *chain), *(("0", other) for other in chain[1:]))

    assert long.width == SIZE[0]
    assert wide.height == 2 * SIZE[1] + SPACING.rows
