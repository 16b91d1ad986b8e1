from __future__ import annotations

import asyncio
import threading

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.bringing import brings


def test_an_alarm_that_was_rung_does_not_wait() -> None:
    async def main() -> None:
        alarm = Alarm()
        alarm.ring()
        alarm.ring()
        await alarm.wait()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_any_thread_may_ring_again_after_each_look() -> None:
    async def main() -> int:
        alarm, rounds = Alarm(), 0
        for _ in range(100):
            thread = threading.Thread(target=lambda: [alarm.ring() for _ in range(10)])
            thread.start()
            await alarm.wait()
            thread.join()
            # What the thread asked of the loop is done with before the next round.
            await asyncio.sleep(0)
            alarm.clear()
            rounds += 1
        return rounds

    assert asyncio.run(asyncio.wait_for(main(), 60)) == 100


def test_an_alarm_whose_loop_has_ended_rings_without_effect() -> None:
    async def main() -> Alarm:
        return Alarm()

    alarm = asyncio.run(main())
    thread = threading.Thread(target=alarm.ring)
    thread.start()
    thread.join()

    assert not thread.is_alive()


def test_an_alarm_that_a_closed_loop_was_left_waiting_for_rings_without_effect() -> None:
    alarms: list[Alarm] = []

    async def main() -> None:
        alarms.append(Alarm())
        waiting.append(asyncio.ensure_future(alarms[0].wait()))
        await asyncio.sleep(0)

    waiting: list[asyncio.Task[None]] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()

    alarms[0].ring()

    waiting[0]._log_destroy_pending = False  # type: ignore[attr-defined]
    assert not waiting[0].done()


def test_an_alarm_of_the_loops_own_thread_asks_the_loop_for_nothing() -> None:
    async def main() -> None:
        alarm, loop = Alarm(), asyncio.get_running_loop()

        def refuse(*_: object) -> None:
            raise AssertionError("asked")

        loop.call_soon_threadsafe = refuse  # type: ignore[assignment]
        try:
            alarm.ring()
        finally:
            del loop.call_soon_threadsafe  # type: ignore[attr-defined]
        await alarm.wait()

    asyncio.run(asyncio.wait_for(main(), 60))


class Answered:
    """An alarm that a task waits for, with an answer."""

    def __init__(self, answer: bool = True) -> None:
        self.alarm = Alarm()
        self.asked: list[bool] = []
        self._answer = answer
        self.alarm.answer = self._answered

    def _answered(self) -> bool:
        self.asked.append(self.task.done())
        return self._answer

    async def wait(self) -> None:
        self.task = asyncio.ensure_future(self.alarm.wait())
        await asyncio.sleep(0)


def test_a_task_sleeps_on_where_an_answer_is_enough() -> None:
    async def main() -> None:
        one = Answered()
        await one.wait()
        for _ in range(2):
            one.alarm.ring()
            one.alarm.ring()
            await asyncio.sleep(0)
        assert one.asked == [False, False]
        assert not one.task.done()
        one.alarm.wake()
        await one.task

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_task_wakes_up_where_there_is_no_answer() -> None:
    async def main() -> None:
        one = Answered(answer=False)
        await one.wait()
        one.alarm.ring()
        await one.task
        one.alarm.ring()
        assert one.asked == [False]

    asyncio.run(asyncio.wait_for(main(), 60))


def test_another_thread_is_answered_in_the_event_loop() -> None:
    async def main() -> None:
        one = Answered()
        await one.wait()
        await asyncio.to_thread(one.alarm.ring)
        await asyncio.sleep(0.01)
        assert one.asked == [False]
        one.alarm.wake()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_nothing_is_asked_for_a_task_that_was_cancelled() -> None:
    async def main() -> None:
        one = Answered()
        await one.wait()
        one.alarm.ring()
        one.task.cancel()
        await asyncio.wait([one.task])
        assert not one.asked

    asyncio.run(asyncio.wait_for(main(), 60))


def test_what_is_brought_in_is_answered_when_the_callback_has_ended() -> None:
    async def main() -> None:
        one = Answered()
        await one.wait()
        brings(one.alarm.ring)()
        assert one.asked == [False]
        one.alarm.wake()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_callbacks_of_one_turn_are_soon_answered_once_and_one_that_comes_alone_at_once_again() -> None:
    async def main() -> None:
        one = Answered()
        await one.wait()
        for _ in range(10):
            for _ in range(20):
                brings(one.alarm.ring)()
            await asyncio.sleep(0)
        together = len(one.asked)
        for _ in range(3):
            brings(one.alarm.ring)()
            await asyncio.sleep(0)
        before = len(one.asked)
        brings(one.alarm.ring)()

        assert together < 30
        assert len(one.asked) == before + 1
        one.alarm.wake()

    asyncio.run(asyncio.wait_for(main(), 60))
