from __future__ import annotations

from hydroflow_nb.deploy.restarting import MOST, QUICK, Restarts
from hydroflow_nb.processes.failures import ExitCode


def test_a_member_that_ends_quickly_waits_longer_and_longer_and_is_given_up():
    restarts = Restarts(3)

    delays = [restarts.delay(-9, 0.0) for _ in range(4)]

    assert delays[3] is None
    assert 0 < delays[0] < delays[2] <= MOST


def test_a_member_that_ran_for_some_time_begins_anew():
    restarts = Restarts(1)
    restarts.delay(1, 0.0)

    assert restarts.delay(1, QUICK) is not None
    assert restarts.delay(1, 0.0) is None
    restarts.forget()
    assert restarts.delay(1, 0.0) is not None


def test_what_a_new_start_would_not_mend_has_none():
    ends = (ExitCode.STOPPED, ExitCode.MISUSED, ExitCode.NOT_COMPILED)

    assert [Restarts(9).delay(code, 99.0) for code in ends] == [None, None, None]
