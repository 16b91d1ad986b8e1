"""The log of a member: its last lines, and a file of bounded size, with the one before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hydroflow_nb.deploy.telling import MemberTelling

# The lines that are shown, and the bytes of each of the two files.
MOST_LINES: Final = 200
MOST_BYTES: Final = 8 << 20
# A longer line is told in pieces.
_LONGEST: Final = 4096


class MemberLog:
    """What a member writes, line by line: `lines` are the last ones. The file is `path`; when it is full it becomes
    `path` with `.1` behind its name, in the place of the one before. What cannot be written to the disk is left out.
    What is not well is told by `telling`, too.
    """

    def __init__(self, path: Path, telling: MemberTelling) -> None:
        self.path = path
        self._telling = telling
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._size = path.stat().st_size if path.exists() else 0
        self._rest = b""

    @property
    def lines(self) -> Sequence[str]:
        """The last lines, oldest first."""
        return tuple(self._lines)

    def feed(self, data: bytes) -> None:
        """Take in a piece of what the member has written."""
        *whole, rest = (self._rest + data).split(b"\n")
        while len(rest) > _LONGEST:
            whole.append(rest[:_LONGEST])
            rest = rest[_LONGEST:]
        self._rest = rest
        self._add(whole)

    def end(self) -> None:
        """The member has ended: what stands behind the last line end is a line too."""
        rest, self._rest = self._rest, b""
        self._add([rest] if rest else [])

    def note(self, text: str, *, is_problem: bool) -> None:
        """Write a line about the member; something that nobody has asked for is a problem."""
        self.end()
        self._keep([text.encode()])
        self._telling.note(text, is_problem=is_problem)

    def _add(self, lines: Sequence[bytes]) -> None:
        if lines:
            self._telling.lines(self._keep(lines))

    def _keep(self, lines: Sequence[bytes]) -> Sequence[str]:
        """Put lines into the log. Returns them as texts."""
        texts = [line.decode("utf-8", "replace") for line in lines]
        self._lines.extend(texts)
        self._write(lines)
        return texts

    def _write(self, lines: Sequence[bytes]) -> None:
        data = b"\n".join([*lines, b""])
        try:
            if self._size + len(data) > MOST_BYTES and self._size:
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
                self._size = 0
            with self.path.open("ab") as file:
                file.write(data)
            self._size += len(data)
        except OSError:
            # A full disk does not stop a member.
            return
