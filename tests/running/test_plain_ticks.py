"""Plain ticks: once a flow has run for a while, and nobody looks on, its ticks run in one function; all is the same."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.plain import none_yet
from hydroflow_nb.engine.turn import FREE
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.running import ticked_flow

TEXTS = {
    "one stratum": "source_stream(items) -> map(work) -> flat_map(|x| [x, -x]) -> for_each(out.append);",
    "a call of a list's method for a whole batch": "source_stream(items) -> for_each(out.append);",
    "a source of its own first": "u = union() -> map(work) -> for_each(out.append);"
    "source_iter([0]) -> u; source_stream(items) -> u;",
    "a state": "source_stream(items) -> map(work) -> unique::<'static>() -> for_each(out.append);",
    "two strata": "source_stream(items) -> map(work) -> fold::<'static>(|| 0, |a, x| a + x) -> for_each(out.append);",
    "a replay that is left out": "source_stream(items) -> persist::<'static>() -> map(|x| x + 1)"
    "-> fold(|| 0, |a, x| a + x) -> for_each(out.append);",
    "two inputs": "source_stream(items) -> map(|x| (x, work(x))) -> [0]j; source_stream(others) -> [1]j;"
    "j = join::<'static>() -> for_each(out.append);",
    "a sink": "source_stream(items) -> map(work) -> dest_sink(out.append);",
    "a cycle": "source_stream(items) -> map(work) -> r; r = union() -> unique::<'static>() -> tee();"
    "r -> filter(|x| x > 0) -> map(|x| x - 1) -> r; r -> for_each(out.append);",
}


class Side:
    """A flow with its channels and what came out."""

    def __init__(self, text: str, **more: Any) -> None:
        self.items, self.others, self.out = hf.channel(), hf.channel(), []
        names = {"items": self.items, "others": self.others, "out": self.out, "work": self.work}
        self.flow = hf.compile(text, {**names, **more})

    @staticmethod
    def work(item: Any) -> Any:
        if item == 13:
            raise ValueError(item)
        return item

    @property
    def is_plain(self) -> bool:
        engine = self.flow.drive().engine
        return engine.plain is not none_yet and engine.turn.state == FREE

    def told(self) -> tuple[Any, ...]:
        """What a user can see."""
        flow = self.flow
        return list(self.out), flow.current_tick(), flow.current_stratum(), list(flow.faults), flow.is_scheduled()


@pytest.fixture(params=[10**9, 0], ids=["not yet", "plain"])
def soon(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticked_flow, "MANY", request.param)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Side]:
    """A function that gives a flow whose next tick is plain."""
    monkeypatch.setattr(ticked_flow, "MANY", 0)

    def made(text: str = TEXTS["one stratum"], **more: Any) -> Side:
        side = Side(text, **more)
        side.flow.run_tick()
        side.out.clear()
        assert side.is_plain
        return side

    return made


def returned(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except Exception as exception:
        return str(exception), getattr(exception, "__notes__", None)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("run", ["run_tick", "run_available"])
def test_plain_ticks_do_what_other_ticks_do(monkeypatch: pytest.MonkeyPatch, text: str, run: str) -> None:
    batches = [[], [1], [2, 3], [], [13], [4], [5, 13, 6], [7, 8, 9], [1], [13, 13], []]
    seen = []
    for many in (10**9, 0):
        monkeypatch.setattr(ticked_flow, "MANY", many)
        side, told = Side(text), []
        side.flow.run_tick()
        assert side.is_plain == (many == 0)
        for number, batch in enumerate(batches):
            side.items.extend(batch)
            if number % 2:
                side.others.extend((item, number) for item in batch)
            told.append((returned(getattr(side.flow, run)), side.told()))
        seen.append(told)

    assert seen[0] == seen[1]


def test_a_plain_tick_of_one_item_calls_two_functions(plain: Callable[..., Side]) -> None:
    side = plain("source_stream(items) -> map(|x| x + 1) -> filter(|x| x > 0) -> for_each(out.append);")
    called: list[str] = []
    side.items.send(1)

    sys.setprofile(lambda frame, event, _: event == "call" and called.append(frame.f_code.co_qualname))
    try:
        side.flow.run_tick()
    finally:
        sys.setprofile(None)

    assert side.out == [2]
    assert len(called) == 2


@pytest.mark.parametrize(
    "asked",
    [
        lambda side: side.flow.subscribe(lambda: side.out.append("told")),
        lambda side: side.flow.record(),
        lambda side: side.flow.profile(),
        lambda side: side.flow.break_on(stratum=0),
    ],
    ids=["subscribe", "record", "profile", "break_on"],
)
def test_what_is_asked_for_within_a_plain_tick_holds_from_the_next_on(plain: Callable[..., Side], asked: Any) -> None:
    side = plain(TEXTS["two strata"], work=lambda x: (asked(side), x)[1])
    side.items.send(1)

    side.flow.run_tick()

    assert not side.is_plain


def test_ticks_are_plain_again_when_the_subscribers_have_gone(
    plain: Callable[..., Side],
) -> None:
    side, told = plain(), []
    unsubscribe = side.flow.subscribe(lambda: told.append(side.flow.current_tick()))
    side.items.send(1)
    side.flow.run_tick()
    unsubscribe()
    side.flow.run_tick()

    assert told == [2]
    assert side.is_plain


def test_a_plain_tick_may_close_its_flow(plain: Callable[..., Side]) -> None:
    side = plain(work=lambda x: (side.flow.close(), x)[1])
    side.items.send(1)

    side.flow.run_tick()

    assert side.out == [1, -1]
    with pytest.raises(HydroflowError, match="is closed"):
        side.flow.run_tick()


def test_a_second_thread_waits_for_the_end_of_a_plain_tick(plain: Callable[..., Side]) -> None:
    inside, gate = threading.Event(), threading.Event()

    def work(item: int) -> int:
        inside.set()
        gate.wait(60)
        return item

    side = plain(TEXTS["two strata"], work=work)
    side.items.send(1)
    first = threading.Thread(target=side.flow.run_tick)
    first.start()
    assert inside.wait(60)
    assert side.flow.drive().engine.is_within_tick
    second = threading.Thread(target=side.flow.run_tick)
    second.start()
    second.join(0.05)
    was_waiting = second.is_alive()
    gate.set()
    first.join(60)
    second.join(60)

    assert was_waiting
    assert side.out == [1, 1]
    assert side.flow.current_tick() == 3


def test_a_plain_tick_can_be_interrupted(plain: Callable[..., Side], interrupted: Any) -> None:
    text = "source_stream(items) -> flat_map(|x| forever(x)) -> for_each(|x| drop(x));"
    side = plain(text, forever=lambda x: iter(int, 1) if x else (), drop=lambda x: None)
    side.items.send(1)

    with interrupted(side.flow, 0.1):
        side.flow.run_tick()

    assert side.flow.faults[-1].dropped == 1
    side.items.send(0)
    side.flow.run_tick()
    assert side.flow.current_tick() == 3


def test_a_run_of_plain_ticks_tells_of_a_name_that_was_bound_anew(
    plain: Callable[..., Side], caplog: pytest.LogCaptureFixture
) -> None:
    names: dict[str, Any] = {"items": hf.channel(), "out": []}
    flow = hf.compile("source_stream(items) -> for_each(out.append);", names)
    flow.run_tick()
    old, names["items"] = names["items"], hf.channel()
    old.send(1)

    with caplog.at_level(logging.WARNING):
        flow.run_available()

    assert names["out"] == [1]
    assert "`items`" in caplog.text


def test_a_flow_whose_ticks_were_plain_is_let_go_of_without_the_collector(plain: Callable[..., Side]) -> None:
    side = plain()
    gone = weakref.ref(side.flow)
    gc.collect()
    gc.disable()
    try:
        del side.flow
        assert gone() is None
    finally:
        gc.enable()


def test_what_a_plain_tick_put_out_is_sent_when_it_returns(plain: Callable[..., Side]) -> None:
    async def send(item: int) -> None:
        await asyncio.sleep(0)
        if item == 2:
            raise ValueError(item)
        side.out.append(item)

    side = plain("source_stream(items) -> dest_sink(send);", send=send)
    side.items.send(1)
    side.flow.run_tick()
    side.items.send(2)
    with pytest.raises(ValueError, match="2"):
        side.flow.run_tick()

    assert side.out == [1]
    assert side.flow.current_tick() == 3


def test_ticks_of_a_run_in_an_event_loop_are_plain_and_what_it_sends_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticked_flow, "MANY", 0)
    between = hf.channel()
    first = Side("source_stream(items) -> map(work) -> dest_sink(between);", between=between)
    second = Side("source_stream(between) -> for_each(out.append);", between=between)

    async def main() -> None:
        tasks = [side.flow.start() for side in (first, second)]
        for item in range(5):
            first.items.send(item)
            await asyncio.sleep(0.01)
        assert first.is_plain
        assert second.is_plain
        first.items.send(13)
        with pytest.raises(ValueError, match="13"):
            await tasks[0]
        second.flow.stop()

    asyncio.run(main())

    assert second.out == list(range(5))
    assert [fault.tick for fault in first.flow.faults] == [5]


# --- one item after the other -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_pushed_is_sent_and_a_tick_runs(text: str) -> None:
    sent, pushed = Side(text), Side(text)
    push = pushed.flow.pusher("items")

    for item in [1, 2, 13, 3, 13, 13, 4]:
        sent.items.send(item)
        assert returned(sent.flow.run_tick) == returned(lambda item=item: push(item))
        assert sent.told() == pushed.told()


def test_what_waits_goes_before_what_is_pushed(plain: Callable[..., Side]) -> None:
    side = plain(TEXTS["a call of a list's method for a whole batch"])
    push = side.flow.pusher("items")
    side.items.extend([1, 2])

    push(3)

    assert side.out == [1, 2, 3]
    assert side.flow.current_tick() == 2


def test_an_input_that_is_not_there_cannot_be_pushed_to(plain: Callable[..., Side]) -> None:
    with pytest.raises(KeyError, match="no input"):
        plain().flow.pusher("itmes")


def test_what_is_pushed_within_a_tick_of_the_flow_waits_for_the_next_one(plain: Callable[..., Side]) -> None:
    refused: list[str] = []

    def work(item: int) -> int:
        if item == 1:
            with pytest.raises(RuntimeError) as caught:
                push(2)
            refused.append(str(caught.value))
        return item

    side = plain(work=work)
    push = side.flow.pusher("items")
    push(1)
    side.flow.run_tick()

    assert len(refused) == 1
    assert side.out == [1, -1, 2, -2]
