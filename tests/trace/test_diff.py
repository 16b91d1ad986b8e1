"""How ticks, branches and recordings differ."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.trace.values import parts_that_differ

TEXT = "source_stream(items) -> map(f) -> next_stratum() -> for_each(out.append);"


def recorded(*batches: list[Any], f: Any = lambda x: x, text: str = TEXT, budget: int = 100_000) -> hf.Flow:
    items = hf.channel()
    flow = hf.compile(text, {"items": items, "out": [], "f": f})
    flow.record(budget)
    for batch in batches:
        items.extend(batch)
        flow.run_tick()
    return flow


def test_ticks_differ_by_what_was_added_and_removed() -> None:
    recording = recorded([1, 2, 2], [2, 7]).recording

    found = recording.diff(0, 1)

    (edge,) = found["map -> next_stratum"][:1]
    assert (edge.added, edge.removed, edge.changed, edge.badge) == ((7,), (1, 2), (), "+1 -2")
    assert str(found.first) == "tick 1, stratum 0, `source_stream -> map`, item 0: 1 → 2"


def test_an_item_that_was_changed_inside_tells_where() -> None:
    recording = recorded([(1, {"a": 1, "b": [1, 2]}), "x"], [(1, {"a": 1, "b": [1, 3]}), "x"]).recording

    (changed,) = recording.diff(0, 1).edges[0].changed

    assert [str(part) for part in changed.parts] == ["[1]['b'][1]: 2 → 3"]


def test_equal_ticks_do_not_differ_and_an_order_does() -> None:
    recording = recorded([1, 2], [1, 2], [2, 1]).recording

    assert not recording.diff(0, 1)
    assert repr(recording.diff(0, 1)) == "tick 0 and tick 1 are the same"
    found = recording.diff(0, 2)
    assert found.edges[0].is_reordered
    assert found.edges[0].badge == "order"
    assert found.first is not None


def test_runs_differ_tick_by_tick_and_first_somewhere() -> None:
    one = recorded([1], [2], [3]).recording
    other = recorded([1], [2], [3], [4], f=lambda x: 10 * x if x > 1 else x).recording

    found = one.diff(other)

    assert {(edge.tick, edge.place) for edge in found.edges} == {
        (tick, place) for tick in (1, 2) for place in ("map -> next_stratum", "next_stratum -> for_each")
    }
    assert found.first is not None
    assert (found.first.tick, found.first.before, found.first.after) == (1, 2, 20)
    assert found.only_after == (3,)
    assert not one.diff(recorded([1], [2], [3]).recording)


def test_branches_are_compared_by_name() -> None:
    flow = recorded([1], [2], [3])
    flow.rewind(1, branch="what if")
    flow.run_tick()
    flow.inputs["items"].send(9)
    flow.run_available()

    found = flow.branches["main"].diff("what if")
    assert found.names == ("main", "what if")
    assert {edge.tick for edge in found.edges} <= {2, 3}
    assert repr(flow.recording.diff("main")).startswith("what if against main: ")
    with pytest.raises(KeyError, match="there is no branch"):
        flow.recording.diff("nowhere")


def test_a_text_of_plain_values_is_compared_inside() -> None:
    recording = recorded([[1, 2, 3, 4]], [[1, 2, 3, 5]]).recording

    assert str(recording.diff(0, 1).edges[0].changed[0].parts[0]) == "[3]: 4 → 5"


def test_what_is_not_kept_is_not_said_to_be_the_same() -> None:
    one, other = (recorded(list(range(count)), budget=500).recording for count in (3_000, 3_001))

    found = one.diff(other)

    assert found
    assert not found.edges[0].is_whole


def test_it_prints_and_shows_what_it_holds_escaped() -> None:
    found = recorded(["<b>"], ["</script>"]).recording.diff(0, 1)

    assert "<b>" in repr(found)
    html = found._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    data = found.to_dict()
    assert data["first"]["tick"] == 1
    assert data["edges"][0]["rows"]


def test_a_saved_recording_is_compared_with_a_new_one(tmp_path: Any) -> None:
    flow = recorded([1, 2], [3])
    flow.recording.save(tmp_path / "run.json")
    loaded = Recording.load(tmp_path / "run.json")

    assert not loaded.diff(recorded([1, 2], [3]).recording)
    assert loaded.diff(recorded([1, 2], [4]).recording)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0, 9), KeyError, "tick 9 is not recorded"),
        ((0,), TypeError, "a second tick"),
        ((3.5,), TypeError, "a recording, a branch or two ticks"),
    ],
)
def test_what_cannot_be_compared_says_why(arguments: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        recorded([1]).recording.diff(*arguments)


class Cruel:
    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<cruel>"


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, ["['b']: absent → 2"]),
        ([1], [1, 2], ["[1]: absent → 2"]),
        ({1, 2}, {2, 3}, ["without 1: 1 → absent", "with 3: absent → 3"]),
        (1, True, ["the item: 1 → True"]),
        (len, len, []),
        (Cruel(), Cruel(), []),
    ],
)
def test_parts_of_values(before: Any, after: Any, parts: list[str]) -> None:
    assert [str(part) for part in parts_that_differ(before, after)] == parts
