"""The launcher that runs the members of a system as processes of this machine."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hydroflow_nb.deploy.carrying import names_file
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.process_member import ProcessMember
from hydroflow_nb.deploy.process_run import ProcessRun, ProcessWatch
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.deploy.telling import MemberTelling, Telling
from hydroflow_nb.deploy.whereabouts import Whereabouts
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.transports import TRANSPORTS
from hydroflow_nb.syntax.modules import folder_of
from hydroflow_nb.systems.launching import Deployment, Placed, must_know_each_other

# The characters of a file's name that are those of the member's.
_LONGEST: Final = 80


class Processes:
    """Runs each member as a process of this machine, `hydroflow-nb run`, which only this machine can reach.

    `transport` is "tcp", "udp" or "unix"; over TCP and Unix sockets members prove their names by a key that is drawn
    for the run. All members have to be ready within `patience` seconds (30). A member that ends is started again,
    later and later, until it has ended `restarts` times (5) in a row within ten seconds of its start. The members end
    with this program, however it ends.

    Raises `HydroflowError` for another transport, ValueError for a number that is not positive.
    """

    def __init__(self, *, transport: str = "tcp", patience: float = 30.0, restarts: int = 5) -> None:
        if transport not in TRANSPORTS:
            raise HydroflowError(
                message=f"there is no transport {transport!r}: write one of {', '.join(map(repr, TRANSPORTS))}"
            )
        if patience <= 0 or restarts < 0:
            raise ValueError("`patience` is a number of seconds above 0, and `restarts` is 0 or more")
        self.transport = TRANSPORTS[transport]
        self.patience = patience
        self.restarts = restarts

    async def launch(self, deployment: Deployment) -> ProcessRun:
        """Start all members, and return when they are ready. Raises HydroflowError where one cannot run, with the last
        lines of its log, and OSError where a file cannot be written.
        """
        _must_be_runnable(deployment)
        folder = Path(tempfile.mkdtemp(prefix="hydroflow-"))
        watch = ProcessWatch(deployment.name, folder)
        try:
            self._prepare(deployment, watch)
            await watch.background.begin(watch.begin(self.patience))
        except BaseException:
            watch.close()
            await watch.ended()
            raise
        return ProcessRun(deployment.name, watch)

    def _prepare(self, deployment: Deployment, watch: ProcessWatch) -> None:
        """Write what the members read, and make the members."""
        folder = watch.folder
        text = folder / f"{deployment.name}.hf"
        text.write_text(deployment.source.text, encoding="utf-8")
        key = folder / "key"
        key.touch(0o600)
        key.write_text(secrets.token_hex(32))
        logs = deployment.logs or folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        where = Whereabouts(self.transport, deployment.locations, deployment.groups, folder)
        telling = Telling(everything=deployment.show_logs)
        files: dict[str, Path] = {}
        for placed in deployment.members():
            names = {**deployment.names, **placed.own}
            used = [*deployment.used, *placed.own]
            carried = names_file(names, used, whose=placed.name)
            file = files.setdefault(carried, folder / f"names{len(files) + 1}.py")
            if not file.exists():
                file.write_text(carried, encoding="utf-8")
            called = file_name(placed.name)
            log = logs / f"{called}.log"
            words = [
                *("run", str(text), f"--flow=@{placed.location}", f"--name={placed.name}"),
                *(f"--directory={where.file}", f"--python={file}", f"--folder={folder_of(deployment.source)}"),
                *(["--strangers"] if placed.meets_strangers else []),
                # Where there are no connections, nothing proves a name.
                *([f"--key-file={key}"] if self.transport.connect is not None else []),
                *([f"--on-fault={deployment.on_fault}"] if deployment.on_fault is not None else []),
                *(_kept(deployment, called) if placed.is_kept else []),
                *(_recorded(folder / f"{called}.json", deployment.record) if deployment.record is not None else []),
            ]
            watch.members[placed.name] = ProcessMember(
                placed,
                self._words(words, where, placed),
                MemberLog(log, MemberTelling(telling, placed.name, log)),
                watch.background,
                watch.nursery,
                Restarts(self.restarts),
                names=names,
                used=used,
                scratch=folder / f"{called}.recording.json",
                move=partial(where.move, placed.location, placed.name),
                bound=partial(where.bound, placed.name),
            )

    def _words(self, words: Sequence[str], where: Whereabouts, placed: Placed) -> Callable[[], Sequence[str]]:
        """The command line of the next process of a member, which may have moved."""
        return lambda: [*words, f"--bind={self.transport.name}:{where.of(placed.name)}"]


def file_name(member: str) -> str:
    """A name of a file that stands for a member, whatever the member is called; another one for each."""
    quoted = quote(member, safe="").replace(".", "%2E")
    if len(quoted) <= _LONGEST:
        return quoted
    import hashlib

    return f"{quoted[:_LONGEST]}-{hashlib.sha256(member.encode()).hexdigest()[:16]}"


def _kept(deployment: Deployment, called: str) -> list[str]:
    assert deployment.durable is not None
    return [f"--durable={deployment.durable / called}", f"--durable-write={deployment.durable_write}"]


def _recorded(file: Path, budget: int) -> list[str]:
    return [f"--record={file}", f"--record-budget={budget}"]


def _must_be_runnable(deployment: Deployment) -> None:
    if sys.platform == "win32":
        raise HydroflowError(
            message="systems are deployed as processes on Linux and macOS: run the members here with "
            f"`await {deployment.name}.start(...)`, or each by hand with `hydroflow-nb run`"
        )
    must_know_each_other(deployment)
