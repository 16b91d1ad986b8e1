"""The openers of `hydroflow_nb.net`, with the same names and keywords, for a simulated network."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeAlias

from hydroflow_nb import net
from hydroflow_nb.net.addresses import host_and_port
from hydroflow_nb.net.messages.codec import MSGPACK, Codec
from hydroflow_nb.net.naming import naming_of
from hydroflow_nb.net.options import DEFAULT_LIMIT
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.transports import TCP, UDP, UNIX, AddressForm, Transport

P = ParamSpec("P")
Method: TypeAlias = Callable[Concatenate["SocketLookalikes", P], Coroutine[Any, Any, Ends]]


def _in_place_of(transport: Transport, opener: Callable[P, Coroutine[Any, Any, Ends]]) -> Method[P]:
    """A method that gives ends of a simulated network, and takes what this opener of a transport takes."""
    shape = signature(opener)
    first = next(iter(shape.parameters))
    is_dialled = opener is transport.connect

    async def opened(self: SocketLookalikes, /, *args: P.args, **kwargs: P.kwargs) -> Ends:
        given = shape.bind(*args, **kwargs).arguments
        codec = given.get("codec")
        naming = naming_of(
            *(given.get(one) for one in ("name", "directory", "key")),
            strangers=given.get("strangers", False),
            codec=codec or MSGPACK,
        )
        address = given[first]
        if transport.addresses is AddressForm.PATH:
            address = os.path.abspath(address)
            if is_dialled:
                address = f"{address}#{self._free_number()}"
        elif is_dialled:
            host_and_port(address)
            address = 0
        if naming is not None:
            address = naming.name
        limit = given.get("limit", DEFAULT_LIMIT)
        if transport.longest is not None:
            limit = min(limit, transport.longest)
        return self.bind(address, codec=codec, limit=limit)

    what = "an address that no other has: the node at the given one may be added later" if is_dialled else "the address"
    opened.__name__ = opener.__name__
    opened.__qualname__ = f"SocketLookalikes.{opener.__name__}"
    opened.__doc__ = (
        f"Ends at {what}; in place of `hydroflow_nb.net.{opener.__name__}`.\n\n"
        f"The keywords are the same. `codec` is by default that of the network; `name` is the node's address; what "
        f"bounds waiting, such as `room`, `backlog` and `patience`, has no meaning here."
    )
    itself = Parameter("self", Parameter.POSITIONAL_ONLY)
    opened.__signature__ = shape.replace(parameters=[itself, *shape.parameters.values()])  # type: ignore[attr-defined]
    return opened


class SocketLookalikes(ABC):
    """A network that stands in for `hydroflow_nb.net`: `await net.bind_tcp(address)` gives its ends to a cell."""

    @abstractmethod
    def bind(self, address: Any = 0, *, codec: str | Codec | None = None, limit: int = DEFAULT_LIMIT) -> Ends:
        """The ends of an address. Raises ValueError for what is not an address."""

    @abstractmethod
    def _free_number(self) -> int:
        """A number that no other address has."""

    bind_tcp = _in_place_of(TCP, net.bind_tcp)
    connect_tcp = _in_place_of(TCP, net.connect_tcp)
    bind_udp = _in_place_of(UDP, net.bind_udp)
    bind_unix = _in_place_of(UNIX, net.bind_unix)
    connect_unix = _in_place_of(UNIX, net.connect_unix)
