from __future__ import annotations

from datetime import timedelta

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.counter import Counter


def test_the_items_pass_and_the_first_one_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    flow = hf.compile('source_iter([7, 8, 9]) -> _counter("nums", 3600) -> assert_eq([7, 8, 9]);', {})

    with flow:
        flow.run_available()

    assert capsys.readouterr().out == "_counter(nums): 1\n"


def test_it_may_stand_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    hf.compile('source_iter([7, 8]) -> _counter("nums", 3600);', {}).run_tick()

    assert capsys.readouterr().out == "_counter(nums): 1\n"


def test_the_count_goes_on_over_ticks_and_is_told_once_an_interval(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter((0.0, 1.0, 9.9, 10.0, 11.0, 40.0))
    counter = Counter("x", timedelta(seconds=10), clock=lambda: next(times))

    for _ in range(6):
        counter.add(100)

    assert capsys.readouterr().out == "_counter(x): 100\n_counter(x): 400\n_counter(x): 600\n"


@pytest.mark.parametrize("interval", ["'a'", "0", "-1", "True"])
def test_an_interval_that_is_none_is_an_error(interval: str) -> None:
    with pytest.raises(hf.HydroflowError, match="takes a"):
        hf.compile(f'source_iter([1]) -> _counter("nums", {interval});', {})
