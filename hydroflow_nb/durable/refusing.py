"""What a folder's trouble is said with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hydroflow_nb.diagnostics import error
from hydroflow_nb.errors import DurabilityError
from hydroflow_nb.source import Source, Span


def refusal(code: str, message: str, place: Path | Span, hint: str = "") -> DurabilityError:
    """The error with a code, about a file or a folder, or about a place in a flow's text."""
    if isinstance(place, Span):
        return DurabilityError([error(code, message, place, hint=hint)])
    found = error(code, message, Source(text="", label=str(place)).span(0, 0), hint=hint)
    # A file of bytes has no lines to show: the message tells the place.
    return DurabilityError([found], f"error[{code}]: {message}" + (f"\n = hint: {hint}" if hint else ""))


def unwritable(exception: OSError, path: Path) -> DurabilityError:
    """The error for a file or a folder that the system does not let write."""
    return refusal(
        "HF702",
        f"{path} cannot be written: {exception.strerror or exception}",
        path,
        "make room, or let this user write there, and start again: nothing was acknowledged that is not on the disk",
    )


def unreadable_journal(folder: Path, why: str) -> DurabilityError:
    """The error for a journal whose records are as they were written, and do not belong together."""
    return refusal("HF703", f"the journal in {folder} is not one that was written: {why}", folder)


@contextmanager
def closed_on_failure(path: Path, close: Callable[[], None]) -> Iterator[None]:
    """What is half open is closed where a block fails. Raises DurabilityError in place of an OSError."""
    try:
        yield
    except OSError as exception:
        close()
        raise unwritable(exception, path) from exception
    except BaseException:
        close()
        raise
