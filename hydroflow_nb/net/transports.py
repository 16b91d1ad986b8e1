"""The transports: how to open each of them, how to write its addresses, and what a program may rely on over it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.tcp import bind_tcp, connect_tcp
from hydroflow_nb.net.udp import DATAGRAM, bind_udp
from hydroflow_nb.net.unix import bind_unix, connect_unix
from hydroflow_nb.records import dataclass

Opener: TypeAlias = Callable[..., Coroutine[Any, Any, Ends]]


class AddressForm(Enum):
    """How addresses are written."""

    HOST_AND_PORT = "HOST:PORT"
    PATH = "PATH"
    NAME = "NAME"

    @property
    def example(self) -> str:
        """An address in this form, for messages and help."""
        return "127.0.0.1:5000" if self is AddressForm.HOST_AND_PORT else self.value


class Order(Enum):
    """The order in which the messages of one node reach another."""

    KEPT = "kept while a connection lasts"
    ANY = "none"


class Loss(Enum):
    """Which messages may not arrive."""

    NONE = "none"
    WHEN_FULL = "none while the receiver has room"
    AT_BREAKS = "none while a connection lasts; an unknown tail when it breaks"
    ANY = "yes"


class Duplicates(Enum):
    """Whether a message that was sent once may arrive more than once."""

    NONE = "none, unless the program sends again"
    ANY = "possible"


@dataclass(frozen=True, kw_only=True)
class Transport:
    """A way for messages to go between flows, and what a program may rely on over it.

    `name` is its name in programs and on command lines ("tcp"), `title` its name in texts ("TCP"). `bind` opens the
    ends of an address, `connect` those of a connection to an address; `binds` and `connects` say in words what they do.
    `connect` is None for a transport without connections. `longest` is the greatest length of a message, in bytes;
    None: only `limit=` bounds it.
    """

    name: str
    title: str
    bind: Opener
    binds: str
    connect: Opener | None = None
    connects: str = ""
    addresses: AddressForm
    order: Order
    loss: Loss
    duplicates: Duplicates
    longest: int | None = None

    def opener(self, action: str) -> Opener | None:
        """The function for "bind" or "connect"; None for "connect" if the transport has no connections."""
        return self.bind if action == "bind" else self.connect

    @property
    def example(self) -> str:
        """An address of this transport, as it is written on a command line."""
        return f"{self.name}:{self.addresses.example}"


TCP: Final = Transport(
    name="tcp",
    title="TCP",
    bind=bind_tcp,
    binds="listens, and connects to peers when there are messages for them",
    connect=connect_tcp,
    connects="connects immediately, and again whenever the connection breaks",
    addresses=AddressForm.HOST_AND_PORT,
    order=Order.KEPT,
    loss=Loss.AT_BREAKS,
    duplicates=Duplicates.NONE,
)

UDP: Final = Transport(
    name="udp",
    title="UDP",
    bind=bind_udp,
    binds="sends and receives datagrams; each datagram is one message",
    addresses=AddressForm.HOST_AND_PORT,
    order=Order.ANY,
    loss=Loss.ANY,
    duplicates=Duplicates.ANY,
    longest=DATAGRAM,
)

UNIX: Final = Transport(
    name="unix",
    title="Unix sockets",
    bind=bind_unix,
    binds="listens at a path of the file system, for processes of this machine and user",
    connect=connect_unix,
    connects="connects to a path immediately, and again whenever the connection breaks",
    addresses=AddressForm.PATH,
    order=Order.KEPT,
    loss=Loss.AT_BREAKS,
    duplicates=Duplicates.NONE,
)

TRANSPORTS: Final[Mapping[str, Transport]] = MappingProxyType({one.name: one for one in (TCP, UDP, UNIX)})
"""All transports, by name."""
