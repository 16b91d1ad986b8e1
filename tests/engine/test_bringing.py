"""What an event loop brings in: what that makes due is done in the same turn of the loop."""

from __future__ import annotations

import asyncio

import pytest

from hydroflow_nb.engine.bringing import brings, soon


class Bringer:
    """A callback of an event loop that asks for work to be done soon."""

    def __init__(self, fails: bool = False) -> None:
        self.seen: list[str] = []
        self._fails = fails
        self._loop = asyncio.get_running_loop()

    @brings
    def came(self, *, outer: bool = False) -> None:
        soon(self._loop, lambda: self.seen.append("done"))
        if outer:
            self.came()
        self.seen.append("came")
        if self._fails:
            raise ZeroDivisionError

    def ask(self) -> None:
        soon(self._loop, lambda: self.seen.append("done"))


def test_work_is_done_when_the_callback_that_asks_for_it_has_ended() -> None:
    async def main() -> None:
        bringer = Bringer()
        bringer.came()
        assert bringer.seen == ["came", "done"]

    asyncio.run(main())


def test_a_callback_within_another_one_leaves_the_work_to_that() -> None:
    async def main() -> None:
        bringer = Bringer()
        bringer.came(outer=True)
        assert bringer.seen == ["came", "came", "done", "done"]

    asyncio.run(main())


def test_other_code_has_its_work_done_in_the_next_turn() -> None:
    async def main() -> None:
        bringer = Bringer()
        bringer.ask()
        assert not bringer.seen
        await asyncio.sleep(0)
        assert bringer.seen == ["done"]

    asyncio.run(main())


def test_a_callback_that_fails_has_its_work_done() -> None:
    async def main() -> None:
        bringer = Bringer(fails=True)
        with pytest.raises(ZeroDivisionError):
            bringer.came()
        assert bringer.seen == ["came", "done"]

    asyncio.run(main())


def test_work_that_is_interrupted_is_done_in_the_next_turn() -> None:
    async def main() -> None:
        seen: list[int] = []

        def work() -> None:
            seen.append(len(seen))
            if len(seen) == 1:
                raise KeyboardInterrupt

        @brings
        def came() -> None:
            soon(asyncio.get_running_loop(), work)

        with pytest.raises(KeyboardInterrupt):
            came()
        await asyncio.sleep(0)
        assert seen == [0, 1]

    asyncio.run(main())
