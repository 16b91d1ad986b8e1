from __future__ import annotations

import re
from itertools import combinations

import hydroflow_nb as hf
from hydroflow_nb.render.layout import lay_out

TWO = """
a = process();
c = cluster(open=True);
@a source_iter([1]) -> numbers;
numbers = tee();
numbers -> null();
@a members(c) -> null();
numbers ~> @c.all map(|x| x) ~> back;
@a back = for_each(log.append);
"""


def large(locations=6, operators=20):
    """The text of a system of so many locations, each with so many operators, in a ring."""
    text = [f"p{number} = process();" for number in range(locations)]
    for number in range(locations):
        maps = " -> ".join(f"map(|x| x + {step})" for step in range(operators - 3))
        text.append(f"@p{number} n{number} = union() -> {maps} -> tee();")
        text.append(f"n{number} -> for_each(log.append);")
        text.append(f"n{number} -> filter(|x| x < 0) ~> n{(number + 1) % locations};")
    text.append("@p0 source_iter([1]) -> n0;")
    return "\n".join(text)


def test_a_picture_has_a_box_for_each_location_and_dashed_arrows_between_them():
    system = hf.compile(TWO, {"log": []}, "two")
    svg = system.svg()

    assert "a, process" in svg
    assert "c, open cluster" in svg
    assert svg.count("stroke-dasharray") >= 4
    assert ".all" in svg
    assert "back" in svg
    assert "channel a&gt;c_1" in svg
    assert 'aria-label="System two: ' in svg or "System two: 7 operators at 2 locations" in svg


def test_made_operators_are_not_drawn():
    system = hf.compile(TWO, {"log": []}, "two")

    assert "dest_sink_serde" not in system.svg()
    assert "dest_sink_serde" in system.flows["a"].graph.svg()


def test_operators_bear_the_ids_that_they_have_in_the_flows_of_their_locations():
    system = hf.compile(TWO, {"log": []}, "two")
    whole = system.graph.partitioned.nodes

    for flow in system.flows.values():
        for identity, node in flow.graph.partitioned.nodes.items():
            if node.made is None and not whole[identity].operator.lists_members:
                assert whole[identity].span == node.span


def test_dot_and_mermaid_have_the_boxes_too():
    system = hf.compile(TWO, {"log": []}, "two")

    assert 'label="a, process"' in system.dot()
    assert "style=dashed" in system.dot()
    assert '["c, open cluster"]' in system.mermaid()
    assert "a, process" in str(system._repr_mimebundle_())
    assert re.search(r"locations?", system.graph.text()) or "stratum 0" in system.graph.text()


def test_boxes_of_locations_never_overlap_in_a_large_system():
    system = hf.compile(large(), {"log": []}, "ring")
    boxes = [box for element, box in lay_out(system.graph.partitioned).boxes.items() if element.startswith("stratum-")]

    assert len(boxes) == 6
    assert len(system.graph.partitioned.nodes) >= 120
    for one, other in combinations(boxes, 2):
        apart = one.right <= other.left or other.right <= one.left
        assert apart or one.bottom <= other.top or other.bottom <= one.top


def test_in_a_notebook_the_picture_is_dark_on_dark_pages_and_says_the_same():
    system = hf.compile(TWO, {"log": []}, "two")
    shown = system._repr_mimebundle_()

    assert "prefers-color-scheme:dark" in shown["image/svg+xml"]
    assert "prefers-color-scheme" not in system.svg()
    texts = [re.findall(r">([^<>{}]+)<", one) for one in (shown["image/svg+xml"], system.svg())]
    assert texts[0] == texts[1]
    assert shown["text/plain"] == "<system two: a, c>"
