"""The life cycle of a deployed member: starts that fail, kills and restarts at any moment, the end."""

from __future__ import annotations

import asyncio
import signal
from functools import partial

import pytest

from hydroflow_nb.deploy import deployed_member
from hydroflow_nb.deploy.background import Background
from hydroflow_nb.deploy.deployed_member import DeployedMember, Ended
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.deploy.telling import MemberTelling, Telling
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.processes.failures import ExitCode
from hydroflow_nb.systems.launching import Placed
from hydroflow_nb.systems.runs import State

# Seconds for what takes milliseconds.
PATIENCE = 100.0
# Seconds that no test lasts.
LONG = 10_000.0


class Life:
    """A program that runs until it is told that it has ended."""

    def __init__(self, *, is_ready=True):
        self.ready = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.code = None
        if is_ready:
            self.ready.set_result(None)

    @property
    def ending(self):
        return f"ended with exit code {self.code}"

    def over(self, code):
        self.code = code
        if not self.ready.done():
            self.ready.set_exception(Ended())
        self.ended.set()

    def kill(self):
        self.over(-signal.SIGKILL)

    async def end(self, patience):
        self.over(ExitCode.STOPPED)

    async def ask(self, word, given):
        raise Ended


class Member(DeployedMember[Life]):
    """A member each of whose starts does the next of `plan`, and after these gives a life; `lives` are all of them."""

    def __init__(self, folder, *plan, background=None, delay=0.0):
        log = MemberLog(folder / "a.log", MemberTelling(Telling(everything=False), "a", folder / "a.log"))
        placed = Placed(name="a", location="a", own={}, inputs=("items",), is_kept=False, meets_strangers=False)
        super().__init__(placed, log, background or Here(), Policy(delay), names={}, used=(), scratch=folder / "a.json")
        self.plan = list(plan)
        self.lives = []
        self.moved = 0

    async def _start(self):
        made = self.plan.pop(0)() if self.plan else Life()
        life = await made if asyncio.iscoroutine(made) else made
        self.lives.append(life)
        return life

    async def _write_recording(self, path):
        raise NotImplementedError

    def _move(self):
        self.moved += 1
        raise OSError("no port is free")


class Policy(Restarts):
    """Lets a member wait so many seconds after an end that another start may mend; None: it is given up."""

    def __init__(self, delay):
        super().__init__(0)
        self.after = delay

    def delay(self, code, ran):
        if code in (ExitCode.STOPPED, ExitCode.MISUSED):
            return None
        self.quick_ends += 1
        return self.after


class Here:
    """Does in this event loop what is otherwise done in the background."""

    def begin(self, work):
        return asyncio.ensure_future(work)

    def call(self, function):
        asyncio.get_running_loop().call_soon(function)


class Gate:
    """A start that goes on when it is let go on; `reached` is set when it is under way."""

    def __init__(self):
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def start(self):
        self.reached.set()
        await self.opened.wait()
        return Life()


def fails(error):
    raise error


def in_time(story):
    """Run a story that must end by itself, with no member left behind."""

    async def told():
        async with asyncio.timeout(PATIENCE):
            await story()

    asyncio.run(told())


async def until(is_so):
    while not is_so():
        await asyncio.sleep(0.001)


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_member_that_is_stopped_while_it_starts_is_ended_when_it_has_started(tmp_path):
    async def story():
        gate = Gate()
        member = Member(tmp_path, Life, gate.start)
        await member.begin()
        member.kill()
        await gate.reached.wait()
        stopping = asyncio.create_task(member.stop())
        await asyncio.sleep(0)
        gate.opened.set()
        await stopping
        assert member.state is State.STOPPED
        assert [life.code for life in member.lives] == [-signal.SIGKILL, ExitCode.STOPPED]

    in_time(story)


def test_who_waits_for_the_first_start_is_told_of_the_end(tmp_path):
    async def story():
        member = Member(tmp_path, partial(Life, is_ready=False))
        begun = asyncio.create_task(member.begin())
        await until(lambda: member.state is State.STARTING)
        await until(lambda: member.lives)
        await member.stop()
        with pytest.raises(HydroflowError, match="a did not get ready"):
            await begun

    in_time(story)


@pytest.mark.parametrize("state", [State.RESTARTING, State.FAILED])
def test_a_member_that_waits_is_stopped_at_once(tmp_path, state):
    async def story():
        member = Member(tmp_path, delay=LONG if state is State.RESTARTING else None)
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: member.state is state)
        await member.stop()
        assert (member.state, member.restarts) == (State.STOPPED, 0)

    in_time(story)


def test_however_a_member_ends_that_is_stopped_it_is_no_problem(tmp_path, caplog):
    async def story():
        member = Member(tmp_path)
        await member.begin()
        stopping = asyncio.create_task(member.stop())
        # It has not yet heard that it is to end by itself.
        member.lives[0].end = lambda patience: asyncio.sleep(0, member.lives[0].over(-signal.SIGTERM))
        await stopping
        assert member.log[-1] == "a ended with exit code -15, and does not start again"

    in_time(story)
    assert not caplog.records


# --- starts that fail -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError("no memory"), TypeError("pip is no list"), ValueError(3), KeyError(7)])
def test_a_first_start_that_fails_is_told_to_who_waits_for_it(tmp_path, error):
    async def story():
        member = Member(tmp_path, partial(fails, error), delay=None)
        with pytest.raises(HydroflowError, match=r"(?s)a did not get ready:.*a could not be started"):
            await member.begin()
        await until(lambda: member.state is State.FAILED)
        assert str(error) in member.log[-1]
        with pytest.raises(HydroflowError, match=r"it was given up after it could not be started .*`restart` starts"):
            await member.send("items", 1)
        await member.stop()

    in_time(story)


def test_a_start_that_the_system_refuses_is_an_end_like_others(tmp_path):
    async def story():
        member = Member(tmp_path, Life, *[partial(fails, OSError("no memory"))] * 2)
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: len(member.lives) == 2)
        await until(lambda: member.state is State.RUNNING)
        assert member.restarts == 3
        assert "a could not be started (no memory), and starts again at once" in member.log
        await member.stop()

    in_time(story)


def test_a_start_that_fails_by_a_mistake_is_not_tried_again(tmp_path):
    async def story():
        member = Member(tmp_path, Life, Life, partial(fails, TypeError("pip is no list")))
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: len(member.lives) == 2)
        member.lives[1].over(1)
        await until(lambda: member.state is State.FAILED)
        assert member.log[-1] == "a could not be started (TypeError: pip is no list), and does not start again"
        await member.stop()

    in_time(story)


def test_a_member_for_which_there_is_no_other_address_waits_for_one(tmp_path):
    async def story():
        member = Member(tmp_path, Life, partial(Life, is_ready=False))
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: len(member.lives) == 2)
        member.lives[1].over(ExitCode.NO_NETWORK)
        await until(lambda: len(member.lives) == 3)
        assert member.moved == 1
        assert "a could not be started (no port is free), and starts again at once" in member.log
        await member.stop()

    in_time(story)


# --- restarts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError("no memory"), TypeError("pip is no list")])
def test_a_member_whose_start_has_failed_can_be_started_again(tmp_path, error):
    async def story():
        member = Member(tmp_path, Life, partial(fails, error), delay=None)
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: member.state is State.FAILED)
        with pytest.raises(HydroflowError, match=r"a has not started again: it was given up after it could not"):
            await member.restart()
        await member.restart()
        assert member.state is State.RUNNING
        await member.stop()

    in_time(story)


def test_a_restart_during_a_start_is_that_start_and_no_later_one(tmp_path):
    async def story():
        gate = Gate()
        member = Member(tmp_path, Life, gate.start)
        await member.begin()
        member.kill()
        await gate.reached.wait()
        restarted = asyncio.ensure_future(member.restart())
        await asyncio.sleep(0)
        gate.opened.set()
        await restarted
        assert (member.state, len(member.lives)) == (State.RUNNING, 2)
        member.kill(restart=False)
        await until(lambda: member.state is State.STOPPED)
        await member.stop()

    in_time(story)


def test_a_restart_ends_the_wait_for_a_later_start(tmp_path):
    async def story():
        member = Member(tmp_path, delay=LONG)
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: member.state is State.RESTARTING)
        await member.restart()
        assert (member.state, len(member.lives)) == (State.RUNNING, 2)
        await member.restart()
        assert [life.code for life in member.lives] == [1, ExitCode.STOPPED, None]
        await member.stop()

    in_time(story)


# --- kills ------------------------------------------------------------------------------------------------------------


def test_a_killed_member_starts_again_at_once_however_long_it_would_wait(tmp_path):
    async def story():
        member = Member(tmp_path, delay=LONG)
        await member.begin()
        member.kill()
        await until(lambda: len(member.lives) == 2)
        assert member.log[-1] == "a ended with exit code -9, and starts again at once"
        await member.stop()

    in_time(story)


def test_a_kill_for_good_holds_while_the_member_waits_to_start_again(tmp_path):
    async def story():
        member = Member(tmp_path, delay=LONG)
        await member.begin()
        member.lives[0].over(1)
        await until(lambda: member.state is State.RESTARTING)
        member.kill(restart=False)
        await until(lambda: member.state is State.STOPPED)
        # There is no program that could be killed, and none is started by that.
        member.kill()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (member.state, len(member.lives)) == (State.STOPPED, 1)
        await member.restart()
        assert (member.state, len(member.lives)) == (State.RUNNING, 2)
        await member.stop()

    in_time(story)


@pytest.mark.parametrize("restart", [False, True])
def test_a_kill_during_a_start_kills_what_has_started(tmp_path, restart):
    async def story():
        gate = Gate()
        member = Member(tmp_path, Life, gate.start)
        await member.begin()
        member.kill()
        await gate.reached.wait()
        member.kill(restart=restart)
        await asyncio.sleep(0)
        gate.opened.set()
        await until(lambda: len(member.lives) == 3 if restart else member.state is State.STOPPED)
        assert [life.code for life in member.lives] == [-signal.SIGKILL, -signal.SIGKILL, *([None] if restart else [])]
        await member.stop()

    in_time(story)


def test_of_a_kill_for_good_and_a_restart_the_later_one_counts(tmp_path):
    async def story():
        gate = Gate()
        member = Member(tmp_path, Life, gate.start)
        await member.begin()
        member.kill(restart=False)
        restarted = asyncio.ensure_future(member.restart())
        await gate.reached.wait()
        member.kill(restart=False)
        await asyncio.sleep(0)
        again = asyncio.ensure_future(member.restart())
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(restarted, again)
        assert member.state is State.RUNNING
        await member.stop()

    in_time(story)


# --- questions --------------------------------------------------------------------------------------------------------


def test_who_asks_a_program_that_does_not_end_waits_no_longer_than_for_an_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(deployed_member, "PATIENCE", 0.01)
    background = Background("test")
    try:
        member = Member(tmp_path, background=background)
        background.begin(member.begin()).result(PATIENCE)
        with pytest.raises(HydroflowError, match="a has not answered for 0 s"):
            member["log"]
        background.begin(member.stop()).result(PATIENCE)
    finally:
        background.close()
