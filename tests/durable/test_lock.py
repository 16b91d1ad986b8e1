from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hydroflow_nb.durable.folder import Folder, released
from hydroflow_nb.durable.lock import Lock, Owner
from hydroflow_nb.errors import DurabilityError


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Lock]:
    """The lock of a folder, which this process has."""
    lock = Lock(tmp_path / "lock")
    assert lock.take()
    yield lock
    lock.close()


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What is called by and by where somebody sleeps; where nothing is left, nobody may."""
    calls: list[Callable[[], object]] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: calls.pop(0)())
    return calls


def refused(folder: Path) -> str:
    with pytest.raises(DurabilityError) as caught:
        Folder(folder)
    assert caught.value.diagnostics[0].code == "HF701"
    return str(caught.value)


def test_one_opening_has_the_lock_at_a_time(held: Lock, tmp_path: Path) -> None:
    other = Lock(tmp_path / "lock")

    assert not other.take()
    held.close()
    assert other.take()
    other.close()


def test_the_file_says_which_process_has_the_lock_and_where(held: Lock, tmp_path: Path) -> None:
    owner = held.owner()

    assert owner is not None
    assert (owner.process, owner.host) == (os.getpid(), socket.gethostname())
    assert owner.place
    assert owner.is_this
    assert not owner.has_ended


def test_a_folder_is_taken_where_the_system_cannot_write_at_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pwrite")  # as on Windows
    (tmp_path / "lock").write_text("what was longer than the next owner's lines\n" * 9)

    folder = Folder(tmp_path)

    assert (tmp_path / "lock").read_text().split("\n")[0] == str(os.getpid())
    assert (tmp_path / "lock").read_text().count("\n") == 3
    folder.close()


def test_who_finds_the_lock_with_an_ended_process_of_here_waits_for_what_that_had_forked(
    held: Lock, tmp_path: Path, ended: int, slept: list[Callable[[], object]]
) -> None:
    here = (tmp_path / "lock").read_text().split("\n", 1)[1]
    (tmp_path / "lock").write_text(f"{ended}\n{here}")
    slept += [lambda: None, held.close]

    Folder(tmp_path).close()

    assert slept == []


def test_an_event_loop_turns_while_it_waits_for_that(
    held: Lock, tmp_path: Path, ended: int, slept: list[Callable[[], object]]
) -> None:
    (tmp_path / "lock").write_text(str(ended))

    async def main() -> None:
        waiting = asyncio.ensure_future(released(tmp_path))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        held.close()
        await waiting

    asyncio.run(main())

    Folder(tmp_path).close()
    assert slept == []


@pytest.mark.usefixtures("held")
def test_nobody_waits_for_a_process_of_elsewhere_or_a_folder_that_is_new(tmp_path: Path, ended: int) -> None:
    (tmp_path / "lock").write_text(f"{ended}\nlab7\nanother start\n")

    for folder in (tmp_path, tmp_path / "new"):
        with pytest.raises(StopIteration):  # it has ended before it waits for anything
            released(folder).send(None)

    assert not (tmp_path / "new").exists()


def test_the_file_of_an_older_version_names_a_process_of_here(
    held: Lock, tmp_path: Path, ended: int, slept: list[Callable[[], object]]
) -> None:
    (tmp_path / "lock").write_text(str(os.getpid()))
    assert "in use by another flow of this process" in refused(tmp_path)
    (tmp_path / "lock").write_text(str(ended))
    slept.append(held.close)

    Folder(tmp_path).close()

    assert slept == []


@pytest.mark.usefixtures("held", "slept")
@pytest.mark.parametrize("own", [True, False], ids=["own number", "ended number"])
def test_a_process_of_another_machine_is_named_at_once(tmp_path: Path, ended: int, own: bool) -> None:
    process = os.getpid() if own else ended
    (tmp_path / "lock").write_text(f"{process}\nlab7\n00000000-another-start pid:[4026531836]\n")

    assert f"is in use by process {process} of another machine or container, lab7" in refused(tmp_path)


@pytest.mark.usefixtures("held", "slept")
@pytest.mark.skipif(sys.platform != "linux", reason="there are no such namespaces")
def test_a_process_of_another_namespace_of_this_machine_is_one_of_elsewhere(tmp_path: Path, ended: int) -> None:
    _, host, place, _ = (tmp_path / "lock").read_text().split("\n")
    start, _ = place.split(" ")
    (tmp_path / "lock").write_text(f"{ended}\n{host}\n{start} pid:[1]\n")

    assert f"process {ended} of another machine or container, {host}" in refused(tmp_path)


@pytest.mark.usefixtures("held", "slept")
@pytest.mark.parametrize(
    ("text", "who"),
    [
        (b"", "another process"),
        (b"\xff\xfe\0", "another process"),
        ("١٢\nlab7\nthere\n".encode(), "another process"),
        (b"-1\nlab7\nthere\n", "another process"),
        (b"17\nlab\x1b[31m\nthere\n", "process 17 of another machine or container"),
        (b"9" * 600, f"process {'9' * 512}"),
    ],
)
def test_what_the_file_says_is_not_trusted(tmp_path: Path, text: bytes, who: str) -> None:
    (tmp_path / "lock").write_bytes(text)

    assert f"is in use by {who}\n" in refused(tmp_path)


def test_a_process_of_elsewhere_is_never_known_to_have_ended(ended: int) -> None:
    assert Owner(process=ended).has_ended
    assert not Owner(process=ended, place="another start").has_ended
    assert not Owner(process=os.getpid(), place="another start").is_this
