from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from hydroflow_nb import net
from hydroflow_nb.net.directory import Directory
from hydroflow_nb.net.messages.codec import LINES
from hydroflow_nb.processes.ends import MaelstromLink, SocketLink, addresses, close, counters_of, ends_in, read_link
from hydroflow_nb.processes.membership import Membership


@pytest.mark.parametrize(
    ("text", "action", "link"),
    [
        ("tcp:127.0.0.1:5000", "bind", (("outbound", "inbound", "address"), "bind_tcp", "127.0.0.1:5000")),
        ("udp:[::1]:0", "bind", (("outbound", "inbound", "address"), "bind_udp", "[::1]:0")),
        ("unix:./a.sock", "connect", (("outbound", "inbound", "address"), "connect_unix", "./a.sock")),
        ("tcp:5000", "bind", (("outbound", "inbound", "address"), "bind_tcp", "127.0.0.1:5000")),
        ("out,inn=tcp:host:1", "connect", (("out", "inn"), "connect_tcp", "host:1")),
        ("ends=udp:127.0.0.1:0", "bind", (("ends",), "bind_udp", "127.0.0.1:0")),
    ],
)
def test_a_link_names_its_ends_and_where_it_leads(text, action, link):
    names, opener, where = link

    assert read_link(text, action) == SocketLink(names=names, opener=getattr(net, opener), where=where)


@pytest.mark.parametrize(
    ("text", "action", "message"),
    [
        ("5000", "bind", "`5000` is not an address here: write `tcp:127.0.0.1:5000`"),
        ("http:x", "bind", "`http:x` is not an address here: write `tcp:127.0.0.1:5000`"),
        ("tcp:", "bind", "is not an address here"),
        ("tcp:127.0.0.1", "bind", "`tcp:127.0.0.1` is not an address here: write `tcp:127.0.0.1:5000`"),
        ("udp:127.0.0.1:x", "bind", "write `udp:127.0.0.1:5000`"),
        ("tcp:127.0.0.1:65536", "connect", "with a port up to 65535"),
        ("udp:127.0.0.1:1", "connect", "UDP has no connections: write `--bind udp:127.0.0.1:0`"),
        ("a,b,c,d=tcp:x:1", "bind", "`a,b,c,d` are not names for ends"),
        ("1=tcp:x:1", "bind", "`1` are not names for ends"),
    ],
)
def test_what_is_no_link_says_what_to_write(text, action, message):
    with pytest.raises(ValueError, match=message):
        read_link(text, action)


@pytest.mark.parametrize("action", ["bind", "connect"])
def test_what_is_no_address_is_told_of_each_transport_that_can_be_opened(action):
    with pytest.raises(ValueError, match="write") as caught:
        read_link("carrier:pigeon", action)

    for transport in net.TRANSPORTS.values():
        assert (f"`{transport.example}`" in str(caught.value)) == (transport.opener(action) is not None)


def test_a_link_opens_a_socket_whose_ends_are_found_counted_and_closed():
    async def go():
        names = await read_link("udp:127.0.0.1:0", "bind").open()
        names |= await read_link("both=udp:127.0.0.1:0", "bind").open()
        found = ends_in({**names, "again": names["inbound"], "data": [1, "x"], "none": None})

        assert set(names) == {"outbound", "inbound", "address", "both"}
        assert isinstance(names["both"], net.Ends)
        assert len(found) == 4
        assert len(addresses(found)) == 2
        assert addresses(found)[0] == "{}:{}".format(*names["address"])
        assert counters_of(found) == {"received": 0, "sent": 0}
        close(found)
        assert names["inbound"].is_closed

    asyncio.run(go())


def test_the_codec_of_a_socket_can_be_chosen():
    async def go():
        names = await replace(read_link("tcp:127.0.0.1:0", "bind"), codec="lines").open()
        assert names["outbound"].codec is names["inbound"].codec is LINES
        close(ends_in(names))

    asyncio.run(go())


@pytest.mark.parametrize(
    ("text", "action", "codec"),
    [
        ("tcp+lines:127.0.0.1:0", "bind", "lines"),
        ("out,in_=udp+bytes:127.0.0.1:0", "bind", "bytes"),
        ("unix+json:./a.sock", "connect", "json"),
        ("tcp+json", "bind", "json"),
        ("tcp:127.0.0.1:0", "bind", None),
    ],
)
def test_a_link_may_say_its_codec(text, action, codec):
    assert read_link(text, action).codec == codec


def test_a_member_has_no_name_at_a_socket_for_programs_of_any_make():
    links = [read_link(text, "bind") for text in ("tcp+lines:127.0.0.1:0", "tcp+json:127.0.0.1:0", "tcp")]

    named = Membership(name="p1", directory=Directory({"p1": "127.0.0.1:5000"})).links(links)

    assert [(one.where, one.keywords.get("name")) for one in named] == [
        ("127.0.0.1:0", None),
        ("127.0.0.1:0", "p1"),
        ("127.0.0.1:5000", "p1"),
    ]


def test_a_codec_that_there_is_not_is_told_with_the_one_that_is_meant():
    with pytest.raises(ValueError, match=r"`line` is not a codec: did you mean `tcp\+lines:127.0.0.1:0`"):
        read_link("tcp+line:127.0.0.1:0", "bind")
    with pytest.raises(ValueError, match=r"`` is not a codec: write `tcp\+msgpack:"):
        read_link("tcp+:127.0.0.1:0", "bind")
    with pytest.raises(ValueError, match="is not an address here"):
        read_link("pigeon+lines:127.0.0.1:0", "bind")


def test_maelstrom_is_bound_without_an_address():
    link = read_link("maelstrom", "bind")

    assert isinstance(link, MaelstromLink)
    assert link.names == ("outbound", "inbound", "address", "nodes", "reply")
    assert read_link("out,in_,here,members=maelstrom", "bind").names == ("out", "in_", "here", "members", "reply")


@pytest.mark.parametrize(
    ("text", "action"),
    [("maelstrom", "connect"), ("maelstrom+lines", "bind"), ("a,b,c,d,e=maelstrom", "bind"), ("maelstrom:1", "bind")],
)
def test_maelstrom_is_refused_where_it_makes_no_sense(text, action):
    with pytest.raises(ValueError, match="write"):
        read_link(text, action)
