"""Addresses: how people write them, how messages carry them, and from where they can be reached."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import struct
import sys
import warnings
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.shown import shown

# A host and a port, as messages carry them, or the path of a Unix socket.
Address: TypeAlias = tuple[str, int] | str
HostPort: TypeAlias = tuple[str, int]

LOOPBACK: Final = "127.0.0.1"
_WRITE: Final = 'write ("127.0.0.1", 5000), "127.0.0.1:5000" or "[::1]:5000", or the port alone for this machine only'
_MOST_PORT: Final = 65535
# Linux's request for an interface's IPv4 address.
_SIOCGIFADDR: Final = 0x8915


class ExposedWarning(UserWarning):
    """An end was bound where other machines can reach it."""


def host_and_port(address: Any) -> HostPort:
    """The host and the port of an address as people write it: a pair, "host:port", or a port of this machine.

    Raises ValueError, with a message that says what to write, for anything else.
    """
    match address:
        case bool():
            host, port = None, None
        case int():
            host, port = LOOPBACK, address
        case (str(), bool(), *_):
            host, port = None, None
        case (str(), int()) | (str(), int(), int(), int()):
            # IPv6 sockets add two numbers. A host that is written with its scope does not need them.
            host, port = address[0], address[1]
        case str():
            host, _, digits = address.rpartition(":")
            port = (
                int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= len(str(_MOST_PORT)) else None
            )
            if host.startswith("[") and host.endswith("]"):
                host = host[1:-1]
            elif ":" in host:
                # Without brackets it is not clear where the host ends.
                host = None
        case _:
            host, port = None, None
    if not host or port is None:
        raise ValueError(f"{shown(address)} is not an address: {_WRITE}")
    if not 0 <= port <= _MOST_PORT:
        raise ValueError(f"{port} is not a port: ports are from 0 to {_MOST_PORT}")
    numeric = numeric_host(host)
    return (numeric or host, port)


def destination(address: Any) -> HostPort:
    """The host and the port of an address to send to. Raises ValueError, which says what to write."""
    host, port = host_and_port(address)
    if port == 0:
        raise ValueError(f"{shown(address)} is not an address to send to: port 0 means any free port, for binding only")
    return (host, port)


def numeric_host(host: str) -> str | None:
    """The normal form of a host that is given as a number, such as 127.0.0.1; None for a host name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def socket_address(name: Any) -> HostPort:
    """The host and the port in a socket's name, for IPv6 too."""
    if len(name) == 4 and name[3] and "%" not in name[0]:
        return (f"{name[0]}%{name[3]}", name[1])
    return (name[0], name[1])


def family_of(host: str) -> socket.AddressFamily:
    """The address family of a host that is given as a number."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def resolved(host: str, port: int, *, family: int = 0, kind: int = socket.SOCK_STREAM) -> list[HostPort]:
    """The numbers of a host, IPv4 first, each with the port. Raises OSError if the name is unknown."""
    if numeric_host(host) is not None:
        return [(host, port)]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=kind)
    except (OSError, UnicodeError) as exception:
        raise OSError(errno.EADDRNOTAVAIL, f"the host {shown(host)} is unknown: {exception}") from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return list(dict.fromkeys(socket_address(entry[4]) for entry in found))


def source_for(bound: str, target: str) -> str | None:
    """The host to connect from, so that the peer sees the host that this end is bound to; None for any host."""
    own, other = ipaddress.ip_address(bound), ipaddress.ip_address(target)
    fits = own.version == other.version and own.is_loopback == other.is_loopback and not own.is_unspecified
    return bound if fits else None


def is_host_and_port(text: str) -> bool:
    """True where a text ends in a port, as `host:2000` does; any other text is a name."""
    _, colon, digits = text.rpartition(":")
    return bool(colon) and digits.isascii() and digits.isdigit()


def written(address: object) -> str:
    """An address as a text, as people write it: "127.0.0.1:5000", "[::1]:5000", a path or a name."""
    match address:
        case (str() as host, int() as port, *_):
            return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        case str():
            return address
    return shown(address)


def in_use(address: Address, exception: OSError) -> OSError:
    """The exception for an address that cannot be bound. For an address in use it says what to do."""
    number = exception.errno or 0
    if number == errno.EADDRINUSE:
        what, otherwise = (
            (address, "choose another path")
            if isinstance(address, str)
            else (f"port {address[1]}", "choose port 0, which means any free port")
        )
        text = f"{what} is in use: close the ends that use it (`inbound.close()` closes both), or {otherwise}"
    else:
        text = f"cannot bind {address!r}: {exception.strerror or exception}"
    return OSError(number, text)


# --- from where they can be reached ----------------------------------------------------------------------------------


def warn_if_exposed(host: str, stacklevel: int = 2, *, is_encrypted: bool = False) -> None:
    """Warn with an ExposedWarning if other machines can reach a bound host; the warning names the interfaces."""
    number = ipaddress.ip_address(host)
    if number.is_loopback:
        return
    interfaces = [*_interfaces(number.version)]
    if not number.is_unspecified:
        interfaces = [(name, found) for name, found in interfaces if found == host] or [("", host)]
    by = ", ".join(f"{name} ({found})" if name else found for name, found in interfaces) or "every interface"
    lacks = "Nobody is authenticated" if is_encrypted else "Nothing is authenticated or encrypted"
    warnings.warn(
        f"bound to {host}: every program that reaches this machine by {by} can send messages to the flow and gets its "
        f"answers. {lacks}. To be reached from this machine only, bind 127.0.0.1 or ::1",
        ExposedWarning,
        stacklevel=stacklevel + 1,
    )


def beyond_loopback() -> list[tuple[str, str]]:
    """The names and addresses of the interfaces by which other machines may reach this one."""
    return [*_interfaces(4), *_interfaces(6)]


def _interfaces(version: int) -> Iterable[tuple[str, str]]:
    """The names and addresses of this machine's interfaces that the system reports, without the loopback."""
    if sys.platform == "linux":
        found = list(_linux_ipv4() if version == 4 else _linux_ipv6())
        if found:
            return found
    return _outgoing(version)


def _linux_ipv4() -> Iterable[tuple[str, str]]:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                # This interface has no IPv4 address.
                continue
            address = ipaddress.IPv4Address(answer[20:24])
            if not address.is_loopback:
                yield name, str(address)


def _linux_ipv6() -> Iterable[tuple[str, str]]:
    try:
        with open("/proc/net/if_inet6", encoding="ascii") as table:
            lines = table.read().splitlines()
    except OSError:
        return
    for line in lines:
        digits, *_, name = line.split()
        address = ipaddress.IPv6Address(int(digits, 16))
        if not address.is_loopback:
            yield name, str(address)


def _outgoing(version: int) -> Iterable[tuple[str, str]]:
    """The address from which this machine would send to a distant host. Sends nothing."""
    family, far = (socket.AF_INET, "192.0.2.1") if version == 4 else (socket.AF_INET6, "2001:db8::1")
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            yield "", socket_address(probe.getsockname())[0]
    except OSError:
        return
