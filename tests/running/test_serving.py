"""Ticks that run where the event loop brings something in, beside the task that waits for it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.bringing import brings
from hydroflow_nb.engine.plain import none_yet
from hydroflow_nb.engine.turn import FREE
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import MSGPACK
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.running import ticked_flow
from worlds import World, in_loop, some_turns

TAKING = "source_stream_serde(inbound) -> map(|(item, _)| work(item)) -> for_each(out.append);"


class Served(World):
    """A flow that runs in the background and reads an end, into which an event loop brings messages."""

    def __init__(self, work: Callable[[Any], Any] = lambda item: item, text: str = TAKING, **names: Any) -> None:
        self.inbound = Inbound()
        super().__init__(text, inbound=self.inbound, work=work, **names)

    async def start(self) -> Served:
        self.task = self.flow.start()
        await some_turns()
        return self

    @brings
    def came(self, *items: Any) -> None:
        """What the event loop calls when messages have come."""
        for item in items:
            self.inbound.accept(MSGPACK.encode(item), "there")

    @property
    def is_plain(self) -> bool:
        engine = self.flow.drive().engine
        return engine.plain_alone is not none_yet and engine.turn.state == FREE


@pytest.fixture(params=[10**9, 0], ids=["not yet", "plain"])
def soon(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(ticked_flow, "MANY", request.param)
    return request.param == 0


def test_what_comes_in_one_callback_is_worked_on_in_one_tick_when_it_has_ended(soon: bool) -> None:
    async def main() -> None:
        served = await Served().start()
        served.came(0)
        before = served.flow.current_tick()
        served.came(1, 2)

        assert served.out == [0, 1, 2]
        assert served.flow.current_tick() == before + 1
        assert served.is_plain == soon

    in_loop(main)


def test_code_that_puts_a_message_in_itself_runs_no_tick(soon: bool) -> None:
    async def main() -> None:
        served = await Served().start()
        served.inbound.accept(MSGPACK.encode(1), "there")
        is_idle = not served.out
        await some_turns()

        assert is_idle
        assert served.out == [1]

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_what_such_a_tick_raises_ends_the_run(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        served = await Served(lambda item: 1 / item).start()
        served.came(1)
        served.came(0)
        with pytest.raises(ZeroDivisionError) as caught:
            await served.task

        assert served.out == [1]
        assert served.flow.trouble is caught.value
        assert [fault.dropped for fault in served.flow.faults] == [1]
        assert ("has stopped" in caplog.text, "hydroflow_nb" in caplog.text.partition("Traceback")[2]) == (True, False)
        assert not served.flow.is_running

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_an_exit_in_such_a_tick_ends_the_flow_and_not_the_event_loop() -> None:
    async def main() -> None:
        def work(_: Any) -> None:
            raise SystemExit

        served = await Served(work).start()
        served.came(1)
        with pytest.raises(RuntimeError, match="ends only the flow"):
            await served.task

    in_loop(main)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("way", ["stop", "close"])
def test_such_a_tick_may_end_its_run(way: str) -> None:
    async def main() -> None:
        served = await Served(lambda item: item or getattr(served.flow, way)()).start()
        served.came(1)
        served.came(0)
        served.came(2)
        await served.task

        assert served.out == [1, None]

    in_loop(main)


@pytest.mark.parametrize("way", ["stop", "close"])
def test_a_run_that_is_ended_ends_in_the_next_turn_of_the_loop(way: str) -> None:
    async def main() -> None:
        served = await Served().start()
        served.came(1)
        getattr(served.flow, way)()
        await asyncio.sleep(0)

        assert served.task.done()

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_such_a_tick_may_reset_its_flow_whose_run_goes_on() -> None:
    async def main() -> None:
        served = await Served(lambda item: item or served.flow.reset()).start()
        served.came(0)
        await some_turns()
        served.came(1)
        await some_turns()

        assert served.out == [None, 1]
        assert served.flow.is_running
        served.flow.stop()

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_an_item_for_the_flow_itself_is_worked_on_in_a_later_turn_of_the_loop() -> None:
    text = "u = union() -> map(work) -> for_each(out.append); source_stream(input) -> u;"

    def work(item: int) -> int:
        if item:
            served.input.send(item - 1)
        return item

    served = Served(work, f"{text} source_stream_serde(inbound) -> map(|(item, _)| item) -> u;")

    async def main() -> None:
        await served.start()
        served.came(3)
        first = list(served.out)
        await some_turns()

        assert first == [3]
        assert served.out == [3, 2, 1, 0]

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_the_context_of_such_a_tick_is_that_of_the_run() -> None:
    who = contextvars.ContextVar("who", default="the loop")

    async def main() -> None:
        served = Served(lambda item: (item, who.get()))
        who.set("the run")
        await served.start()
        who.set("the sender")
        served.came(1)

        assert served.out == [(1, "the run")]

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_messages_that_come_together_in_many_callbacks_soon_share_their_ticks() -> None:
    async def main() -> None:
        served = await Served().start()
        for _ in range(100):
            for number in range(50):
                served.came(number)
            await asyncio.sleep(0)
        together = served.flow.current_tick()
        for _ in range(5):
            served.came(0)
            await asyncio.sleep(0)
        count = len(served.out)
        served.came(0)

        assert together < 120
        assert served.out[:5000] == list(range(50)) * 100
        assert len(served.out) == count + 1

    in_loop(main)


def test_subscribers_recordings_and_breakpoints_see_such_ticks() -> None:
    async def main() -> None:
        served = Served()
        told: list[int] = []
        served.flow.record()
        served.flow.subscribe(lambda: told.append(len(served.out)))
        await served.start()
        served.came(1)
        served.came(2)
        recorded = len(served.flow.recording.ticks)
        told_before = told[-1]
        served.flow.break_on(stratum=0)
        served.came(3)
        await some_turns()

        assert recorded == 3
        assert told_before == 2
        assert served.out == [1, 2]
        assert served.flow.stopped_at is not None
        assert not served.flow.is_running

    in_loop(main)


def test_what_a_person_runs_by_hand_in_between_leaves_nothing_undone() -> None:
    async def main() -> None:
        served = await Served(text=TAKING.replace("map", "defer_tick() -> map", 1)).start()
        served.inbound.accept(MSGPACK.encode(1), "there")
        served.flow.run_tick()
        await some_turns()

        assert served.out == [1]
        served.flow.stop()

    in_loop(main)


@pytest.mark.usefixtures("soon")
def test_a_run_that_is_held_back_goes_on_when_there_is_room() -> None:
    class Full(Outbound):
        is_full = False

        def __init__(self) -> None:
            super().__init__()
            self.sent: list[Any] = []
            self.listeners: list[Callable[[], None]] = []

        def post(self, address: Any, bodies: list[bytes]) -> None:
            self.sent += bodies
            self.is_full = True

        def normal_address(self, address: Any) -> Any:
            return address

        def is_congested(self) -> bool:
            return self.is_full

        def listen_room(self, listener: Callable[[], None]) -> Callable[[], None]:
            self.listeners.append(listener)
            return lambda: self.listeners.remove(listener)

        def make_room(self) -> None:
            self.is_full = False
            for listener in self.listeners:
                listener()

    async def main() -> None:
        outbound = Full()
        served = Served(
            text="source_stream_serde(inbound) -> dest_sink_serde(outbound);",
            outbound=outbound,
        )
        await served.start()
        counts = []
        for number in range(4):
            served.came(number)
            await some_turns()
            counts.append(len(outbound.sent))
        for _ in range(3):
            outbound.make_room()
            await some_turns()
            counts.append(len(outbound.sent))

        assert counts == [1, 1, 1, 1, 4, 4, 4]
        served.flow.stop()

    in_loop(main)
