"""Unix sockets: messages in order between processes of one machine; addresses are paths in its file system."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.addresses import in_use
from hydroflow_nb.net.connection import Connection
from hydroflow_nb.net.directory import NameService
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import Codec
from hydroflow_nb.net.naming import Naming, naming_of
from hydroflow_nb.net.options import BACKLOG, DEFAULT_LIMIT, PATIENCE, ROOM, TOTAL_BACKLOG, SocketOptions
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.streams import StreamOutbound

# How many bytes a path may have on all systems; macOS allows the fewest.
_LONGEST: Final = 103
_MOST_TOKEN: Final = 32


class UnixOutbound(StreamOutbound):
    """The outbound end of Unix sockets.

    The address of a bound end is its path. The address of any other end is the path that it has dialled, then "#", and
    then its token, or a number if it sends none.
    """

    def __init__(self, path: str, options: SocketOptions, *, listens: bool, naming: Naming | None = None) -> None:
        super().__init__(options, naming)
        self._path = path
        # It tells this socket's file from another one at the same path.
        self._inode = os.stat(path).st_ino if listens else None
        self._token = secrets.token_hex(4)
        self._count = 0

    async def connect(self) -> str:
        """Connect to the path, and again whenever the connection breaks. Returns this end's address for the peer."""
        peer = self._peer(self._path)
        peer.is_kept = True
        await self.dial(peer)
        return f"{self._path}#{self._token}"

    def _place(self, address: Any) -> str:
        return path_of(address)

    def _greeting(self) -> Greeting:
        return Greeting(path=self._path, listens=True) if self._inode is not None else Greeting(token=self._token)

    def _identity(self, connection: Connection, greeting: Greeting | None) -> str:
        if greeting is not None and greeting.path:
            if len(os.fsencode(greeting.path)) > _LONGEST or not greeting.path.isprintable():
                raise ValueError("its path is too long, or has characters that cannot be printed")
            return greeting.path
        if greeting is not None and greeting.token:
            if len(greeting.token) > _MOST_TOKEN or not greeting.token.isalnum():
                raise ValueError("its token is not a short text of letters and digits")
            return f"{self._path}#{greeting.token}"
        self._count += 1
        return f"{self._path}#{self._count}"

    async def _connect(self, address: str, protocol: Callable[[], asyncio.Protocol]) -> None:
        # Asyncio's own connect reports success even if the peer's queue of connections is full.
        own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            own.setblocking(False)
            own.connect(address)
            await self.loop.create_unix_connection(protocol, sock=own)
        except BaseException:
            own.close()
            raise

    def _let_go(self) -> None:
        if self._listening is not None:
            self._listening.close()
        if self._inode is not None:
            _unlink(self._path, self._inode)


def path_of(address: Any) -> str:
    """The path of a Unix socket, as a text. Raises ValueError, which says what to write."""
    path = os.fspath(address) if isinstance(address, (str, os.PathLike)) else None
    if not isinstance(path, str) or not path or "\0" in path:
        raise ValueError(f'{shown(address)} is not the path of a Unix socket: write for example "/tmp/chat.sock"')
    # Both sides must use the same name for it.
    path = os.path.abspath(path)
    if len(os.fsencode(path)) > _LONGEST:
        raise ValueError(f"{shown(path)} is too long for a Unix socket: choose a path of at most {_LONGEST} bytes")
    return path


async def bind_unix(
    path: str | os.PathLike[str],
    *,
    codec: str | Codec = "msgpack",
    limit: int = DEFAULT_LIMIT,
    room: int = ROOM,
    backlog: int = BACKLOG,
    total_backlog: int = TOTAL_BACKLOG,
    patience: float = PATIENCE,
    name: str | None = None,
    directory: NameService | Mapping[str, Any] | None = None,
    key: str | bytes | None = None,
    strangers: bool = False,
) -> Ends:
    """The ends of a Unix socket that listens and connects to peers: outbound, inbound, its path.

    Only this user can connect to it. The address of a sender that is bound is its path; the address of any other sender
    is this path, a "#" and a token of the sender. The file is removed when the ends are closed. The keywords are those
    of `bind_tcp`; in the directory, addresses are paths. With `codec="lines"` or "bytes" the address of a sender is
    this path, a "#" and a number.

    Raises ValueError if `path` is not a path, and OSError if it cannot be bound.
    """
    options = SocketOptions(
        codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
    )
    naming = naming_of(name, directory, key, strangers=strangers, codec=codec)
    text = path_of(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            _remove_stale(text)
            listening.bind(text)
        except OSError as exception:
            raise in_use(text, exception) from None
        # No peer can connect before it listens.
        os.chmod(text, 0o600)
        outbound = UnixOutbound(text, options, listens=True, naming=naming)
        outbound.listen(listening)
    except BaseException:
        listening.close()
        raise
    return await outbound.ends(text)


async def connect_unix(
    path: str | os.PathLike[str],
    *,
    codec: str | Codec = "msgpack",
    limit: int = DEFAULT_LIMIT,
    room: int = ROOM,
    backlog: int = BACKLOG,
    total_backlog: int = TOTAL_BACKLOG,
    patience: float = PATIENCE,
) -> Ends:
    """The ends of a connection to a Unix socket: outbound, inbound, and the address of this end for the peer.

    While the ends are open, a connection that breaks is made again, after delays that grow. The keywords are those of
    `bind_tcp`. Raises ValueError if `path` is not a path, and OSError if no process listens there.
    """
    options = SocketOptions(
        codec=codec, limit=limit, room=room, backlog=backlog, total_backlog=total_backlog, patience=patience
    )
    text = path_of(path)
    outbound = UnixOutbound(text, options, listens=False)
    try:
        own = await outbound.connect()
    except OSError as exception:
        outbound.close()
        why = exception.strerror or exception
        raise OSError(exception.errno, f"cannot connect to {text}: {why}; is it bound?") from None
    except BaseException:
        outbound.close()
        raise
    return await outbound.ends(own)


def _remove_stale(path: str) -> None:
    """Remove a socket's file at which no process listens any longer. Raises OSError if one does."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink(missing_ok=True)
        else:
            raise OSError(errno.EADDRINUSE, "a process listens there")


def _unlink(path: str, inode: int) -> None:
    """Remove a socket's own file, and not another one that now has its place."""
    with suppress(OSError):
        if os.stat(path).st_ino == inode:
            os.unlink(path)
