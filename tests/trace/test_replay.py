"""`recording.replay(flow)`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.trace.replay import NOTHING

TEXT = """
words = source_stream(lines) -> flat_map(|line| line.split());
words -> unique::<'static>() -> for_each(out.append);
"""
Made = Callable[..., hf.Flow]


@pytest.fixture
def flow() -> hf.Flow:
    return recorded(TEXT, ["a b"], [], ["b c", "a"])


def recorded(text: str, *batches: list[Any], copies: bool = False, budget: int = 10_000, **names: Any) -> hf.Flow:
    lines = hf.channel()
    made = hf.compile(text, {"lines": lines, "out": [], **names}, name="words")
    made.record(budget, copies=copies)
    for batch in batches:
        lines.extend(batch)
        with suppress(ZeroDivisionError):
            made.run_tick()
    return made


@settings(
    max_examples=max(12, settings.default.max_examples // 10),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],
)
@given(data=st.data())
def test_the_replay_of_a_recording_is_equal(data: st.DataObject, random_run: Made) -> None:
    made = random_run(data)

    found = made.recording.replay(made)

    assert found.is_same, str(found)
    assert [tick.to_dict() for tick in found.recording.ticks] == [tick.to_dict() for tick in made.recording.ticks]


def test_the_same_flow_gives_the_same_and_says_so(flow: hf.Flow) -> None:
    found = flow.recording.replay(flow)

    assert found.is_same
    assert found.difference is None
    assert str(found) == repr(found) == "the same in 3 ticks"
    assert found._repr_html_() == "<p>the same in 3 ticks</p>"


def test_the_first_item_that_differs_is_told_with_its_tick_and_edge(flow: hf.Flow) -> None:
    edited = hf.compile(TEXT.replace("line.split()", "sorted(line.split(), reverse=line > 'b')"), flow.drive().names)

    found = flow.recording.replay(edited)

    assert found.difference is not None
    told = found.difference
    assert (told.tick, told.index, told.was, told.now) == (2, 0, "b", "c")
    assert told.way == "flat_map to unique"
    assert str(found) == (
        f"the same up to tick 2, flat_map to unique ({told.edge}): item 0 was 'b', and is 'c' (the same items in "
        "another order)"
    )
    assert "<td" in found._repr_html_()
    assert not found


def test_an_item_that_is_missing_or_new_is_told(flow: hf.Flow) -> None:
    fewer = hf.compile(TEXT.replace("line.split()", "line.split()[:1]"), flow.drive().names)
    more = hf.compile(TEXT.replace("line.split()", "[*line.split(), 'z']"), flow.drive().names)

    lost, added = (flow.recording.replay(other).difference for other in (fewer, more))

    assert lost is not None
    assert added is not None
    assert (lost.tick, lost.index, lost.was, lost.now) == (0, 1, "b", NOTHING)
    assert (added.tick, added.index, added.was, added.now) == (0, 2, NOTHING, "z")


def test_an_operator_that_was_put_in_hides_no_other_edge(flow: hf.Flow) -> None:
    edited = TEXT.replace("words ->", "words -> inspect(|_| None) ->")

    assert flow.recording.replay(hf.compile(edited, flow.drive().names)).is_same
    found = flow.recording.replay(hf.compile(edited.replace("'static", "'tick"), flow.drive().names))

    assert found.difference is not None
    assert (found.difference.tick, found.difference.way, found.difference.now) == (2, "unique to for_each", "b")


def test_nothing_outside_of_the_flow_changes(capsys: pytest.CaptureFixture[str]) -> None:
    called: list[Any] = []
    loud = recorded("source_stream(lines) -> inspect(print) -> for_each(call);", ["a"], call=called.append)
    loud.inputs["lines"].send("later")
    capsys.readouterr()

    assert loud.recording.replay(loud).is_same

    assert capsys.readouterr().out == ""
    assert called == ["a"]
    assert loud.inputs["lines"].waiting() == ["later"]
    assert loud.current_tick() == 1


def test_without_quiet_sinks_are_called_as_in_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    called: list[Any] = []
    loud = recorded("source_stream(lines) -> inspect(print) -> for_each(call);", ["a"], call=called.append)
    capsys.readouterr()

    assert loud.recording.replay(loud, quiet=False).is_same

    assert capsys.readouterr().out == "a\n"
    assert called == ["a", "a"]


def test_a_function_that_was_mended_is_found_at_the_tick_that_it_aborted() -> None:
    names: dict[str, Any] = {"f": lambda x: 6 // x}
    broken = recorded("source_stream(lines) -> map(f) -> for_each(out.append);", [1], [0, 2], **names)
    assert broken.recording.replay(broken).is_same

    mended = hf.compile(broken.source.text, {**(broken.drive().names or {}), "f": lambda x: x and 6 // x})
    found = broken.recording.replay(mended)

    assert found.difference is not None
    assert (found.difference.tick, found.difference.was) == (1, NOTHING)


def test_a_loaded_recording_is_replayed(flow: hf.Flow, tmp_path: Path) -> None:
    flow.recording.save(tmp_path / "run.json")

    assert hf.Recording.load(tmp_path / "run.json").replay(flow).is_same


def test_sets_and_objects_are_the_same_where_they_look_so() -> None:
    odd = recorded("source_stream(lines) -> map(|x| (set(x), object())) -> null();", ["abc", "dbca"])

    assert odd.recording.replay(odd).is_same


def test_messages_are_put_in_again() -> None:
    net = hf.Network()
    names = net.bind("server")._asdict()
    made = hf.compile(
        "source_stream_serde(inbound) -> map(|(m, who)| (m + 1, who)) -> dest_sink_serde(outbound);", names
    )
    net.node("server", made)
    sender = hf.compile("source_stream(items) -> map(|x| (x, 'server')) -> dest_sink_serde(outbound);",
                        {**net.bind("client")._asdict(), "items": hf.channel()})  # fmt: skip
    net.node("client", sender)
    net["server"].flow.record()
    net.send("client", "items", 3)
    net.run()
    recording = net["server"].flow.recording
    assert any(tick.batch["inbound"].count for tick in recording.ticks)

    assert recording.replay(net["server"].flow).is_same


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: recorded(TEXT, ["a"] * 9, ["b"] * 9, ["c"] * 9, budget=40), "the recording begins at tick"),
        (lambda: recorded(TEXT, ["a"] * 2_000), "of which"),
        (
            lambda: recorded("source_stream(lines) -> null();", [[object()]]),
            "record the flow with `flow.record(copies=True)`",
        ),
    ],
)
def test_what_is_not_in_the_recording_is_said(made: Callable[[], hf.Flow], said: str) -> None:
    one = made()

    with pytest.raises(HydroflowError, match=said.replace("(", r"\(").replace(")", r"\)")):
        one.recording.replay(one)


def test_lists_and_dicts_are_put_in_as_they_came_though_the_flow_changes_them() -> None:
    one = recorded("source_stream(lines) -> inspect(|x| x.append(0)) -> map(|x| len(x)) -> null();", [[1], [{2: [3]}]])

    for _ in range(2):
        assert one.recording.replay(one).is_same


def test_with_copies_items_that_can_change_are_replayed() -> None:
    one = recorded("source_stream(lines) -> map(|x| [*x, 3]) -> null();", [[1], {2}], copies=True)

    assert one.recording.replay(one).is_same


def test_another_flow_without_the_input_is_refused(flow: hf.Flow) -> None:
    other = hf.compile("source_iter([1]) -> null();")

    with pytest.raises(HydroflowError, match="at `lines`, which this flow has not; its inputs: none"):
        flow.recording.replay(other)


def test_a_flow_that_was_built_by_hand_is_refused(flow: hf.Flow) -> None:
    builder = core.Builder()
    numbers = builder.handoff("numbers")
    builder.input("into", into=numbers)
    builder.subgraph(reads=[numbers])(lambda context, numbers: None)

    with pytest.raises(HydroflowError, match="compiled from a text"):
        flow.recording.replay(builder.build())
