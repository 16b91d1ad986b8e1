from __future__ import annotations

import asyncio
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("in_loop", [False, True])
def test_the_results_come_in_the_tick_of_their_awaitables(in_loop: bool) -> None:
    out: list[Any] = []

    async def later(milliseconds: int) -> int:
        await asyncio.sleep(milliseconds / 1000)
        return milliseconds

    text = """
        source_iter([30, 10]) -> map(later) -> resolve_futures_blocking_ordered()
            -> for_each(|x| out.append((context.current_tick(), x)));
    """
    flow = hf.compile(text, {"later": later, "out": out})

    if in_loop:
        asyncio.run(flow.run_available_async())
    else:
        flow.run_available()

    assert out == [(0, item) for item in [30, 10]]
