from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max, SetUnion
from hydroflow_nb.net.messages.codec import JSON, encoded, readable
from hydroflow_nb.simulation.drawing.diagram import MOST_ROWS, Diagram
from hydroflow_nb.simulation.model.history import (
    Crashed,
    Delayed,
    Delivered,
    Divided,
    Dropped,
    Duplicated,
    Event,
    Given,
    Healed,
    History,
    Joined,
    Lane,
    Restarted,
    Sent,
    Ticked,
)
from hydroflow_nb.simulation.model.properties import When
from hydroflow_nb.simulation.model.words import brief

SVG = "{http://www.w3.org/2000/svg}"
MESSAGE = "alice>bob#1"


def history(*events: Event, nodes: tuple[str, ...] = ("alice", "bob", "carol"), late: tuple[str, ...] = ()) -> History:
    lanes = [
        Lane(node=node, address=f"127.0.0.1:{5000 + at}", joins_later=node in late) for at, node in enumerate(nodes)
    ]
    return History(lanes=lanes, events=list(events), rows=events[-1].row + 1 if events else 0)


def sent(row: int = 0, message: str = MESSAGE, text: str = '"hello"') -> Sent:
    sender, _, receiver = message.partition("#")[0].partition(">")
    return Sent(row=row, message=message, sender=sender, receiver=receiver, text=text)


def ticked(row: int, node: str, tick: int = 0, error: str = "") -> Ticked:
    return Ticked(row=row, node=node, tick=tick, error=error)


def parsed(diagram: Diagram) -> ElementTree.Element:
    return ElementTree.fromstring(diagram.svg())


def groups(diagram: Diagram, kind: str) -> list[ElementTree.Element]:
    return [group for group in parsed(diagram).iter(f"{SVG}g") if kind in group.get("class", "").split()]


def the(diagram: Diagram, kind: str) -> ElementTree.Element:
    (found,) = groups(diagram, kind)
    return found


def labels(diagram: Diagram) -> list[str]:
    return [text.text or "" for text in the(diagram, "labels").iter(f"{SVG}text")]


def signs(diagram: Diagram) -> list[str]:
    return [text.text or "" for text in the(diagram, "legend").iter(f"{SVG}text")]


def lane_x(diagram: Diagram, node: str) -> float:
    line = next(lane for lane in groups(diagram, "lane") if lane.get("data-node") == node).find(f"{SVG}line")
    assert line is not None
    return float(line.get("x1", ""))


def row_y(diagram: Diagram, row: int) -> float:
    number = next(text for text in the(diagram, "rows") if text.get("data-row") == str(row))
    # The number's baseline is a third of its size below the middle of its row.
    return float(number.get("y", "")) - 0.35 * float(number.get("font-size", ""))


def ends(arrow: ElementTree.Element) -> tuple[float, float, float, float]:
    """The start of the first and the end of the last piece of an arrow's line."""
    numbers = [float(n) for way in arrow.iter(f"{SVG}path") if "way" in way.get("class", "") for n in digits(way)]
    return numbers[0], numbers[1], numbers[-2], numbers[-1]


def digits(way: ElementTree.Element) -> list[str]:
    return re.findall(r"-?[\d.]+", way.get("d", ""))


@pytest.fixture
def relayed() -> History:
    """A message from alice to bob, who then tells carol."""
    return history(
        Given(row=0, node="alice", input="lines", text='"hello"'),
        ticked(1, "alice"),
        sent(1),
        Delivered(row=2, message=MESSAGE),
        ticked(3, "bob", 7),
        sent(3, "bob>carol#1"),
        Delivered(row=4, message="bob>carol#1"),
    )


def test_every_tick_is_a_box_with_its_number_in_its_lane_and_row(relayed: History) -> None:
    diagram = Diagram(relayed)

    ticks = groups(diagram, "tick")

    assert [(one.get("data-node"), one.get("data-row"), one.findtext(f"{SVG}text")) for one in ticks] == [
        ("alice", "1", "0"),
        ("bob", "3", "7"),
    ]
    for tick in ticks:
        box = tick.find(f"{SVG}rect")
        assert box is not None
        middle = float(box.get("x", "")) + float(box.get("width", "")) / 2
        height = float(box.get("y", "")) + float(box.get("height", "")) / 2
        assert middle == pytest.approx(lane_x(diagram, tick.get("data-node", "")))
        assert height == pytest.approx(row_y(diagram, int(tick.get("data-row", ""))), abs=0.2)


def test_a_tick_tells_what_it_took_in_and_what_it_sent(relayed: History) -> None:
    titles = [tick.findtext(f"{SVG}title") for tick in groups(Diagram(relayed), "tick")]

    assert titles == [
        'alice, tick 0 (row 1)\nin: lines: "hello"\nout: to bob: "hello"',
        'bob, tick 7 (row 3)\nin: from alice: "hello"\nout: to carol: "hello"',
    ]


def test_a_delivered_message_is_an_arrow_from_its_tick_to_the_row_of_its_delivery(relayed: History) -> None:
    diagram = Diagram(relayed)

    arrows = groups(diagram, "message")

    assert [arrow.get("data-message") for arrow in arrows] == [MESSAGE, "bob>carol#1"]
    for arrow, begin, end in zip(arrows, (1, 3), (2, 4), strict=True):
        x0, y0, x1, y1 = ends(arrow)
        assert "delivered" in arrow.get("class", "")
        assert (x0, y0) == pytest.approx((lane_x(diagram, arrow.get("data-from", "")), row_y(diagram, begin)), abs=16)
        assert (x1, y1) == pytest.approx((lane_x(diagram, arrow.get("data-to", "")), row_y(diagram, end)), abs=12)
    assert labels(diagram).count('"hello"') == 2


def test_a_lost_message_is_broken_and_ends_in_a_cross_between_the_lanes() -> None:
    diagram = Diagram(history(ticked(0, "alice"), sent(0), Dropped(row=1, message=MESSAGE, reason="the cut")))

    arrow = the(diagram, "lost")

    way, cross = (
        next(one for one in arrow.iter(f"{SVG}path") if kind in one.get("class", "")) for kind in ("way", "cross")
    )
    assert way.get("stroke-dasharray")
    assert lane_x(diagram, "alice") < ends(arrow)[2] < lane_x(diagram, "bob")
    assert row_y(diagram, 1) == pytest.approx(ends(arrow)[3], abs=0.2)
    assert cross.get("stroke") == "#c62828"
    assert labels(diagram) == ['lost: "hello" (the cut)']


def test_a_copy_is_another_arrow_that_begins_on_the_way_of_its_original_and_is_called_one() -> None:
    diagram = Diagram(
        history(
            ticked(0, "alice"),
            sent(0),
            Duplicated(row=1, message=MESSAGE, copy=MESSAGE + "'"),
            Delivered(row=2, message=MESSAGE),
            Delivered(row=3, message=MESSAGE + "'"),
        )
    )

    copy = the(diagram, "copy")

    x0, y0, _, y1 = ends(copy)
    assert lane_x(diagram, "alice") < x0 < lane_x(diagram, "bob")
    assert (y0, y1) == pytest.approx((row_y(diagram, 1), row_y(diagram, 3)), abs=8)
    assert labels(diagram) == ['"hello"', 'copy: "hello"']
    assert "copy made by the network" in signs(diagram)


def test_what_is_in_flight_at_the_end_fades_out_below_the_last_row() -> None:
    diagram = Diagram(history(ticked(0, "alice"), sent(0)))

    arrow = the(diagram, "in-flight")

    opacities = [float(way.get("stroke-opacity", "")) for way in arrow.iter(f"{SVG}path")]
    assert opacities == sorted(opacities, reverse=True)
    assert opacities[0] > opacities[-1]
    assert ends(arrow)[3] > row_y(diagram, 0)
    assert "in flight at the end" in signs(diagram)


def test_of_many_messages_in_flight_some_have_a_row_and_the_rest_is_counted() -> None:
    flying = [sent(0, f"alice>bob#{number}") for number in range(1, 101)]

    diagram = Diagram(history(ticked(0, "alice"), *flying))

    assert len(groups(diagram, "in-flight")) == 100
    assert labels(diagram)[-1] == "and 90 messages more in flight"


def test_a_message_put_off_is_marked_on_its_way() -> None:
    diagram = Diagram(
        history(ticked(0, "alice"), sent(0), Delayed(row=1, message=MESSAGE), Delivered(row=2, message=MESSAGE))
    )

    assert 'delayed: "hello"' in labels(diagram)
    assert "delayed" in signs(diagram)


def test_messages_to_oneself_and_to_unknown_addresses_are_drawn_at_their_senders_lane() -> None:
    diagram = Diagram(
        history(
            ticked(0, "carol"),
            sent(0, "carol>carol#1"),
            sent(0, "carol>127.0.0.1:9#1"),
            Delivered(row=1, message="carol>carol#1"),
            Dropped(row=2, message="carol>127.0.0.1:9#1"),
        )
    )

    bow, stub = groups(diagram, "message")

    assert ends(bow)[2] == pytest.approx(lane_x(diagram, "carol"), abs=12)
    assert lane_x(diagram, "carol") < ends(stub)[2] < lane_x(diagram, "carol") + 60


def test_a_node_that_is_down_has_a_broken_lane_between_its_marks() -> None:
    diagram = Diagram(
        history(
            ticked(0, "alice"),
            Crashed(row=1, node="bob"),
            ticked(2, "alice", 1),
            Restarted(row=3, node="bob", kept=False),
            Crashed(row=4, node="bob", error="KeyError: 'x'"),
            Restarted(row=5, node="bob", kept=True),
        )
    )

    bob = next(lane for lane in groups(diagram, "lane") if lane.get("data-node") == "bob")

    pieces = [("down" in (line.get("class") or "").split(), bool(line.get("stroke-dasharray"))) for line in bob]
    assert pieces == [(False, False), (True, True), (False, False), (True, True), (False, False)]
    assert labels(diagram) == ["crashed", "restarted, state lost", "crashed: KeyError: 'x'", "restarted, state kept"]


def test_a_cut_shades_the_lanes_by_group_until_it_heals() -> None:
    diagram = Diagram(
        history(
            ticked(0, "alice"),
            Divided(row=1, groups=[["bob"]]),
            ticked(2, "alice", 1),
            Healed(row=3),
            ticked(4, "alice", 2),
        )
    )

    bands = groups(diagram, "band")

    # The nodes in no group are one more group, although bob stands between them.
    assert [(band.get("data-group"), band.get("data-nodes")) for band in bands] == [
        ("B", "alice"),
        ("A", "bob"),
        ("B", "carol"),
    ]
    for band in bands:
        rect = band.find(f"{SVG}rect")
        assert rect is not None
        top = float(rect.get("y", ""))
        assert row_y(diagram, 0) < top < row_y(diagram, 1)
        assert row_y(diagram, 2) < top + float(rect.get("height", "")) < row_y(diagram, 3)
    assert "network healed" in labels(diagram)


def test_a_late_nodes_lane_begins_where_it_joins_and_one_that_never_joins_has_none() -> None:
    diagram = Diagram(history(ticked(0, "alice"), Joined(row=1, node="bob"), ticked(2, "bob"), late=("bob", "carol")))

    heads = {head.get("data-node") for head in groups(diagram, "head")}
    lanes = {lane.get("data-node"): lane.findall(f"{SVG}line") for lane in groups(diagram, "lane")}

    assert heads == {"alice", "bob"}
    assert float(lanes["bob"][0].get("y1", "")) == pytest.approx(row_y(diagram, 1), abs=0.2)
    assert lanes["carol"] == []


def test_a_failed_tick_is_marked_and_says_what_was_raised() -> None:
    diagram = Diagram(history(ticked(0, "alice", error="ZeroDivisionError: by zero")))

    assert the(diagram, "failed").find(f"{SVG}rect") is not None
    assert labels(diagram) == ["ZeroDivisionError: by zero"]
    assert signs(diagram) == ["failed tick"]


def test_a_tick_tells_what_it_has_set_aside_and_why() -> None:
    aside = tuple(f"{place} by `xs`: ZeroDivisionError: <by zero>" for place in range(10))
    diagram = Diagram(history(Ticked(row=0, node="alice", tick=0, set_aside=aside)))

    title = the(diagram, "tick").findtext(f"{SVG}title") or ""
    assert title.count("set aside: ") == 9
    assert "set aside: and 2 more" in title
    assert labels(diagram) == ["10 items set aside: 0 by `xs`:…"]
    assert signs(diagram) == ["tick without an item that was set aside"]
    assert "tick 0, 0 in, 0 out, 10 items set aside: 0 by `xs`: ZeroDivisionError" in str(diagram)


def test_the_legend_explains_only_what_occurs(relayed: History) -> None:
    assert signs(Diagram(relayed)) == ["tick", "message", "item from outside"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "]]>",
        "\"quotes\" & 'quotes' </text></svg>",
        "\u202eevil\u2066\x00\x07\x1b[31m\ud800\uffff",
        "line\r\nbreak\ttab",
    ],
)
def test_nothing_that_comes_from_a_run_reaches_the_page_as_it_is(text: str) -> None:
    diagram = Diagram(
        history(
            Given(row=0, node=text, input=text, text=text),
            ticked(1, text, error=text),
            Sent(row=1, message=text, sender=text, receiver="bob", text=text),
            Delivered(row=2, message=text),
            Crashed(row=3, node="bob", error=text),
            nodes=(text, "bob"),
        )
    )

    everything = diagram.svg() + diagram.html() + diagram.text()

    parsed(diagram)
    everything.encode("utf-8")
    assert "<script" not in diagram.svg() + diagram.html()
    assert not [one for one in everything if not one.isprintable() and one != "\n"]


def test_messages_are_told_shortly_where_they_are_json_of_classes() -> None:
    text = '{"$class": "ChatMsg", "who": "bob", "at": {"$tuple": [1, null]}, "tags": {"$set": ["a"]}}'

    diagram = Diagram(history(ticked(0, "alice"), sent(0, text=text), Delivered(row=1, message=MESSAGE)))

    assert 'ChatMsg("bob", (1, None), {"a"})' in diagram.text()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "None"),
        ("it's", '"it\'s"'),
        ({"a": True, 1: (2.5,)}, '{"a": True, 1: (2.5,)}'),
        ({"only": []}, '{"only": []}'),
        ((set(), frozenset(), frozenset([1])), "(set(), frozenset(), frozenset({1}))"),
        ([b"ab", bytearray(b"c"), 1 << 70], f"[b'ab', bytearray(b'c'), {1 << 70}]"),
        ((When.ALWAYS, Max(3), SetUnion({"x"})), '(When.ALWAYS, Max(3), SetUnion({"x"}))'),
    ],
)
def test_a_message_is_told_as_python_has_its_value(value: object, told: str) -> None:
    assert brief(readable(encoded(JSON, value)), 100) == told


@pytest.mark.parametrize(
    "text",
    ['{"$class": ', '{"$bytes": "?"}', '{"$class": 3}', '{"$map": [1]}', "[" * 1900, '{"a": {"$bytes": "aGk="}}', "{}"],
)
def test_a_message_that_only_looks_like_json_of_classes_is_told_as_it_is_or_shorter(text: str) -> None:
    diagram = Diagram(history(ticked(0, "alice"), sent(0, text=text), Delivered(row=1, message=MESSAGE)))

    assert parsed(diagram) is not None


def test_a_huge_message_leaves_the_diagram_small() -> None:
    events = [sent(0, f"alice>bob#{number}", "y" * 2_000_000) for number in range(5)]

    diagram = Diagram(history(ticked(0, "alice"), *events))

    assert len(diagram.svg()) < 60_000
    assert max(map(len, diagram.text().splitlines())) <= 120


def long_run(rows: int, nodes: int = 3) -> History:
    names = tuple(f"node-{number}" for number in range(nodes))
    events: list[Event] = []
    for row in range(0, rows, 2):
        sender, receiver = names[row % nodes], names[(row + 1) % nodes]
        events.append(ticked(row, sender, row))
        events.append(Sent(row=row, message=f"m{row}", sender=sender, receiver=receiver, text=f"text {row}"))
        events.append(Delivered(row=row + 1, message=f"m{row}"))
    return history(*events, nodes=names)


def test_a_long_run_is_shown_from_its_end_and_says_what_is_left_out() -> None:
    diagram = Diagram(long_run(1_000))

    shown = [int(number.get("data-row", -1)) for number in the(diagram, "rows").iter(f"{SVG}text")]

    assert shown == list(range(1_000 - MOST_ROWS, 1_000))
    assert "rows 0 to 599 are left out" in "".join(the(diagram, "notes").itertext())
    assert "rows 0 to 599 are left out" in diagram.text()


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, (600, 999)),
        (10, None, (10, 409)),
        (None, 500, (101, 500)),
        (10, 20, (10, 20)),
        (10, 900, (501, 900)),
        (990, 5_000, (990, 999)),
        (5_000, None, (999, 999)),
    ],
)
def test_a_part_of_a_run_can_be_chosen(first: int | None, last: int | None, expected: tuple[int, int]) -> None:
    diagram = Diagram(long_run(1_000), first, last)

    assert (diagram.first, diagram.last) == expected


def test_rows_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(ValueError, match="4 is after `last`, 3"):
        Diagram(long_run(10), 4, 3)
    with pytest.raises(ValueError, match="counted from 0"):
        Diagram(long_run(10), -4)


def test_a_message_that_begins_before_the_part_shown_enters_at_its_border() -> None:
    events = [ticked(0, "alice"), sent(0), *(ticked(row, "carol", row) for row in range(1, 30))]

    diagram = Diagram(history(*events, Delivered(row=30, message=MESSAGE)), 20)

    x0, y0, x1, _ = ends(the(diagram, "message"))
    assert y0 < row_y(diagram, 20)
    assert lane_x(diagram, "alice") < x0 < x1


def test_a_crowd_of_nodes_and_rows_is_drawn_fast_and_within_its_size() -> None:
    run = long_run(3_000, nodes=30)

    begin = time.process_time()
    svg = Diagram(run).svg()

    assert time.process_time() - begin < 5
    assert len(svg) < 1_000_000


def test_a_tick_that_sends_any_number_of_messages_is_cut_off_with_a_note() -> None:
    flood = [sent(0, f"alice>bob#{number}") for number in range(5_000)]

    diagram = Diagram(history(ticked(0, "alice"), *flood))

    assert len(groups(diagram, "message")) == 2_000
    assert "3,000 messages more not drawn" in "".join(the(diagram, "notes").itertext())
    assert "3,0" in diagram.text()
    assert len(diagram.text().splitlines()) < 2_100


def test_labels_of_one_row_do_not_overlap() -> None:
    lost = [sent(0, f"alice>{node}#1", "a rather long text that says much") for node in ("bob", "carol", "dave")]
    drops = [Dropped(row=0, message=one.message, reason="the cut") for one in lost]

    diagram = Diagram(history(ticked(0, "alice"), *lost, *drops, nodes=("alice", "bob", "carol", "dave")))

    spans = []
    for text in the(diagram, "labels").iter(f"{SVG}text"):
        x, width = float(text.get("x", "")), 6.3 * len(text.text or "")
        spans.append((x, x + width) if text.get("text-anchor") == "start" else (x - width, x))
    spans.sort()
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_the_same_run_gives_the_same_picture_and_one_that_goes_on_leaves_it_alone(relayed: History) -> None:
    diagram, again = Diagram(relayed), Diagram(relayed)

    relayed.events.append(ticked(5, "carol"))
    relayed.rows = 6

    assert diagram.svg() == again.svg()
    assert "row 5" not in diagram.svg()
    assert "row 5" in Diagram(relayed).svg()


def test_a_run_in_which_nothing_happened_is_drawn_and_told() -> None:
    for diagram in (Diagram(History()), Diagram(history()), Diagram(history(), 3, 8)):
        assert parsed(diagram).get("role") == "img"
        assert "0 decisions" in diagram.text()


def test_the_line_at_which_two_runs_part_has_room_of_its_own_between_two_rows() -> None:
    events = [ticked(row, "alice", row) for row in range(3)]

    diagram = Diagram(history(*events, nodes=("alice",)), parts=1)

    (group,) = groups(diagram, "parts")
    word = group.find(f"{SVG}text")
    rows = {text.get("data-row"): float(text.get("y")) for text in parsed(diagram).iter(f"{SVG}text")}
    assert word.text == "from here on the two runs differ"
    assert rows["0"] + 14 < float(word.get("y")) < rows["1"] - 14
    left, _, width, _ = map(float, parsed(diagram).get("viewBox").split())
    assert left < float(word.get("x")) < left + width / 2
    assert groups(Diagram(history(*events, nodes=("alice",)), parts=3), "parts")[0].find(f"{SVG}text") is None


def test_the_numbers_of_rows_stand_beside_what_comes_from_outside() -> None:
    given = Given(row=0, node="a", input="orders", text="1")

    diagram = Diagram(History(lanes=[Lane(node="a")], events=[given], rows=1))

    (number,) = [text for text in parsed(diagram).iter(f"{SVG}text") if text.get("data-row") == "0"]
    (drawn,) = groups(diagram, "given")
    assert float(number.get("x")) + 4 < min(float(box.get("x")) for box in drawn.iter(f"{SVG}rect"))


def test_what_happens_before_any_decision_has_a_row_of_its_own() -> None:
    diagram = Diagram(history(sent(-1), Delivered(row=0, message=MESSAGE)))

    assert next(the(diagram, "rows").iter(f"{SVG}text")).text == "start"
    assert "start    alice sends" in diagram.text()


def test_the_picture_names_itself_to_those_who_do_not_see_it_and_holds_no_script_and_no_id(relayed: History) -> None:
    root = parsed(Diagram(relayed))

    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title")
    assert "3 nodes, 5 decisions: 2 ticks, 2 messages, 2 delivered" in root.findtext(f"{SVG}title", "")
    assert "Lanes from left to right: alice, bob, carol." in root.findtext(f"{SVG}desc", "")
    assert not list(root.iter(f"{SVG}script"))
    assert not [one for one in root.iter() if "id" in one.attrib or any(name.startswith("on") for name in one.attrib)]


def test_the_text_lists_every_row(relayed: History) -> None:
    relayed.events += [
        Divided(row=5, groups=[["alice"]]),
        Healed(row=6),
        Crashed(row=7, node="bob"),
        sent(8, "alice>bob#2"),
    ]
    relayed.events += [Restarted(row=9, node="bob", kept=True), Delayed(row=10, message="alice>bob#2")]
    relayed.events += [Duplicated(row=11, message="alice>bob#2", copy="alice>bob#2'")]
    relayed.events += [Dropped(row=12, message="alice>bob#2", reason="a cut"), Joined(row=13, node="carol")]

    text = str(Diagram(relayed))

    assert (
        text
        == """\
3 nodes, 14 decisions: 2 ticks, 4 messages, 2 delivered, 1 lost, 1 in flight, 1 copy, 1 cut, 1 crash
  alice at 127.0.0.1:5000
  bob at 127.0.0.1:5001
  carol at 127.0.0.1:5002
    0  alice: is given lines: "hello"
    1  alice: tick 0, 1 in, 1 out
         alice sends alice>bob#1: "hello"
    2  bob: gets alice>bob#1: "hello"
    3  bob: tick 7, 1 in, 1 out
         bob sends bob>carol#1: "hello"
    4  carol: gets bob>carol#1: "hello"
    5  cut: alice | bob, carol
    6  healed
    7  bob: crashed
    8    alice sends alice>bob#2: "hello"
    9  bob: restarted, state kept
   10  delayed: alice>bob#2: "hello"
   11  copied as alice>bob#2': alice>bob#2: "hello"
   12  lost (a cut): alice>bob#2: "hello"
   13  carol: joins
  end  alice>bob#2': "hello" is in flight"""
    )


def test_a_notebook_gets_page_picture_and_text(relayed: History) -> None:
    diagram = Diagram(relayed)

    bundle = diagram._repr_mimebundle_()

    assert bundle == {"text/html": diagram.html(), "image/svg+xml": diagram.svg(), "text/plain": diagram.text()}


def test_without_its_style_sheet_the_page_shows_the_listing_in_the_place_of_the_picture(relayed: History) -> None:
    page = Diagram(relayed).html()

    root = ElementTree.fromstring(page)

    listing, picture = root.findall("*")[1:]
    assert listing.tag == "pre"
    assert "style" not in listing.attrib
    assert listing.text == Diagram(relayed).text()
    assert picture.get("style") == "display:none"


@pytest.mark.parametrize(
    ("name", "begin"), [("run.svg", "<svg"), ("run.html", "<!doctype html>"), ("run.txt", "3 nodes")]
)
def test_a_diagram_is_saved_by_the_name_of_its_file(relayed: History, tmp_path: Path, name: str, begin: str) -> None:
    Diagram(relayed).save(tmp_path / name)

    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_both_themes_and_the_notebooks_own_are_in_the_picture(relayed: History) -> None:
    style = parsed(Diagram(relayed)).findtext(f"{SVG}style", "")

    assert "@media (prefers-color-scheme:dark)" in style
    assert '[data-jp-theme-light="false"] .hf-run' in style
    assert '[data-jp-theme-light="true"] .hf-run' in style
    assert "var(--jp-layout-color0,#ffffff)" in style


def test_a_real_run_is_drawn_with_every_decision_in_its_row() -> None:
    net = hf.Network(seed=3, loss=0.3, duplication=0.3)
    text = """
        source_stream(lines) -> map(|line| (line, other)) -> dest_sink_serde(outbound);
        source_stream_serde(inbound) -> for_each(seen.append);
    """
    for node, other in (("alice", "bob"), ("bob", "alice")):
        net.node(node, text, at=(node, 1), other=(other, 1), lines=hf.Channel(), seen=[])
    for number in range(20):
        net.send("alice", "lines", number)
        net.run()
    net.crash("bob")
    net.restart("bob", "lost")

    diagram = net.diagram()

    done = [decision.to_dict() for decision in net.decisions]
    rows = {kind: [str(row) for row, one in enumerate(done) if one["do"] == kind] for kind in ("tick", "crash", "send")}
    assert [tick.get("data-row") for tick in groups(diagram, "tick")] == rows["tick"]
    assert [crash.get("data-row") for crash in groups(diagram, "crash")] == rows["crash"]
    assert [given.get("data-row") for given in groups(diagram, "given")] == rows["send"]
    assert len(groups(diagram, "lost")) == len([one for one in done if one["do"] == "drop"])
    assert len(groups(diagram, "copy")) == len([one for one in done if one["do"] == "duplicate"])
    assert len(groups(diagram, "delivered")) == len([one for one in done if one["do"] == "deliver"])


@pytest.mark.parametrize("turned", [False, True])
def test_a_long_name_stands_whole_on_the_sheet_at_either_side(turned: bool) -> None:
    nodes = ("a name that is as long as names are " * 3, "bob", "carol")

    root = parsed(Diagram(history(ticked(0, "bob"), nodes=nodes[::-1] if turned else nodes)))

    left, _, width, _ = map(float, root.attrib["viewBox"].split())
    heads = [group for group in root.iter(f"{SVG}g") if group.get("class") == "head"]
    boxes = [box.attrib for head in heads for box in head.iter(f"{SVG}rect")]
    assert len(boxes) == 3
    assert all(left < float(box["x"]) and float(box["x"]) + float(box["width"]) < left + width for box in boxes)
