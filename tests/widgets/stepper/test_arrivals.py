from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from fronts import SUMS, Front, until


def test_what_comes_in_while_the_flow_rests_is_told_of_soon_and_once(front: Callable[[str], Front]) -> None:
    async def kernel() -> Front:
        page = front(SUMS)
        page.ask("hello")
        page.flow.reset()
        page.ask("hello")
        threading.Thread(target=page.flow.inputs["numbers"].extend, args=[[1, 2]]).start()
        for number in range(3, 1000):
            page.flow.inputs["numbers"].send(number)
        await until(lambda: len(page.news) > 2)
        await asyncio.sleep(0.1)
        page.stepper.close()
        page.flow.inputs["numbers"].send(1000)
        await asyncio.sleep(0.1)
        return page

    page = asyncio.run(kernel())

    assert [news["waiting"]["numbers"]["count"] for news in page.news] == [0, 0, 999]
    assert [news["scheduled"] for news in page.news] == [False, False, True]
