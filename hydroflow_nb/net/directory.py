"""Directories: where each member of a distributed program is, by its name, and who the members of a location are."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, Self, runtime_checkable

from hydroflow_nb.engine.shown import shown

logger = logging.getLogger("hydroflow_nb.net")

_WRITE: Final = 'write for example {"coordinator": "10.0.0.7:5000", "participants": {"p1": "10.0.0.8:5000"}}'
# A label of a host name: what a stranger claims to be called must not become another host or another port.
_LABEL: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


@runtime_checkable
class NameService(Protocol):
    """What ends ask for addresses: a `Directory`, or any object with these two methods."""

    def resolve(self, name: str) -> Any:
        """The address of a member as it is now. Raises LookupError for a name that it does not know."""

    def members(self, location: str) -> Iterable[str]:
        """The names of the members of a location, in the same order everywhere.

        Raises LookupError for a location that it does not know.
        """


class Directory:
    """Says at which address each member is: `Directory({"p1": "10.0.0.7:5000", "p2": "10.0.0.8:5000"})`.

    Entries in a dict of their own are the members of a location: `{"participants": {"p1": "10.0.0.7:5000"}}`. Addresses
    are written as for `bind_tcp`, or are paths for Unix sockets. The mapping is read at each look-up, so a change of it
    holds for the next connection. `Directory.file`, `.environment` and `.dns` read names from elsewhere.

    Raises ValueError for what is not such a mapping.
    """

    def __init__(self, entries: Mapping[str, Any]) -> None:
        _check(entries)
        self._entries = entries

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> Directory:
        """The directory in a JSON file, which is read again when it changes. If it cannot be read then, the log says
        so, and what was read before holds.

        Raises OSError if there is no such file, and ValueError if it holds no directory.
        """
        return _FileDirectory(path)

    @classmethod
    def environment(cls, variable: str) -> Self:
        """The directory in a variable of the environment, as JSON. Raises ValueError if there is none in it."""
        text = os.environ.get(variable)
        if text is None:
            raise ValueError(f"the environment has no variable {variable}: {_WRITE}")
        return cls(_parsed(text, f"the variable {variable}"))

    @classmethod
    def dns(cls, pattern: str) -> DnsDirectory:
        """The directory that the DNS is: `Directory.dns("{name}.participants:5000")`. Each dial looks the host up anew.

        It knows every name that can be a part of a host name, and the members of no location. Raises ValueError for a
        pattern without `{name}`.
        """
        return DnsDirectory(pattern)

    def resolve(self, name: str) -> Any:
        """The address of a member as it is now. Raises LookupError for a name that the directory does not have."""
        entries = self.entries()
        found = entries.get(name)
        if found is not None and not isinstance(found, Mapping):
            return found
        for group in entries.values():
            if isinstance(group, Mapping) and name in group:
                return group[name]
        raise LookupError(f"the directory has no member {shown(name)}")

    def members(self, location: str) -> Sequence[str]:
        """The names of the members of a location, in the order of the directory; of a process, its own name.

        Raises LookupError for a location that the directory does not have.
        """
        found = self.entries().get(location)
        if found is None:
            raise LookupError(f"the directory has no location {shown(location)}")
        return tuple(found) if isinstance(found, Mapping) else (location,)

    def names(self) -> Sequence[str]:
        """The names of all members."""
        found: list[str] = []
        for name, entry in self.entries().items():
            found += entry if isinstance(entry, Mapping) else (name,)
        return tuple(dict.fromkeys(found))

    def entries(self) -> Mapping[str, Any]:
        """What the directory holds now: addresses by name, and such mappings by location."""
        return self._entries

    def __repr__(self) -> str:
        names = self.names()
        more = f", {len(names) - 10:,} more" if len(names) > 10 else ""
        return f"<directory of {', '.join(names[:10]) or 'nobody'}{more}>"


class _FileDirectory(Directory):
    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._seen = self._stamp()
        super().__init__(self._read())

    def entries(self) -> Mapping[str, Any]:
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._entries = self._read()
        except (OSError, ValueError) as exception:
            logger.warning(
                "the directory %s cannot be read again, what it said before holds: %s", *(self._path, exception)
            )
            self._seen = None
        return self._entries

    def _stamp(self) -> tuple[int, ...] | None:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> Mapping[str, Any]:
        entries = _parsed(self._path.read_text(encoding="utf-8"), str(self._path))
        _check(entries)
        return entries


class DnsDirectory:
    """The names that the DNS knows, as hosts that a pattern forms; `Directory.dns` makes it."""

    def __init__(self, pattern: str) -> None:
        if "{name}" not in pattern:
            raise ValueError(f'{shown(pattern)} has no place for a name: write "{{name}}.participants:5000"')
        self._pattern = pattern

    def resolve(self, name: str) -> str:
        """The address of a member. Raises LookupError for a name that cannot be a part of a host name."""
        if not _LABEL.fullmatch(name):
            raise LookupError(f"{shown(name)} cannot be a part of a host name")
        return self._pattern.replace("{name}", name)

    def members(self, location: str) -> Sequence[str]:
        """Raises LookupError: the DNS does not say who the members of a location are."""
        raise LookupError(f"the DNS does not say who the members of {shown(location)} are: give their names")

    def __repr__(self) -> str:
        return f"<directory of the DNS, {self._pattern}>"


def _parsed(text: str, where: str) -> Mapping[str, Any]:
    try:
        entries: Any = json.loads(text)
    except (ValueError, RecursionError) as exception:
        raise ValueError(f"{where} is not JSON: {exception}") from None
    if not isinstance(entries, dict):
        raise ValueError(f"{where} holds no directory: {_WRITE}")
    return entries


def _check(entries: Any) -> None:
    """Raise ValueError for what is not the mapping of a directory."""
    if not isinstance(entries, Mapping):
        raise ValueError(f"{shown(entries)} is not a directory: {_WRITE}")
    where: dict[str, Any] = {}
    for name, entry in entries.items():
        group = entry if isinstance(entry, Mapping) else {name: entry}
        for member, address in group.items():
            checked_name(member)
            if isinstance(address, Mapping) or address is None:
                raise ValueError(f"{shown(address)} is not the address of {shown(member)}: {_WRITE}")
            if where.setdefault(member, address) != address:
                raise ValueError(f"{shown(member)} has two addresses, {shown(where[member])} and {shown(address)}")


def checked_name(name: Any) -> str:
    """A name of a member, as it is. Raises ValueError for what cannot be one."""
    if not isinstance(name, str) or not name or not name.isprintable() or len(name.encode(errors="replace")) > 255:
        raise ValueError(f'{shown(name)} is not a name of a member: write a short text, such as "p1"')
    return name
