"""`hydroflow-nb`: the commands and their options."""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hydroflow_nb import manuals
from hydroflow_nb.correctness.levels import NETWORKS
from hydroflow_nb.net.messages.codec import CODECS, MSGPACK
from hydroflow_nb.optimisations import ALL, OPTIMISATIONS, left_out
from hydroflow_nb.processes import listing
from hydroflow_nb.processes.ends import NAMES, SocketLink, either, openable, read_link
from hydroflow_nb.processes.failures import ExitCode, Misuse, exit_code
from hydroflow_nb.processes.logs import start_logging
from hydroflow_nb.processes.membership import KEY, PEERS, membership, tls_of_files, with_tls
from hydroflow_nb.processes.notebook import Notebook, python_file, read_notebook, text_as_notebook
from hydroflow_nb.processes.outputs import write
from hydroflow_nb.processes.process import PICTURES, Process, ProcessTask
from hydroflow_nb.processes.slicing import check_names, plan
from hydroflow_nb.processes.standard import read_stream
from hydroflow_nb.running import DEFAULT_BUDGET
from hydroflow_nb.trace.saving import WRITERS

T = TypeVar("T")

# Not by an import statement, which would put this module above the whole package in the order of imports.
_PACKAGE = sys.modules["hydroflow_nb"]

_EXAMPLES = """examples:
  hydroflow-nb run chat.ipynb --flow server --set role=server --set port=5000
  hydroflow-nb run chat.ipynb --flow server --bind tcp:127.0.0.1:5000
  hydroflow-nb run chat.ipynb --flow client --connect tcp:127.0.0.1:5000 --stdin keyboard --stdout screen
  hydroflow-nb run echo.hf --bind udp:127.0.0.1:5000 --record echo.json
  hydroflow-nb run wordcount.hf --exit-on-eof < words.txt
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
    shown = commands.add_parser("list", help="list a notebook's flows, or the locations of a system")
    shown.add_argument("file", type=Path, metavar="FILE", help="a notebook, or the text of a system (.hf)")
    return top


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
        "any make, a line of text or raw bytes (default msgpack)",
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
        "--on-fault", choices=["stop", "continue"], default="stop",
        help="what the flow does when its code raises: stop (default), or continue with the next tick",
    )  # fmt: skip

    written = run.add_argument_group("what is written")
    written.add_argument(
        "--graph", type=_valued(_picture), metavar="FILE", help=f"the flow's graph: {', '.join(PICTURES)}"
    )
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


def run_command(words: Sequence[str] | None = None) -> int:
    """Carry out a command line. Returns the exit code. If argparse cannot read the line, it exits itself."""
    arguments = parser().parse_args(words)
    try:
        match arguments.command:
            case "run":
                return _run(arguments)
            case "check":
                return _check(arguments)
            case _:
                notebook = _notebook(arguments.file, None)
                if listing.is_flow_file(arguments.file) and not notebook.cell_of(None).locations:
                    raise Misuse(
                        f"{arguments.file} is the text of one flow, not a notebook",
                        f"`hydroflow-nb check {arguments.file}` compiles it",
                    )
                print(*listing.flows(notebook), sep="\n")
                return ExitCode.STOPPED
    except BrokenPipeError:
        # The reader has closed the output: it has seen enough.
        return ExitCode.STOPPED
    except Misuse as misuse:
        print(f"hydroflow-nb: {misuse}", file=sys.stderr)
        return ExitCode.MISUSED


def _run(arguments: argparse.Namespace) -> int:
    notebook = _notebook(arguments.file, arguments.python)
    is_member = arguments.name is not None or arguments.directory is not None
    _must_say_where(arguments, is_member)
    streams = (*arguments.stdin, *arguments.stdout)
    given = dict(arguments.settings)
    ends = [frozenset(link.names) for link in (*arguments.bind, *arguments.connect, *streams)]
    if is_member and not arguments.bind:
        # A member is where the directory says.
        ends.append(frozenset(NAMES))
    found = plan(notebook, arguments.flow, frozenset(given).union(*ends))
    if arguments.cells:
        print(*listing.cells(found), sep="\n")
        return ExitCode.STOPPED
    check_names(found, given.keys(), ends)
    for path in filter(None, (arguments.graph, arguments.record)):
        if not path.absolute().parent.is_dir():
            raise Misuse(f"cannot write {path}: the folder {path.parent} does not exist")
    member = membership(arguments.name, arguments.directory, arguments.key_file, found.location)
    sockets = arguments.bind if member is None else member.links(arguments.bind)
    sockets = (*sockets, *arguments.connect)
    tls = tls_of_files(arguments.tls_cert, arguments.tls_key, arguments.tls_ca)
    if tls is not None:
        if not all(isinstance(link, SocketLink) for link in sockets):
            raise Misuse("Maelstrom has no sockets", "leave out `--tls-cert`, `--tls-key` and `--tls-ca`")
        sockets = with_tls(sockets, tls)
    coded = (replace(link, codec=arguments.codec) if isinstance(link, SocketLink) else link for link in sockets)
    links = (*coded, *streams)
    start_logging(arguments.log, arguments.log_level)
    # A pipe gets each line immediately. A character that this output cannot encode is escaped: it must not stop a flow.
    if isinstance(sys.stdout, io.TextIOWrapper):
        errors = "backslashreplace" if sys.stdout.errors == "strict" else sys.stdout.errors
        sys.stdout.reconfigure(line_buffering=True, errors=errors)
    task = ProcessTask(
        plan=found,
        file=arguments.file,
        given=given,
        links=links,
        membership=member,
        ticks=arguments.ticks,
        seconds=arguments.seconds,
        until_idle=arguments.until_idle,
        exit_on_eof=arguments.exit_on_eof,
        continue_on_fault=arguments.on_fault == "continue",
        graph=arguments.graph,
        record=arguments.record,
        budget=arguments.record_budget,
        without=left_out(arguments.without),
    )
    return Process(task).run()


def _must_say_where(arguments: argparse.Namespace, is_member: bool) -> None:
    """Raise Misuse where an option for sockets needs names, or has none to give."""
    if is_member and arguments.connect:
        raise Misuse("a connection of `--connect` has no name of its own", "members listen: write `--bind`")
    for link in arguments.bind:
        if not isinstance(link, SocketLink):
            if is_member:
                raise Misuse("Maelstrom names its nodes itself", "leave out `--name` and `--directory`")
        elif not link.where and not is_member:
            raise Misuse(
                "`--bind` says no address, and no directory does so",
                "write `--bind tcp:127.0.0.1:5000`, or `--name` and `--directory`",
            )


def _check(arguments: argparse.Namespace) -> int:
    notebook = _notebook(arguments.file, None)
    code = ExitCode.STOPPED
    if arguments.flow is None and not any(cell.flow_name or cell.misnaming for cell in notebook.cells):
        print(f"{arguments.file.name} has no flow")
    try:
        asked = listing.Asked(
            network=arguments.network, replicas=arguments.replicas, shard=arguments.shard, at_least=arguments.at_least
        )
        for found, said in listing.checked(notebook, arguments.flow, arguments.file.parent, asked):
            print(said)
            code = max(code, found)
        if arguments.graph is not None and code != ExitCode.NOT_COMPILED:
            draw = PICTURES[arguments.graph.suffix]
            write(arguments.graph, draw(listing.picture(notebook, arguments.flow, arguments.file.parent)))
    except (BrokenPipeError, Misuse):
        raise
    except Exception as error:
        print(f"hydroflow-nb: a cell that a check needs raised {type(error).__name__}: {error}", file=sys.stderr)
        return exit_code(error)
    return code


def _notebook(path: Path, python: Path | None) -> Notebook:
    if listing.is_flow_file(path):
        return text_as_notebook(path, python)
    notebook = read_notebook(path)
    return notebook if python is None else replace(notebook, cells=(python_file(python), *notebook.cells))


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
