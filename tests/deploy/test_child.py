"""One process of a member, as the kernel sees it."""

from __future__ import annotations

import asyncio
import sys

import pytest

from hydroflow_nb.deploy.child import Child
from hydroflow_nb.deploy.deployed_member import Ended
from hydroflow_nb.processes.asking import Word

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")
PATIENCE = 100.0


class Forked:
    """Stands for a nursery: the process that it forks has ended at once, by itself."""

    async def fork(self, words, own, output):
        code = asyncio.get_running_loop().create_future()
        code.set_result(3)
        return 7, code

    def signal(self, pid, number):
        raise AssertionError("it has ended")


class BrokenLog:
    """A log that fails at its end."""

    def feed(self, data):
        raise AssertionError("nothing was written")

    def end(self):
        raise RuntimeError("no such log")


def test_who_waits_for_a_process_is_told_of_its_end_whatever_fails_meanwhile():
    failures = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        child = await Child.start(["run"], BrokenLog(), Forked())
        async with asyncio.timeout(PATIENCE):
            await child.ended.wait()
        assert child.code == 3
        with pytest.raises(Ended):
            await child.ready
        with pytest.raises(Ended):
            await child.ask(Word.VALUE, b"")

    asyncio.run(main())
