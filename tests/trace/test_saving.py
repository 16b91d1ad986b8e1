"""A recording as a file, and read again."""

from __future__ import annotations

import json
import tempfile
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
from hydroflow_nb.trace.items import item_to_json
from hydroflow_nb.trace.plain import to_plain
from hydroflow_nb.trace.ticks import RecordedTick, Text, copied

Run = Callable[..., hf.Flow]
# Any item may come; an item of the user's own classes stays text.
ODD = (
    1,
    (2, "a"),
    1.5,
    float("nan"),
    10**40,
    b"\xff",
    None,
    [1, {2}],
    {3: [4]},
    {5, 6},
    object,
    Exception("x"),
    "</s>",
)


@pytest.fixture
def run() -> Run:
    def make(text: str, *batches: list[Any], copies: bool = False, budget: int = 10_000) -> hf.Flow:
        numbers = hf.channel()
        flow = hf.compile(text, {"numbers": numbers, "out": []}, name="saved")
        flow.record(budget, copies=copies)
        for batch in batches:
            numbers.extend(batch)
            with suppress(ZeroDivisionError):
                flow.run_tick()
        return flow

    return make


def there_and_back(recording: hf.Recording) -> hf.Recording:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        recording.save(path)
        return hf.Recording.load(path)


def told(recording: hf.Recording) -> list[Any]:
    """All that the ticks hold, with the kinds of their items: a NaN is not equal to itself."""
    return [without_order(to_plain(tick, RecordedTick)) for tick in recording.ticks]


def without_order(data: Any) -> Any:
    """JSON in which the items of sets have one order."""
    if isinstance(data, list):
        return [without_order(part) for part in data]
    if isinstance(data, dict):
        inside = {key: without_order(part) for key, part in data.items()}
        return {key: sorted(part, key=repr) if key in ("set", "frozenset") else part for key, part in inside.items()}
    return data


def assert_equal(loaded: hf.Recording, saved: hf.Recording) -> None:
    assert told(loaded) == told(saved)
    assert saved.keeps is copied or loaded.to_dict() == saved.to_dict()
    assert loaded.graph.to_dict() == saved.graph.to_dict()
    assert (loaded.dropped, loaded.budget) == (saved.dropped, saved.budget)
    for tick in saved.ticks:
        assert loaded.svg(tick.tick) == saved.svg(tick.tick)


@settings(
    max_examples=max(12, settings.default.max_examples // 10),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],
)
@given(data=st.data())
def test_a_saved_and_loaded_recording_is_equal(data: st.DataObject, random_run: Run) -> None:
    flow = random_run(data)

    assert_equal(there_and_back(flow.recording), flow.recording)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.sampled_from(ODD), max_size=5), min_size=1, max_size=4), copies=st.booleans())
def test_items_of_all_kinds_are_equal(run: Run, batches: list[list[Any]], copies: bool) -> None:
    flow = run("source_stream(numbers) -> tee() -> null();", *batches, copies=copies)

    assert_equal(there_and_back(flow.recording), flow.recording)


def test_faults_and_a_tick_under_way_are_equal(run: Run) -> None:
    flow = run("source_stream(numbers) -> map(|x| 6 // x) -> fold(|| 0, |a, b| a + b) -> null();", [1], [3, 0], [2])
    flow.inputs["numbers"].send(4)
    flow.run_stratum()

    loaded = there_and_back(flow.recording)

    assert_equal(loaded, flow.recording)
    assert loaded.tick(1).fault == "ZeroDivisionError: integer division or modulo by zero"
    assert not loaded.tick(3).complete


def test_dropped_ticks_stay_counted(run: Run) -> None:
    flow = run("source_stream(numbers) -> null();", [1, 2, 3], [4, 5, 6], [7], budget=8)

    loaded = there_and_back(flow.recording)

    assert loaded.dropped == flow.recording.dropped > 0
    assert repr(loaded) == repr(flow.recording)


def test_a_flow_that_was_built_by_hand_is_equal() -> None:
    builder = core.Builder()
    numbers = builder.handoff("numbers")
    into = builder.input("into", into=numbers)
    builder.subgraph(reads=[numbers])(lambda context, numbers: None)
    flow = builder.build()
    flow.record()
    into.send(3)
    flow.run_tick()

    assert_equal(there_and_back(flow.recording), flow.recording)


def test_the_file_holds_the_text_of_the_flow_the_picture_and_all_inputs(run: Run, tmp_path: Path) -> None:
    flow = run("source_stream(numbers) -> map(|x| x + 1) -> null();", [1, 2], [3])

    flow.recording.save(tmp_path / "run.json")

    data = json.loads((tmp_path / "run.json").read_text())
    assert data["graph"]["source"] == flow.source.text
    assert data["svg"] == flow.graph.svg()
    assert [tick["batch"]["numbers"]["items"] for tick in data["ticks"]] == [[1, 2], [3]]


def test_another_name_is_refused_with_the_names_that_there_are(run: Run, tmp_path: Path) -> None:
    flow = run("source_stream(numbers) -> null();", [1])

    with pytest.raises(HydroflowError, match=r"(?s)'run\.pickle'.*`\.json`"):
        flow.recording.save(tmp_path / "run.pickle")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_whole_where_the_new_one_cannot_be_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = run("source_stream(numbers) -> null();", [1])
    path = tmp_path / "run.json"
    flow.recording.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_text", _full)

    with pytest.raises(OSError, match="no space"):
        flow.recording.save(path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def _full(*_: Any, **__: Any) -> int:
    raise OSError("no space")


def test_a_text_that_was_kept_is_no_value(run: Run) -> None:
    flow = run("source_stream(numbers) -> null();", [[1], object])

    (step, *_) = there_and_back(flow.recording).tick(0).steps

    items = step.moves["edge-1"].items
    assert [type(item) for item in items] == [Text, Text]
    assert item_to_json(items[0]) == {"text": "[1]"}


def test_a_list_that_came_in_stays_a_value_and_is_the_one_that_came_in(run: Run) -> None:
    flow = run("source_stream(numbers) -> inspect(|x| x.append(9)) -> null();", [[1, {2: "a"}]])

    assert there_and_back(flow.recording).tick(0).batch["numbers"].items == [[1, {2: "a"}]]
