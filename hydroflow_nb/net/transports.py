"""The transports: how each is opened, how its addresses are written, and what a program may rely on over it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.tcp import bind_tcp, connect_tcp
from hydroflow_nb.net.udp import DATAGRAM, bind_udp
from hydroflow_nb.net.unix import bind_unix, connect_unix

Opener: TypeAlias = Callable[..., Coroutine[Any, Any, Ends]]


class AddressForm(Enum):
    """How addresses are written."""

    HOST_AND_PORT = "HOST:PORT"
    PATH = "PATH"

    @property
    def example(self) -> str:
        """One to write instead of what is not an address."""
        return "127.0.0.1:5000" if self is AddressForm.HOST_AND_PORT else self.value


class Order(Enum):
    """In which order the messages of one node reach another."""

    KEPT = "kept while a connection lasts"
    ANY = "none"


class Loss(Enum):
    """Which messages may not arrive."""

    AT_BREAKS = "none while a connection lasts; an unknown tail when it breaks"
    ANY = "yes"


class Duplicates(Enum):
    """Whether a message that was sent once may arrive twice."""

    NONE = "none, unless the program sends again"
    ANY = "possible"


@dataclass(frozen=True, kw_only=True)
class Transport:
    """A way for messages to go between processes.

    `name` is how programs and command lines say it ("tcp"), `title` how texts do ("TCP"). `bind` opens the ends of an
    address, `connect` those of a connection to one; `binds` and `connects` say in words what they do. `connect` is None
    where there are no connections. `longest` is how long a message can be at most, in bytes; None: as `limit=` says.
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
        """What carries out "bind" or "connect"; None where there is no such thing."""
        return self.bind if action == "bind" else self.connect

    @property
    def example(self) -> str:
        """An address of this transport, as it is written on a command line."""
        return f"{self.name}:{self.addresses.example}"


TCP: Final = Transport(
    name="tcp",
    title="TCP",
    bind=bind_tcp,
    binds="listens, and connects to others when there is something to send to them",
    connect=connect_tcp,
    connects="connects at once, and again whenever the connection breaks",
    addresses=AddressForm.HOST_AND_PORT,
    order=Order.KEPT,
    loss=Loss.AT_BREAKS,
    duplicates=Duplicates.NONE,
)

UDP: Final = Transport(
    name="udp",
    title="UDP",
    bind=bind_udp,
    binds="sends and receives datagrams, each a message",
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
    connects="connects to a path at once, and again whenever the connection breaks",
    addresses=AddressForm.PATH,
    order=Order.KEPT,
    loss=Loss.AT_BREAKS,
    duplicates=Duplicates.NONE,
)

TRANSPORTS: Final[Mapping[str, Transport]] = MappingProxyType({one.name: one for one in (TCP, UDP, UNIX)})
"""All transports, by name."""
