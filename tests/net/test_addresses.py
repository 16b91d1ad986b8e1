from __future__ import annotations

import asyncio
import errno
import socket
import warnings
from typing import Any

import pytest

from hydroflow_nb.net import addresses
from hydroflow_nb.net.addresses import (
    ExposedWarning,
    destination,
    host_and_port,
    in_use,
    is_host_and_port,
    resolved,
    socket_address,
    source_for,
    written,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("127.0.0.1", 5000), ("127.0.0.1", 5000)),
        (["127.0.0.1", 5000], ("127.0.0.1", 5000)),
        ("127.0.0.1:5000", ("127.0.0.1", 5000)),
        ("localhost:5000", ("localhost", 5000)),
        ("[::1]:5000", ("::1", 5000)),
        (("0:0:0:0:0:0:0:1", 5000), ("::1", 5000)),
        (("::1", 5000, 0, 0), ("::1", 5000)),
        (5000, ("127.0.0.1", 5000)),
        (0, ("127.0.0.1", 0)),
        (("127.0.0.1", 0), ("127.0.0.1", 0)),
    ],
)
def test_an_address_may_be_written_in_several_ways(written: Any, meant: Any) -> None:
    assert host_and_port(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        "",
        "localhost",
        ":5000",
        "host:",
        "host:port",
        "::1:5000",
        "host:٥",
        "host:5000000",
        1.5,
        {},
        b"h:50",
    ],
)
def test_a_text_or_another_thing_that_is_no_address_is_refused_with_what_to_write(written: Any) -> None:
    with pytest.raises(ValueError, match=r"is not an address: write \(\"127\.0\.0\.1\", 5000\)"):
        host_and_port(written)


@pytest.mark.parametrize(
    "written", [("", 5000), ("h",), ("h", "5000"), ("h", True), ("h", 5000, 0), (5000, "h"), (None, 5000), ()]
)
def test_a_tuple_that_is_no_address_is_refused_with_what_to_write(written: Any) -> None:
    with pytest.raises(ValueError, match=r"is not an address: write \(\"127\.0\.0\.1\", 5000\)"):
        host_and_port(written)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_ports_have_bounds(port: int) -> None:
    with pytest.raises(ValueError, match="ports are from 0 to 65535"):
        host_and_port(("127.0.0.1", port))


def test_any_free_port_is_nothing_to_send_to() -> None:
    with pytest.raises(ValueError, match="port 0 means any free port, for binding only"):
        destination(0)


def test_addresses_that_messages_carry_are_pairs_for_ipv6_too() -> None:
    assert socket_address(("::1", 5000, 0, 0)) == ("::1", 5000)
    assert socket_address(("fe80::1", 5000, 0, 3)) == ("fe80::1%3", 5000)
    assert socket_address(("127.0.0.1", 5000)) == ("127.0.0.1", 5000)


def test_a_name_is_looked_up_ipv4_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::7", 80, 0, 0))
        four = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 80))
        return [six, four, four]

    async def go() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

        assert await resolved("example.org", 80) == [("192.0.2.7", 80), ("2001:db8::7", 80)]
        assert await resolved("192.0.2.1", 80) == [("192.0.2.1", 80)]

    asyncio.run(go())


def test_an_unknown_host_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def go() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

        with pytest.raises(OSError, match=r"the host 'no\.such' is unknown"):
            await resolved("no.such", 80)

    asyncio.run(go())


def test_who_is_bound_to_a_host_connects_from_it_where_that_can_be() -> None:
    assert source_for("127.0.0.2", "127.0.0.1") == "127.0.0.2"
    assert source_for("127.0.0.1", "192.0.2.1") is None
    assert source_for("0.0.0.0", "127.0.0.1") is None
    assert source_for("127.0.0.1", "::1") is None


def test_an_address_in_use_says_what_to_do() -> None:
    error = in_use(("127.0.0.1", 5000), OSError(errno.EADDRINUSE, "Address already in use"))

    assert error.errno == errno.EADDRINUSE
    assert "port 5000 is in use: close the ends that use it" in str(error)
    assert "port 0" in str(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_nobody_is_warned_of_loopback(host: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        addresses.warn_if_exposed(host)


def test_the_warning_names_the_interfaces_and_how_to_be_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [("eth0", "192.0.2.7"), ("wlan0", "198.51.100.7")]
    monkeypatch.setattr(addresses, "_interfaces", lambda version: found)

    with pytest.warns(ExposedWarning) as every:
        addresses.warn_if_exposed("0.0.0.0")
    with pytest.warns(ExposedWarning) as one:
        addresses.warn_if_exposed("198.51.100.7")
    with pytest.warns(ExposedWarning) as unknown:
        addresses.warn_if_exposed("203.0.113.7")

    (text,) = (str(warning.message) for warning in every)
    assert "eth0 (192.0.2.7), wlan0 (198.51.100.7)" in text
    assert "127.0.0.1" in text
    assert "by wlan0 (198.51.100.7) can" in str(one[0].message)
    assert "by 203.0.113.7 can" in str(unknown[0].message)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_this_machine_s_interfaces_are_found_or_said_to_be_all(host: str) -> None:
    with pytest.warns(ExposedWarning, match="every program that reaches this machine by .+ can"):
        addresses.warn_if_exposed(host)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("127.0.0.1", 1), "127.0.0.1:1"),
        (("::1", 1), "[::1]:1"),
        ("/tmp/a.sock", "/tmp/a.sock"),
        ("alice", "alice"),
        (("a", "b"), "('a', 'b')"),
    ],
)
def test_an_address_is_written_as_people_do(address: Any, text: str) -> None:
    assert written(address) == text


@pytest.mark.parametrize(
    ("text", "is_one"), [("host:2000", True), ("[::1]:0", True), ("p1", False), ("host:", False), ("host:²", False)]
)
def test_a_host_and_a_port_are_told_from_a_name(text: str, is_one: bool) -> None:
    assert is_host_and_port(text) == is_one
