"""How a notebook is told what went wrong: usage errors, and tracebacks without the machinery's frames."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import CO_OPTIMIZED
from types import FrameType

from IPython.core.error import UsageError


def usage_error(message: str, hint: str = "") -> UsageError:
    """The error for a magic that is used wrongly: IPython shows its text only, and the cell fails."""
    return UsageError(f"{message}\n  = hint: {hint}" if hint else message)


def hide_machinery(exception: BaseException, is_cell: Callable[[FrameType], bool]) -> None:
    """Make IPython's traceback go from the line of the cell that called straight to the line of the flow that raised.

    An exception that was raised outside the lines of the notebook keeps all its frames: they tell what went wrong.
    """
    frames: list[FrameType] = []
    traceback = exception.__traceback__
    while traceback is not None and not is_cell(traceback.tb_frame):
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    if traceback is None:
        return
    caller: FrameType | None = sys._getframe(1)
    while caller is not None and not is_cell(caller):
        frames.append(caller)
        caller = caller.f_back
    for frame in frames:
        # A frame that does not belong to a function, as in `%%time`, has the notebook's own variables.
        if frame.f_code.co_flags & CO_OPTIMIZED:
            # IPython leaves out the frames that have this variable; its own frames do not have it.
            frame.f_locals["__tracebackhide__"] = True
