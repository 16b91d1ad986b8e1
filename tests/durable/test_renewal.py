from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.durable import folder as folders
from hydroflow_nb.durable import forked, renewal, store
from hydroflow_nb.durable.forked import CAN_FORK
from hydroflow_nb.durable.store import SNAPSHOT, Store
from hydroflow_nb.errors import DurabilityError

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes cannot be forked here")

KEYS = "source_stream(pairs) -> fold_keyed::<'static>(|| 0, |a, b| a + b) -> for_each(out.append);"


@pytest.fixture(autouse=True)
def every_state_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LARGE", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A file that a forked process waits for, and that is there when the test is over."""
    gate = tmp_path / "gate"
    yield gate
    gate.touch()


def waiting(gate: Path) -> None:
    while not gate.exists():
        time.sleep(0.005)


def parts(gate: Path) -> Callable[[], Iterator[bytes]]:
    def given() -> Iterator[bytes]:
        yield b"state"
        waiting(gate)

    return given


def renewing(folder: Path, gate: Path) -> Store:
    """A store whose snapshot before tick 2 is being written, with a record since."""
    found = Store(folder)
    found.snapshot(0, [b"first"])
    found.append(b"tick 0")
    found.append(b"tick 1", synced=False)
    found.renew(2, parts(gate))
    found.append(b"tick 2")
    return found


def wait(found: Store) -> None:
    deadline = time.monotonic() + 60
    while found.is_renewing:
        assert time.monotonic() < deadline
        time.sleep(0.005)
        found.look()


def kept_in(folder: Path, copy: Path) -> Any:
    """What a process finds that begins after this one was killed now."""
    shutil.copytree(folder, copy)
    found = Store(copy)
    found.close()
    return found.kept.tick, found.kept.snapshot, found.kept.records


def test_the_old_snapshot_and_all_journals_stay_until_the_new_one_is_whole(folder: Path, gate: Path) -> None:
    found = renewing(folder, gate)
    during = kept_in(folder, folder.with_name("during"))
    gate.touch()
    wait(found)
    behind = kept_in(folder, folder.with_name("behind"))
    found.append(b"tick 3")
    found.close()

    assert during == (0, [b"first"], [b"tick 0", b"tick 1", b"tick 2"])
    assert behind == (2, [b"state"], [b"tick 2"])
    assert kept_in(folder, folder.with_name("end")) == (2, [b"state"], [b"tick 2", b"tick 3"])
    assert sorted(path.name for path in folder.glob("journal-*")) == ["journal-000000000002"]


def test_a_process_that_ends_before_it_has_removed_old_journals_loses_nothing(folder: Path, gate: Path) -> None:
    found = renewing(folder, gate)
    old = (folder / "journal-000000000000").read_bytes()
    gate.touch()
    wait(found)
    found.close()
    (folder / "journal-000000000000").write_bytes(old)

    assert kept_in(folder, folder.with_name("again")) == (2, [b"state"], [b"tick 2"])


def test_a_process_that_outlives_the_flow_writes_to_no_file_of_the_next_one(folder: Path, gate: Path) -> None:
    first = renewing(folder, gate)
    part = folder / f"{SNAPSHOT}.part"
    assert part.exists()
    # As if this process were killed: the forked one goes on.
    first._folder.close()
    second = Store(folder)
    assert not part.exists()
    second.renew(3, parts(gate))
    gate.touch()
    wait(second)
    second.close()
    deadline = time.monotonic() + 60
    while first._renewal is not None and first._renewal._forked.failure() is None:
        assert time.monotonic() < deadline

    assert kept_in(folder, folder.with_name("again"))[:2] == (3, [b"state"])


def test_a_folder_is_free_when_its_flow_has_closed_though_a_forked_process_has_not_begun(
    folder: Path, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked, "_let_go", lambda _: waiting(gate))
    first = renewing(folder, gate)

    first._folder.close()

    Store(folder).close()
    first._end_renewal()


def test_what_a_process_has_forked_before_it_was_killed_is_waited_for(
    folder: Path, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = killed_while_it_forks(folder, gate)
    monkeypatch.setattr(folders, "_PATIENCE", 0.0)
    with pytest.raises(DurabilityError, match=f"is in use by process {killed}"):
        Store(folder)

    # The forked process begins while the next one waits.
    def sleep(seconds: float) -> None:
        gate.touch()
        time.sleep(seconds)

    monkeypatch.setattr(folders, "_PATIENCE", 60.0)
    monkeypatch.setattr(folders, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))

    assert Store(folder).kept.records == [b"tick 0", b"tick 1", b"tick 2"]


def killed_while_it_forks(folder: Path, gate: Path) -> int:
    """A process that was killed when the one that it had forked for a snapshot had not begun yet."""
    script = """
        import time
        from pathlib import Path
        from hydroflow_nb.durable import forked, store

        def wait(_):
            while not Path(gate).exists():
                time.sleep(0.005)

        forked._let_go = wait
        store.LARGE = 0
        found = store.Store(Path(folder))
        found.snapshot(0, [b"first"])
        found.append(b"tick 0")
        found.append(b"tick 1", synced=False)
        found.renew(2, lambda: [b"state"])
        found.append(b"tick 2")
        print("forked", flush=True)
        time.sleep(600)
    """
    given = f"gate, folder = {str(gate)!r}, {str(folder)!r}\n"
    with subprocess.Popen([sys.executable, "-c", given + dedent(script)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"forked\n"
        process.kill()
        # The forked one holds the other end of the pipe.
        process.wait()
    return process.pid


@pytest.mark.parametrize("how", ["raises", "is killed", "hangs"])
def test_a_process_that_fails_leaves_the_old_ones_and_the_next_snapshot_is_written_without_one(
    folder: Path, gate: Path, how: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "hangs":
        monkeypatch.setattr(renewal, "_PATIENCE", 0.05)
    found = renewing(folder, gate)
    if how != "hangs":
        found.close()
        found = Store(folder)
        found.renew(3, raising if how == "raises" else parts(gate))
        if how == "is killed":
            assert found._renewal is not None
            os.kill(found._renewal._forked.process, signal.SIGKILL)
    with caplog.at_level(logging.WARNING, "hydroflow_nb"):
        wait(found)

    (message,) = [one.getMessage() for one in caplog.records]
    assert "a snapshot was not written: " in message
    assert {"raises": "KeyError", "is killed": "was ended", "hangs": "hung for"}[how] in message
    assert not (folder / f"{SNAPSHOT}.part").exists()
    assert kept_in(folder, folder.with_name("during")) == (0, [b"first"], [b"tick 0", b"tick 1", b"tick 2"])
    monkeypatch.setattr(renewal, "_PATIENCE", 60)
    found.renew(4, lambda: [b"in one go"])
    assert not found.is_renewing
    found.renew(5, lambda: [b"beside again"])
    assert found.is_renewing
    wait(found)
    found.close()
    assert kept_in(folder, folder.with_name("end")) == (5, [b"beside again"], [])


def raising() -> Iterator[bytes]:
    yield b"state"
    raise KeyError("gone")


def test_a_snapshot_that_no_process_can_be_forked_for_is_written_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Store(folder)
    found.snapshot(0, [b"first"])

    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    found.renew(1, lambda: [b"state"])
    found.close()

    assert kept_in(folder, folder.with_name("end")) == (1, [b"state"], [])


def test_a_snapshot_at_once_takes_the_place_of_one_that_is_being_written(folder: Path, gate: Path) -> None:
    found = renewing(folder, gate)

    found.snapshot(3, [b"newer"])

    assert not found.is_renewing
    found.close()
    assert kept_in(folder, folder.with_name("end")) == (3, [b"newer"], [])


def test_a_small_state_is_written_at_once(folder: Path, gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LARGE", 10_000)
    found = Store(folder)
    found.snapshot(0, [b"first"])

    found.renew(1, lambda: [b"x" * 20_000])
    assert not found.is_renewing
    found.renew(2, lambda: [b"small again"])
    assert found.is_renewing

    found.close()


def test_a_journal_that_goes_on_in_another_one_must_be_whole(folder: Path, gate: Path) -> None:
    found = renewing(folder, gate)
    found.close()
    journal = folder / "journal-000000000000"
    os.truncate(journal, journal.stat().st_size - 3)

    with pytest.raises(DurabilityError, match="HF703"):
        Store(folder)


@pytest.mark.parametrize("kill", [2, 3, 6, 9])
def test_a_flow_goes_on_where_it_was_whenever_its_process_is_killed(folder: Path, kill: int) -> None:
    def begun(folder: Path) -> tuple[hf.Flow, hf.Channel, list[Any]]:
        pairs, out = hf.channel(), list[Any]()
        return hf.compile(KEYS, {"pairs": pairs, "out": out}).durable(folder, snapshot_every=2), pairs, out

    flow, pairs, out = begun(folder)
    for tick in range(12):
        if tick == kill:
            # As a killed process leaves it, with or without a snapshot half way.
            copy = folder.with_name("killed")
            shutil.copytree(folder, copy)
            flow.close()
            flow, pairs, out = begun(copy)
        pairs.extend([(tick % 3, 1), ("all", 1)])
        flow.run_tick()
    flow.close()

    assert sorted(map(str, out[-4:])) == ["('all', 12)", "(0, 4)", "(1, 4)", "(2, 4)"]
