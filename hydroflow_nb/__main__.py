"""`python -m hydroflow_nb`, and the console script `hydroflow-nb`."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

from hydroflow_nb.processes.command import run_command


def main() -> None:
    """Carry out the command line, and end the process."""
    code = run_command()
    atexit._run_exitfuncs()
    # A stream that was closed when the process started is None.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):
            stream.flush()
    # Not `sys.exit`, which waits for threads: a thread that waits for a line of the standard input may never end.
    os._exit(code)


if __name__ == "__main__":
    main()
