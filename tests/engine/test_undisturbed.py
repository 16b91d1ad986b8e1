from __future__ import annotations

import signal

import pytest

from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.undisturbed import undisturbed


def test_an_interrupt_is_not_let_in() -> None:
    with undisturbed():
        signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_behind_the_block_an_interrupt_comes_as_before() -> None:
    with undisturbed():
        pass

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_second_interrupt_leaves_the_end_of_an_aborted_tick_whole() -> None:
    class Observer:
        def tick_begins(self, tick: int, why: str) -> None:
            pass

        def stratum_ends(self, tick: int, stratum: int) -> None:
            pass

        def tick_ends(self, tick: int, fault: object) -> None:
            signal.raise_signal(signal.SIGINT)
            seen.append((tick, fault is not None))

    def stratum() -> None:
        signal.raise_signal(signal.SIGINT)

    seen: list[tuple[int, bool]] = []
    engine = Engine(Program(strata=[stratum]), Context())
    engine.observer = Observer()

    with pytest.raises(KeyboardInterrupt):
        engine.run_tick()

    assert seen == [(0, True)]
    assert not engine.is_within_tick
    assert [fault.message for fault in engine.faults] == ["interrupted"]
