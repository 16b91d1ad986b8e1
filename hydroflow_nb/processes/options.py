"""The options of `hydroflow-nb`, and how their values are read."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hydroflow_nb import manuals
from hydroflow_nb.correctness.levels import NETWORKS
from hydroflow_nb.net.messages.codec import CODECS, MSGPACK
from hydroflow_nb.optimisations import ALL, OPTIMISATIONS
from hydroflow_nb.processes.ends import openable, read_link
from hydroflow_nb.processes.membership import KEY, PEERS
from hydroflow_nb.processes.process import PICTURES
from hydroflow_nb.processes.standard import read_stream
from hydroflow_nb.running import DEFAULT_BUDGET, OnFault
from hydroflow_nb.suggestions import either
from hydroflow_nb.trace.saving import WRITERS

T = TypeVar("T")

# Not by an import statement, which would put this module above the whole package in the order of imports.
_PACKAGE = sys.modules["hydroflow_nb"]

_EXAMPLES = """examples:
  hydroflow-nb run chat.ipynb --flow server --set role=server --set port=5000
  hydroflow-nb run chat.ipynb --flow server --bind tcp:127.0.0.1:5000
  hydroflow-nb run chat.ipynb --flow client --connect tcp:127.0.0.1:5000 \\
      --set server_address=127.0.0.1:5000 --stdin keyboard --stdout screen
  hydroflow-nb run echo.hf --bind udp:127.0.0.1:5000 --record echo.json
  hydroflow-nb run wordcount.hf --exit-on-eof < words.txt
  hydroflow-nb run orders.hf --bind tcp:127.0.0.1:5000 --durable orders.kept
  hydroflow-nb run chat.ipynb --flow server --cells
  hydroflow-nb run shout.hf --bind tcp:127.0.0.1:5000 --codec lines
  hydroflow-nb run commit.ipynb --flow two_pc@participants --bind tcp:127.0.0.1:5001 --set coordinator=127.0.0.1:5000
  hydroflow-nb run commit.ipynb --flow two_pc@participants --name p1 --directory peers.json --key-file cluster.key
  hydroflow-nb list chat.ipynb
  hydroflow-nb check chat.ipynb
  hydroflow-nb check chat.ipynb --flow server --network udp --at-least set"""

_RUN = """Run a flow as a program of its own, until it is asked to stop.

FILE is a notebook or the text of one flow (`.hf`). In a notebook, only the cells that the flow needs are run, in the
notebook's order: the cells that bind the names which the flow's arguments use, and the cells that those cells need.
Such a cell runs as a whole, except for magics, shell lines, expressions that only show something, and statements that
use a flow, such as `server.run_tick()`. `--cells` shows which cells and statements run. A cell tagged `setup` always
runs, a cell tagged `notebook-only` never runs, and a cell whose tags name flows runs for these flows only. `await`
works."""

_EXIT_CODES = """exit codes:
  0  stopped: a limit was reached, or SIGINT or SIGTERM came; the flow's output lost its reader
  1  the code of the flow or of a cell raised, or an `assert_eq` still expected items at the end
  2  the command has a mistake and cannot be carried out
  3  the flow does not compile
  4  an address is in use, or the network is not available
  5  the flow cannot be kept in its folder: it is in use, full, read-only, damaged, or that of another flow

When it is asked to stop, the flow ends its tick first. A tick that takes longer is interrupted after a moment, or at a
second signal.
The standard output is the flow's. The standard error is the log, one line an event: started, ready, warning, fault,
stopped, and what the network tells. `ready` comes when the flow is about to run and its sockets are open.

More: "Processes" in `docs/networks.md`."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog="hydroflow-nb",
        description="Hydroflow programs of notebooks, from the command line.",
        epilog=f"{_EXAMPLES}\n\nthe manual, in the repository of the package:\n{manuals.as_text('  ')}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"hydroflow-nb {_PACKAGE.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    check = commands.add_parser(
        "check",
        help="compile flows, say what is wrong with them, and whether they give the same in every run",
        description="Compile flows, say what is wrong with them, and of each output what is the same in every run. No "
        "flow runs, but files are read: the modules "
        "that `import!` names, and the files that the notebook's cells read to bind the flow's names.",
        epilog="More: `docs/correctness.md`.",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="a notebook, or the text of one flow (.hf)")
    check.add_argument(
        "--flow",
        metavar="NAME",
        help="this flow only, or what runs at a location, two_pc@participants; default: all of the notebook's",
    )
    check.add_argument("--network", choices=list(NETWORKS), help="what messages go through (default: nothing differs)")
    check.add_argument(
        "--replicas",
        type=_valued(_count),
        default=1,
        metavar="N",
        help="how many copies get the same items (default 1)",
    )
    check.add_argument(
        "--shard",
        type=_valued(_shard),
        metavar="PATH",
        help="where the key stands by which items are split among copies, such as [0]",
    )
    check.add_argument(
        "--at-least",
        type=_valued(_level),
        metavar="LEVEL",
        help="exit with 1 where an output is weaker than sequence, bag, set, final or part",
    )
    check.add_argument(
        "--graph",
        type=_valued(_picture),
        metavar="FILE",
        help=f"write the picture of the flow, or of the whole system: {', '.join(PICTURES)}",
    )
    rust = commands.add_parser(
        "rust",
        help="translate a flow to a Rust program",
        description="Translate a flow to a Cargo project for Hydroflow's crate, and say what cannot be translated. The "
        "cells run that bind the flow's names; the flow does not run.",
        epilog="More: `docs/rust.md`.",
    )
    rust.add_argument("file", type=Path, metavar="FILE", help="a notebook, or the text of one flow (.hf)")
    rust.add_argument("--flow", metavar="NAME", help="the flow; needed if there are several flows")
    rust.add_argument(
        "--type",
        dest="types",
        action="append",
        default=[],
        type=_valued(_typed),
        metavar="CHANNEL=TYPE",
        help="the type of a channel's items, such as ages=int or 'edges=tuple[int, int]'; can be given several times",
    )
    rust.add_argument("--out", type=Path, metavar="FOLDER", help="write the project there (default: print the program)")
    shown = commands.add_parser("list", help="list a notebook's flows, or the locations of a system")
    shown.add_argument("file", type=Path, metavar="FILE", help="a notebook, or the text of a system (.hf)")
    return top


def _typed(text: str) -> tuple[str, str]:
    name, equals, of = text.partition("=")
    if not (name and equals and of):
        raise ValueError(f"`{text}` is not CHANNEL=TYPE")
    return name.strip(), of.strip()


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="run a flow as a program of its own",
        description=_RUN,
        epilog=f"{_EXAMPLES}\n\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("file", type=Path, metavar="FILE", help="a notebook, or the text of one flow (.hf)")
    run.add_argument(
        "--flow",
        metavar="NAME",
        help="the flow, by its name or a tag, or what runs at a location of a system, two_pc@participants; needed if "
        "there are several flows",
    )
    run.add_argument(
        "--cells",
        action="store_true",
        help="show which cells would run, with `-` before each statement that is left out",
    )

    run.add_argument(
        "--without",
        action="append",
        default=[],
        choices=[ALL, *(one.name for one in OPTIMISATIONS)],
        metavar="NAME",
        help="leave out an optimisation: NAME is %(choices)s",
    )

    names = run.add_argument_group("names")
    names.add_argument(
        "--set",
        action="append",
        default=[],
        type=_valued(_setting),
        metavar="NAME=VALUE",
        dest="settings",
        help="bind a name to this value; what the cells assign to it is not evaluated; VALUE is a Python literal, "
        "otherwise it is taken as a text",
    )
    names.add_argument("--python", type=Path, metavar="FILE.py", help="run this file first; the flow sees its names")
    names.add_argument(
        "--folder",
        type=Path,
        metavar="FOLDER",
        help="where imports look, those of Python and, for a .hf file, `import!` (default: the folder of FILE)",
    )
    for action, help_ in (
        ("bind", f"open a socket: {_addresses('bind')} (port 0: any free one); the flow sees its ends as "
         "`outbound`, `inbound` and `address`, or as NAMES: `out,in,here=udp:127.0.0.1:5000`; `maelstrom`: be a node "
         "that Maelstrom runs over the standard input and output, with `nodes` and `reply` as further names"),
        ("connect", f"connect to {_addresses('connect')}; the names are those of --bind"),
    ):  # fmt: skip
        names.add_argument(
            f"--{action}", action="append", default=[], metavar="[NAMES=]ADDRESS", help=help_,
            type=_valued(partial(read_link, action=action)),
        )  # fmt: skip
    names.add_argument(
        "--codec",
        choices=list(CODECS),
        default=MSGPACK.name,
        help="what a message is on the sockets of --bind and --connect: a value (msgpack, json), or, for programs of "
        "any make, a line of text or raw bytes (default msgpack); `tcp+lines:127.0.0.1:5000` says it for one socket",
    )
    for stream, help_ in (
        ("stdin", "put the lines of the standard input into the channel of this name, which `source_stream(NAME)` "
         "reads"),
        ("stdout", "print the items of the channel of this name, to which `dest_sink(NAME)` sends"),
    ):  # fmt: skip
        names.add_argument(
            f"--{stream}", action="append", default=[], metavar="NAME", help=help_,
            type=_valued(partial(read_stream, is_input=stream == "stdin")),
        )  # fmt: skip

    members = run.add_argument_group(
        "members with names",
        "Addresses in the flow are then names, and `--bind` needs no address: `--bind unix`; without it, TCP. More: "
        '"Members with names" in `docs/networks.md`.',
    )
    members.add_argument(
        "--name", metavar="NAME", help="which member of the directory this is; not needed at a location of one member"
    )
    members.add_argument(
        "--directory",
        type=Path,
        metavar="FILE",
        help='where all members are, as JSON: {"coordinator": "10.0.0.7:5000", "participants": {"p1": ...}}; read '
        f"again when it changes; without it, the JSON in the environment's {PEERS}",
    )
    members.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="the secret with which all members prove their names (TCP and Unix sockets); without it, the one in the "
        f"environment's {KEY}",
    )
    members.add_argument(
        "--strangers",
        action="store_true",
        help="let programs in that say no name, beside the members; they are known by their addresses",
    )

    tls = run.add_argument_group("TLS", "For the TCP sockets of --bind and --connect; the files are PEM.")
    for option, help_ in (
        ("cert", "the certificate that this process shows, or its chain"),
        ("key", "the private key of --tls-cert, if it is in a file of its own"),
        ("ca", "whose certificates are believed; peers that connect have to show one as well"),
    ):
        tls.add_argument(f"--tls-{option}", type=Path, metavar="FILE", help=help_)

    until = run.add_argument_group(
        "until when", "Without one of these options, the flow runs until it is asked to stop."
    )
    until.add_argument("--ticks", type=_valued(_count), metavar="N", help="until N ticks have ended")
    until.add_argument(
        "--for", type=_valued(_seconds), metavar="SECONDS", dest="seconds", help="for this time, counted from `ready`"
    )
    until.add_argument("--until-idle", action="store_true", help="until no tick is due")
    until.add_argument(
        "--exit-on-eof", action="store_true",
        help="until the standard input has ended and all its lines are processed; without it, the flow goes on",
    )  # fmt: skip
    until.add_argument(
        "--parent", type=int, metavar="N",
        help="until the program ends that launched this one, and has the other end of the socket of descriptor N; it "
        "asks questions over it",
    )  # fmt: skip
    until.add_argument(
        "--on-fault", choices=[one.value for one in OnFault],
        help="what the flow does when its code raises: stop (default without --durable); continue with the next tick, "
        "without what was left of this one; or undo the tick, set the item at fault aside, which the log tells, and "
        "run the rest again (default with --durable, unless it keeps operators alone)",
    )  # fmt: skip

    kept = run.add_argument_group(
        "what is kept",
        "A flow that is kept in a folder goes on where it was, however it ended. More: `docs/durable.md`.",
    )
    kept.add_argument("--durable", type=Path, metavar="FOLDER", help="the folder that the flow is kept in")
    kept.add_argument(
        "--durable-write", choices=["journal", "state", "operators"], default="journal",
        help="what is written of each tick: what it takes in, before it runs (default); all that the flow holds; or "
        "what has changed of what its `'durable` operators hold: only they go on, and all else begins anew",
    )  # fmt: skip
    kept.add_argument(
        "--durable-snapshot-every", type=_valued(_count), metavar="N",
        help="after how many ticks all that the flow holds is written, and the journal begins anew (default 1000)",
    )  # fmt: skip

    written = run.add_argument_group("what is written")
    written.add_argument(
        "--graph", type=_valued(_picture), metavar="FILE", help=f"the flow's graph: {', '.join(PICTURES)}"
    )
    written.add_argument(
        "--alive", type=Path, metavar="FILE",
        help="a file that is touched each second from `ready` on, and removed at the end: one that is older than some "
        "seconds is that of a process within a long tick. systemd is told the same, where it asks for it (Type=notify)",
    )  # fmt: skip
    written.add_argument(
        "--record",
        type=_valued(_recording),
        metavar="FILE",
        help="the run, written when the flow has ended: run.html, a page that steps through it, or run.json",
    )
    written.add_argument(
        "--record-budget", type=_valued(_count), default=DEFAULT_BUDGET, metavar="N",
        help="how many items the newest recorded ticks hold at most (default %(default)s)",
    )  # fmt: skip
    written.add_argument("--log", choices=["text", "json"], default="text", help="the form of the log's lines")
    written.add_argument(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        default="info",
        help="the lowest level that is logged",
    )


def _addresses(action: str) -> str:
    """The addresses that an option takes, in words."""
    return either(f"{transport.name}:{transport.addresses.value}" for transport in openable(action))


# --- the values of options -------------------------------------------------------------------------------------------


def _valued(read: Callable[[str], T]) -> Callable[[str], T]:
    """The same reader, with a ValueError as the exception whose text argparse shows."""

    def reading(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return reading


def _setting(text: str) -> tuple[str, Any]:
    name, equals, written = text.partition("=")
    if not equals or not name.isidentifier():
        raise ValueError(f"`{text}` does not give a value to a name: write `--set name=value`")
    try:
        return name, ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return name, written


def _level(text: str) -> str:
    from hydroflow_nb.correctness.levels import level_named

    return level_named(text)


def _shard(text: str) -> str:
    from hydroflow_nb.correctness.surroundings import Surroundings

    _ = Surroundings(shard=text).differences
    return text


def _count(text: str) -> int:
    digits = text.replace("_", "")
    if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
        raise ValueError(f"`{text}` is not a whole number of 1 or more")
    return int(digits)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"`{text}` is not a number of seconds")
    return seconds


def _recording(text: str) -> Path:
    path = Path(text)
    is_special = path.exists() and not path.is_file()
    if not is_special and not path.name.lower().endswith(tuple(WRITERS)):
        raise ValueError(f"`{text}` does not end in one of {', '.join(WRITERS)}")
    return path


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix not in PICTURES:
        raise ValueError(f"`{text}` does not end in one of {', '.join(PICTURES)}")
    return path
