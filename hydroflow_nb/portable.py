"""The base of exceptions that are made of more than a message, and go from process to process."""

from __future__ import annotations

from typing import Any


class Portable(Exception):
    """An exception that can be pickled and copied, whatever its `__init__` takes: message, attributes and notes.

    The traceback, the cause and the context stay behind, as for every exception.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        attributes = dict(vars(self))
        if isinstance(attributes.get("__notes__"), list):
            # A note that is added to the copy must not appear on this exception.
            attributes["__notes__"] = list(attributes["__notes__"])
        return _made, (type(self), *self.args), attributes or None


def _made(kind: type[Portable], *args: Any) -> Portable:
    # Without `__init__`, which would build a message from its arguments: here the argument is the message.
    return kind.__new__(kind, *args)
