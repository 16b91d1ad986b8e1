"""The process that forks the members of a run."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import pytest

from hydroflow_nb.deploy.nursery import Nursery
from hydroflow_nb.net.frames import frame
from hydroflow_nb.processes.asking import Report, packed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")
PATIENCE = 100.0


class Forked:
    """A process that a nursery has forked: its number, what it writes, and its exit code when it has ended."""

    @classmethod
    async def by(cls, nursery, *words):
        """Have a process forked."""
        made = cls()
        made.own, theirs = socket.socketpair()
        made.output, writing = os.pipe()
        try:
            made.pid, made.code = await nursery.fork(words, theirs.fileno(), writing)
        except OSError:
            made.own.close()
            os.close(made.output)
            raise
        finally:
            theirs.close()
            os.close(writing)
        return made

    def written(self):
        """All that it writes until its end."""
        with os.fdopen(self.output, "rb") as file:
            self.own.close()
            return file.read().decode()


@pytest.fixture
def folder(tmp_path):
    """The folder of a run."""
    made = tmp_path / "run"
    made.mkdir()
    (made / "key").touch()
    return made


def test_it_forks_commands_one_after_the_other_tells_how_they_end_and_removes_their_folder(tmp_path, folder):
    (tmp_path / "spin.hf").write_text("source_interval(0.01) -> null();")
    run = ("run", str(tmp_path / "spin.hf"))

    async def main():
        nursery = Nursery.start(folder)
        try:
            async with asyncio.timeout(PATIENCE):
                wrong, ticking, asked, alone = [
                    await Forked.by(nursery, *words) for words in (("run", "--nonsense"), (*run, "--ticks=3"), run, run)
                ]
                assert await wrong.code == 2
                assert "the following arguments are required: FILE" in wrong.written()
                assert await ticking.code == 0
                assert "event=ready" in ticking.written()
                # One is asked to end, one sees that who asked for it is gone; nothing else is sent a signal.
                nursery.signal(os.getpid(), signal.SIGKILL)
                nursery.signal(asked.pid, signal.SIGKILL)
                assert await asked.code == -signal.SIGKILL
                alone.own.close()
                assert await alone.code == 0
                assert 'reason="parent ended"' in alone.written()
                asked.written()
                assert (folder / "nursery.log").read_text() == ""
        finally:
            await nursery.close()
        assert not folder.exists()

    asyncio.run(main())


class Served:
    """Stands for the process of a nursery: the test says what it tells."""

    pid = 0

    def poll(self):
        return 0


@pytest.fixture
def pair():
    """The two ends of the socket of a nursery; its own one does not block."""
    own, theirs = socket.socketpair()
    own.setblocking(False)
    yield own, theirs
    theirs.close()
    own.close()


def told_by(pair, written):
    """What a nursery says of a process that was forked when so much was told: its number and exit code, or an error."""
    own, theirs = pair

    async def main():
        nursery = Nursery(Served(), own)
        async with asyncio.timeout(PATIENCE):
            forking = asyncio.create_task(Forked.by(nursery, "run"))
            # The order has come, with the process's descriptors.
            _, descriptors, _, _ = await asyncio.to_thread(socket.recv_fds, theirs, 1 << 16, 8)
            for descriptor in descriptors:
                os.close(descriptor)
            theirs.sendall(written)
            theirs.shutdown(socket.SHUT_WR)
            try:
                forked = await forking
                forked.written()
                return forked.pid, await forked.code
            finally:
                await nursery.close()

    return asyncio.run(main())


def test_a_process_that_ends_at_once_is_told_with_its_birth(pair):
    both = frame(packed(Report(pid=7))) + frame(packed(Report(pid=7, code=3)))

    assert told_by(pair, both) == (7, 3)


def test_nobody_waits_for_a_nursery_that_tells_what_nobody_understands(pair):
    with pytest.raises(OSError, match="the process that forks members has ended"):
        told_by(pair, frame(b"\xc1"))


def test_what_it_has_forked_ends_unseen_when_it_is_killed(tmp_path, folder):
    (tmp_path / "spin.hf").write_text("source_interval(0.01) -> null();")

    async def main():
        nursery = Nursery.start(folder)
        try:
            async with asyncio.timeout(PATIENCE):
                forked = await Forked.by(nursery, "run", str(tmp_path / "spin.hf"))
                os.kill(nursery.pid, signal.SIGKILL)
                assert await forked.code == -1
                assert nursery.is_gone
                with pytest.raises(OSError, match="has ended"):
                    await Forked.by(nursery, "list")
                forked.written()
        finally:
            await nursery.close()

    asyncio.run(main())
