"""A simulated network in the place of `hydroflow_nb.net`."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

OPENERS = [
    opener
    for transport in hf.net.TRANSPORTS.values()
    for action in ("bind", "connect")
    if (opener := transport.opener(action)) is not None
]
each_opener = pytest.mark.parametrize("opener", OPENERS, ids=lambda opener: opener.__name__)


def opened(net: hf.Network, opener: str, /, *where: Any, **keywords: Any) -> hf.net.Ends:
    return asyncio.run(getattr(net, opener)(*where, **keywords))


@each_opener
def test_a_network_takes_what_opens_sockets_takes(opener: Any) -> None:
    lookalike = getattr(hf.Network(), opener.__name__)

    assert inspect.signature(lookalike) == inspect.signature(opener)
    assert inspect.iscoroutinefunction(lookalike)
    assert f"hydroflow_nb.net.{opener.__name__}" in lookalike.__doc__


@each_opener
def test_every_keyword_of_sockets_may_be_given_and_no_other(opener: Any) -> None:
    parameters = inspect.signature(opener).parameters.values()
    keywords = {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY}

    ends = opened(hf.Network(), opener.__name__, "127.0.0.1:5000", **keywords | {"limit": 1234, "codec": "json"})

    assert (ends.outbound.limit, ends.outbound.codec.name) == (1234, "json")
    with pytest.raises(TypeError, match="patiense"):
        opened(hf.Network(), opener.__name__, "127.0.0.1:5000", patiense=3)


@pytest.mark.parametrize(
    ("name", "where", "address"),
    [
        ("bind_tcp", "127.0.0.1:5000", ("127.0.0.1", 5000)),
        ("bind_udp", "alice", "alice"),
        ("bind_unix", Path("a.sock"), os.path.abspath("a.sock")),
    ],
)
def test_what_binds_gives_ends_at_the_address(name: str, where: Any, address: Any) -> None:
    assert opened(hf.Network(), name, where).address == address


def test_what_connects_gives_ends_at_addresses_of_their_own() -> None:
    net = hf.Network()

    ends = [opened(net, name, "127.0.0.1:5000") for name in ("connect_tcp", "connect_unix") for _ in range(2)]

    assert len({one.address for one in ends}) == 4
    assert all(str(one.address).startswith(os.path.abspath("127.0.0.1:5000#")) for one in ends[2:])


def test_what_connects_by_tcp_says_what_an_address_looks_like() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:5000"):
        opened(hf.Network(), "connect_tcp", "nowhere")


def test_a_name_may_be_given_as_a_keyword() -> None:
    assert opened(hf.Network(), "bind_unix", path="/tmp/a.sock").address == "/tmp/a.sock"
    assert opened(hf.Network(), "bind_tcp", address=5000).address == ("127.0.0.1", 5000)


def test_the_codec_is_the_networks_where_none_is_given() -> None:
    net = hf.Network(codec="json")

    assert opened(net, "bind_tcp", 0).outbound.codec.name == "json"
    assert opened(net, "bind_tcp", 0, codec="msgpack").outbound.codec.name == "msgpack"


@pytest.mark.parametrize(("given", "limit"), [({}, 65_507), ({"limit": 1 << 20}, 65_507), ({"limit": 100}, 100)])
def test_no_message_is_longer_than_a_datagram_by_udp(given: dict[str, int], limit: int) -> None:
    assert opened(hf.Network(), "bind_udp", 0, **given).outbound.limit == limit


@pytest.mark.parametrize("opener", ["bind_tcp", "bind_unix", "bind_udp"])
def test_a_member_with_a_name_is_at_its_name(opener: str) -> None:
    net = hf.Network()
    ends = opened(
        net, opener, "/tmp/a.sock" if opener == "bind_unix" else 0, name="p1", directory={"p1": 5001, "p2": 5002}
    )
    names = {**ends._asdict(), "heard": []}
    text = "source_stream_serde(inbound) -> for_each(heard.append);"
    text += "source_iter([(address, 'p2')]) -> dest_sink_serde(outbound);"

    net.node("first", hf.compile(text, names))
    net.node("p2", "source_stream_serde(inbound) -> for_each(heard.append);", heard=[])
    net.run()

    assert ends.address == "p1"
    assert net["p2"]["heard"] == [("p1", "p1")]
    with pytest.raises(ValueError, match="`name=`"):
        opened(net, opener, "/tmp/a.sock" if opener == "bind_unix" else 0, directory={})


@pytest.mark.parametrize(
    ("codec", "said", "heard"),
    [
        ("lines", ["hi", "hö\r", ""], ["hi", "hö", ""]),
        ("bytes", [b"\0hi\r\n", bytearray(b"x")], [b"\0hi\r\n", b"x"]),
    ],
)
def test_lines_and_bytes_are_what_they_are_over_sockets(codec: str, said: list[Any], heard: list[Any]) -> None:
    net = hf.Network()
    ends = opened(net, "bind_tcp", 5000, codec=codec)
    text = """
        source_iter(said) -> map(|payload| (payload, address)) -> dest_sink_serde(outbound);
        source_stream_serde(inbound) -> map(|(payload, _)| payload) -> for_each(seen.append);
    """
    names = {"outbound": ends.outbound, "inbound": ends.inbound, "address": ends.address, "said": said, "seen": []}
    net.node("alice", hf.compile(text, names))
    net.run()

    assert net["alice"]["seen"] == heard


def test_a_node_of_lines_reads_no_values_and_no_other_node_reads_lines() -> None:
    net = hf.Network()
    text = """
        source_iter(receivers) -> map(|who| ("hi", who)) -> dest_sink_serde(outbound);
        source_stream_serde(inbound) -> for_each(seen.append);
    """
    for name, codec in (("alice", "lines"), ("bob", "json")):
        ends = opened(net, "bind_tcp", 0, codec=codec)
        names = {"outbound": ends.outbound, "inbound": ends.inbound, "receivers": [], "seen": []}
        net.node(name, hf.compile(text, names), at=name, receivers=["alice", "bob"])
    net.run()

    assert net["alice"]["seen"] == [("hi", "alice")]
    assert net["bob"]["seen"] == [("hi", "bob")]
