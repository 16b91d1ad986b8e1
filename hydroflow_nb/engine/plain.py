"""Plain ticks: those in which nobody looks on, and there is nothing to do but to run the strata."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import FunctionType
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.at_once import at_once
from hydroflow_nb.engine.collector import Collector
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.turn import Turn
from hydroflow_nb.records import dataclass

# Runs one plain tick, or as many as there is input for, and returns True; None where there is none to run: there is
# something to look at, or nothing waits.
Ticks: TypeAlias = Callable[[bool], bool | None]
# So many ticks of a flow have run before it gets a function for plain ones.
MANY: Final = 50
_LOOKS_EACH: Final = 64


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A function that runs plain ticks; `turn` is what its code calls the turn.

    `rests` are its variables for what is left of batches: a tuple of at most one item, or an iterator.
    """

    run: FunctionType
    turn: str
    rests: tuple[str, ...] = ()


def can_be_plain(program: Program) -> bool:
    """Whether ticks have nothing to do around the strata but to take in what waits in queues, and to tell outlets and
    inboxes of their end.
    """
    return bool(program.inboxes) and not (
        program.tick_buffers
        or program.always_scheduled
        or program.awaited
        or any(inbox.queues is None for inbox in program.inboxes)
    )


@dataclass(frozen=True, kw_only=True)
class PlainShape:
    """What of a loaded program the code of its plain ticks depends on: how many queues each inbox has that does more
    than to take in what waits in a channel, by its name in the code, and whether anything is told of a tick's end.
    """

    queues: tuple[tuple[str, int], ...] = ()
    tells_ends: bool = False


def none_yet(once: bool) -> bool | None:
    """In place of the function, where there is none."""
    return None


class Around:
    """What the function that runs plain ticks rarely needs."""

    BaseException = BaseException
    IndexError = IndexError
    KeyboardInterrupt = KeyboardInterrupt
    NameError = NameError

    def __init__(
        self,
        turn: Turn,
        collector: Collector,
        abort: Callable[..., None],
        ends: Sequence[Callable[[], None]],
    ) -> None:
        self.turn = turn
        # Ends a tick in its middle, by its exception and its number.
        self.abort = abort
        # What is told when a tick has ended.
        self.ends = ends
        self._collector = collector

    def batch_behind(self, first: tuple[Any, ...], waiting: deque[Any]) -> Iterator[Any]:
        """A batch of several items, of which one was taken out."""
        self._look()
        items, _ = at_once(partial(list, waiting), waiting.clear)
        return iter([*first, *items])

    def look_now_and_then(self, tick: int) -> None:
        """Called behind each tick of a flow that takes items in from several places."""
        if not tick & _LOOKS_EACH - 1:
            self._look()

    def _look(self) -> None:
        """Do ticks make many containers? Then the next one is no plain one."""
        self._collector.look_after_many()
        if self._collector.is_needed:
            self.turn.watch()


class AroundPush(Around):
    """What a function that runs a plain tick with one item rarely needs."""

    def __init__(
        self,
        turn: Turn,
        collector: Collector,
        abort: Callable[..., None],
        ends: Sequence[Callable[[], None]],
    ) -> None:
        super().__init__(turn, collector, abort, ends)
        # What runs a tick with the item where it cannot be a plain one, and what raises the exception of a fault.
        self.otherwise: Callable[[Any], bool]
        self.failed: Callable[[BaseException], None]
