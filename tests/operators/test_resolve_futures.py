from __future__ import annotations

import asyncio
from typing import Any

import hydroflow_nb as hf


def test_a_result_comes_in_the_tick_that_it_asks_for() -> None:
    out: list[Any] = []

    async def later(milliseconds: int) -> int:
        await asyncio.sleep(milliseconds / 1000)
        return milliseconds

    async def main() -> None:
        text = """
            source_iter([30, 10]) -> map(later) -> resolve_futures()
                -> for_each(|x| out.append((context.current_tick(), x)));
        """
        running = asyncio.ensure_future(hf.compile(text, {"later": later, "out": out}).run_async())
        while len(out) < 2:
            await asyncio.sleep(0.005)
        running.cancel()

    asyncio.run(asyncio.wait_for(main(), 60))

    assert [item for _, item in out] == [10, 30]
    assert all(tick > 0 for tick, _ in out)
