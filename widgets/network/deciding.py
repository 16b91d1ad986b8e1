"""Decisions that a reader of the network's widget makes: each is one of the run, and the last can be taken back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.interruptible import Interruptible
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.undisturbed import undisturbed
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.model.decisions import Decision, from_dict
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.work import Work

if TYPE_CHECKING:
    from hydroflow_nb.simulation import Network
    from hydroflow_nb.widgets.network.run_news import RunNews

_SLICE: Final = 0.040  # seconds that a run keeps the event loop to itself
_PAUSE: Final = 0.002  # seconds in which a run lets messages in
_MOST: Final = 10_000  # decisions of one run by chance


class Deciding:
    """Makes decisions for a front end. What was taken back can be made again, as long as nothing else is decided.

    `rested` is called when a run has come to rest.
    """

    def __init__(self, net: Network, work: Work, news: RunNews, rested: Callable[[], object]) -> None:
        self._net = net
        self._work = work
        self._news = news
        self._rested = rested
        self._made: list[Decision] = []
        self._run_task: asyncio.Task[None] | None = None  # an event loop keeps no task alive
        self._is_stopped = False

    @property
    def answers(self) -> Answers:
        """What answers the questions that change the run. `stop` is heard on any thread."""
        return {
            "decide": self._decide,
            "undo": self._undo,
            "redo": self._redo,
            "start": self._to_start,
            "end": self._to_end,
            "step": self._step,
            "run": self._run,
        }

    @property
    def ahead(self) -> Sequence[Decision]:
        """The decisions that were taken back, in the order in which they were made."""
        here = len(self._net.decisions)
        return self._made[here:] if self._made[:here] == self._net.decisions else ()

    def put_ahead(self, decisions: Sequence[Decision]) -> None:
        """Let decisions be gone through, as those that were taken back."""
        self._made = list(decisions)

    def expect(self, kind: str) -> None:
        """Note that a question was heard: a stop that is heard later holds for it as well."""
        if kind in ("step", "run", "explore"):
            self._is_stopped = False

    def stop(self) -> None:
        """End a run after its decision; from any thread."""
        self._is_stopped = True

    # --- one decision -------------------------------------------------------------------------------------------------

    def _decide(self, question: Mapping[str, Any]) -> None:
        """Make a decision that the page gives as `to_dict` would write it."""
        self._must_rest()
        try:
            decision = from_dict(question["decision"])
        except ValueError as error:
            raise Refusal(str(error)) from None
        self._perform(decision)

    def _perform(self, decision: Decision) -> None:
        try:
            why = self._net.why_not(decision)
            if why is not None:
                raise Refusal(why)
            self._net.perform(decision)
        finally:
            self._done()

    def _step(self, _: Mapping[str, Any]) -> None:
        """One decision by chance."""
        self._must_rest()
        try:
            if self._net.step() is None:
                raise Refusal("nothing is left to do: no message can be delivered, and no node has work to do")
        finally:
            self._done()

    # --- back and forward ---------------------------------------------------------------------------------------------

    def _undo(self, _: Mapping[str, Any]) -> None:
        self._go(len(self._net.decisions) - 1, "nothing has been decided yet: there is nothing to take back")

    def _redo(self, _: Mapping[str, Any]) -> None:
        self._go(len(self._net.decisions) + 1, "nothing was taken back that could be made again")

    def _to_start(self, _: Mapping[str, Any]) -> None:
        self._go(0, "")

    def _to_end(self, _: Mapping[str, Any]) -> None:
        self._go(len(self._net.decisions) + len(self.ahead), "")

    def _go(self, count: int, why_not: str) -> None:
        """Stand where so many decisions have been made."""
        self._must_rest()
        run = [*self._net.decisions, *self.ahead]
        if not 0 <= count <= len(run):
            raise Refusal(why_not)
        here = len(self._net.decisions)
        self._made = run
        try:
            if count < here:
                self._net.repeat(run[:count])
            for decision in run[here:count]:
                self._net.perform(decision)
        finally:
            self._news.tell()

    # --- a run by chance ----------------------------------------------------------------------------------------------

    def _run(self, _: Mapping[str, Any]) -> None:
        self._must_rest()
        self._work.begin("run")
        self._news.tell()
        loop = running_loop()
        if loop is not None:
            self._run_task = loop.create_task(self._run_slices())
        else:
            asyncio.run(self._run_slices())

    async def _run_slices(self) -> None:
        left = _MOST
        try:
            while left and not self._is_stopped:
                made = Interruptible().call(partial(self._run_slice, left))
                if made is None:
                    break
                left -= made
                self._news.tell_at_times()
                await asyncio.sleep(_PAUSE)
            else:
                if not left:
                    self._news.note_trouble(HydroflowError(message=self._net.why_not_quiet(_MOST)))
        except KeyboardInterrupt:
            pass  # the stop button
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # out of this task an exit would end the kernel
            self._news.note_trouble(error)
        finally:
            self._run_task = None
            self._rest()

    def _run_slice(self, most: int) -> int | None:
        """Make decisions for a slice of time, and return how many; None where nothing is left to do."""
        deadline = time.monotonic() + _SLICE
        for made in range(most):
            if self._is_stopped or time.monotonic() >= deadline:
                return made
            if self._net.step() is None:
                return None
        return most

    # --- before and after ---------------------------------------------------------------------------------------------

    def _must_rest(self) -> None:
        if self._work.doing:
            raise Refusal("the network is running: stop it first")

    def _done(self) -> None:
        self._made = list(self._net.decisions)
        self._news.tell()

    def _rest(self) -> None:
        # A second stop must not interrupt this: a page that is not told that the network rests would wait for ever.
        with undisturbed():
            self._work.end()
            self._done()
            self._rested()
