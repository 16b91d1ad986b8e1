"""Exceptions that go from process to process: the base of those that are made of more than a message."""

from __future__ import annotations

from typing import Any


class Portable(Exception):
    """An exception that can be pickled and copied whatever its `__init__` takes: its message, its attributes, notes.

    As of every exception, the traceback, the cause and the context stay behind.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        attributes = dict(vars(self))
        if isinstance(attributes.get("__notes__"), list):
            # A note on the copy is none on this one.
            attributes["__notes__"] = list(attributes["__notes__"])
        return _made, (type(self), *self.args), attributes or None


def _made(kind: type[Portable], *args: Any) -> Portable:
    # Without `__init__`, which would make a message of what the message is.
    return kind.__new__(kind, *args)
