"""How deeply an expression is nested, and work that recurses into it.

Python's own compiler, `ast.unparse` and parts of this one recurse into expressions. How deep they get depends on the
user's recursion limit and on where the caller stands. So the number of levels that is allowed is fixed: it fits into
the whole stack of a thread under the usual limit.
"""

from __future__ import annotations

import _thread
import ast
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Final, TypeVar

T = TypeVar("T")

# No one writes so many levels by hand.
DEEPEST_EXPRESSION: Final = 140
_here = threading.local()


def is_deeper(node: ast.AST, most: int) -> bool:
    """Whether a tree has more levels than `most`."""
    level: list[ast.AST] = [node]
    for _ in range(most):
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
        if not level:
            return False
    return True


def has_whole_stack() -> bool:
    """Whether the work that runs here has the whole stack of a thread: where that is too small, it fails anywhere."""
    return getattr(_here, "whole", False)


def with_whole_stack(work: Callable[[], T]) -> T:
    """What the work returns or raises. Where the caller stands too deep for the work, it is done again in another
    thread, so it must have no effects. Raises RecursionError where a whole stack is too small for it.
    """
    try:
        return work()
    except RecursionError:
        if has_whole_stack():
            raise
    returned: list[T] = []
    raised: list[BaseException] = []
    context = copy_context()
    done = _thread.allocate_lock()
    done.acquire()

    def run() -> None:
        _here.whole = True
        try:
            returned.append(context.run(work))
        except BaseException as exception:
            raised.append(exception)
        finally:
            done.release()

    # `threading.Thread` needs more of the caller's stack, which may be nearly full.
    _thread.start_new_thread(run, ())
    with done:
        pass
    if raised:
        raise raised[0]
    return returned[0]
