from __future__ import annotations

import re
from itertools import combinations

import hydroflow_nb as hf
from hydroflow_nb.render.geometry import Box
from hydroflow_nb.render.layout import lay_out
from hydroflow_nb.render.svg import box_of, text_width

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


def test_boxes_of_locations_in_the_svg_never_overlap_and_texts_stand_beside_the_lines():
    system = hf.compile(large(), {"log": []}, "ring")
    net = system.network()
    net.tick("p0")
    svg = system.picture(net).svg()
    boxes = [
        box_of(path) for path in re.findall(r'class="cluster location"><title>[^<]*</title><path d="([^"]*)"', svg)
    ]
    handoffs = [box_of(path) for path in re.findall(r'class="node handoff"><title>[^<]*</title><path d="([^"]*)"', svg)]
    texts = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]* class="level"[^>]*>([^<]*)<', svg)

    assert len(boxes) == len(handoffs) == len(texts) == 6
    assert all(one.overlap(other) == 0 for one, other in combinations(boxes, 2))
    for x, y, words in texts:
        place = Box.around((float(x), float(y) - 3.4), 1.15 * text_width(words, 10) + 4, 11)
        assert not any(place.overlap(other) for other in handoffs)
        assert any(abs(place.centre[1] - near.centre[1]) < 20 for near in handoffs)
        assert not any(place.top < side < place.bottom for box in boxes for side in (box.top, box.bottom))


def test_what_a_pointer_shows_speaks_of_locations_and_of_the_arrow():
    system = hf.compile(SAID, {"log": []}, "said")
    net = system.network(c=["x"])
    net.tick("a")
    titles = re.findall(r"<title>([^<]*)</title>", system.picture(net).svg())

    told = "source_iter ~&gt; map\nchannel a&gt;heard: 2 sent, 2 in flight\na&gt;x#1: heard: 1\na&gt;x#2: heard: 2"
    assert titles.count(told) == 3
    assert "heard = map(|x| x + 1)\nline 4, at c, cluster" in titles
    assert not any("stratum" in title or "handoff" in title for title in titles)


# --- what went over the arrows ----------------------------------------------------------------------------------------

SAID = """
a = process(); c = cluster();
@a source_iter([1, 2]) ~> @c.all heard;
@c heard = map(|x| x + 1) ~> back;
@a back = for_each(log.append);
"""


def test_the_picture_tells_what_went_over_each_arrow_and_what_is_in_flight():
    system = hf.compile(SAID, {"log": []}, "said")
    net = system.network(c=["x", "y"])
    net.tick("a")

    svg = system.picture(net).svg()
    assert "heard .all (4 sent, 4 in flight)" in svg
    assert "a&gt;x#1: heard: 1" in svg
    assert "back (0 sent)" in svg

    net.run()
    assert "heard .all (4 sent)" in system.picture(net).svg()
    assert "back (4 sent)" in system.picture(net).dot()


def test_a_system_that_is_shown_after_a_run_shows_what_went_over():
    system = hf.compile(SAID, {"log": []}, "said")
    assert "sent" not in system._repr_mimebundle_()["image/svg+xml"]

    net = system.network(c=["x", "y"])
    net.run()
    shown = system._repr_mimebundle_()
    assert "4 sent" in shown["image/svg+xml"]
    assert "runs as a, x, y: the widget under its cell opens the stepper of each" in shown["text/plain"]

    del net


def test_messages_are_told_in_the_words_of_the_text():
    system = hf.compile(SAID, {"log": []}, "said")
    net = system.network(c=["x"])
    net.tick("a")

    assert [message.channel for message in net.in_flight] == ["a>heard", "a>heard"]
    assert "heard: 1" in repr(net.in_flight)
    assert "channel" not in repr(net.in_flight)
    net.run()
    assert "heard: 1" in net.diagram().text()
    assert '"channel"' not in net.diagram().svg()
