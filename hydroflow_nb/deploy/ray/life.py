"""One life of a member that runs as an actor, as the program that deploys sees it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any, Final

import msgspec
import ray

from hydroflow_nb.deploy.deployed_member import Ended, Refused
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.ray.actor import SIGNALS
from hydroflow_nb.deploy.ray.task import Born, News
from hydroflow_nb.net.backoff import Backoff
from hydroflow_nb.processes.asking import ANSWERS, UNASKED, Question, Word, packed

# How many seconds a process may take to end that was killed.
_GOING: Final = 5.0


class ActorLife:
    """A process of an actor, from the begin of its life to its end. `number` is that of the life, `pid` that of the
    process, `node` the name that Ray has for where it is.
    """

    def __init__(self, actor: Any, born: Born, log: MemberLog) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.code: int | None = None
        self.number = born.life
        self.pid = born.pid
        self.node = born.node
        self._actor = actor
        self._log = log
        self._asked = UNASKED
        self._was_killed = False
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def begin(cls, actor: Any, number: int, former: int, log: MemberLog) -> ActorLife:
        """Begin a life in the actor's process, or in its next one where that has had the `former` life. Raises OSError
        where there will be no process.
        """
        backoff = Backoff()
        while True:
            try:
                given = await actor.begin.remote(number, former)
            except ray.exceptions.ActorUnavailableError:
                await asyncio.sleep(backoff.delay())
            except ray.exceptions.RayError as error:
                raise OSError(_cause(error)) from None
            else:
                if given:
                    return cls(actor, msgspec.msgpack.decode(given, type=Born), log)
                ray.kill(actor, no_restart=False)
                # The next process is not to be ended as well.
                await asyncio.sleep(backoff.delay())

    @property
    def ending(self) -> str:
        """How it has ended, in words that follow its name."""
        if self._was_killed:
            return f"was ended by signal {signal.SIGKILL.value}"
        if self.code is None:
            return "is gone, with its process or its node"
        return f"ended with exit code {self.code}"

    async def ask(self, word: Word, given: bytes) -> bytes:
        """Ask it. Raises Ended where it ends before it answers, and Refused where it does not answer."""
        if self.ended.is_set():
            raise Ended
        self._asked += 1
        try:
            said = await self._actor.ask.remote(packed(Question(number=self._asked, word=word, given=given)))
        except ray.exceptions.RayError:
            raise Ended from None
        answer = ANSWERS.decode(said)
        if answer.refused:
            raise Refused(answer.refused)
        return answer.given

    def kill(self) -> None:
        """End the process at once, by SIGKILL."""
        if self.ended.is_set():
            return
        self._was_killed = True
        self._actor.kill.options(concurrency_group=SIGNALS).remote()
        # A process that does not even hear that is ended by Ray.
        asyncio.get_running_loop().call_later(_GOING, self._insist)

    def _insist(self) -> None:
        if not self.ended.is_set():
            ray.kill(self._actor, no_restart=False)

    async def end(self, patience: float) -> None:
        """Ask it to end, and kill it where it has not after so many seconds."""
        with suppress(TimeoutError, ray.exceptions.RayError):
            await asyncio.wait_for(self._actor.end.remote(), patience)
            await asyncio.wait_for(self.ended.wait(), patience)
        if not self.ended.is_set():
            self.kill()
            await self.ended.wait()

    async def _hear(self) -> None:
        try:
            while self.code is None:
                news = msgspec.msgpack.decode(await self._actor.news.remote(self.ready.done()), type=News)
                if news.lines:
                    self._log.feed(b"\n".join([*news.lines, b""]))
                if news.is_ready and not self.ready.done():
                    self.ready.set_result(None)
                self.code = news.code
        except ray.exceptions.RayError:
            # Its process is gone.
            pass
        finally:
            self._log.end()
            if not self.ready.done():
                self.ready.set_exception(Ended())
                # Nobody has to wait for it.
                self.ready.exception()
            self.ended.set()

    def __repr__(self) -> str:
        return f"<life {self.number} of an actor, process {self.pid}>"


def _cause(error: Exception) -> str:
    """Why an actor cannot be: the last line of what Ray says, which is what the actor has raised."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
