"""`hydroflow-nb`: the commands."""

from __future__ import annotations

import argparse
import atexit
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.optimisations import left_out
from hydroflow_nb.processes import listing
from hydroflow_nb.processes.ends import NAMES, SocketLink
from hydroflow_nb.processes.failures import ExitCode, Misuse, exit_code
from hydroflow_nb.processes.logs import start_logging
from hydroflow_nb.processes.membership import membership, tls_of_files, with_tls
from hydroflow_nb.processes.notebook import Notebook, python_file, read_notebook, text_as_notebook
from hydroflow_nb.processes.options import parser
from hydroflow_nb.processes.outputs import write
from hydroflow_nb.processes.parent import Parent
from hydroflow_nb.processes.process import PICTURES, Process, ProcessTask
from hydroflow_nb.processes.slicing import check_names, plan
from hydroflow_nb.processes.translating import project
from hydroflow_nb.running import OnFault


def run_command(words: Sequence[str] | None = None) -> int:
    """Carry out a command line. Returns the exit code. If argparse cannot read the line, it exits itself."""
    arguments = parser().parse_args(words)
    try:
        match arguments.command:
            case "run":
                return _run(arguments)
            case "check":
                return _check(arguments)
            case "rust":
                return _rust(arguments)
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


def end_with(code: int) -> NoReturn:
    """End the process, when what was written has left."""
    atexit._run_exitfuncs()
    # A stream that was closed when the process started is None.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):
            stream.flush()
    # Not `sys.exit`, which waits for threads: a thread that waits for a line of the standard input may never end.
    os._exit(code)


def _run(arguments: argparse.Namespace) -> int:
    notebook = _notebook(arguments.file, arguments.python, arguments.folder)
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
    for path in filter(None, (arguments.alive, arguments.graph, arguments.record)):
        if not path.absolute().parent.is_dir():
            raise Misuse(f"cannot write {path}: the folder {path.parent} does not exist")
    member = membership(
        arguments.name, arguments.directory, arguments.key_file, found.location, strangers=arguments.strangers
    )
    sockets = arguments.bind if member is None else member.links(arguments.bind)
    sockets = (*sockets, *arguments.connect)
    tls = tls_of_files(arguments.tls_cert, arguments.tls_key, arguments.tls_ca)
    if tls is not None:
        if not all(isinstance(link, SocketLink) for link in sockets):
            raise Misuse("Maelstrom has no sockets", "leave out `--tls-cert`, `--tls-key` and `--tls-ca`")
        sockets = with_tls(sockets, tls)
    coded = (
        replace(link, codec=link.codec or arguments.codec) if isinstance(link, SocketLink) else link for link in sockets
    )
    links = (*coded, *streams)
    start_logging(arguments.log, arguments.log_level)
    # A pipe gets each line immediately. A character that this output cannot encode is escaped: it must not stop a flow.
    if isinstance(sys.stdout, io.TextIOWrapper):
        errors = "backslashreplace" if sys.stdout.errors == "strict" else sys.stdout.errors
        sys.stdout.reconfigure(line_buffering=True, errors=errors)
    task = ProcessTask(
        plan=found,
        file=arguments.file,
        folder=arguments.folder,
        parent=None if arguments.parent is None else Parent(arguments.parent),
        given=given,
        links=links,
        membership=member,
        ticks=arguments.ticks,
        seconds=arguments.seconds,
        until_idle=arguments.until_idle,
        exit_on_eof=arguments.exit_on_eof,
        on_fault=OnFault.of(arguments.on_fault, is_durable=_runs_again(arguments)),
        durable=arguments.durable,
        durable_write=arguments.durable_write,
        durable_snapshot_every=arguments.durable_snapshot_every,
        alive=arguments.alive,
        graph=arguments.graph,
        record=arguments.record,
        budget=arguments.record_budget,
        without=left_out(arguments.without),
    )
    return Process(task).run()


def _runs_again(arguments: argparse.Namespace) -> bool:
    """True where a restart runs ticks again, which must not raise then."""
    return arguments.durable is not None and arguments.durable_write != "operators"


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


def _rust(arguments: argparse.Namespace) -> int:
    try:
        made = project(_notebook(arguments.file, None), arguments.flow, arguments.file.parent, arguments.types)
    except HydroflowError as refused:
        print(refused, file=sys.stderr)
        return ExitCode.NOT_COMPILED
    if arguments.out is None:
        print(made.text, end="")
        return ExitCode.STOPPED
    try:
        made.write(arguments.out)
    except OSError as error:
        raise Misuse(f"cannot write {arguments.out}: {error.strerror}") from None
    print(f"`cargo run --release` in {arguments.out} runs it")
    return ExitCode.STOPPED


def _notebook(path: Path, python: Path | None, folder: Path | None = None) -> Notebook:
    if listing.is_flow_file(path):
        return text_as_notebook(path, python, folder)
    notebook = read_notebook(path)
    return notebook if python is None else replace(notebook, cells=(python_file(python), *notebook.cells))
