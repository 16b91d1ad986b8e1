"""User code in tasks of its own: an exception that would end the event loop goes to those who wait for the task.

A SystemExit or a KeyboardInterrupt that comes out of a task is raised out of the event loop at once, and ends a
notebook's kernel with it. Here it becomes what the task returns, and is raised where the result is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any


class Exit:
    """An exception that would have ended the event loop."""

    __slots__ = ("exception",)

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception


class contained(Coroutine[Any, Any, Any]):  # noqa: N801 - is called as a function
    """A coroutine that awaits something for a task; what it returns is for `released`.

    It is not an `async def`: if that were cancelled before it began, its inner coroutine would never be awaited.
    """

    __slots__ = ("_inner",)

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._inner = awaitable if inspect.iscoroutine(awaitable) else _awaited(awaitable)

    def send(self, value: Any) -> Any:
        """Go on."""
        return _step(self._inner.send, value)

    def throw(self, *exception: Any) -> Any:
        """Go on with an exception."""
        return _step(self._inner.throw, *exception)

    def close(self) -> None:
        """End it where it stands."""
        self._inner.close()

    def __await__(self) -> Any:
        return (yield from self._inner.__await__())


def _step(go_on: Callable[..., Any], *arguments: Any) -> Any:
    __tracebackhide__ = True
    try:
        return go_on(*arguments)
    except (KeyboardInterrupt, SystemExit) as exception:
        raise StopIteration(Exit(exception)) from None


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def released(result: Any) -> Any:
    """What the contained awaitable returned. Raises what would have ended the event loop."""
    __tracebackhide__ = True
    if type(result) is Exit:
        raise result.exception
    return result
