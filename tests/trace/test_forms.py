"""What a person is shown on the edges that were made for a `~>`: the item of the text, not the message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.trace.forms import MESSAGE, PAIR, reworded, worded
from hydroflow_nb.trace.listing import listing
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.ticks import LONGEST_TEXT, Text, kept

TEXT = """
a = process(); c = cluster();
@a source_stream(numbers) ~> @c.all heard;
@a source_stream(others) ~> @c.by(|x| x) null();
@a source_stream(others) ~> @c.next null();
@c heard = map(|x| {"got": x}) ~> back;
@a back = for_each(log.append);
"""


def net(**own: Any) -> hf.Network:
    system: Any = hf.compile(TEXT, own, "said")
    return system.network(c=["x", "y"])  # type: ignore[no-any-return]


@pytest.fixture
def ran() -> hf.Network:
    found = net(numbers=hf.channel([1]), others=hf.channel([5]), log=[])
    found.run()
    return found


def texts(recording: Any) -> list[str]:
    return [
        text
        for tick in recording.ticks
        for step in tick.steps
        for moved in step.moves.values()
        for text in moved.to_dict()["items"]
    ]


def test_tables_show_what_is_sent_by_what_it_is_sent_to(ran: hf.Network) -> None:
    at_a, at_x = texts(ran["a"].flow.recording), texts(ran["x"].flow.recording)

    assert "(heard: 1, 'x')" in at_a
    assert "(back: {'got': 1}, 'x')" in at_a
    assert "(heard: 1, 'a')" in at_x
    assert "(back: {'got': 1}, 'a')" in at_x
    assert "(5, 5)" not in at_a, "a key beside the item"
    assert "(0, 5)" not in at_a, "a turn beside the item"
    assert not any("channel" in text for text in [*at_a, *at_x])


def test_what_waits_and_what_a_tick_took_in_is_shown_so_too() -> None:
    found = net(numbers=hf.channel([1]), others=hf.channel(), log=[])
    found.tick("a")
    found.deliver("a>x#1")

    assert repr(found["x"].flow.inputs["inbound"].waiting()[0]) == "(heard: 1, 'a')"
    found.tick("x")
    assert "inbound [(heard: 1, 'a')]" in listing(found["x"].flow.recording)


def test_a_recording_that_keeps_texts_and_files_and_pages_say_the_same(ran: hf.Network, tmp_path: Path) -> None:
    flow = ran["x"].flow
    flow.recording.save(tmp_path / "run.json")
    flow.recording.save(tmp_path / "run.html")
    saved = Recording.load(tmp_path / "run.json")

    assert texts(saved) == texts(flow.recording)
    assert "'channel'" not in (tmp_path / "run.html").read_text()
    assert worded(({"channel": "c>back", "item": {"got": 1}}, "a"), MESSAGE, 200) == "(back: {'got': 1}, 'a')"
    text = kept(({"channel": "c>back", "item": {"got": 1}}, ("127.0.0.1", 5)))
    assert isinstance(text, Text)
    assert reworded(text, MESSAGE) == "(back: {'got': 1}, ('127.0.0.1', 5))"
    cut = kept(({"channel": "c>back", "item": "long" * LONGEST_TEXT}, "a"))
    assert json.loads(json.dumps(reworded(cut, MESSAGE))).startswith("(back: 'longlong")


def test_items_of_another_shape_stay_as_they_are() -> None:
    mine = {"channel": "a", "item": 1, "more": 2}

    assert worded((mine, "a"), MESSAGE, 200) == repr((mine, "a"))
    assert worded([1], PAIR, 200) == "[1]"
    assert reworded("(1, 2)", MESSAGE) == "(1, 2)"


def test_a_hand_written_flow_shows_its_messages_as_they_are() -> None:
    ends = hf.Network().bind("a")._asdict()
    flow = hf.compile("source_iter([({'channel': 'a>b', 'item': 1}, 'b')]) -> map(|x| x) -> null();", ends)
    flow.record()
    flow.run_tick()

    assert "({'channel': 'a>b', 'item': 1}, 'b')" in texts(flow.recording)


def test_a_breakpoint_on_what_was_made_tells_of_the_arrow_and_the_item() -> None:
    found = net(numbers=hf.channel([1]), others=hf.channel(), log=[])
    flow = found["a"].flow
    graph = flow.graph.partitioned
    made = next(wire for wire in graph.wires if graph.nodes[wire.edge.source].sends == "a>heard")
    breakpoint = flow.break_on(made.element)

    assert str(breakpoint) == "breakpoint 1: `~> @c.all`, any item"
    breakpoint.listen(breaks := Breaks())
    breakpoint.see(({"channel": "a>heard", "item": 1}, "x"))
    assert "carries (heard: 1, 'x')" in str(breaks.hits)


class Breaks:
    """What a breakpoint tells of its hits."""

    def __init__(self) -> None:
        self.hits: list[object] = []
        self.begins: list[object] = []
        self.returns: list[object] = []

    def hit(self, hit: object) -> None:
        self.hits.append(hit)


def test_explain_and_the_listing_speak_of_the_text_alone(ran: hf.Network) -> None:
    flow = ran["a"].flow

    assert "said:3:27" in repr(flow.explain())
    assert "made for" not in repr(flow.explain())
    assert "made for" not in flow.graph.text()
    assert [row.operator for row in flow.explain()].count("~>") <= 3
