"""What a flow that runs by itself does when a tick fails."""

from __future__ import annotations

from enum import Enum

from hydroflow_nb.engine.shown import shown


class OnFault(Enum):
    """The ways, by the words of a person."""

    STOP = "stop"
    CONTINUE = "continue"
    SET_ASIDE = "set-aside"

    @classmethod
    def of(cls, word: str) -> OnFault:
        """The way that a word means. Raises ValueError for another word."""
        try:
            return cls(word)
        except ValueError:
            words = [f'"{one.value}"' for one in cls]
            raise ValueError(f"`on_fault` is {', '.join(words[:-1])} or {words[-1]}, not {shown(word)}") from None
