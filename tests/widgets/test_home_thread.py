from __future__ import annotations

import asyncio
import threading

from hydroflow_nb.widgets.home_thread import HomeThread


def test_a_call_from_another_thread_is_made_on_the_home_thread() -> None:
    seen: list[bool] = []

    async def main() -> None:
        home = HomeThread()
        await asyncio.to_thread(home.call, lambda: seen.append(home.is_current()))
        await asyncio.sleep(0)

    asyncio.run(main())

    assert seen == [True]


def test_a_call_on_the_home_thread_is_made_at_once() -> None:
    seen: list[str] = []

    async def main() -> None:
        HomeThread().call(lambda: seen.append("called"))
        seen.append("returned")

    asyncio.run(main())

    assert seen == ["called", "returned"]


def test_without_an_event_loop_a_call_is_made_where_it_stands() -> None:
    home = HomeThread()
    seen: list[bool] = []

    thread = threading.Thread(target=home.call, args=[lambda: seen.append(home.is_current())])
    thread.start()
    thread.join()

    assert seen == [False]
