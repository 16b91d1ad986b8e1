from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from fronts import ENDLESS_TICK, SUMS, TICKING, Front, until


def test_a_step_by_tick_runs_one_tick_and_tells_its_record_once(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("send", input="numbers", text="30", each=False)

    answer = page.ask("step", grain="tick")
    page.ask("step", grain="tick")

    assert "error" not in answer
    assert [news["running"] for news in page.news] == [None, "step", None, "step", None]
    assert [record["tick"] for record in page.records] == [0, 1]
    assert page.records[0]["batch"]["numbers"] == {"count": 1, "items": ["30"]}
    assert page.namespace["out"] == [2.0]


def test_a_step_by_stratum_leaves_the_tick_under_way(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("send", input="numbers", text="30", each=False)

    page.ask("step", grain="stratum")
    halfway = page.records[-1]
    page.ask("step", grain="stratum")

    assert (halfway["tick"], halfway["strata_done"], halfway["complete"]) == (0, 1, False)
    assert page.records[-1]["complete"]
    assert page.flow.current_tick() == 1


def test_a_step_by_operator_runs_strata_until_an_operator_ran(front: Callable[[str], Front]) -> None:
    page = front(SUMS)  # without input nothing moves in stratum 0

    page.ask("step", grain="operator")

    assert page.records[-1]["steps"]
    assert page.records[-1]["steps"][0]["stratum"] == 1


def test_an_exception_of_a_closure_is_told_with_its_notes_and_the_flow_goes_on(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("send", input="numbers", text="0", each=False)

    answer = page.ask("step", grain="tick")
    page.ask("send", input="numbers", text="20", each=False)
    after = page.ask("step", grain="tick")

    assert answer["error"]["message"].startswith("ZeroDivisionError: ")
    assert "map" in answer["error"]["message"]
    assert page.records[0]["fault"]
    assert "error" not in after
    assert page.namespace["out"] == [3.0]


def test_a_run_goes_on_until_nothing_is_scheduled(front: Callable[[str], Front]) -> None:
    page = front("source_iter(range(3)) -> defer_tick() -> defer_tick() -> for_each(out.append);")

    async def run() -> None:
        page.ask("run")
        await until(lambda: page.flow.current_tick() == 3 and page.news[-1]["running"] is None)

    asyncio.run(run())

    assert page.flow.current_tick() == 3
    assert page.news[-1]["running"] is None
    assert page.namespace["out"] == [0, 1, 2]


def test_a_run_stops_at_a_breakpoint_which_is_told_and_goes_on_from_there(front: Callable[[str], Front]) -> None:
    page = front("source_iter(range(3)) -> defer_tick() -> next_stratum() -> for_each(out.append);")
    page.flow.break_on("defer_tick -> next_stratum", "item == 1")

    async def run() -> None:
        page.ask("run")
        await until(lambda: page.news[-1]["running"] is None and page.flow.current_tick() == 1)
        assert page.news[-1]["stopped"] == (
            "stopped before stratum 1 of tick 1: `defer_tick -> next_stratum` carries 1"
        )
        page.ask("run")
        await until(lambda: page.news[-1]["running"] is None and page.flow.current_tick() == 2)

    asyncio.run(run())

    assert page.news[-1]["stopped"] is None
    assert page.namespace["out"] == [0, 1, 2]


def test_a_run_without_end_is_stopped_and_tells_at_most_twenty_times_a_second(front: Callable[[str], Front]) -> None:
    page = front(TICKING)

    async def run() -> None:
        page.ask("run")
        await until(lambda: page.flow.current_tick() > 20)
        await asyncio.sleep(0.5)
        page.ask("stop")
        await until(lambda: page.news[-1]["running"] is None)

    began = time.monotonic()
    asyncio.run(run())

    assert len(page.news) <= 20 * (time.monotonic() - began) + 5
    assert all(len(news["summaries"]) <= 201 for news in page.news)
    assert "error" not in page.ask("step", grain="tick")


@pytest.mark.skipif(os.name != "posix", reason="interrupts this process by a signal")
@pytest.mark.parametrize("command", ["step", "run"])
def test_a_tick_without_end_is_stopped_by_an_interrupt(front: Callable[[str], Front], command: str) -> None:
    page = front(ENDLESS_TICK)
    before = signal.getsignal(signal.SIGINT)
    page.ask("send", input="numbers", text="1", each=False)

    def interrupt() -> None:
        while not page.flow.drive().engine.is_within_tick:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()

    async def go() -> dict[str, Any]:
        answer = page.ask(command, grain="tick")
        while page.news[-1]["running"]:
            await asyncio.sleep(0.01)
        return answer

    answer = asyncio.run(go())

    assert command == "run" or answer["error"]["stopped"]
    assert page.news[-1]["summaries"][-1]["fault"]
    assert page.news[-1]["running"] is None
    assert signal.getsignal(signal.SIGINT) == before
    assert "error" not in page.ask("step", grain="tick")


@pytest.mark.skipif(os.name != "posix", reason="interrupts this process by a signal")
def test_a_second_interrupt_does_not_keep_back_the_news_that_the_flow_rests(
    front: Callable[[str], Front], namespace: dict[str, Any]
) -> None:
    namespace["interrupt"] = lambda x: signal.raise_signal(signal.SIGINT)
    page = front("source_stream(numbers) -> for_each(interrupt);")
    page.ask("hello")
    namespace["numbers"].send(1)
    send = page.stepper.send

    def send_and_interrupt(content: dict[str, Any], buffers: Any = None) -> None:
        # As the front end does that has waited for an answer to its stop.
        if content.get("running", "") is None:
            signal.raise_signal(signal.SIGINT)
        send(content)

    page.stepper.send = send_and_interrupt

    answer = page.ask("step", grain="tick")

    assert answer["error"] == {"message": "stopped", "stopped": True}
    assert page.news[-1]["running"] is None


@pytest.mark.skipif(os.name != "posix", reason="interrupts this process by a signal")
def test_a_stop_that_is_heard_on_another_thread_ends_a_tick_without_end(front: Callable[[str], Front]) -> None:
    seconds: list[float] = []

    async def kernel() -> Front:
        page = front(ENDLESS_TICK)
        page.flow.inputs["numbers"].send(1)

        def messages() -> None:
            page.ask("step", grain="tick")
            while not page.news or page.news[-1]["running"] != "step":
                time.sleep(0.01)
            time.sleep(0.1)
            asked = time.monotonic()
            page.ask("stop")
            while page.news[-1]["running"]:
                time.sleep(0.001)
            seconds.append(time.monotonic() - asked)

        await asyncio.gather(asyncio.to_thread(messages), asyncio.sleep(0.3))
        return page

    page = asyncio.run(kernel())

    assert seconds[0] < 30  # a busy machine; what is wanted is 0.2
    assert page.flow.faults
    assert any(message.get("error", {}).get("stopped") for message in page.messages)


def test_a_front_end_starts_a_flow_live_which_is_recorded_then(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    async def run() -> None:
        page.ask("start")
        await until(lambda: bool(page.records))
        page.ask("send", input="numbers", text="30", each=False)
        await until(lambda: page.records[-1]["tick"] == 1)
        assert page.news[-1]["running"] == "live"
        assert page.ask("step", grain="tick")["error"]["message"] == "the flow is running: stop it first"
        page.ask("stop")
        await until(lambda: not page.flow.is_running)

    asyncio.run(run())

    assert page.records[-1]["batch"]["numbers"] == {"count": 1, "items": ["30"]}


def test_a_live_flow_can_be_recorded_from_now_on(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    async def run() -> None:
        page.flow.start()
        page.ask("hello")
        await until(lambda: page.flow.current_tick() == 1)
        page.ask("record")
        page.flow.inputs["numbers"].send(30)
        await until(lambda: bool(page.records))
        page.flow.stop()

    asyncio.run(run())

    assert [record["tick"] for record in page.records] == [1]


@pytest.mark.skipif(os.name != "posix", reason="interrupts this process by a signal")
def test_a_live_tick_without_end_is_stopped_from_another_thread_and_the_loop_goes_on(
    front: Callable[[str], Front],
) -> None:
    before = signal.getsignal(signal.SIGINT)

    async def kernel() -> Front:
        page = front(ENDLESS_TICK)

        def messages() -> None:
            while not page.flow.is_interruptible:
                time.sleep(0.001)
            time.sleep(0.1)
            page.ask("stop")

        threading.Thread(target=messages, daemon=True).start()
        page.flow.inputs["numbers"].send(1)
        page.ask("start")
        await until(lambda: bool(page.flow.faults))
        await until(lambda: page.news[-1]["running"] is None)
        return page

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a notebook's kernel between cells
    try:
        page = asyncio.run(kernel())
        handler = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

    assert handler == signal.SIG_IGN
    assert page.flow.faults[-1].message == "interrupted"
    assert page.news[-1]["running"] is None
    assert page.flow.trouble is None


def test_a_stop_does_not_interrupt_what_else_keeps_the_thread(front: Callable[[str], Front]) -> None:
    async def kernel() -> Front:
        page = front(SUMS)
        page.ask("start")
        await until(lambda: page.flow.current_tick() == 1)
        stopper = threading.Thread(target=page.ask, args=("stop",))
        stopper.start()
        # A cell of the user's own that keeps the event loop.
        time.sleep(0.2)
        stopper.join()
        await until(lambda: not page.flow.is_running)
        return page

    page = asyncio.run(kernel())

    assert page.flow.faults == []


def test_a_flow_whose_cell_ran_again_runs_live_no_more(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    async def run() -> None:
        page.ask("start")
        await until(lambda: page.flow.current_tick() == 1)
        page.flow.close()
        await until(lambda: not page.flow.is_running)
        await until(lambda: page.news[-1]["closed"] is not None and page.news[-1]["running"] is None)

    asyncio.run(run())

    assert page.news[-1]["trouble"] is None
