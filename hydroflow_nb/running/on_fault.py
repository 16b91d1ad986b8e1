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
    def of(cls, word: str | None, *, is_durable: bool = False) -> OnFault:
        """The way that a word means; without one a durable flow sets aside, as a restart must not raise again, and any
        other stops. Raises ValueError for another word.
        """
        if word is None:
            return cls.SET_ASIDE if is_durable else cls.STOP
        try:
            return cls(word)
        except ValueError:
            words = [f'"{one.value}"' for one in cls]
            raise ValueError(f"`on_fault` is {', '.join(words[:-1])} or {words[-1]}, not {shown(word)}") from None
