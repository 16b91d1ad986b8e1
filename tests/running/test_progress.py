from __future__ import annotations

import asyncio
import builtins
import re
import time

import pytest

import hydroflow_nb as hf
from hydroflow_nb.running import progress
from hydroflow_nb.running.progress import Standing, told

LINE = re.compile(r"tick [\d,]+, [\d,]+ ticks a second(?:, [\d,]+ items a second)?, [\d,]+ waiting, \d+\.\d s")


@pytest.fixture(autouse=True)
def in_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    # Other tests make notebooks in this process.
    monkeypatch.delattr(builtins, "__IPYTHON__", raising=False)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> hf.Flow:
    """A flow whose tick takes some time; a line comes sooner than for a person."""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setattr(progress, "PERIOD", 0.02)
    names = {"numbers": hf.channel([1, 2, 3]), "sleep": lambda _: time.sleep(0.1)}
    return hf.compile("source_stream(numbers) -> for_each(sleep);", names)


def shown(text: str) -> list[str]:
    return [line for line in text.split("\r") if line.strip()]


def test_a_line_says_ticks_and_items_a_second_what_waits_and_the_time() -> None:
    before = Standing(tick=10, taken=100, waiting=5)

    assert told(before, Standing(tick=2_010, taken=20_100, waiting=3_000), 2.0) == (
        "tick 2,010, 1,000 ticks a second, 10,000 items a second, 3,000 waiting, 2.0 s"
    )
    assert told(before, Standing(tick=11, taken=None, waiting=0), 0.5) == (
        "tick 11, 2 ticks a second, 0 waiting, 0.5 s"
    )


def test_a_program_shows_nothing_unless_asked(slow: hf.Flow, capsys: pytest.CaptureFixture[str]) -> None:
    slow.run_available()

    assert capsys.readouterr() == ("", "")


def test_a_line_comes_within_a_long_tick_and_is_gone_at_the_end(
    slow: hf.Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    slow.record()

    slow.run_available(progress=True)

    written = capsys.readouterr().err
    lines = shown(written)
    assert lines
    assert all(LINE.fullmatch(line.rstrip()) for line in lines)
    assert written.endswith("\r")
    assert not written.split("\r")[-2].strip()


def test_a_notebook_shows_it_by_default_and_not_in_red(
    slow: hf.Flow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)

    asyncio.run(slow.run_available_async())

    output = capsys.readouterr()
    assert shown(output.out)
    assert output.err == ""


def test_a_run_that_fails_takes_its_line_with_it_and_the_next_one_is_watched_too(
    slow: hf.Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"numbers": hf.channel([0.15, -1]), "sleep": time.sleep}
    failing = hf.compile("source_stream(numbers) -> for_each(sleep);", names)

    with pytest.raises(ValueError, match="non-negative"):
        failing.run_available(progress=True)
    failed = capsys.readouterr().err
    slow.run_available(progress=True)

    assert shown(failed)
    assert failed.endswith("\r")
    assert shown(capsys.readouterr().err)


def test_a_kernel_without_threads_runs_without_a_line(slow: hf.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    class Watch:
        def begin(self, _: object) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(progress, "_WATCH", Watch())

    slow.run_available(progress=True)

    assert slow.current_tick() == 1
