"""The states of many ticks as what a recording saves of them, and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.lattices import SetUnion
from hydroflow_nb.state import saved
from hydroflow_nb.trace.recording import Recording

TEXT = """
items = source_stream(sent) -> tee();
items -> [0]both; items -> map(|(k, v)| (k, v * 10)) -> [1]both;
both = join::<'static>() -> null();
sums = items -> fold_keyed::<'static>(|| 0, |sum, v| sum + v) -> null();
seen = items -> map(|(k, _)| SetUnion({k})) -> state::<'static, SetUnion>();
late = items -> defer_tick() -> null();
last = items -> map(|(_, v)| v) -> reduce::<'static>(|_, v| v) -> null();
"""
OPERATORS = ("both", "sums", "seen", "late", "last")


def recorded(ticks: int = 5) -> Recording:
    sent = hf.channel()
    flow = hf.compile(TEXT, {"sent": sent, "SetUnion": SetUnion})
    recording = flow.record()
    recording.flow = flow  # type: ignore[attr-defined]  # its state is gone with it
    for number in range(ticks):
        sent.extend([(number % 3, number), (f"<b>{number}", 1)])
        flow.run_tick()
    return recording


def lines(recording: Recording, place: str, tick: int) -> list[str]:
    return sorted(str(recording.state(place, tick)).splitlines()[1:])


def test_a_loaded_recording_has_the_states_that_were_saved(tmp_path: Path) -> None:
    recording = recorded()
    recording.save(tmp_path / "run.json")

    loaded = Recording.load(tmp_path / "run.json")

    for tick in range(1, 5):
        for place in OPERATORS:
            assert lines(loaded, place, tick) == lines(recording, place, tick), (place, tick)


def test_what_is_saved_of_a_tick_is_what_it_has_changed() -> None:
    history = recorded().history
    assert history is not None

    first, second, *_ = history.ticks

    (both,) = [element for element, parts in history.parts.items() if len(parts) == 2]
    assert first.changed is None
    assert first.whole is not None
    assert second.whole is None
    assert second.changed is not None
    assert second.changed[both][0] == [["+", "1", "1"], ["+", "'<b>1'", "1"]]


def test_the_oldest_states_are_left_out_where_there_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_SAVED", 20)

    history = recorded().history

    assert history is not None
    assert 0 < len(history.ticks) < 5
    assert history.ticks[-1].tick == 4
    assert history.left_out == 5 - len(history.ticks)


def test_a_large_part_is_saved_in_part_with_its_exact_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_OF_PART", 3)
    flow = hf.compile("kept = source_iter(range(10)) -> persist::<'static>() -> null();")
    flow.record()
    flow.run_tick()
    flow.recording.save(tmp_path / "run.json")

    state = Recording.load(tmp_path / "run.json").state("kept", 0)

    assert state.size == 10  # type: ignore[union-attr]
    assert str(state.value) == "[0, 1, 2]"  # type: ignore[union-attr]


def test_a_place_or_tick_that_is_not_saved_is_refused(tmp_path: Path) -> None:
    recorded().save(tmp_path / "run.json")
    loaded = Recording.load(tmp_path / "run.json")

    with pytest.raises(HydroflowError, match="`map` remembers nothing in this recording"):
        loaded.state("map", 0)
    with pytest.raises(HydroflowError, match="after tick 9 is not saved; there is that of ticks 0 to 4"):
        loaded.state("both", 9)


def test_a_recording_whose_flow_is_closed_is_saved_without_states(tmp_path: Path) -> None:
    recording = recorded()
    recording.flow.close()  # type: ignore[attr-defined]
    recording.save(tmp_path / "run.json")

    with pytest.raises(HydroflowError, match="holds no states"):
        Recording.load(tmp_path / "run.json").state("both", 0)


def test_a_file_with_states_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    recorded().save(path)
    path.write_text(path.read_text().replace('"left_out":0', '"left_out":"<script>"'))
    text: Any = path.read_text()
    if '"left_out"' not in text:
        path.write_text(text.replace('"states":{', '"states":{"left_out":"<script>",', 1))

    with pytest.raises(HydroflowError, match="left_out"):
        Recording.load(path)
