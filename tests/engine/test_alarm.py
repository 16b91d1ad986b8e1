from __future__ import annotations

import asyncio
import threading

from hydroflow_nb.engine.alarm import Alarm


def test_an_alarm_that_was_rung_does_not_wait() -> None:
    async def main() -> None:
        alarm = Alarm()
        alarm.ring()
        alarm.ring()
        await alarm.wait()

    asyncio.run(asyncio.wait_for(main(), 20))


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

    assert asyncio.run(asyncio.wait_for(main(), 20)) == 100


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

    asyncio.run(asyncio.wait_for(main(), 20))
