"""What a folder costs: ticks that the disk holds before they run, coming back, and writing a large state."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from throughput import side_by_side

import hydroflow_nb as hf
from hydroflow_nb.durable import files

pytestmark = pytest.mark.benchmark

SUM = "source_stream(pairs) -> map(|kv| kv[1]) -> fold::<'static>(|| 0, |a, b| a + b) -> for_each(out.append);"
KEYS = "source_stream(pairs) -> fold_keyed::<'static>(|| 0, |a, b| a + b) -> null();"


def made(text: str, folder: Path | None = None, **options: Any) -> tuple[hf.Flow, hf.Channel]:
    pairs = hf.channel()
    flow = hf.compile(text, {"pairs": pairs, "out": []})
    return (flow if folder is None else flow.durable(folder, **options)), pairs


@pytest.mark.parametrize("batch", [1, 100, 1_000])
def test_a_tick(batch: int, compare: Callable[..., dict[str, float]], tmp_path: Path) -> None:
    """The middle way is what the code does; the last one waits for the disk as well."""
    numbers = count()

    def ticks(*, durable: bool) -> Callable[[], object]:
        flow, pairs = made(SUM, tmp_path / str(next(numbers)) if durable else None)

        def run() -> None:
            for _ in range(50):
                pairs.extend([(key, 1) for key in range(batch)])
                flow.run_tick()

        return run

    def unsynced() -> Callable[[], object]:
        run = ticks(durable=True)

        def fast() -> None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("hydroflow_nb.durable.journal.sync", lambda file: None)
                run()

        return fast

    ways = {"no folder": lambda: ticks(durable=False), "no sync": unsynced, "folder": lambda: ticks(durable=True)}
    compare(f"50 ticks of {batch} items", ways, rounds=5)


@pytest.mark.parametrize(
    "text",
    [
        "source_stream(pairs) -> persist::<'durable>() -> filter(|_| False) -> null();",
        "source_stream(pairs) -> unique::<'durable>() -> null();",
        "source_stream(pairs) -> fold_keyed::<'durable>(list, |acc, n| acc.append(n)) -> filter(|_| False) -> null();",
        "source_stream(pairs) -> fold::<'durable>(list, |acc, pair| acc.append(pair)) -> null();",
    ],
    ids=["persist", "unique", "fold_keyed", "fold"],
)
def test_a_tick_while_durable_operators_hold_100_000_items(
    text: str, compare: Callable[..., dict[str, float]], tmp_path: Path
) -> None:
    numbers = count(100_000)

    def ticks(*, durable: bool, items: int = 1) -> Callable[[], object]:
        kept = {"folder": tmp_path / str(next(numbers)), "write": "operators", "snapshot_every": 10**6}
        flow, pairs = made(text, **kept if durable else {})  # type: ignore[arg-type]
        pairs.extend([(key, key) for key in range(100_000)])
        flow.run_tick()

        def run() -> None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("hydroflow_nb.durable.journal.sync", lambda file: None)
                for _ in range(10):
                    pairs.extend([(next(numbers), 1) for _ in range(items)])
                    flow.run_tick()

        return run

    ways = {
        "no folder": lambda: ticks(durable=False),
        "nothing comes": lambda: ticks(durable=True, items=0),
        "folder": lambda: ticks(durable=True),
    }
    compare("10 ticks", ways, rounds=3)


def test_coming_back(tmp_path: Path) -> None:
    flow, pairs = made(SUM, tmp_path / "ticks")
    for _ in range(999):
        pairs.extend([(key, 1) for key in range(100)])
        flow.run_tick()
    flow.close()
    begin = time.process_time()
    made(SUM, tmp_path / "ticks")
    spent = time.process_time() - begin
    print(f"\ncoming back with 999 ticks of 100 items in the journal: {spent:.2f} s")
    # However many ticks there were, no more than these run again.
    assert spent < 2


def test_a_large_state(tmp_path: Path) -> None:
    flow, pairs = made(KEYS, tmp_path / "keys", snapshot_every=100)
    pairs.extend([(key, key) for key in range(1_000_000)])
    flow.run_tick()
    times = []
    for tick in range(350):
        pairs.extend([((tick * 7_919 + key * 104_729) % 1_000_000, 1) for key in range(100)])
        begin = time.thread_time()
        flow.run_tick()
        times.append(time.thread_time() - begin)
    flow.close()
    size = (tmp_path / "keys" / "snapshot").stat().st_size
    print(
        f"\na tick with a million keys: {median(times) * 1e3:.1f} ms of processor time; the longest, where the state "
        f"is written, {max(times) * 1e3:.0f} ms; {size:,} bytes",
        end="",
    )
    begin = time.process_time()
    made(KEYS, tmp_path / "keys")
    print(f"; coming back with them: {time.process_time() - begin:.2f} s")


def test_a_million_ticks() -> None:
    """In memory: a disk would take two hours for them."""
    if not Path("/dev/shm").is_dir():
        pytest.skip("no folder of this system is in memory")
    with TemporaryDirectory(dir="/dev/shm") as folder:
        flow, pairs = made(SUM, Path(folder) / "ticks")
        begin = time.process_time()
        # As many as run again at the most.
        for key in range(1_000_999):
            pairs.send((key, 1))
            flow.run_tick()
        spent = time.process_time() - begin
        flow.close()
        begin = time.process_time()
        made(SUM, Path(folder) / "ticks")
        again = time.process_time() - begin
    print(f"\na million ticks of one item: {spent:.0f} s; coming back behind them: {again:.2f} s")
    assert again < 2


@pytest.mark.parametrize("batch", [100, 1_000])
@pytest.mark.parametrize("disk", ["disk", "memory"])
def test_messages_between_processes(batch: int, disk: str, tmp_path: Path) -> None:
    place = tmp_path if disk == "disk" else Path("/dev/shm")
    if not place.exists():
        pytest.skip("there is no file system in the memory")
    print(f"\n{side_by_side(place, 300 * batch, batch, rounds=3)}")


def test_the_disk(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        begin = time.perf_counter()
        for _ in range(50):
            file.write(bytes(2_000))
            file.flush()
            files.sync(file.fileno())
        print(f"\nthe disk holds what was written after {(time.perf_counter() - begin) / 50 * 1e3:.1f} ms")
