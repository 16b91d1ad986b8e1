"""What is told of members under the cell that deployed them: what goes wrong there, or all that they write."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hydroflow_nb.net.statistics import shown_text

# The lines that one run tells; the logs have all of them.
MOST_LINES: Final = 300
# How a line begins that a process logs of what is wrong in it; how connections break and come back is no problem.
_PROBLEM: Final = re.compile(r"time=\S+ level=(?:(?:error|critical) |warning event=(?!net ))")
# How what belongs to the line before begins, such as a traceback.
_MORE: Final = "  "

_LOG = logging.getLogger("hydroflow_nb.deploy")


class Telling:
    """Tells of the members of a run, as far as `MOST_LINES` lines: what goes wrong, by Python's logging; or everything
    that they write, on the standard output. A notebook shows both under the cell that has begun the run.
    """

    def __init__(self, *, everything: bool) -> None:
        self.everything = everything
        self._left = MOST_LINES

    def tell(self, text: str, log: Path) -> None:
        """Tell a line; `log` is where the ones are that come behind the last one which is told."""
        self._left -= 1
        if self._left < 0:
            return
        line = shown_text(text) if self._left else f"further lines of members are in their logs, such as {log}"
        if self.everything:
            self._print(line)
        else:
            _LOG.warning("%s", line)

    def _print(self, line: str) -> None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            print(line.encode(encoding, "backslashreplace").decode(encoding), flush=True)
        except (OSError, ValueError):
            # Nobody reads the output any more; the logs have all lines.
            self._left = 0


class MemberTelling:
    """Tells of one member, whose log is in a file."""

    def __init__(self, telling: Telling, member: str, log: Path) -> None:
        self._telling = telling
        self._member = member
        self._log = log
        self._goes_on = False

    def lines(self, lines: Sequence[str]) -> None:
        """The member has written these lines."""
        for line in lines:
            self._goes_on = _PROBLEM.match(line) is not None or (self._goes_on and line.startswith(_MORE))
            if self._goes_on or self._telling.everything:
                self._telling.tell(f"{self._member}: {line}", self._log)

    def note(self, text: str, *, is_problem: bool) -> None:
        """Something has happened to the member; what nobody has asked for is a problem."""
        self._goes_on = False
        if is_problem or self._telling.everything:
            self._telling.tell(text, self._log)
