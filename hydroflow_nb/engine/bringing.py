"""What an event loop brings in: what that makes due is done in the same turn of the loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from hydroflow_nb.later import asyncio

_Arguments = ParamSpec("_Arguments")


class _Ends(threading.local):
    """What is to be done when the callback that is at work in this thread has ended; None where none is."""

    calls: list[Callable[[], None]] | None = None


_ENDS = _Ends()


def brings(callback: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """A decorator for what the event loop itself calls when something has come in, such as `data_received`.

    What is to be done `soon` is done when it has ended, where no other code is at work: a message costs one turn of the
    loop then, and not two.
    """

    @wraps(callback)
    def called(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> None:
        ends = _ENDS
        if ends.calls is not None:
            callback(*arguments, **named)
            return
        calls = ends.calls = []
        try:
            callback(*arguments, **named)
        finally:
            ends.calls = None
            try:
                for call in calls:
                    call()
            except BaseException:
                # An interrupt: all are called again, which does no harm.
                for call in calls:
                    asyncio.get_running_loop().call_soon(call)
                raise

    return called


def soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call a function in a loop: when the callback that brings something in has ended, or else in the next turn."""
    calls = _ENDS.calls
    if calls is None:
        loop.call_soon(call)
    else:
        calls.append(call)
