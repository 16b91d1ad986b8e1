from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.durable import files
from hydroflow_nb.durable.waiting import Waiting

SUM = "source_stream(items) -> fold::<'static>(|| 0, |total, x| total + x) -> for_each(out.append);"


class Disk:
    """A disk that takes what is written when it is let, or fails."""

    def __init__(self) -> None:
        self.goes = threading.Event()
        self.goes.set()
        self.fails = False
        self.asked = 0

    def sync(self, file: int) -> None:
        self.asked += 1
        assert self.goes.wait(60)
        if self.fails:
            raise OSError(5, "Input/output error")
        files.sync(file)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    for user in ("journal", "folder"):
        monkeypatch.setattr(f"hydroflow_nb.durable.{user}.sync", disk.sync)
    yield disk
    disk.goes.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs in an event loop of its own."""

    @wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(asyncio.wait_for(test(**fixtures), 200))

    return run


async def eventually(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.002)


class Life:
    """A durable flow that runs on."""

    def __init__(self, folder: Path, text: str = SUM, **options: Any) -> None:
        self.items, self.out = hf.channel(), list[Any]()
        self.flow = hf.compile(text, {"items": self.items, "out": self.out}).durable(folder, **options)

    async def begins(self) -> asyncio.Task[None]:
        """Run on behind a first tick."""
        task = self.flow.start()
        await eventually(lambda: self.flow.current_tick() == 1)
        return task


async def waits_for(disk: Disk, life: Life, *items: Any) -> None:
    """Have a tick that takes these items in wait for the disk."""
    disk.goes.clear()
    asked = disk.asked
    life.items.extend(items)
    await eventually(lambda: disk.asked > asked)


def test_work_is_done_in_its_order_beside_the_thread_that_asks_for_it() -> None:
    waiting, done = Waiting(), list[Any]()
    for number in range(3):
        waiting.begin(lambda number=number: done.append((number, threading.current_thread())))

    waiting.end()

    assert [number for number, _ in done] == [0, 1, 2]
    assert {thread for _, thread in done} != {threading.current_thread()}
    waiting.close()


def test_what_the_work_raises_is_raised_once_to_who_waits_for_it() -> None:
    def fail() -> None:
        raise OSError(5, "Input/output error")

    waiting = Waiting()
    waiting.begin(fail)

    with pytest.raises(OSError, match="Input/output error"):
        waiting.end()

    waiting.end()
    waiting.close()


@in_loop
async def test_the_event_loop_goes_on_while_a_tick_waits_for_the_disk(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    await life.begins()
    await waits_for(disk, life, 1, 2)

    for _ in range(5):
        await asyncio.sleep(0.001)
    assert life.out == [0], "what the disk does not hold has no effect"

    disk.goes.set()
    await eventually(lambda: life.out == [0, 3])
    life.flow.close()


@in_loop
async def test_what_comes_in_meanwhile_is_one_tick(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    await life.begins()
    await waits_for(disk, life, 1)
    for item in (2, 3, 4):
        life.items.send(item)
        await asyncio.sleep(0.001)

    disk.goes.set()

    await eventually(lambda: life.out == [0, 1, 10])
    assert life.flow.current_tick() == 3
    life.flow.close()


@in_loop
async def test_a_disk_that_fails_ends_the_run_and_the_tick_has_not_begun(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    task = await life.begins()
    await waits_for(disk, life, 1)
    disk.fails = True
    disk.goes.set()

    with pytest.raises(hf.DurabilityError, match=r"HF702.*cannot be written: Input/output error"):
        await task
    assert (life.out, life.flow.current_tick()) == ([0], 1)

    disk.fails = False
    life.flow.start()
    await eventually(lambda: life.out == [0, 1])
    life.flow.close()
    assert Life(folder).flow.state("fold").value == 1


@in_loop
async def test_behind_a_failure_of_the_disk_all_is_written_anew(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    await life.begins()
    before = (folder / "snapshot").read_bytes()
    disk.fails = True
    life.items.send(1)
    await eventually(lambda: life.flow.trouble is not None)
    disk.fails = False

    life.flow.start()

    await eventually(lambda: life.out == [0, 1])
    assert (folder / "snapshot").read_bytes() != before, "the system may have forgotten what the journal had"
    life.flow.close()


@in_loop
async def test_a_tick_by_hand_waits_for_the_disk_itself(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    task = await life.begins()
    await waits_for(disk, life, 1)
    threading.Timer(0.05, disk.goes.set).start()

    life.flow.run_tick()

    assert disk.goes.is_set()
    assert life.out == [0, 1]
    await asyncio.sleep(0.01)
    task.cancel()
    life.flow.close()


@in_loop
async def test_a_run_that_is_cancelled_meanwhile_leaves_the_tick_to_the_next_one(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    task = await life.begins()
    await waits_for(disk, life, 1)
    task.cancel()
    await asyncio.wait([task])
    life.items.send(10)
    disk.goes.set()

    life.flow.start()

    await eventually(lambda: life.out == [0, 1, 11])
    life.flow.close()


@in_loop
async def test_a_flow_that_is_closed_meanwhile_runs_the_tick_when_it_comes_back(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    await life.begins()
    await waits_for(disk, life, 1)
    threading.Timer(0.05, disk.goes.set).start()

    life.flow.close()

    assert life.out == [0]
    again = Life(folder)
    again.flow.run_available()
    assert again.out == [1]
    again.flow.close()


@in_loop
async def test_an_item_that_is_taken_back_meanwhile_is_in_no_tick(folder: Path, disk: Disk) -> None:
    life = Life(folder)
    await life.begins()
    await waits_for(disk, life, 1, 2)
    life.flow.inputs["items"].discard(0)

    disk.goes.set()

    await eventually(lambda: life.out == [0, 2])
    life.flow.close()
    assert Life(folder).flow.state("fold").value == 2


@in_loop
async def test_ticks_that_take_nothing_in_wait_as_well(folder: Path, disk: Disk) -> None:
    life = Life(folder, "source_stream(items) -> defer_tick() -> for_each(out.append);")
    await life.begins()
    life.items.send(1)
    await eventually(lambda: life.out == [1])
    asked = disk.asked

    disk.goes.clear()
    life.items.send(2)
    await eventually(lambda: disk.asked > asked)
    disk.goes.set()

    await eventually(lambda: life.out == [1, 2])
    life.flow.close()


# --- the state after each tick ---------------------------------------------------------------------------------------


async def state_of_tick(folder: Path, tick: int) -> None:
    """Wait until the state before a tick is written, and the journals before it are removed."""
    await eventually(lambda: [path.name for path in folder.glob("journal-*")] == [f"journal-{tick:012}"])


@in_loop
async def test_the_event_loop_goes_on_while_the_state_is_written_and_the_next_tick_waits(
    folder: Path, disk: Disk
) -> None:
    life = Life(folder, write="state")
    await life.begins()
    await state_of_tick(folder, 1)
    await waits_for(disk, life, 1)
    life.items.send(2)
    await asyncio.sleep(0.02)
    assert life.out == [0, 1], "its effects happen again where the process ends now"

    disk.goes.set()

    await eventually(lambda: life.out == [0, 1, 3])
    life.flow.close()
    assert Life(folder, write="state").flow.state("fold").value == 3


@in_loop
async def test_a_disk_that_does_not_take_the_state_ends_the_run(folder: Path, disk: Disk) -> None:
    life = Life(folder, write="state")
    task = await life.begins()
    await state_of_tick(folder, 1)
    await waits_for(disk, life, 1)
    disk.fails = True
    disk.goes.set()

    with pytest.raises(hf.DurabilityError, match=r"HF702.*cannot be written: Input/output error"):
        await task

    disk.fails = False
    life.items.send(2)
    life.flow.start()
    await eventually(lambda: life.out == [0, 1, 3])
    life.flow.close()
    assert Life(folder, write="state").flow.state("fold").value == 3


@in_loop
async def test_a_run_that_is_cancelled_while_the_state_is_written_ends_when_it_is(folder: Path, disk: Disk) -> None:
    life = Life(folder, write="state")
    task = await life.begins()
    await state_of_tick(folder, 1)
    await waits_for(disk, life, 1)
    threading.Timer(0.05, disk.goes.set).start()
    task.cancel()

    await asyncio.wait([task])

    assert disk.goes.is_set()
    life.flow.close()
    assert Life(folder, write="state").flow.state("fold").value == 1
