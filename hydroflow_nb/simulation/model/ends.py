"""The ends of a simulated network: which flows get in place of sockets."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeAlias

from hydroflow_nb.engine.messages import Inbound as AnyInbound
from hydroflow_nb.engine.messages import Outbound as AnyOutbound
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.addresses import LOOPBACK, destination, host_and_port, is_host_and_port
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import Codec, RawCodec
from hydroflow_nb.net.options import DEFAULT_LIMIT
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.net.outlet import MessageOutlet
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.records import dataclass

# The first of the ports that a system gives out for port 0.
EPHEMERAL = 49152

# Takes what a tick sent: the endpoint that it comes from, the address that it goes to, and the bodies.
Post: TypeAlias = Callable[["Endpoint", Hashable, list[bytes]], None]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The address of the two ends of a node, and their encoding. The ends of each run are made from it.

    `is_any`: the network chose the address, as it does for port 0.
    """

    address: Hashable
    codec: str | Codec = "msgpack"
    limit: int = DEFAULT_LIMIT
    is_any: bool = False


class NodeOutbound(Outbound):
    """The outbound end of a node that runs: what its flow sends in a tick is in flight when the tick ends."""

    is_simulated = True

    def __init__(self, endpoint: Endpoint, post: Post, named: Callable[[Any], Hashable], known: dict[Any, Any]) -> None:
        super().__init__(codec=endpoint.codec, limit=endpoint.limit, address=endpoint.address)
        self._endpoint = endpoint
        self._hand_on = post
        self._named = named
        # All nodes share it, because an address means the same everywhere in the network.
        self._known = known

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Put a tick's messages in flight."""
        self.statistics.sent += len(bodies)
        self._hand_on(self._endpoint, address, bodies)

    def normal_address(self, address: Any) -> Any:
        """The normal form of an address, or the name of a node. Raises ValueError."""
        return self._named(address)


class UnusedOutbound(Outbound):
    """The outbound end that a network gives out: a flow can be compiled with it, and sends when it runs as a node."""

    is_simulated = True

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(codec=endpoint.codec, limit=endpoint.limit, address=endpoint.address)
        self.endpoint = endpoint

    def outlet(self) -> Outlet:
        """An outlet that a flow can be compiled with."""
        return MessageOutlet(self)

    def must_serve(self) -> None:
        """Raise Misfit: only a node of the network sends."""
        raise Misfit(
            "this end belongs to a simulated network, which carries messages of its own nodes only",
            'run the flow there: `net.node("alice", flow)`, then `net.run()`',
        )

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Nothing can be put in."""
        raise AssertionError("nothing can be put in")


class UnusedInbound(Inbound):
    """The inbound end that a network gives out: a flow can be compiled with it, and receives when it runs as a node."""

    is_simulated = True

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(codec=endpoint.codec, address=endpoint.address)
        self.endpoint = endpoint


def unused(endpoint: Endpoint) -> Ends:
    """The ends that a network gives out for an endpoint."""
    return Ends(UnusedOutbound(endpoint), UnusedInbound(endpoint), endpoint.address)


def endpoint_of(end: object) -> Endpoint | None:
    """The endpoint of an end that a simulated network gave out; None for anything else."""
    return end.endpoint if isinstance(end, (UnusedOutbound, UnusedInbound)) else None


def like(endpoint: Endpoint, ends: Iterable[object]) -> Endpoint:
    """An endpoint at this address for what was written for `ends`: with the codec and the limit of the first one that a
    simulated network gave out, or with their codec where they are sockets of lines or bytes.
    """
    for end in ends:
        given = endpoint_of(end)
        if given is not None:
            return replace(endpoint, codec=given.codec, limit=given.limit)
        codec = getattr(end, "codec", None)
        if isinstance(codec, RawCodec):
            return replace(endpoint, codec=codec)
    return endpoint


def is_outbound(value: object) -> bool:
    """True for the outbound end of any network."""
    return not isinstance(value, type) and isinstance(value, AnyOutbound)


def is_inbound(value: object) -> bool:
    """True for the inbound end of any network."""
    return not isinstance(value, type) and isinstance(value, AnyInbound)


def bound_address(address: Any) -> Hashable:
    """The one form of an address that a node is at: host and port, a path, or a name. Raises ValueError for others."""
    if isinstance(address, str) and not is_host_and_port(address):
        if not address:
            raise ValueError("an address is not an empty text")
        return os.path.abspath(address) if "/" in address else address
    host, port = host_and_port(address)
    return (_loopback(host), port)


def sent_address(address: Any, known: Collection[Hashable]) -> Hashable:
    """The one form of an address that a message is sent to; `known` are the addresses of nodes. Raises ValueError for
    anything else.
    """
    if isinstance(address, str):
        if address in known:
            return address
        path = os.path.abspath(address)
        if "/" in address or path in known:
            return path
        if not is_host_and_port(address):
            close = get_close_matches(address, [one for one in known if isinstance(one, str)], 1)
            meant = f": did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"{shown(address)} is neither a node of the network nor an address{meant}")
    host, port = destination(address)
    return (_loopback(host), port)


def _loopback(host: str) -> str:
    return LOOPBACK if host == "localhost" else host
