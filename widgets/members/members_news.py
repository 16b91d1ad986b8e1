"""The news of a running system: how its members stand, what they wrote, and what is recorded of one of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.systems.runs import RunningMember, RunningSystem, State
from hydroflow_nb.systems.standing import Standing
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.page import page_of
from hydroflow_nb.widgets.questions import Answers, Refusal

# Seconds between two looks at the members, however many pages ask.
_PERIOD: Final = 0.4
# Seconds that all members together have to say how they stand; one within a tick does not answer.
_PATIENCE: Final = 1.0
# The lines of a member that a page is told, and the characters of each.
_MOST_LINES: Final = 60
_LONGEST: Final = 2_000
# The bytes of a recording's page.
_MOST_PAGE: Final = 8_000_000


class MembersNews:
    """Tells front ends of the members of a system, as long as one asks: a page that is closed costs nothing. `send`
    sends a message; `find` gives the system, None where it is gone.
    """

    def __init__(
        self,
        find: Callable[[], RunningSystem[RunningMember] | None],
        home: HomeThread,
        send: Callable[[dict[str, Any]], None],
    ) -> None:
        self._find = find
        self._home = home
        self._send = send
        self._looked_at = 0.0
        # By member: when it was looked at, and how many messages it had taken in and sent.
        self._before: dict[str, tuple[float, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def answers(self) -> Answers:
        """What answers a front end."""
        return {"hello": self._look, "look": self._look, "record": self._record}

    def _look(self, _: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if now - self._looked_at >= _PERIOD:
            self._looked_at = now
            self._begin(self._tell(self._run()))

    def _record(self, question: Mapping[str, Any]) -> None:
        self._begin(self._tell_recording(self._member(question)))

    def _run(self) -> RunningSystem[RunningMember]:
        run = self._find()
        if run is None:
            raise Refusal("this run has ended")
        return run

    def _member(self, question: Mapping[str, Any]) -> RunningMember:
        found = self._run().members.get(str(question.get("member")))
        if found is None:
            raise Refusal("there is no such member")
        return found

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        if self._home.loop is None:
            work.close()
            raise Refusal("no event loop runs here")
        task = self._home.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, run: RunningSystem[RunningMember]) -> None:
        members = list(run.members.values())
        standings = await asyncio.gather(*map(_standing, members))
        rows = [self._row(member, found) for member, found in zip(members, standings, strict=True)]
        self._send({"kind": "news", "members": rows})

    def _row(self, member: RunningMember, standing: Standing | None) -> dict[str, Any]:
        waiting = {} if standing is None else {name: count for name, count in standing.waiting.items() if count}
        return {
            "name": member.name,
            "location": member.location,
            "state": member.state.value,
            "is_well": member.state is State.RUNNING,
            "has_failed": member.state is State.FAILED,
            "restarts": member.restarts,
            "tick": None if standing is None else standing.tick,
            "faults": 0 if standing is None else standing.faults + standing.set_aside,
            "rate": self._rate(member.name, standing),
            "waiting": waiting,
            "recorded": None if standing is None else standing.recorded,
            "log": [line[:_LONGEST] for line in member.log[-_MOST_LINES:]],
        }

    def _rate(self, name: str, standing: Standing | None) -> float | None:
        """How many messages a second a member has taken in and sent since the last look; None if not known."""
        if standing is None:
            self._before.pop(name, None)
            return None
        now, count = time.monotonic(), standing.messages
        before = self._before.get(name)
        self._before[name] = now, count
        # A member that started again counts anew.
        return None if before is None or count < before[1] else (count - before[1]) / max(now - before[0], 1e-3)

    async def _tell_recording(self, member: RunningMember) -> None:
        told: dict[str, Any] = {"kind": "news", "recording": member.name}
        try:
            recording = await member.record()
            if recording.ticks:
                told["page"] = page_of(recording, _MOST_PAGE, framed=True)
            else:
                told["said"] = f"{member.name} is recorded from now on: ask again when it has run"
        except (HydroflowError, OSError) as problem:
            told["said"] = str(problem)
        self._send(told)


async def _standing(member: RunningMember) -> Standing | None:
    if member.state is not State.RUNNING:
        return None
    try:
        return await asyncio.wait_for(member.standing(), _PATIENCE)
    except (HydroflowError, TimeoutError):
        return None
