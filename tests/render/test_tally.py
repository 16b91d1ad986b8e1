from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.render.outline import outline_of
from hydroflow_nb.render.tally import Tally, tally_of


@pytest.fixture
def recorded() -> Callable[..., hf.Flow]:
    """A flow that was recorded while it ran a tick for each batch; a tick that raises is over."""

    def run(text: str, *batches: list[Any], budget: int = 1000) -> hf.Flow:
        numbers = hf.channel()
        flow = hf.compile(text, {"numbers": numbers, "out": []})
        flow.record(budget=budget)
        for batch in batches:
            numbers.extend(batch)
            with contextlib.suppress(ZeroDivisionError):
                flow.run_tick()
        return flow

    return run


def tally(flow: hf.Flow, tick: int | None = None) -> Tally:
    return tally_of(outline_of(flow.graph.to_dict()), flow.recording, tick)


def test_the_items_of_all_runs_of_a_tick_are_added_up(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded(
        "u = union() -> unique() -> tee(); source_stream(numbers) -> u; u -> null();"
        "u -> filter(|x| x < 9) -> map(|x| x + 1) -> u;",
        [0],
    )

    found = tally(flow)

    into_unique = next(wire.element for wire in flow.graph.partitioned.wires if wire.target == "op-2")
    assert found.moved[into_unique] == 10
    assert found.sentence == f"tick 0: {sum(found.moved.values())} items moved, batch of 1"


def test_without_a_number_it_is_the_newest_tick(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> null();", [1], [1, 2, 3])

    assert tally(flow).moved == {"edge-1": 3}
    assert tally(flow, 0).moved == {"edge-1": 1}
    assert tally(flow, 0).sentence == "tick 0: 1 item moved, batch of 1"


def test_a_handoff_holds_what_waits_for_the_next_tick_and_nothing_of_what_was_taken_out(
    recorded: Callable[..., hf.Flow],
) -> None:
    flow = recorded("source_stream(numbers) -> defer_tick() -> sort() -> null();", [1, 2], [3], [])

    held = [tally(flow, tick).held for tick in (0, 1, 2)]

    assert held == [
        {"handoff-1": 2, "handoff-2": 0},
        {"handoff-1": 1, "handoff-2": 0},
        {"handoff-1": 0, "handoff-2": 0},
    ]


def test_what_an_aborted_tick_put_in_is_not_carried_into_the_next_one(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded(
        "n = source_stream(numbers) -> tee(); n -> defer_tick() -> null(); n -> map(|x| 1 / x) -> sort() -> null();",
        [1, 0],
        [],
    )

    assert tally(flow, 0).sentence.endswith(", aborted")
    assert tally(flow, 1).held["handoff-1"] == 0


def test_strata_that_ran_are_marked_and_one_in_which_nothing_moved_is_not(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> sort() -> for_each(out.append);", [2, 1], [])

    assert tally(flow, 0).marks == {"stratum-0": "ran", "stratum-1": "ran"}
    assert tally(flow, 1).marks == {}
    assert tally(flow, 1).sentence == "tick 1: nothing ran"


def test_the_stratum_that_aborted_a_tick_is_marked_so(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> sort() -> map(|x| 1 / x) -> null();", [1, 0])

    found = tally(flow)

    assert found.marks == {"stratum-0": "ran", "stratum-1": "aborted"}
    assert "division" not in found.sentence


def test_of_a_tick_under_way_the_next_stratum_is_marked_and_those_that_are_done_are_counted(
    recorded: Callable[..., hf.Flow],
) -> None:
    flow = recorded("source_iter([1, 2]) -> sort() -> null();")
    flow.run_stratum()

    found = tally(flow)

    assert found.marks == {"stratum-0": "ran", "stratum-1": "next"}
    assert found.held == {"handoff-1": 2}
    assert found.sentence == "tick 0: 2 items moved, 1 stratum done"


def test_a_recording_without_ticks_says_so(recorded: Callable[..., hf.Flow]) -> None:
    assert tally(recorded("source_iter([1]) -> null();")) == Tally(sentence="nothing is recorded yet")


def test_a_tick_that_was_dropped_is_refused_with_those_that_are_there(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> null();", [1], [2], [3], budget=5)

    with pytest.raises(KeyError, match="tick 0 is not recorded: ticks 1 to 2 are"):
        tally(flow, 0)


def test_the_recording_of_another_flow_is_refused(recorded: Callable[..., hf.Flow]) -> None:
    flow = recorded("source_stream(numbers) -> map(|x| x) -> null();", [1])
    other = hf.compile("source_iter([1]) -> null();", {}, "other")

    with pytest.raises(ValueError, match="the recording is of another flow than other"):
        tally_of(outline_of(other.graph.to_dict()), flow.recording, None)
