from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from fronts import SUMS, TICKING, Front, until


def test_a_widget_that_is_only_shown_records_nothing(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    page.ask("hello")
    page.flow.run_tick()

    assert not page.flow.is_recorded
    assert page.news[0]["newest"] is None
    assert page.news[0]["waiting"] == {"numbers": {"count": 0, "items": []}}


def test_nothing_is_sent_before_a_page_asked(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    for _ in range(5):
        page.flow.run_tick()

    assert page.messages == []


def test_a_page_that_comes_later_is_told_of_what_was_recorded(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.flow.record()
    for _ in range(3):
        page.flow.run_tick()

    page.ask("hello")

    assert [summary["tick"] for summary in page.news[-1]["summaries"]] == [0, 1, 2]
    assert [record["tick"] for record in page.records] == [2]


def test_a_page_that_came_earlier_is_told_of_what_another_widget_has_recorded(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("hello")
    other = Front(page.flow, {})

    other.ask("step", grain="tick")
    page.ask("send", input="numbers", text="1", each=False)

    assert [record["tick"] for record in page.records] == [0]


def test_many_ticks_of_a_cell_are_told_in_one_message(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.flow.record()

    async def cell() -> None:
        page.ask("hello")
        for _ in range(2000):
            page.flow.run_tick()
        await until(lambda: page.news[-1]["newest"] == 1999)

    asyncio.run(cell())

    assert len(page.news) == 2
    assert page.news[-1]["newest"] == 1999
    assert len(page.news[-1]["summaries"]) <= 201


def test_a_reset_flow_begins_a_new_epoch(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("step", grain="tick")
    page.ask("step", grain="tick")

    page.flow.reset()
    page.ask("step", grain="tick")

    assert page.news[-1]["epoch"] == page.news[0]["epoch"] + 1
    assert page.news[-1]["newest"] == 0


def test_a_flow_that_went_back_and_on_before_it_was_told_of_begins_a_new_epoch(front: Callable[[str], Front]) -> None:
    page = front(SUMS)
    page.ask("step", grain="tick")
    page.ask("step", grain="tick")

    page.flow.rewind(0)
    page.flow.inputs["numbers"].send(5)
    page.flow.run_tick()
    page.flow.run_tick()
    page.ask("hello")

    assert page.news[-1]["epoch"] != page.news[0]["epoch"]
    assert [one["tick"] for one in page.news[-1]["summaries"]] == [0, 1]


def test_a_flow_that_a_cell_started_is_told_as_live_until_it_is_stopped(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    async def run() -> None:
        page.ask("hello")
        task = page.flow.start()
        page.flow.inputs["numbers"].send(30)
        await until(lambda: page.news[-1]["tick"] >= 1)
        assert (page.news[-1]["running"], page.news[-1]["recorded"]) == ("live", False)
        page.ask("stop")
        await task
        await until(lambda: page.news[-1]["running"] is None)

    asyncio.run(run())

    assert page.namespace["out"] == [2.0]
    assert not page.flow.is_recorded


def test_what_ended_a_live_run_is_told_once(front: Callable[[str], Front]) -> None:
    page = front(SUMS)

    async def run() -> None:
        page.ask("start")
        page.ask("send", input="numbers", text="0", each=False)
        await until(lambda: bool(page.news[-1]["trouble"]))
        page.ask("hello")
        page.ask("send", input="numbers", text="1", each=False)

    asyncio.run(run())

    troubles = [news["trouble"] for news in page.news if news["trouble"]]
    # Once when it happened, and once to the page that came later.
    assert len(troubles) == 2
    assert troubles[0].startswith("ZeroDivisionError: ")
    assert page.news[-1]["trouble"] is None


def test_ten_thousand_live_ticks_are_told_in_twenty_messages_a_second(front: Callable[[str], Front]) -> None:
    page = front(TICKING)
    began = time.monotonic()

    async def run() -> None:
        page.ask("hello")
        page.flow.start()
        await until(lambda: page.flow.current_tick() >= 10_000, 60)
        page.flow.stop()
        await until(lambda: page.news[-1]["tick"] >= 10_000 and page.news[-1]["running"] is None)

    asyncio.run(run())

    assert len(page.messages) <= 20 * (time.monotonic() - began) + 5
