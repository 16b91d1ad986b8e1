from __future__ import annotations

from hydroflow_nb.engine.context import Context


def test_a_context_begins_at_the_first_run_of_tick_0() -> None:
    context = Context()

    assert (context.current_tick(), context.current_stratum(), context.is_first_run_this_tick()) == (0, 0, True)


def test_state_is_kept_by_handle() -> None:
    context = Context()
    first, second = context.add_state([]), context.add_state(5)

    context.state_ref(first).append(1)
    context.set_state(second, 6)

    assert (context.state_ref(first), context.state_ref(second)) == ([1], 6)


def test_states_are_read_and_written_by_their_handles() -> None:
    context = Context()
    total = context.add_state(1)

    context.state[total] += 2

    assert context.state[total] == context.state_ref(total) == 3
