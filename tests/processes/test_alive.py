from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from hydroflow_nb.processes import alive
from hydroflow_nb.processes.alive import SignOfLife


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "EVERY", 0.005)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def lines_of(listening: socket.socket) -> list[bytes]:
    lines = []
    while True:
        try:
            lines.append(listening.recv(100))
        except BlockingIOError:
            return lines


def while_it_lives(sign: SignOfLife, look: Callable[[], Awaitable[None]]) -> None:
    async def living() -> None:
        sign.begin()
        await look()
        sign.end()

    asyncio.run(living())


def test_the_file_is_touched_while_the_loop_turns_and_gone_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "alive"

    async def look() -> None:
        assert file.exists()
        os.utime(file, (0, 0))
        while file.stat().st_mtime == 0:
            await asyncio.sleep(0.005)

    while_it_lives(SignOfLife(file, {}), look)

    assert not file.exists()


def test_the_file_of_a_process_that_was_killed_does_not_speak_for_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "alive").touch()

    SignOfLife(tmp_path / "alive", {})

    assert not (tmp_path / "alive").exists()


def test_systemd_is_told_that_the_process_is_ready_alive_and_ending(tmp_path: Path, systemd: socket.socket) -> None:
    heard: list[bytes] = []

    async def look() -> None:
        while b"WATCHDOG=1" not in heard:
            heard.extend(lines_of(systemd))
            await asyncio.sleep(0.005)

    while_it_lives(SignOfLife(None, {"NOTIFY_SOCKET": str(tmp_path / "notify")}), look)
    heard.extend(lines_of(systemd))

    assert heard[0] == b"READY=1"
    assert heard[-1] == b"STOPPING=1"


def test_a_socket_of_systemd_that_nobody_reads_disturbs_nothing(tmp_path: Path) -> None:
    sign = SignOfLife(None, {"NOTIFY_SOCKET": str(tmp_path / "nobody")})

    while_it_lives(sign, lambda: asyncio.sleep(0.02))


def test_a_process_that_nobody_asks_for_signs_gives_none() -> None:
    async def look() -> None:
        assert not [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]

    while_it_lives(SignOfLife(None, {}), look)
