"""Which member of a distributed program a process is: its name, the directory of all members, their key, and TLS."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.locations import LocationKind
from hydroflow_nb.net.addresses import written
from hydroflow_nb.net.directory import Directory
from hydroflow_nb.net.tls import Tls
from hydroflow_nb.net.transports import TCP, UNIX
from hydroflow_nb.processes.ends import NAMES, SocketLink
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.records import dataclass
from hydroflow_nb.syntax.first_line import closest

# The variables of the environment that stand for `--directory` and `--key-file`; the first holds the JSON itself.
PEERS: Final = "HF_PEERS"
KEY: Final = "HF_KEY"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """The name of a process in a directory, the key with which it proves the name, and whether programs without a name
    are let in beside the members.
    """

    name: str
    directory: Directory
    key: bytes | None = field(default=None, repr=False)
    strangers: bool = False

    def links(self, asked: Sequence[SocketLink]) -> list[SocketLink]:
        """The sockets of `--bind`, with the name; without an address they are where the directory has this member.
        Without any `--bind` it is one socket there, for TCP, or a Unix socket if that is a path. A socket for lines or
        bytes, such as `tcp+lines:127.0.0.1:8000`, stays without a name. Raises Misuse.
        """
        if not asked:
            asked = [SocketLink(names=NAMES, opener=(UNIX if _is_path(self._own()) else TCP).bind, where="")]
        given: dict[str, Any] = {"name": self.name, "directory": self.directory, "strangers": self.strangers}
        if self.key is not None:
            given["key"] = self.key
        return [
            replace(link, where=link.where or self._own(), keywords={**link.keywords, **given})
            if link.has_names
            else link
            for link in asked
        ]

    def value_of(self, location: str, kind: LocationKind) -> Any:
        """What the name of a location stands for: the name of the one member of a process, all members of a cluster.

        Raises LookupError for a location that the directory does not have, and Misuse for a process of several members.
        """
        members = self.directory.members(location)
        if kind is not LocationKind.PROCESS:
            return tuple(members)
        if len(members) != 1:
            raise Misuse(
                f"`{location}` is one process, and the directory has {len(members)} members there",
                f"write `{location} = cluster();` in the text, or one address in the directory",
            )
        return members[0]

    def _own(self) -> str:
        try:
            return written(self.directory.resolve(self.name))
        except LookupError as error:
            raise Misuse(str(error), "say where this member is: `--bind tcp:127.0.0.1:5000`") from None


def membership(
    name: str | None, directory: Path | None, key_file: Path | None, location: str | None, *, strangers: bool = False
) -> Membership | None:
    """What `--name`, `--directory`, `--key-file` and `--strangers` say together, and the environment in place of the
    second and the third; None where there are no names. `location` is that of the flow: its only member need not be
    named. Raises Misuse.
    """
    if name is None and directory is None:
        if key_file is not None:
            raise Misuse("a key proves names", "write `--name` and `--directory` as well")
        if strangers:
            raise Misuse("`--strangers`: without names all are strangers", "write `--name` and `--directory` as well")
        return None
    found = _directory(directory)
    try:
        members = () if location is None else found.members(location)
    except LookupError:
        # `--set` may say who they are.
        members = ()
    if name is None:
        if len(members) != 1:
            raise Misuse(
                "the directory has several members, and one of them is this process",
                f"write `--name {(*members, *found.names(), 'p1')[0]}`",
            )
        name = members[0]
    if members and name not in members:
        raise Misuse(f"`{name}` is not a member of `{location}` in the directory", closest(name, members))
    return Membership(name=name, directory=found, key=_key(key_file), strangers=strangers)


def _directory(path: Path | None) -> Directory:
    try:
        if path is not None:
            return Directory.file(path)
        if PEERS in os.environ:
            return Directory.environment(PEERS)
    except (OSError, ValueError) as error:
        raise Misuse(f"cannot read the directory: {error}") from None
    raise Misuse("a name stands in a directory", f"write `--directory peers.json`, or set {PEERS}")


def _key(path: Path | None) -> bytes | None:
    if path is None:
        text = os.environ.get(KEY)
        return None if text is None else text.strip().encode()
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise Misuse(f"cannot read the key: {error}") from None


def tls_of_files(cert: Path | None, key: Path | None, ca: Path | None) -> Tls | None:
    """What `--tls-cert`, `--tls-key` and `--tls-ca` say together; None where there is no TLS. Raises Misuse."""
    if cert is None and key is not None:
        raise Misuse("a private key is that of a certificate", "write `--tls-cert` as well")
    if cert is None and ca is None:
        return None
    try:
        return Tls.of_files(cert, key, ca)
    except OSError as error:
        files = ", ".join(str(path) for path in (cert, key, ca) if path is not None)
        raise Misuse(f"cannot use {files} for TLS: {error.strerror or error}") from None


def with_tls(links: Iterable[SocketLink], tls: Tls) -> list[SocketLink]:
    """Sockets, all of them with TLS. Raises Misuse for a transport that has none."""
    found = list(links)
    for link in found:
        if link.opener not in (TCP.bind, TCP.connect):
            raise Misuse("only TCP has TLS", "leave out `--tls-cert`, `--tls-key` and `--tls-ca`, or write `tcp:`")
    return [replace(link, keywords={**link.keywords, "tls": tls}) for link in found]


def _is_path(address: Any) -> bool:
    return isinstance(address, str) and "/" in address
