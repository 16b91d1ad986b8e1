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
_SHUT: Final = "this program is not connected with the cluster of Ray any more"


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
        self._why_missed = ""
        self._hearing = asyncio.create_task(self._hear())
        self._hearing.add_done_callback(self._is_over)

    @classmethod
    async def begin(cls, actor: Any, number: int, former: int, log: MemberLog) -> ActorLife:
        """Begin a life in the actor's process, or in its next one where that has had the `former` life. Raises OSError
        where there will be no process. The life may have a higher number than was asked for.
        """
        backoff = Backoff()
        while True:
            if not ray.is_initialized():
                raise OSError(_SHUT)
            try:
                given = await actor.begin.remote(number, former)
            except ray.exceptions.ActorUnavailableError:
                # A process may have begun this life, and be gone with its answer: no two lives have one number.
                number += 1
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
        self._asked += 1
        question = packed(Question(number=self._asked, word=word, given=given))
        backoff = Backoff()
        while not self.ended.is_set():
            try:
                answer = ANSWERS.decode(await self._called("ask", question))
            except ray.exceptions.ActorUnavailableError:
                if word is Word.SEND:
                    # It would be taken in twice.
                    raise Refused("Ray did not reach it: whether it has taken the item in is not known") from None
                await asyncio.sleep(backoff.delay())
            except ray.exceptions.RayError as error:
                raise Refused(_cause(error)) from None
            else:
                if answer.refused:
                    raise Refused(answer.refused)
                return answer.given
        raise Ended

    def kill(self) -> None:
        """End the process at once, by SIGKILL."""
        if self.ended.is_set():
            return
        self._was_killed = True
        if not ray.is_initialized():
            self._hearing.cancel()
            return
        self._actor.kill.options(concurrency_group=SIGNALS).remote()
        # A process that does not even hear that is ended by Ray.
        asyncio.get_running_loop().call_later(_GOING, self._insist)

    def _insist(self) -> None:
        if not self.ended.is_set() and ray.is_initialized():
            ray.kill(self._actor, no_restart=False)

    async def end(self, patience: float) -> None:
        """Ask it to end, and kill it where it has not after so many seconds."""
        if ray.is_initialized():
            with suppress(TimeoutError, ray.exceptions.RayError):
                await asyncio.wait_for(self._actor.end.remote(), patience)
                await asyncio.wait_for(self.ended.wait(), patience)
        if not self.ended.is_set():
            self.kill()
            await self.ended.wait()

    async def _called(self, method: str, argument: Any) -> bytes:
        """What a method of the actor gives for this life. Raises Ended where its process is gone, and RayError where
        no more is known than that the call has failed.
        """
        if not ray.is_initialized():
            # Ray starts a cluster for a call that has none.
            raise Ended
        try:
            given = await getattr(self._actor, method).remote(self.number, argument)
        except ray.exceptions.ActorUnavailableError:
            raise
        except (ray.exceptions.RayActorError, ray.exceptions.ActorHandleNotFoundError):
            raise Ended from None
        if not given:
            # The actor has its next process.
            raise Ended
        return bytes(given)

    async def _hear(self) -> None:
        backoff = Backoff()
        try:
            while self.code is None:
                try:
                    news = msgspec.msgpack.decode(await self._called("news", self.ready.done()), type=News)
                except ray.exceptions.RayError as error:
                    self._missed(error)
                    await asyncio.sleep(backoff.delay())
                else:
                    backoff.reset()
                    self._hear_of(news)
        except Ended:
            pass

    def _is_over(self, hearing: asyncio.Task[None]) -> None:
        """Nothing more is heard of it."""
        self._log.end()
        if not self.ready.done():
            self.ready.set_exception(Ended())
            # Nobody has to wait for it.
            self.ready.exception()
        self.ended.set()

    def _hear_of(self, news: News) -> None:
        if news.lines:
            self._log.feed(b"\n".join([*news.lines, b""]))
        if news.is_ready and not self.ready.done():
            self.ready.set_result(None)
        self.code = news.code

    def _missed(self, error: Exception) -> None:
        """It was not heard, and is asked again: what may last is told once."""
        why = _cause(error)
        if why != self._why_missed and not isinstance(error, ray.exceptions.ActorUnavailableError):
            self._why_missed = why
            self._log.note(f"what it does is not heard of, and asked for again: {why}", is_problem=True)

    def __repr__(self) -> str:
        return f"<life {self.number} of an actor, process {self.pid}>"


def _cause(error: Exception) -> str:
    """Why an actor cannot be: the last line of what Ray says, which is what the actor has raised."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
