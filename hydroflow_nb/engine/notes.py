"""The notes that tell where in a flow an exception was raised, and what can be learned of any exception safely.

An exception is the user's own. Its class may refuse attributes, override `add_note`, or raise in `__str__` or in a
property with a well-known name. So this module calls no method of it, except for its text.
"""

from __future__ import annotations

from functools import partial
from itertools import filterfalse
from types import FrameType, TracebackType
from typing import Any

_attributes_of = vars(BaseException)["__dict__"].__get__
_traceback_of = vars(BaseException)["__traceback__"].__get__


class Note(str):
    """A note of this package; its class tells it from notes of the user. It is pickled and copied as a plain text."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def annotate(exception: BaseException, text: str, *, anew: bool = True, replacing: str = "") -> None:
    """Put a note on an exception, in place of this package's earlier notes that begin with `replacing`.

    An exception object that is raised a second time has the notes of the first time: they are removed when it is raised
    `anew`. An exception whose class uses `__notes__` for something else stays as it is.
    """
    outdated = partial(_is_outdated, replacing if anew else text)
    attributes: dict[str, Any] = _attributes_of(exception)
    kept = attributes.setdefault("__notes__", _notes_of_class(type(exception)))
    if isinstance(kept, list):
        # The list stays the same one: the user may hold it.
        kept[:] = [*filterfalse(outdated, kept), Note(text)]
    elif isinstance(kept, tuple):
        attributes["__notes__"] = (*filterfalse(outdated, kept), Note(text))


def _is_outdated(replacing: str, note: object) -> bool:
    return isinstance(note, Note) and note.startswith(replacing)


def _notes_of_class(kind: type[BaseException]) -> list[Any]:
    """A copy of the notes that stand in a class and so belong to all its instances."""
    for base in kind.__mro__:
        found = vars(base).get("__notes__")
        if isinstance(found, (list, tuple)):
            return list(found)
    return []


def notes_of(exception: BaseException) -> list[str]:
    """The notes of an exception that are texts."""
    kept = _attributes_of(exception).get("__notes__", ())
    return [str(note) for note in kept if isinstance(note, str)] if isinstance(kept, (list, tuple)) else []


def traceback_of(exception: BaseException) -> TracebackType | None:
    """The traceback of an exception, also where its class uses `__traceback__` for something else."""
    found: TracebackType | None = _traceback_of(exception)
    return found


def is_kind(exception: BaseException, kind: type[BaseException] | tuple[type[BaseException], ...]) -> bool:
    """Whether an exception is of a class. `isinstance` would ask the exception's own `__class__`."""
    return issubclass(type(exception), kind)


def described(exception: BaseException) -> str:
    """An exception in one line: its class and what it says."""
    if is_kind(exception, KeyboardInterrupt):
        return "interrupted"
    try:
        text = str.__str__(str(exception))[:500]
    except BaseException:  # what a user's `__str__` raises is the user's
        text = ""
    name = type.__dict__["__name__"].__get__(type(exception))
    return f"{name}: {text}" if text else name


def came_through_a_flow(traceback: TracebackType | None) -> bool:
    """Whether an exception came out of a flow that was run from inside of where the traceback begins.

    An exception object that is raised a second time has its first traceback behind the second one. Frames that were
    not called by those before them belong to the first one.
    """
    if traceback is None:
        return False
    frames = {traceback.tb_frame}
    while (traceback := traceback.tb_next) is not None:
        frame = traceback.tb_frame
        if not _called_by(frame, frames):
            return False
        if frame.f_globals.get("__name__", "").startswith("hydroflow_nb.running."):
            return True
        frames.add(frame)
    return False


def _called_by(frame: FrameType, callers: set[FrameType]) -> bool:
    caller = frame.f_back
    while caller is not None:
        if caller in callers:
            return True
        caller = caller.f_back
    return False
