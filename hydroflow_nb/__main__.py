"""`python -m hydroflow_nb`, and the console script `hydroflow-nb`."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

from hydroflow_nb.processes.command import run_command


def main() -> None:
    """Do what the command line says, and end the process."""
    code = run_command()
    atexit._run_exitfuncs()
    # Where a process is started with a stream closed there is none.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):
            stream.flush()
    # Not `sys.exit`, which waits for threads: one that waits for a line of the standard input never ends.
    os._exit(code)


if __name__ == "__main__":
    main()
