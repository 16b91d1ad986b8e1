"""A system as units of systemd, on machines that are reached by SSH."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Final

from hydroflow_nb.deploy.files import Files
from hydroflow_nb.deploy.manifests.image import NEW_KEY, PATIENCE, PORT
from hydroflow_nb.deploy.program import Program, program_of
from hydroflow_nb.records import dataclass
from hydroflow_nb.systems.launching import Deployment, Placed

_UNIT: Final = """[Unit]
Description=The member {member} of the system {system}
Wants=network-online.target
After=network-online.target
{needs}StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=300
ExecStart={command}
{streams}Restart=on-failure
RestartSec=1
RestartSteps=5
RestartMaxDelaySec=30
WatchdogSec={patience}
TimeoutStopSec=15
LoadCredential=key:{root}/key
StateDirectory={state}
StateDirectoryMode=0700
MemoryMax={memory}
TasksMax=128

DynamicUser=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077

[Install]
WantedBy=multi-user.target
"""

# What a member reads comes through a pipe with a name, which is there as long as the machine runs.
_SOCKET: Final = """[Unit]
Description=What the member {member} of the system {system} reads

[Socket]
ListenFIFO={pipe}
SocketMode=0600

[Install]
WantedBy=sockets.target
"""
_LINES: Final = """
# A line for the member {member}, on its machine:
#   echo "..." | sudo tee {pipe}"""
_NEEDS: Final = """Requires={unit}.socket
After={unit}.socket
"""
_STREAMS: Final = """StandardInput=socket
StandardOutput=journal
"""

_SCRIPT: Final = """#!/bin/sh
# Puts the system {system} on its machines and starts it: {members}.
# A machine needs ssh, rsync, systemd 250 or later (254 to start again later and later) and Python 3.11 or
# later with venv; you may use sudo there.
#
# Make the secret with which the members prove their names, once:
#   ({key} > key && chmod 400 key)
#
# Packages that pip does not find at an index are taken from the folder `wheels` beside this script.{lines}
set -eu
cd "$(dirname "$0")"
test -f key || {{ echo "There is no file key here: see the head of this script." >&2; exit 1; }}
sent="program peers.json"
test ! -d wheels || sent="$sent wheels"

put() {{
    host=$1
    shift
    ssh -- "$host" 'sudo install --directory --owner="$(id -u)" {root} {root}/wheels'
    # Members run as users of their own, who have to be able to read it, and nobody but who puts it there to write it.
    rsync --archive --no-owner --no-group --delete --chmod=D755,F644 $sent "$host":{root}/
    # The secret is root's: systemd gives it to each member.
    ssh -- "$host" 'sudo install --mode=0400 /dev/stdin {root}/key' < key
    ssh -- "$host" 'umask 022; test -x {root}/venv/bin/pip || python3 -m venv {root}/venv'
    ssh -- "$host" 'umask 022; {root}/venv/bin/pip install --quiet --find-links={root}/wheels {packages}'
    for unit in "$@"; do
        ssh -- "$host" "sudo install --mode=0644 /dev/stdin /etc/systemd/system/$unit" < "units/$unit"
    done
    ssh -- "$host" "sudo systemctl daemon-reload && sudo systemctl enable $* && sudo systemctl restart $*"
}}

{puts}
"""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a member runs: the machine, and the port."""

    host: str
    port: int


class Systemd:
    """Makes units with which systemd runs each member, and a script that brings them to `hosts` by ssh and rsync.

    Members are put on the hosts by turns, in their order.
    `hosts` are names or IPv4 addresses of machines, as ssh and the members reach them, `user@` before them for ssh
    alone.
    `port` is the first port on each, `memory` what a member may use at most. Nothing is run.

    Raises ValueError without a host, and for one that is no host's name, or is an IPv6 address, where none listens.
    """

    def __init__(self, hosts: Sequence[str], *, port: int = PORT, memory: str = "512M") -> None:
        if isinstance(hosts, str):
            raise ValueError(f"`hosts` are several, in a list: write hosts=[{hosts!r}]")
        self.hosts = [_checked(host) for host in hosts]
        if not self.hosts:
            raise ValueError('`hosts` has no host: write for example hosts=["10.0.0.7", "10.0.0.8"]')
        self.port = port
        self.memory = memory

    def files(self, deployment: Deployment) -> Files:
        """The files: `install.sh`, the directory `peers.json`, a unit for each member, one more for the lines that it
        reads, and the folder `program`. Raises HydroflowError for what cannot be carried to another machine.
        """
        program = program_of(deployment)
        places = self._places(deployment)
        root = f"/opt/hydroflow/{program.label}"
        units = {
            f"units/{_unit(program, one)}.service": self._text(program, one, places[one.name], root)
            for one in deployment.members()
        }
        sockets = {f"units/{_unit(program, one)}.socket": _socket(program, one) for one in _readers(program)}
        made = {
            "install.sh": self._script(program, places, root),
            "peers.json": program.peers(lambda placed: _address(places[placed.name])) + "\n",
            **units,
            **sockets,
        }
        return Files({**made, **{f"program/{path}": text for path, text in program.texts.items()}})

    def _places(self, deployment: Deployment) -> Mapping[str, _Place]:
        hosts = cycle(self.hosts)
        free = dict.fromkeys(self.hosts, self.port)
        found: dict[str, _Place] = {}
        for placed in deployment.members():
            host = next(hosts)
            found[placed.name] = _Place(host=host, port=free[host])
            free[host] += 1
        return found

    def _text(self, program: Program, placed: Placed, place: _Place, root: str) -> str:
        state = f"hydroflow/{program.label}/{program.labels()[placed.name]}"
        command = program.command(
            placed,
            placed.name,
            folder=f"{root}/program",
            port=place.port,
            key="${CREDENTIALS_DIRECTORY}/key",
            kept="${STATE_DIRECTORY}/kept",
            alive=None,
        )
        words = [f"{root}/venv/bin/hydroflow-nb", *command, f"--directory={root}/peers.json"]
        reads = placed.location in program.deployment.stdin
        return _UNIT.format(
            needs=_NEEDS.format(unit=_unit(program, placed)) if reads else "",
            streams=_STREAMS if reads else "",
            member=_plain(placed.name),
            system=program.deployment.name,
            command=" ".join(_word(word) for word in words),
            root=root,
            state=state,
            memory=self.memory,
            patience=PATIENCE,
        )

    def _script(self, program: Program, places: Mapping[str, _Place], root: str) -> str:
        by_host: dict[str, list[str]] = {}
        readers = _readers(program)
        for placed in program.deployment.members():
            kinds = ("socket", "service") if placed in readers else ("service",)
            units = by_host.setdefault(places[placed.name].host, [])
            units += [f"{_unit(program, placed)}.{kind}" for kind in kinds]
        return _SCRIPT.format(
            system=program.deployment.name,
            members=", ".join(places),
            key=NEW_KEY,
            root=root,
            packages=program.installed,
            lines=_LINES.format(pipe=_pipe(program, readers[0]), member=_plain(readers[0].name)) if readers else "",
            puts="\n".join(f"put {shlex.quote(host)} {' '.join(units)}" for host, units in by_host.items()),
        )


def _checked(host: str) -> str:
    user, _, name = host.rpartition("@")
    if ":" in name:
        raise ValueError(
            f"{host!r} is not a host's name or IPv4 address, and members listen at IPv4 addresses: write the machine's "
            "IPv4 address, or a name that has one; if ssh has another port there, write it into ~/.ssh/config"
        )
    if not name or not all(one.isascii() and (one.isalnum() or one in "._-") for one in name) or name[0] == "-":
        raise ValueError(f"{host!r} is not a host's name or address: write for example '10.0.0.7' or 'me@lab1.example'")
    if user and not all(one.isascii() and (one.isalnum() or one in "._-") for one in user):
        raise ValueError(f"{user!r} is not a user's name")
    return host


def _address(place: _Place) -> str:
    return f"{place.host.rpartition('@')[2]}:{place.port}"


def _unit(program: Program, placed: Placed) -> str:
    return f"{program.label}-{program.labels()[placed.name]}"


def _readers(program: Program) -> list[Placed]:
    """The members that read lines."""
    return [one for one in program.deployment.members() if one.location in program.deployment.stdin]


def _pipe(program: Program, placed: Placed) -> str:
    """Where lines for a member are put in."""
    return f"/run/hydroflow/{program.label}/{program.labels()[placed.name]}"


def _socket(program: Program, placed: Placed) -> str:
    return _SOCKET.format(member=_plain(placed.name), system=program.deployment.name, pipe=_pipe(program, placed))


def _word(word: str) -> str:
    """A word of a unit's command: `%` begins a specifier there, `$` a variable, but for those that systemd sets."""
    written = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if not word.startswith(("--key-file=", "--durable=")):
        written = written.replace("$", "$$")
    return f'"{written}"' if any(one in written for one in " '\"\\;") else written


def _plain(text: str) -> str:
    """A text within one line of a unit or a comment."""
    return text.replace("%", "%%")
