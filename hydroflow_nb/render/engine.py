"""Graphviz as a process: the `dot` of the machine, or the one that comes as a wheel."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EMBEDDED = "graphviz-pure"
# Long enough for thousands of operators, short enough that a cell is never lost over its picture.
TIMEOUT_SECONDS = 20.0


class NoPictureError(Exception):
    """No Graphviz was found, or none of those found could lay the graph out; the text says which were tried."""


def executables() -> Iterator[str]:
    """The programs that can lay a graph out, the first choice first: a `dot` on PATH, then the embedded engine.

    A notebook's kernel may have been started without its environment on PATH, so the embedded engine is looked for
    where the environment's scripts are, then next to the interpreter, then on PATH.
    """
    places = (None, sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None)
    names = ("dot", EMBEDDED, EMBEDDED, EMBEDDED)
    found = (shutil.which(name, path=place) for name, place in zip(names, places, strict=True))
    yield from dict.fromkeys(path for path in found if path is not None)


def layout(dot: str) -> dict[str, Any]:
    """A graph in Graphviz's language with its places, as Graphviz's JSON. Raises NoPictureError.

    Nothing is written to the error stream, whatever the engine says there.
    """
    tried: list[str] = []
    for executable in executables():
        # Here, not at the top: a flow that is compiled but never drawn needs no graphviz, and a browser has none.
        from graphviz.backend import dot_command, execute

        command = dot_command.command("dot", "json")
        try:
            done = execute.run_check(
                # The package takes the program from a global; ours differs from call to call.
                [executable, *command[1:]],
                input=dot,
                encoding="utf-8",
                capture_output=True,
                quiet=True,
                timeout=TIMEOUT_SECONDS,
            )
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        except subprocess.TimeoutExpired:
            tried.append(f"{executable} took more than {TIMEOUT_SECONDS:g} s")
        except subprocess.CalledProcessError as failure:
            tried.append(f"{executable} failed: {(failure.stderr or '').strip()[:200]}")
        except (OSError, RuntimeError, ValueError) as failure:
            tried.append(f"{executable} cannot be used: {failure}")
    raise NoPictureError("; ".join(tried) or f"neither `dot` nor `{EMBEDDED}` was found")
