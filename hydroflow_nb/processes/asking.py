"""What a program that launched a process asks it, and what the process answers: the frames of the socket between them.

A question has a number, a word that says what is asked, and what is given with it as bytes; its answer has the same
number. What the process says unasked, that it is ready, has the number 0. Nothing on this way is ever read by running
code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

# The bytes that a question or an answer has at most.
MOST_BYTES: Final = 64 << 20
# The number of what nobody has asked.
UNASKED: Final = 0


class Word(StrEnum):
    """What is asked."""

    SEND = "send"
    VALUE = "value"
    STANDING = "standing"
    RECORD = "record"


class Question(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A question: `given` is what its word asks for, encoded."""

    number: int
    word: Word
    given: bytes = b""


class Answer(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """An answer: the encoded value, or in words why there is none."""

    number: int
    given: bytes = b""
    refused: str = ""


class Sent(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What `SEND` gives: the input, and the item as the body of a message."""

    input: str
    item: bytes


class Kept(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What `RECORD` gives: the file that the recording is written to, and how many items it is to hold."""

    path: str
    budget: int


class Ready(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a process says when its flow is about to run: where it is reached."""

    addresses: list[str]


class Order(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a nursery is told: fork a process that runs these words; or, without words, send a process a signal."""

    words: list[str] = []
    pid: int = 0
    signal: int = 0


class Report(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a nursery tells: it has forked a process; or, with an exit code, that one has ended."""

    pid: int
    code: int | None = None


_ENCODER: Final = msgspec.msgpack.Encoder()
QUESTIONS: Final = msgspec.msgpack.Decoder(Question)
ANSWERS: Final = msgspec.msgpack.Decoder(Answer)


def packed(value: Any) -> bytes:
    """The bytes of a question, of an answer, or of what is given with one."""
    return _ENCODER.encode(value)
