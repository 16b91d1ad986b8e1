"""What is told of an earlier tick's state, in flows at random: it is what was told when that tick had ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf
from hydroflow_nb.engine.turn import Turn
from hydroflow_nb.trace.recording import Recording


@random_flows(8)
@given(data=st.data())
def test_the_state_of_a_kept_tick_is_what_it_was_then(data: st.DataObject, reference: Any) -> None:
    example = data.draw(reference.flows.examples(cyclic=False), label="flow")
    assume("cross_join" not in example.text)
    sinks: dict[str, list[Any]] = {name: [] for name in (*example.ordered, "seen")}
    inputs = {name: hf.channel() for name in example.inputs}
    flow = hf.compile(example.text, namespace={**reference.flows.NAMES, **sinks, **inputs})
    recording = flow.record()
    remembering = [node.element for node in flow.states().memory.remembering]
    told = []
    for number, batches in enumerate(example.ticks):
        for name, items in batches.items():
            inputs[name].extend(items)
        # A breakpoint of the text stops within a tick.
        while flow.current_tick() == number:
            flow.run_tick()
        told.append({element: str(flow.state(element)) for element in remembering})

    for tick, then in enumerate(told):
        if tick + 1 in flow.kept_ticks or tick + 1 == len(told):
            assert {element: str(recording.state(element, tick)) for element in remembering} == then, example

    history = recording.history
    assert (history is None) is (not remembering)
    if history is not None and history.ticks:
        newest = history.ticks[-1]
        assert {element: sum(sizes) for element, sizes in newest.sizes.items()} == {
            element: recording.state(element, newest.tick).size  # type: ignore[union-attr]
            for element in remembering
        }
    # Without most of the snapshots, ticks run again.
    snapshots = flow.drive().engine.snapshots
    assert snapshots is not None
    snapshots.replace({tick: one for tick, one in snapshots.kept.items() if tick == 0}, snapshots.batches)
    for tick, then in enumerate(told):
        assert {element: str(recording.state(element, tick)) for element in remembering} == then, example
    flow.close()


def test_a_recording_is_saved_without_states_while_a_tick_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: Turn, do: object) -> None:
        raise RuntimeError("another thread has been within a tick of this flow")

    flow = hf.compile("source_iter([1]) -> unique::<'static>() -> null();")
    recording = flow.record()
    flow.run_tick()
    monkeypatch.setattr(Turn, "alone", busy)

    recording.save(tmp_path / "run.json")

    assert Recording.load(tmp_path / "run.json").states is None
