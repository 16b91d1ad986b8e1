"""A recording as the last line of a cell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

Run = Callable[..., hf.Recording]


@pytest.fixture
def run() -> Run:
    def make(*batches: list[Any]) -> hf.Recording:
        numbers = hf.channel()
        flow = hf.compile("source_stream(numbers) -> map(|x| 6 // x) -> null();", {"numbers": numbers}, name="shown")
        flow.record()
        for batch in batches:
            numbers.extend(batch)
            with suppress(ZeroDivisionError):
                flow.run_tick()
        return flow.recording

    return make


def test_it_shows_as_a_page_in_a_sandboxed_frame_with_the_picture_and_a_text(run: Run) -> None:
    recording = run([1, 2])

    forms = recording._repr_mimebundle_()

    assert '<iframe class="hf-frame" title="Run of shown" sandbox="allow-scripts allow-downloads"' in forms["text/html"]
    assert "srcdoc=" in forms["text/html"]
    assert forms["image/svg+xml"] == recording.svg()
    assert forms["text/plain"].splitlines()[0] == "recording of shown, 3 operators: tick 0"


def test_the_text_has_a_line_a_tick(run: Run) -> None:
    assert run([1, 2], [], [3, 0])._repr_mimebundle_()["text/plain"].splitlines() == [
        "recording of shown, 3 operators: ticks 0 to 2",
        "  tick   0: 4 items moved, first tick, numbers [1, 2]",
        "  tick   1: 0 items moved, by hand",
        "  tick   2: 3 items moved, input, numbers [3, 0], aborted: ZeroDivisionError: integer division or m…",
    ]
    assert run()._repr_mimebundle_()["text/plain"] == "recording of shown, 3 operators: no tick yet"


def test_the_text_of_a_long_run_is_that_of_its_newest_ticks(run: Run) -> None:
    lines = repr(run(*[[1]] * 100).stepper()).splitlines()

    assert lines[1] == "  … 70 earlier ticks"
    assert len(lines) == 32


def test_the_stepper_of_a_loaded_recording_is_that_of_the_saved_one(run: Run, tmp_path: Path) -> None:
    recording = run([1, 2], [3])
    recording.save(tmp_path / "run.json")
    # Why an item is there is asked of the flow, which the file does not hold.
    recording.direct_causes = None

    loaded = hf.Recording.load(tmp_path / "run.json")

    assert str(loaded.stepper()) == str(recording.stepper())
    assert loaded.stepper()._repr_mimebundle_() == recording._repr_mimebundle_()
