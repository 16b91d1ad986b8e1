"""`python -m hydroflow_nb`, and the console script `hydroflow-nb`."""

from __future__ import annotations

from hydroflow_nb.processes.command import end_with, run_command


def main() -> None:
    """Carry out the command line, and end the process."""
    end_with(run_command())


if __name__ == "__main__":
    main()
