"""Sockets and codecs: how flows in different processes send each other messages.

`await bind_udp(address)`, `bind_tcp`, `connect_tcp`, `bind_unix` and `connect_unix` give `outbound, inbound, address`.
A flow reads messages with `source_stream_serde(inbound)` and sends messages with `dest_sink_serde(outbound)`.
`TRANSPORTS` says what a program may rely on over each transport.

More: "Two ends" in `docs/networks.md`.
"""

from __future__ import annotations

from hydroflow_nb.net.addresses import Address, ExposedWarning
from hydroflow_nb.net.directory import Directory, NameService
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import BYTES, JSON, LINES, MSGPACK, Codec, Undecodable
from hydroflow_nb.net.messages.tagged import member_of, message_of
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.statistics import Cause, Rejected, Statistics
from hydroflow_nb.net.tcp import bind_tcp, connect_tcp
from hydroflow_nb.net.tls import Tls
from hydroflow_nb.net.transports import TRANSPORTS, Transport
from hydroflow_nb.net.udp import bind_udp
from hydroflow_nb.net.unix import bind_unix, connect_unix

__all__ = [
    "BYTES",
    "JSON",
    "LINES",
    "MSGPACK",
    "TRANSPORTS",
    "Address",
    "Cause",
    "Codec",
    "Directory",
    "Ends",
    "ExposedWarning",
    "Inbound",
    "NameService",
    "Outbound",
    "Rejected",
    "Statistics",
    "Tls",
    "Transport",
    "Undecodable",
    "bind_tcp",
    "bind_udp",
    "bind_unix",
    "connect_tcp",
    "connect_unix",
    "member_of",
    "message_of",
]
