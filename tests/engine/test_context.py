from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.context import Context, UserContext


def test_a_context_begins_at_the_first_run_of_tick_0() -> None:
    context = UserContext(Context())

    assert (context.current_tick(), context.current_stratum(), context.is_first_run_this_tick()) == (0, 0, True)


def test_the_users_context_shows_the_engines_clock_and_cannot_be_used_to_set_it() -> None:
    context = Context()
    given: Any = UserContext(context)

    context.tick, context.stratum, context.is_first_run = 7, 2, False

    assert (given.current_tick(), given.current_stratum(), given.is_first_run_this_tick()) == (7, 2, False)
    with pytest.raises(AttributeError):
        given.tick = 0


def test_state_is_kept_by_handle() -> None:
    context = UserContext(Context())
    first, second = context.add_state([]), context.add_state(5)

    context.state_ref(first).append(1)
    context.set_state(second, 6)

    assert (context.state_ref(first), context.state_ref(second)) == ([1], 6)


def test_states_are_read_and_written_by_their_handles() -> None:
    context = UserContext(Context())
    total = context.add_state(1)

    context.state[total] += 2

    assert context.state[total] == context.state_ref(total) == 3


@pytest.mark.parametrize(
    "asked", ["context.current_tick_start()", "start_of(context)", "(lambda c: start_of(c))(context)"]
)
@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_tick_begins_when_it_runs(asked: str, is_recorded: bool) -> None:
    seen: list[datetime] = []
    flow = hf.compile(
        f"source_iter([1]) -> persist() -> next_stratum() -> for_each(|_| seen.append({asked}));",
        namespace={"seen": seen, "start_of": lambda context: context.current_tick_start()},
    )
    if is_recorded:
        flow.record()

    for _ in range(2):
        before = datetime.now(UTC)
        flow.run_tick()

        # A float of seconds keeps microseconds, more or less.
        assert before - timedelta(milliseconds=1) <= seen[-1] <= datetime.now(UTC) + timedelta(milliseconds=1)

    assert len(seen) == 2


def test_all_of_a_tick_sees_one_begin_and_later_ticks_a_later_one() -> None:
    seen: list[datetime] = []
    flow = hf.compile(
        "source_iter([1, 2]) -> persist() -> inspect(|_| sleep(0.01)) -> for_each(|_| seen.append(start()));".replace(
            "start()", "context.current_tick_start()"
        ),
        namespace={"seen": seen, "sleep": time.sleep},
    )

    flow.run_tick()
    flow.run_tick()

    assert seen[0] == seen[1] < seen[2] == seen[3]


def test_before_the_first_tick_it_is_when_the_flow_was_compiled() -> None:
    before = datetime.now(UTC)
    seen: list[datetime] = []
    hf.compile(
        "source_iter([context.current_tick_start()]) -> for_each(seen.append);", namespace={"seen": seen}
    ).run_tick()

    # A float of seconds keeps microseconds, more or less.
    assert seen[0] >= before - timedelta(milliseconds=1)


def test_a_flow_that_does_not_ask_keeps_no_time() -> None:
    flow = hf.compile("source_iter([1]) -> map(|x| x + context.current_tick()) -> null();", namespace={})

    assert "_tick_start" not in flow.generated_source
