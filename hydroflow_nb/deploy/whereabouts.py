"""Where the members of a run are: the addresses that are chosen for them, and the directory in which they find them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydroflow_nb.locations import DeclaredLocation, LocationKind
from hydroflow_nb.net.addresses import LOOPBACK, host_and_port
from hydroflow_nb.net.transports import AddressForm, Transport
from hydroflow_nb.systems.groups import Groups
from hydroflow_nb.whole_file import write_whole


class Whereabouts:
    """Free ports of this machine, or paths in a folder, one for each member, in the file of a directory; a process is
    at the address of its declaration, if that has one. Raises OSError where no port is free.
    """

    def __init__(
        self, transport: Transport, locations: Mapping[str, DeclaredLocation], groups: Groups, folder: Path
    ) -> None:
        self.file = folder / "peers.json"
        self._transport = transport
        self._folder = folder
        self._locations = locations
        self._groups = groups
        self._at: dict[str, str] = {}
        for location, member in self._all():
            self._at[member] = self._locations[location].at or self._free(member)
        self._write()

    def of(self, member: str) -> str:
        """The address of a member."""
        return self._at[member]

    def bound(self, member: str) -> Any:
        """The address of a member's socket, for programs that are no members: a path, or a host and a port."""
        at = self.of(member)
        return at if self._transport.addresses is AddressForm.PATH else host_and_port(at)

    def move(self, location: str, member: str) -> None:
        """Choose another address for a member, unless its declaration says where it is."""
        if self._locations[location].at is None:
            self._at[member] = self._free(member)
            self._write()

    def _all(self) -> Iterator[tuple[str, str]]:
        for location, members in self._groups.items():
            yield from ((location, member) for member in members)

    def _free(self, member: str) -> str:
        if self._transport.addresses is AddressForm.PATH:
            # A member's name may be too long for a path, or lead out of the folder.
            number = [one for _, one in self._all()].index(member)
            return str(self._folder / str(number + 1))
        kind = socket.SOCK_STREAM if self._transport.connect is not None else socket.SOCK_DGRAM
        taken = set(self._at.values())
        while True:
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind((LOOPBACK, 0))
                found = f"{LOOPBACK}:{probe.getsockname()[1]}"
            if found not in taken:
                return found

    def _write(self) -> None:
        entries: dict[str, Any] = {}
        for location, members in self._groups.items():
            addresses = {member: self._at[member] for member in members}
            entries[location] = (
                next(iter(addresses.values())) if self._locations[location].kind is LocationKind.PROCESS else addresses
            )
        write_whole(self.file, json.dumps(entries))
