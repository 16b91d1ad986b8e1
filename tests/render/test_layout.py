from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from hydroflow_nb.render.geometry import Box
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.layout import lay_out, text_width


def inside(inner: Box, outer: Box) -> bool:
    return outer.holds((inner.left, inner.top)) and outer.holds((inner.right, inner.bottom))


def test_everything_has_a_place_under_its_own_id(reach: Graph) -> None:
    graph = reach.partitioned

    layout = lay_out(graph)

    elements = {node.element for node in graph.nodes.values()} | {h.element for h in graph.handoffs.values()}
    elements |= {subgraph.element for subgraph in graph.subgraphs.values()} | {"stratum-0", "stratum-1"}
    assert layout.boxes.keys() == elements
    assert layout.curves.keys() == {wire.element for wire in graph.wires}


def test_operators_lie_in_their_subgraph_and_subgraphs_in_their_stratum(reach: Graph) -> None:
    graph = reach.partitioned

    boxes = lay_out(graph).boxes

    for subgraph in graph.subgraphs.values():
        assert inside(boxes[subgraph.element], boxes[f"stratum-{subgraph.stratum}"])
        assert all(inside(boxes[graph.nodes[node].element], boxes[subgraph.element]) for node in subgraph.nodes)


def test_a_handoff_lies_in_the_stratum_that_takes_its_items_out(reach: Graph) -> None:
    graph = reach.partitioned

    boxes = lay_out(graph).boxes

    for edge, handoff in graph.handoffs.items():
        stratum = graph.stratum_of(graph.edges[edge].target)
        assert inside(boxes[handoff.element], boxes[f"stratum-{stratum}"])


def test_no_operators_or_handoffs_cover_each_other(reach: Graph) -> None:
    boxes = lay_out(reach.partitioned).boxes

    things = [box for element, box in boxes.items() if element.startswith(("op-", "handoff-"))]

    assert not any(one.overlap(other) for one, other in combinations(things, 2))


def test_a_wire_runs_from_its_source_to_its_target_also_where_it_closes_a_cycle(reach: Graph) -> None:
    graph = reach.partitioned

    layout = lay_out(graph)

    for wire in graph.wires:
        curve = layout.curves[wire.element]
        assert layout.boxes[wire.source].grown(2).holds(curve.points[0])
        assert layout.boxes[wire.target].grown(2).holds(curve.tip)


def test_items_flow_downwards_except_into_a_handoff_that_closes_a_cycle(reach: Graph) -> None:
    graph = reach.partitioned

    boxes = lay_out(graph).boxes

    upwards = [wire for wire in graph.wires if boxes[wire.source].top > boxes[wire.target].top]
    assert [graph.nodes[wire.edge.source].operator.name for wire in upwards] == ["map"]
    assert upwards[0].target.startswith("handoff")


def test_an_earlier_stratum_stands_above_a_later_one(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of(
        """
        source_iter([1]) -> map(f) -> map(f) -> map(f) -> null();
        source_iter([1]) -> sort() -> null();
        """
    ).partitioned

    boxes = lay_out(graph).boxes

    assert boxes["stratum-0"].bottom < boxes["stratum-1"].top


def test_a_box_is_as_wide_as_its_text(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of("source_iter(['語' * 3]) -> map(f) -> null();").partitioned

    boxes = lay_out(graph).boxes

    assert boxes["op-1"].width > text_width("source_iter(['xx' * 3])")
    assert boxes["op-2"].width == boxes["op-3"].width > text_width("map(f)")


def test_there_is_room_for_a_badge_of_three_digits_on_every_wire(reach: Graph) -> None:
    layout = lay_out(reach.partitioned)

    for curve in layout.curves.values():
        (ax, ay), (bx, by) = curve.points[0], curve.tip
        assert max(abs(by - ay), abs(bx - ax)) >= 28


def test_the_same_graph_is_laid_out_the_same(reach: Graph) -> None:
    assert lay_out(reach.partitioned) == lay_out(reach.partitioned)


def test_an_empty_flow_needs_no_engine(graph_of: Callable[..., Graph]) -> None:
    layout = lay_out(graph_of("").partitioned)

    assert not layout.boxes


def test_no_text_of_the_user_reaches_the_engine(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of('source_iter(["<b>&amp;</b> \\\\N \\\\l {x|y}"]) -> null();').partitioned

    boxes = lay_out(graph).boxes

    assert boxes.keys() == {"op-1", "op-2", "sg-1", "stratum-0"}
