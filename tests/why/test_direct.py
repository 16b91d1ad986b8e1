"""The direct causes of all items, which a page without a kernel walks through."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

REACH = """arcs = source_stream(edges) -> tee();
arcs[3] -> fold(|| 0, |n, _| n + 1) -> null();
reached = union() -> unique::<'static>() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>() -> flat_map(|(_, (_, dst))| [dst]) -> [1]reached;
arcs[1] -> map(|(_, dst)| dst) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference() -> defer_tick() -> map(|x| (x, $count)) -> for_each(|_| None);
count = arcs[2] -> fold::<'static>(|| 0, |n, _| n + 1);
"""
Run = Callable[..., hf.Flow]
# What tells an item of a recording from all others: edge, tick, step, index.
Place = tuple[str, int, int, int]


@pytest.fixture
def run() -> Run:
    def make(text: str = REACH, *batches: Sequence[Any], **names: Any) -> hf.Flow:
        edges = hf.channel()
        flow = hf.compile(text, {"edges": edges, **names}, name="reach")
        flow.record()
        for batch in batches or ([(0, 1), (1, 2), (7, 8)], [(2, 3)], [(3, 4), ("<b>", 9), (2, 3)]):
            edges.extend(batch)
            flow.run_tick()
        return flow

    return make


class Walk:
    """Walks as a page does."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self.places: dict[int, Place] = {}
        self.numbers: dict[Place, int] = {}
        for kind in ("taken", "sent"):
            for edge, tick, step, index, number, count in told[kind]:
                for at in range(count):
                    self.numbers[edge, tick, step, index + at] = number + at
                    self.places[number + at] = (edge, tick, step, index + at)

    def sentences(self, place: Place) -> set[tuple[Place, str]]:
        """What made an item, back to inputs and literals, each with its sentence; without the states that were read."""
        found = set()
        waiting = [self.numbers[place]]
        seen = set(waiting)
        while waiting:
            number = waiting.pop()
            word, causes, *_ = self.told["causes"][number]
            if number in self.places:
                found.add((self.places[number], self.told["words"][word]))
            for place, one in enumerate(causes):
                following = range(causes[place - 1] + 1, causes[place - 1] - one) if one < -1 else [one]
                waiting += [one for one in following if one not in seen]
                seen.update(following)
        return found


def items_of(flow: hf.Flow) -> list[Place]:
    return [
        (edge, tick.tick, number, index)
        for tick in flow.recording.ticks
        for number, step in enumerate(tick.steps)
        for edge, moved in step.moves.items()
        for index, _ in moved.numbered()
        # What is carried over is asked about where it came.
        if index >= moved.carried
    ]


def causes(flow: hf.Flow, *, since: int = 0, seconds: float = 60.0, room: int = 1_000_000) -> tuple[Any, int]:
    text, unknown = flow.recording.causes(since, seconds=seconds, room=room)
    assert len(text) <= room + 4_000
    assert "<" not in text
    return json.loads(text), unknown


def test_a_walk_through_direct_causes_finds_what_why_finds(run: Run) -> None:
    flow = run()

    told, unknown = causes(flow)

    walk = Walk(told)
    assert unknown == 0
    read = set()
    for place in items_of(flow):
        derivation = flow.why_recorded(*place)
        wanted = {((one.edge, one.tick, one.step, one.index), one.because) for one in derivation if not one.is_state}
        assert walk.sentences(place) == wanted
        read |= {one.text for one in derivation if one.is_state}
    states = {cause[2]["state"][0] for cause in told["causes"] if "state" in (cause[2:] or [{}])[0]}
    assert states == read != set()


def test_of_the_newest_ticks_is_told_first_and_what_is_left_out_is_counted(run: Run) -> None:
    flow = run(REACH, *([(tick, tick + 1)] for tick in range(40)))
    whole, _ = causes(flow)

    told, unknown = causes(flow, room=len(json.dumps(whole)) // 2)

    ticks = {tick for _, tick, *_ in told["sent"]}
    assert max(ticks) == 39
    assert min(ticks) > 0
    known = sum(count for kind in ("sent", "taken") for *_, count in told[kind])
    assert unknown == len(items_of(flow)) - known
    assert all(number < len(told["causes"]) for _, _, _, _, number, _ in told["sent"])
    since, _ = causes(flow, since=30)
    assert {tick for _, tick, *_ in since["sent"]} == set(range(30, 40))


def test_functions_are_called_for_a_limited_time_and_print_nothing(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    called = []

    def slow(edge: tuple[int, int]) -> list[int]:
        if called:
            time.sleep(0.01)
        print(edge)
        return list(edge)

    text = "source_stream(edges) -> flat_map(slow) -> for_each(|_| None);"
    flow = run(text, *([(tick, tick)] for tick in range(30)), slow=slow)
    capsys.readouterr()
    called.append(True)

    _, unknown = causes(flow, seconds=0.01)

    assert 0 < unknown < len(items_of(flow))
    assert capsys.readouterr().out == ""


def test_a_recording_from_a_file_has_no_flow_to_ask(run: Run, tmp_path: Path) -> None:
    run().recording.save(tmp_path / "run.json")

    assert hf.Recording.load(tmp_path / "run.json").causes(0, seconds=1.0, room=1_000) is None
