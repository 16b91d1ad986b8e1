"""A member of a system that runs elsewhere: it is started, watched, asked, and started again."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Awaitable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import msgspec

from hydroflow_nb.deploy.background import Background, Begun
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK
from hydroflow_nb.processes.asking import Sent, Word, packed
from hydroflow_nb.processes.failures import ExitCode
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.systems.launching import Placed
from hydroflow_nb.systems.runs import RunningMember, State
from hydroflow_nb.systems.standing import Standing

if TYPE_CHECKING:
    from hydroflow_nb.trace.recording import Recording

T = TypeVar("T")


class Ended(Exception):
    """The program has ended before it answered."""


class Refused(Exception):
    """The program refuses what it was asked; the message says why."""


class Life(Protocol):
    """A program that runs a member, from its start to its end."""

    @property
    def ready(self) -> asyncio.Future[Any]:
        """Done when its flow is about to run; it raises Ended where the program ends before."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when it is gone."""

    @property
    def code(self) -> int | None:
        """Its exit code then, negative for the number of a signal; None where nobody knows."""

    @property
    def ending(self) -> str:
        """How it has ended, in words that follow its name."""

    async def ask(self, word: Word, given: bytes) -> bytes:
        """Ask it. Raises Ended where it ends before it answers, and Refused where it does not answer."""

    def kill(self) -> None:
        """End it at once, by SIGKILL."""

    async def end(self, patience: float) -> None:
        """Ask it to end, and kill it where it has not after so many seconds."""


L = TypeVar("L", bound=Life)

# How many seconds an answer may take: a member answers between two ticks.
PATIENCE: Final = 20.0
# How many seconds a member has to end its tick, and to send what waits, before it is killed.
ENDING: Final = 12.0
# How many lines of its log a message about a member shows.
_SHOWN: Final = 12


class _Next(Enum):
    """What is wanted after a program: what the policy says, a start at once, or none."""

    BY_POLICY = auto()
    START = auto()
    NONE = auto()


class DeployedMember(RunningMember, Generic[L]):
    """A member that runs as a program of its own.

    `log` are the last lines that it wrote, `log_file` where they are kept. `member["log"]` asks it for the value of a
    name, and waits for the answer.
    """

    def __init__(
        self,
        placed: Placed,
        log: MemberLog,
        background: Background,
        restarts: Restarts,
        *,
        names: Mapping[str, Any],
        used: Collection[str],
        scratch: Path,
    ) -> None:
        """Of the `names` around the text those of `used` are its own. Recordings go through the file `scratch`."""
        self.name = placed.name
        self.location = placed.location
        self._first_ready: asyncio.Future[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._inputs = placed.inputs
        self._own_log = log
        self._background = background
        self._policy = restarts
        self._classes = Classes(names)
        self._names_of_text = used
        self._scratch = scratch
        self._state = State.STARTING
        self._life: L | None = None
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        # Counts until the next program starts; `_told` is set with it.
        self._next = _Next.BY_POLICY
        self._told = asyncio.Event()
        # How the last program has ended that was not asked to, in words that follow its name.
        self._failure = ""

    # --- what a subclass defines --------------------------------------------------------------------------------------

    @abstractmethod
    async def _start(self) -> L:
        """Start the next program. Raises OSError where that is not possible."""

    @abstractmethod
    async def _write_recording(self, path: Path) -> None:
        """Ask it for its recording, and write that to a file, as JSON."""

    def _move(self) -> None:
        """Choose another address, as the one that it has is in use."""

    # --- what is seen of it -------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What it is doing."""
        return self._state

    @property
    def log(self) -> Sequence[str]:
        """The last lines that it wrote, oldest first."""
        return self._own_log.lines

    @property
    def log_file(self) -> Path:
        """The file that its lines are written to; the ones before them are in the file with `.1` behind its name."""
        return self._own_log.path

    def send(self, input: str, item: Any) -> Awaitable[None]:
        """Put an item into an input. What is given back may be awaited: then a tick has taken the item in, and a
        durable member keeps it.

        Where the member starts again meanwhile, the item waits for it. Raises KeyError for an input that there is not,
        and Misfit for an item that cannot be sent; awaited, `HydroflowError` where the member ends before it has said
        that it has taken the item in.
        """
        if input not in self._inputs:
            there_are = ", ".join(self._inputs) or "none: it takes nothing in from outside"
            raise KeyError(f"{self.name} has no input {input!r}; its inputs are: {there_are}")
        given = packed(Sent(input=input, item=MSGPACK.encode(item)))
        return self._begin(self._ask_when_there(Word.SEND, given))

    def __getitem__(self, name: str) -> Any:
        """The value of a name; a member that starts again is asked when it is there. Raises KeyError for a name that
        there is not, and HydroflowError for a member that does not answer or has ended for good.
        """
        given = self._begin(self._ask_until_answered(Word.VALUE, packed(name))).result()
        if not given:
            meant = Suggestions().closest(name, self._names_of_text)
            raise KeyError(
                f"{self.name} has no name {name!r}: "
                + (f"did you mean {meant!r}?" if meant else "it has those that the text uses, and what these need")
            )
        return MSGPACK.decode(given, self._classes)

    async def standing(self) -> Standing:
        """How it stands now: its tick, what waits, its counters."""
        return msgspec.msgpack.decode(await self._begin(self._ask(Word.STANDING, b"")), type=Standing)

    async def record(self, path: str | PathLike[str] | None = None) -> Recording:
        """What is recorded of it so far; recording begins with the first call where it was not asked for before. With
        a path it is saved there.
        """
        from hydroflow_nb.trace.recording import Recording

        await self._begin(self._write_recording(self._scratch))
        try:
            recording = Recording.load(self._scratch)
        finally:
            self._scratch.unlink(missing_ok=True)
        if path is not None:
            recording.save(path)
        return recording

    # --- what is done with it -----------------------------------------------------------------------------------------

    def kill(self, *, restart: bool = True) -> None:
        """End its program at once, by SIGKILL. It starts again at once, unless `restart` is False; then it stays ended,
        also where it only waited to start again.
        """
        self._background.call(partial(self._kill, _Next.START if restart else _Next.NONE))

    def restart(self) -> Awaitable[None]:
        """Start it again, also where it was given up: a program that runs is asked to end first. To await what is given
        back waits until it is ready; it raises HydroflowError where the member is given up once more, or stopped.
        """
        return self._begin(self._restart())

    # --- in the background --------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Start the member, and return when it is ready. Raises HydroflowError where it ends before."""
        self._first_ready = asyncio.get_running_loop().create_future()
        self._keeping = asyncio.create_task(self._keep())
        await self._first_ready

    async def _keep(self) -> None:
        """Run the member until it is asked to stop."""
        while not self._stopping.is_set():
            self._set(State.STARTING)
            self._next = _Next.BY_POLICY
            try:
                delay = await self._run_once()
            except Exception as error:
                delay = self._not_started(error)
            await self._until_next(delay)
            if not self._stopping.is_set():
                self.restarts += 1
        self._set(State.STOPPED)
        self._never_ready()

    async def stop(self) -> None:
        """End the member."""
        self._stopping.set()
        self._told.set()
        if (life := self._running()) is not None:
            await life.end(ENDING)
        if self._keeping is not None:
            await asyncio.wait([self._keeping])

    def last_lines(self) -> str:
        """The last lines of its log, for a message."""
        lines = self.log[-_SHOWN:]
        return "".join(f"\n  {line}" for line in lines) or " it has written nothing"

    async def _run_once(self) -> float | None:
        """Run one program to its end. Returns how many seconds to wait for the next one; None where there is none."""
        life = self._life = await self._start()
        # Who asked for its end while it was started has not seen it.
        if self._stopping.is_set():
            await life.end(ENDING)
        elif self._next is not _Next.BY_POLICY:
            life.kill()
        begun = time.monotonic()
        try:
            await life.ready
        except Ended:
            was_ready = False
        else:
            was_ready = True
            self._set(State.RUNNING)
            if self._first_ready is not None and not self._first_ready.done():
                self._first_ready.set_result(None)
            begun = time.monotonic()
        await life.ended.wait()
        if life.code == ExitCode.NO_NETWORK and not was_ready:
            self._move()
        return self._after(life.ending, life.code, time.monotonic() - begun)

    def _after(self, ending: str, code: int | None, ran: float) -> float | None:
        """What comes after a program that has ended so: how many seconds to wait for the next one, None for none."""
        is_asked = self._next is not _Next.BY_POLICY or self._stopping.is_set()
        is_meant = is_asked or code == ExitCode.STOPPED
        self._failure = "" if is_meant else ending
        before = self._policy.quick_ends
        if is_asked:
            delay = 0.0 if self._next is _Next.START and not self._stopping.is_set() else None
        else:
            delay = self._policy.delay(code, ran)
        # What no start would mend is no quick end, however many there were before.
        quick_ends = self._policy.quick_ends if self._policy.quick_ends > before else 0
        self._own_log.note(f"{self.name} {ending}{_what_next(delay, quick_ends)}", is_problem=not is_meant)
        if delay is None or code != ExitCode.NO_NETWORK:
            self._never_ready()
        return delay

    def _not_started(self, error: Exception) -> float | None:
        """What comes after a start that fails. Another one may mend what the system refuses, and no mistake."""
        if (life := self._running()) is not None:
            with suppress(Exception):
                life.kill()
        if isinstance(error, OSError):
            return self._after(f"could not be started ({error})", None, 0.0)
        return self._after(f"could not be started ({type(error).__name__}: {error})", ExitCode.MISUSED, 0.0)

    async def _until_next(self, delay: float | None) -> None:
        """Wait so many seconds for the time of the next program, or until somebody asks for it, or for the end."""
        now = asyncio.get_running_loop().time
        due = None if delay is None else now() + delay
        while not self._stopping.is_set() and self._next is not _Next.START:
            if self._next is _Next.NONE:
                due, self._failure = None, ""
            if due is not None and now() >= due:
                return
            self._set(State.RESTARTING if due is not None else State.FAILED if self._failure else State.STOPPED)
            self._told.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), None if due is None else due - now())

    def _running(self) -> L | None:
        """Its program, where it has not ended."""
        return self._life if self._life is not None and not self._life.ended.is_set() else None

    def _kill(self, wanted: _Next) -> None:
        life = self._running()
        # Where there is no program, and none is being started, what comes next comes no sooner.
        if life is not None or self._state is State.STARTING or wanted is _Next.NONE:
            self._next = wanted
            self._told.set()
        if life is not None:
            life.kill()

    def _never_ready(self) -> None:
        first = self._first_ready
        if first is not None and not first.done():
            first.set_exception(HydroflowError(message=f"{self.name} did not get ready:{self.last_lines()}"))

    async def _restart(self) -> None:
        self._policy.forget()
        if self._stopping.is_set():
            raise HydroflowError(message=f"{self.name} cannot be started again: the run has ended")
        if (life := self._running()) is not None:
            self._next = _Next.START
            await life.end(ENDING)
        elif self._state is not State.STARTING or self._next is _Next.NONE:
            self._next = _Next.START
            self._told.set()
            # What was given up is so no more.
            self._set(State.RESTARTING)
        await self._there("has not started again")

    async def _ask_when_there(self, word: Word, given: bytes) -> None:
        await self._asked(await self._there(), word, given)

    async def _ask_until_answered(self, word: Word, given: bytes) -> bytes:
        """Ask what changes nothing: once more where it ends before it answers."""
        while True:
            life = await self._there("is not there to be asked")
            try:
                async with asyncio.timeout(PATIENCE):
                    with suppress(Ended):
                        return await life.ask(word, given)
                    await life.ended.wait()
            except TimeoutError:
                raise HydroflowError(
                    message=f"{self.name} has not answered for {PATIENCE:.0f} s: it answers between two ticks"
                ) from None
            except Refused as refused:
                raise HydroflowError(message=f"{self.name}: {refused}") from None

    async def _ask(self, word: Word, given: bytes) -> bytes:
        if self._life is None or self._state is not State.RUNNING:
            raise HydroflowError(message=f"{self.name} is not there to be asked: it {self._in_words()}")
        return await self._asked(self._life, word, given)

    async def _asked(self, life: L, word: Word, given: bytes) -> bytes:
        try:
            return await life.ask(word, given)
        except Ended:
            what = "whether it has taken the item in is not known" if word is Word.SEND else "ask again"
            raise HydroflowError(message=f"{self.name} has ended before it answered: {what}") from None
        except Refused as refused:
            raise HydroflowError(message=f"{self.name}: {refused}") from None

    async def _there(self, otherwise: str = "takes nothing in") -> L:
        """Its program, when it runs. Raises HydroflowError where there will be none; `otherwise` says what it means."""
        # What has ended is `RUNNING` until it is known what comes next.
        while self._state is not State.RUNNING or self._life is None or self._life.ended.is_set():
            if self._state in (State.FAILED, State.STOPPED):
                raise HydroflowError(message=f"{self.name} {otherwise}: it {self._in_words()}")
            await self._next_change()
        return self._life

    async def _next_change(self) -> None:
        await self._changed.wait()

    def _set(self, state: State) -> None:
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()

    def _begin(self, work: Coroutine[Any, Any, T]) -> Begun[T]:
        if not self._stopping.is_set():
            with suppress(RuntimeError):
                return self._background.begin(work)
        work.close()
        raise HydroflowError(message=f"{self.name} is not there any more: the run has ended")

    def _in_words(self) -> str:
        why = f" after it {self._failure}" if self._failure else ""
        return {
            State.FAILED: f"was given up{why}; `restart` starts it again",
            State.STOPPED: "has stopped",
        }.get(self._state, f"is {self._state}{why}" if self._state is State.STARTING else str(self._state))


def _what_next(delay: float | None, quick_ends: int) -> str:
    if delay is not None:
        return f", and starts again {f'in {delay:.1f} s' if delay else 'at once'}"
    return (
        f" {quick_ends} times soon after its start, and is given up" if quick_ends > 1 else ", and does not start again"
    )
