"""The cyclic collector in ticks: out of the way, never off, and what user code says of it holds."""

from __future__ import annotations

import gc
import os
import threading

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine import collector
from hydroflow_nb.engine.collector import LITTLE, MUCH, NEVER, Pause
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.program import Program


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """A test may leave the collector as it likes."""
    before = gc.isenabled(), gc.get_threshold()
    monkeypatch.setattr(collector, "PAUSE", Pause())
    yield
    gc.set_threshold(*before[1])
    if before[0]:
        gc.enable()
    gc.unfreeze()


class Page:
    """A parsed document, which leads back to itself."""

    alive = most = 0

    def __init__(self):
        self.me = self
        Page.alive += 1
        Page.most = max(Page.most, Page.alive)

    def __del__(self):
        Page.alive -= 1


def engine_of(stratum):
    return Engine(Program(strata=(stratum,)), Context())


@pytest.mark.parametrize("fails", [False, True])
def test_the_collector_begins_later_in_a_tick_that_may_make_much_and_is_as_it_was_afterwards(fails):
    within = []

    def stratum():
        within.append((gc.isenabled(), gc.get_threshold()[0]))
        assert not fails

    before = gc.isenabled(), gc.get_threshold()
    engine = engine_of(stratum)

    if fails:
        with pytest.raises(AssertionError):
            engine.run_tick()
    else:
        engine.run_tick()

    assert within == [(True, LITTLE)]
    assert (gc.isenabled(), gc.get_threshold()) == before


def test_small_ticks_leave_the_collector_alone():
    within = []
    gc.collect()
    engine = engine_of(lambda: within.append(gc.get_threshold()))

    for _ in range(3):
        engine.run_tick()

    assert within[-1] == gc.get_threshold()


def test_small_ticks_leave_the_collector_alone_however_much_was_made_before_them():
    within = []
    engine = engine_of(lambda: within.append(gc.get_threshold()))
    made = []
    gc.collect()
    while gc.get_count()[0] < gc.get_threshold()[0] * 3 // 4:
        made.append([])

    for _ in range(3):
        engine.run_tick()

    assert within[-1] == gc.get_threshold()


def test_ticks_that_make_much_and_leave_no_garbage_have_the_collector_begin_rarely():
    within = []

    def stratum():
        within.append(gc.get_threshold()[0])
        made = [[] for _ in range(2 * LITTLE)]
        made.clear()

    engine = engine_of(stratum)
    for _ in range(3):
        engine.run_tick()

    assert within == [LITTLE, MUCH, MUCH]


@pytest.mark.parametrize("text", ["map(|n| Page())", "flat_map(|n| [Page()])", "filter_map(|n| Page())"])
def test_cyclic_garbage_stays_bounded_in_the_middle_of_a_tick(text):
    Page.alive = Page.most = 0
    flow = hf.compile(f"source_iter(range(200_000)) -> {text} -> null();", namespace={"Page": Page})

    flow.run_tick()

    assert Page.most < 2 * LITTLE


def test_ticks_that_begin_to_leave_garbage_are_noticed():
    Page.alive = Page.most = 0
    channel = hf.channel()
    flow = hf.compile("source_stream(c) -> map(|n| [] if n < 0 else Page()) -> null();", {"Page": Page, "c": channel})
    for sign in (-1, -1, 1, 1, 1):
        channel.extend(sign * n for n in range(1, 150_000))
        flow.run_tick()

    gc.collect()
    Page.most = Page.alive
    channel.extend(range(1, 150_000))
    flow.run_tick()

    assert Page.most < 2 * LITTLE


def test_what_a_tick_has_made_is_not_looked_at_when_it_has_ended():
    kept, begun = [], []
    gc.collect()
    engine = engine_of(lambda: kept.extend([] for _ in range(2 * LITTLE)))
    for _ in range(2):
        engine.run_tick()

    gc.callbacks.append(lambda phase, info: begun.append(info))
    try:
        engine.run_tick()
        kept += [[] for _ in range(gc.get_threshold()[0] // 2)]
    finally:
        gc.callbacks.pop()

    assert begun == []


def test_the_collector_goes_on_while_many_small_flows_run():
    Page.alive = Page.most = 0
    gc.collect()

    for _ in range(1_500):
        engine_of(lambda: None).run_tick()
        made = [Page() for _ in range(20)]
        made.clear()

    assert Page.most < 15_000


def test_what_user_code_has_frozen_stays_frozen_when_a_tick_has_made_much():
    kept = []
    engine = engine_of(lambda: kept.extend([] for _ in range(2 * LITTLE)))
    gc.freeze()
    frozen = gc.get_freeze_count()

    for _ in range(3):
        engine.run_tick()

    assert gc.get_freeze_count() > frozen // 2


@pytest.mark.parametrize("grows", [False, True], ids=["garbage", "garbage beside what stays"])
def test_cyclic_garbage_of_many_ticks_stays_bounded(monkeypatch, grows):
    monkeypatch.setattr(collector, "MUCH", 100_000)
    Page.alive = Page.most = 0
    kept = []

    def stratum():
        for _ in range(12_000):
            Page()
            if grows:
                kept.append([])

    gc.collect()
    engine = engine_of(stratum)
    for _ in range(40):
        engine.run_tick()

    assert 40 * 12_000 > 2 * 100_000 > Page.most


def test_the_garbage_of_ticks_that_were_passed_over_goes_when_some_is_found():
    Page.alive = Page.most = 0
    count = 20_000

    def stratum():
        for _ in range(count):
            Page()

    gc.collect()
    engine = engine_of(stratum)
    for _ in range(2):
        engine.run_tick()
    count = 3 * LITTLE
    for _ in range(2):
        engine.run_tick()

    assert Page.alive < LITTLE


@pytest.mark.parametrize(
    ("say", "holds"),
    [
        (gc.disable, lambda: not gc.isenabled()),
        (lambda: gc.set_threshold(123, 4, 5), lambda: gc.get_threshold() == (123, 4, 5)),
        (lambda: gc.set_threshold(0), lambda: gc.get_threshold()[0] == 0),
        (gc.freeze, lambda: gc.get_freeze_count() > 0),
    ],
    ids=["disable", "set_threshold", "no threshold", "freeze"],
)
@pytest.mark.parametrize("when", ["before", "within"])
def test_what_user_code_says_of_the_collector_holds(say, holds, when):
    if when == "before":
        say()
    flow = hf.compile("source_iter([1, 2]) -> for_each(|n| say(n));", {"say": lambda n: when == "within" and say()})

    for _ in range(3):
        flow.run_tick()

    assert holds()


def test_a_collector_that_user_code_switches_on_within_a_tick_stays_on():
    gc.disable()
    flow = hf.compile("source_iter([1]) -> for_each(|n| gc.enable());", {"gc": gc})

    flow.run_tick()

    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_that_is_forked_within_a_tick_has_the_collector_as_it_was():
    before = gc.get_threshold()

    def fork(item):
        child = os.fork()
        if child == 0:
            os._exit(0 if gc.isenabled() and gc.get_threshold() == before else 1)
        return os.waitpid(child, 0)[1]

    out = []
    flow = hf.compile("source_iter([1]) -> map(fork) -> for_each(out.append);", {"fork": fork, "out": out})
    flow.run_tick()

    assert out == [0]


@pytest.mark.parametrize("ends_first", [0, 1])
def test_ticks_that_overlap_in_two_threads_leave_the_collector_as_it_was(ends_first):
    before = gc.isenabled(), gc.get_threshold()
    begun = [threading.Event(), threading.Event()]
    may_end = [threading.Event(), threading.Event()]

    def tick(number):
        begun[number].set()
        may_end[number].wait(60)

    threads = [threading.Thread(target=engine_of(lambda n=n: tick(n)).run_tick) for n in (0, 1)]
    for number, thread in enumerate(threads):
        thread.start()
        begun[number].wait(60)
    for number in (ends_first, 1 - ends_first):
        may_end[number].set()
        threads[number].join(60)

    assert (gc.isenabled(), gc.get_threshold()) == before


def test_an_interrupt_that_comes_as_the_collector_is_set_leaves_it_as_it_was(monkeypatch):
    class Interrupted:
        get_threshold = staticmethod(gc.get_threshold)
        isenabled = staticmethod(lambda: False)

        def set_threshold(self, *thresholds):
            gc.set_threshold(*thresholds)
            if thresholds[0] == LITTLE:
                raise KeyboardInterrupt

    before = gc.get_threshold()
    monkeypatch.setattr("hydroflow_nb.engine.collector.gc", Interrupted())

    pause = Pause()

    with pytest.raises(KeyboardInterrupt):
        pause.begin(LITTLE)
    pause.end()

    assert gc.get_threshold() == before


def test_what_is_old_is_spared_from_within_a_large_tick_and_looked_at_again() -> None:
    before = gc.get_threshold()
    pause = Pause()

    pause.begin(LITTLE)
    pause.spare_old()
    pause.set_back()
    spared = gc.get_threshold()
    pause.begin(LITTLE)
    pause.look_at_old()
    pause.set_back()

    assert spared == (*before[:2], NEVER)
    assert gc.get_threshold() == before


def test_what_user_code_says_of_the_collector_holds_while_what_is_old_is_spared() -> None:
    before = gc.get_threshold()
    pause = Pause()
    try:
        pause.spare_old()
        gc.set_threshold(1_000, 20, 30)
        pause.look_at_old()

        assert gc.get_threshold() == (1_000, 20, 30)
    finally:
        gc.set_threshold(*before)
