"""The ends of networks that a command line asks for, and those that a program holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import Any, Final

from hydroflow_nb.maelstrom import maelstrom_ends, reply
from hydroflow_nb.net.acknowledging import AcknowledgingOutbound
from hydroflow_nb.net.addresses import LOOPBACK, host_and_port, written
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import CODECS, MSGPACK, RawCodec, codec_of
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.net.transports import TRANSPORTS, AddressForm, Opener, Transport
from hydroflow_nb.records import dataclass
from hydroflow_nb.suggestions import Suggestions, either

NAMES: Final = ("outbound", "inbound", "address")
MAELSTROM: Final = "maelstrom"
MAELSTROM_NAMES: Final = (*NAMES, "nodes")


@dataclass(frozen=True, kw_only=True)
class SocketLink:
    """A socket to open, the names for its two ends and its address (three names, two, or one for all of them), the
    codec of its messages, None for the one of the whole command, and further keywords of what opens it. `where` is
    empty if a directory says where it is.
    """

    names: tuple[str, ...]
    opener: Opener
    where: str
    codec: str | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_names(self) -> bool:
        """False for a socket of its own address for programs of any make, whose messages have no greeting."""
        return not (self.where and self.codec is not None and isinstance(codec_of(self.codec), RawCodec))

    async def open(self) -> dict[str, Any]:
        """Open the socket. Returns the names with their values. Raises OSError, and ValueError for a wrong address."""
        ends = await self.opener(self.where, codec=self.codec or MSGPACK.name, **self.keywords)
        if len(self.names) == 1:
            return {self.names[0]: ends}
        return dict(zip(self.names, ends, strict=False))


@dataclass(frozen=True, kw_only=True)
class MaelstromLink:
    """The ends of a node that Maelstrom runs, over the standard streams, and the names for outbound, inbound, the
    node's id and the ids of all nodes. `reply` is a name of the flow as well.
    """

    own: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All names that get a value."""
        return (*self.own, "reply")

    async def open(self) -> dict[str, Any]:
        """Wait for Maelstrom's `init`. Returns the names with their values. Raises ValueError if it does not come."""
        return {**dict(zip(self.own, await maelstrom_ends(), strict=False)), "reply": reply}


def openable(action: str) -> list[Transport]:
    """The transports that "bind" or "connect" can open."""
    return [transport for transport in TRANSPORTS.values() if transport.opener(action) is not None]


def read_link(text: str, action: str) -> SocketLink | MaelstromLink:
    """The value of `--bind` or `--connect`: `[NAMES=]tcp:HOST:PORT`, with a codec `[NAMES=]tcp+lines:HOST:PORT`; or
    `[NAMES=]maelstrom`. For `--bind` where a directory says the address `tcp` is enough.

    Raises ValueError, which says what to write.
    """
    named, equals, rest = text.partition("=")
    names = tuple(name.strip() for name in named.split(",")) if equals else NAMES
    is_maelstrom = action == "bind" and (rest if equals else text) == MAELSTROM
    if is_maelstrom and not equals:
        names = MAELSTROM_NAMES
    scheme, colon, where = (rest if equals else text).partition(":")
    name, plus, codec = scheme.partition("+")
    if not all(name.isidentifier() for name in names) or len(names) > len(MAELSTROM_NAMES if is_maelstrom else NAMES):
        raise ValueError(f"`{named}` are not names for ends: write `outbound,inbound,address=tcp:127.0.0.1:5000`")
    if is_maelstrom:
        return MaelstromLink(own=names)
    transport = TRANSPORTS.get(name)
    opener = None if transport is None else transport.opener(action)
    if transport is not None and opener is None:
        raise ValueError(
            f"{transport.title} has no connections: write `--bind {transport.name}:127.0.0.1:0`, and send to the "
            f"peer's address"
        )
    if transport is not None and plus and codec not in CODECS:
        meant = Suggestions().closest(codec, CODECS)
        right = f"`{name}+{meant or MSGPACK.name}{colon}{where}`"
        raise ValueError(f"`{codec}` is not a codec: {'did you mean' if meant else 'write'} {right}")
    link = partial(SocketLink, names=names, codec=codec or None)
    if opener is not None and action == "bind" and not colon:
        return link(opener=opener, where="")
    if transport is None or opener is None or not colon or not where:
        raise ValueError(
            f"`{text}` is not an address here: write {either(f'`{one.example}`' for one in openable(action))}"
        )
    if transport.addresses is AddressForm.HOST_AND_PORT:
        # A port alone is a port of this machine.
        where = f"{LOOPBACK}:{where}" if where.isascii() and where.isdigit() else where
        try:
            host_and_port(where)
        except ValueError:
            raise ValueError(
                f"`{text}` is not an address here: write `{transport.example}`, with a port up to 65535"
            ) from None
    return link(opener=opener, where=where)


def ends_in(names: Mapping[str, Any]) -> list[Inbound | Outbound]:
    """The ends that a program's variables hold, directly or in a tuple or list; each end once."""
    found = {id(end): end for value in tuple(names.values()) for end in _ends(value)}
    return list(found.values())


def await_flow(names: Mapping[str, Any]) -> None:
    """Have peers keep what they would send to the ends that these names hold, until the flow that is kept has begun."""
    for end in ends_in(names):
        if isinstance(end, AcknowledgingOutbound):
            end.awaits_flow = True


def _ends(value: Any) -> Iterator[Inbound | Outbound]:
    if isinstance(value, Inbound | Outbound):
        yield value
    elif isinstance(value, tuple | list):
        # Ends are near the start: a long list holds data.
        yield from (part for part in value[:10] if isinstance(part, Inbound | Outbound))


def simulated(names: Mapping[str, Any]) -> list[str]:
    """The variables that hold an end of a simulated network."""
    return sorted(name for name, value in tuple(names.items()) if _is_simulated(value))


def _is_simulated(value: object) -> bool:
    return isinstance(value, Inbound | Outbound) and value.is_simulated


def addresses(ends: Iterable[Inbound | Outbound]) -> list[str]:
    """The addresses at which the program can be reached."""
    found = (_reached_at(end) for end in ends if isinstance(end, Inbound) and end.address is not None)
    return list(dict.fromkeys(found))


def _reached_at(end: Inbound) -> str:
    has_name = end.bound not in (None, end.address)
    return f"{written(end.address)} at {written(end.bound)}" if has_name else written(end.address)


def counters_of(ends: Iterable[Inbound | Outbound]) -> dict[str, int]:
    """The counters of all ends together: `received` and `sent`, and the others that are not zero."""
    statistics = {id(end.statistics): end.statistics for end in ends}
    total: dict[str, int] = {}
    for one in statistics.values():
        for name, value in one.to_dict().items():
            total[name] = total.get(name, 0) + value
    return {name: value for name, value in total.items() if value or name in ("received", "sent")}


def close(ends: Iterable[Inbound | Outbound]) -> None:
    """Close ends and their sockets."""
    for end in ends:
        end.close()
