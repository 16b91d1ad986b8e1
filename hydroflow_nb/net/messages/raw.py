"""What raw messages hold: a line of text, or bytes, as programs of any make write and read them."""

from __future__ import annotations

from typing import Any

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown


def line_of(value: Any) -> bytes:
    """A text as the bytes of one line, without its end. Raises Misfit for anything else."""
    if not isinstance(value, str):
        hint = "write `text.decode()`" if isinstance(value, bytes) else "write `str(x)`, or a text that says what it is"
        raise Misfit(f"cannot send {shown(value)} as a line: a line is a text", hint)
    if "\n" in value:
        raise Misfit(
            f"cannot send {shown(value)} as a line: it holds a line feed, and would arrive as several",
            "send each of its lines: `flat_map(|text| text.splitlines())`",
        )
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Misfit(
            f"cannot send {shown(value)} as a line: it holds half of a surrogate pair, which UTF-8 cannot encode",
            'write `text.encode(errors="replace").decode()`',
        ) from None


def text_of(line: bytes) -> str:
    """The text of a line. A carriage return at its end belongs to the end of the line. Raises UnicodeDecodeError."""
    return (line[:-1] if line.endswith(b"\r") else line).decode()


def bytes_of(value: Any) -> bytes:
    """A payload of bytes. Raises Misfit for anything else."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    hint = "write `text.encode()`" if isinstance(value, str) else 'write its bytes, or choose `codec="msgpack"`'
    raise Misfit(f'cannot send {shown(value)}: with `codec="bytes"` a message is bytes', hint)
