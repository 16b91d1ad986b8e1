"""Failing runs made short, on runs of plain numbers."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.simulation.search.shrink import shrink


def needing(*needed: int):
    def fails(steps: Sequence[int]) -> Sequence[int] | None:
        return steps if set(needed) <= set(steps) else None

    return fails


def test_only_the_steps_that_the_failure_needs_are_left():
    shrunk = shrink(range(100), needing(3, 41, 97))

    assert shrunk.steps == [3, 41, 97]
    assert shrunk.is_minimal


def test_a_run_that_fails_by_itself_is_empty():
    shrunk = shrink(range(100), needing())

    assert shrunk.steps == []
    assert shrunk.trials == 1


def test_steps_that_go_only_together_are_left_out_together():
    def fails(steps: Sequence[int]) -> Sequence[int] | None:
        # Each needs its neighbour, as a delivery needs the tick that sends the message.
        taken = [step for step in steps if step ^ 1 in steps]
        return taken if {4, 5} <= set(taken) else None

    assert shrink(range(20), fails).steps == [4, 5]


def test_a_step_that_another_one_made_needless_goes_as_well():
    def fails(steps: Sequence[str]) -> Sequence[str] | None:
        return steps if "x" in steps and ("a" in steps or "b" not in steps) else None

    assert shrink(["a", "b", "x"], fails).steps == ["x"]


def test_no_single_step_of_the_result_can_be_left_out():
    def fails(steps: Sequence[int]) -> Sequence[int] | None:
        return steps if sum(steps) % 7 == 3 and len(steps) > 2 else None

    shrunk = shrink(range(1, 25), lambda steps: fails(steps) if len(steps) < 24 else steps)

    assert shrunk.is_minimal
    assert len(shrunk.steps) < 24
    assert all(fails(shrunk.steps[:at] + shrunk.steps[at + 1 :]) is None for at in range(len(shrunk.steps)))


def test_what_belongs_to_one_subject_is_left_out_first():
    tried: list[tuple[int, ...]] = []

    def fails(steps: Sequence[int]) -> Sequence[int] | None:
        tried.append(tuple(steps))
        return steps if 1 in steps else None

    shrink(range(10), fails, subjects=[lambda step: step % 2 == 0, lambda step: step % 3 == 0])

    assert tried[1:3] == [(1, 3, 5, 7, 9), (1, 5, 7)]


def test_a_simpler_run_is_preferred_to_one_as_long():
    def fails(steps: Sequence[int]) -> Sequence[int] | None:
        return steps if steps and min(steps) >= 3 else None

    shrunk = shrink([9], fails, simpler=lambda steps: [[step - 1 for step in steps]])

    assert shrunk.steps == [3]


def test_the_number_of_runs_is_bounded_and_the_best_so_far_is_kept():
    shrunk = shrink(range(1_000), needing(*range(0, 1_000, 2)), limit=25)

    assert shrunk.trials == 25
    assert not shrunk.is_minimal
    assert set(range(0, 1_000, 2)) <= set(shrunk.steps)


def test_the_steps_that_were_taken_count_not_those_that_were_asked_for():
    def fails(steps: Sequence[int]) -> Sequence[int] | None:
        return [step for step in steps if step < 5] if 4 in steps else None

    assert shrink([4, 8, 9], fails).steps == [4]


def test_the_trials_for_a_long_run_do_not_grow_with_its_square():
    needed = set(range(0, 400, 2))

    shrunk = shrink(range(400), lambda steps: steps if needed <= set(steps) else None)

    assert shrunk.steps == sorted(needed)
    assert shrunk.is_minimal
    assert shrunk.trials < 3 * 400


def test_time_bounds_the_trials():
    shrunk = shrink(range(400), lambda steps: steps, seconds=-1)

    assert not shrunk.is_minimal
    assert shrunk.steps == list(range(400))
