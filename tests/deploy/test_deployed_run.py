"""The end of a run whose members run as programs of their own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hydroflow_nb.deploy.deployed_run import DeployedRun, Watch

PATIENCE = 100.0


class Member:
    """A member that ends, or cannot."""

    def __init__(self, error=None):
        self.error = error
        self.is_stopped = False

    async def stop(self):
        if self.error is not None:
            raise self.error
        # The other one has failed meanwhile.
        await asyncio.sleep(0)
        self.is_stopped = True


class Leaving(Watch):
    """Notes that what the members have in common has ended, and may fail then."""

    has_left = False
    error = None

    async def _leave(self):
        self.has_left = True
        if self.error is not None:
            raise self.error


@pytest.fixture
def watch(tmp_path):
    (tmp_path / "run" / "logs").mkdir(parents=True)
    return Leaving("told", tmp_path / "run")


@pytest.mark.parametrize("where", ["at a member", "at what they share"])
def test_a_run_whose_end_fails_in_part_ends_all_else_and_says_so(watch, where):
    error = RuntimeError("no such actor")
    failing = Member(error if where == "at a member" else None)
    watch.error = error if where == "at what they share" else None
    watch.members.update(first=failing, second=Member())
    run = DeployedRun("told", watch)

    async def main():
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(RuntimeError, match="no such actor"):
                await run.stop()

    asyncio.run(main())
    assert watch.members["second"].is_stopped
    assert watch.has_left
    assert not watch.folder.exists()
    for thread in threading.enumerate():
        if thread.name == "hydroflow-told":
            thread.join(PATIENCE)
            assert not thread.is_alive()
