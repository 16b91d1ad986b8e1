from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from hydroflow_nb import net
from hydroflow_nb.net.transports import TRANSPORTS, AddressForm, Duplicates, Loss, Order, Transport

each_transport = pytest.mark.parametrize("transport", TRANSPORTS.values(), ids=list(TRANSPORTS))


def rows(page: str, header: str) -> list[list[str]]:
    """The rows of the table of a page that has this header, cell by cell."""
    table = page.partition(f"{header}\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "networks.md").read_text(encoding="utf-8")


def test_what_opens_sockets_is_named_as_its_transport_and_each_has_one() -> None:
    named = {
        f"{action}_{transport.name}": opener
        for transport in TRANSPORTS.values()
        for action in ("bind", "connect")
        if (opener := transport.opener(action)) is not None
    }
    public = {name: getattr(net, name) for name in net.__all__ if name.startswith(("bind_", "connect_"))}

    assert named == public


def test_transports_are_found_by_their_names() -> None:
    assert all(name == transport.name for name, transport in TRANSPORTS.items())
    with pytest.raises(TypeError):
        TRANSPORTS["carrier pigeon"] = TRANSPORTS["udp"]  # type: ignore[index]


@each_transport
def test_what_does_not_connect_says_nothing_of_it(transport: Transport) -> None:
    assert (transport.connect is None) == (transport.connects == "")


def test_a_datagram_promises_nothing_and_a_stream_what_its_connection_keeps() -> None:
    udp, tcp = TRANSPORTS["udp"], TRANSPORTS["tcp"]

    assert (udp.order, udp.loss, udp.duplicates) == (Order.ANY, Loss.ANY, Duplicates.ANY)
    assert (tcp.order, tcp.loss, tcp.duplicates) == (Order.KEPT, Loss.AT_BREAKS, Duplicates.NONE)


@each_transport
def test_the_example_of_an_address_is_one(transport: Transport) -> None:
    name, _, where = transport.example.partition(":")

    assert name == transport.name
    if transport.addresses is AddressForm.HOST_AND_PORT:
        assert net.addresses.host_and_port(where) == ("127.0.0.1", 5000)


@each_transport
def test_the_longest_message_of_a_transport_is_the_limit_that_it_has_by_itself(transport: Transport) -> None:
    limit = inspect.signature(transport.bind).parameters["limit"].default

    assert transport.longest is None or transport.longest == limit


def test_the_page_on_networks_says_how_each_transport_is_opened(page: str) -> None:
    expected = [
        [f"`await hf.net.{action}_{one.name}({'path' if one.addresses is AddressForm.PATH else 'address'})`", words]
        for one in TRANSPORTS.values()
        for action, words in (("bind", one.binds), ("connect", one.connects))
        if one.opener(action) is not None
    ]

    assert rows(page, "| | |")[:-1] == expected


def test_the_page_on_networks_says_what_a_program_may_rely_on_over_each_transport(page: str) -> None:
    expected = [[one.title, one.order.value, one.loss.value, one.duplicates.value] for one in TRANSPORTS.values()]

    found = rows(page, "| | order from one node to another | loss | duplicates |")

    assert found[0][0] == "simulated network"
    assert found[1:] == expected


def test_the_page_on_networks_names_no_way_to_open_sockets_that_there_is_not(page: str) -> None:
    named = set(re.findall(r"\b(?:bind|connect)_[a-z]+", page))

    assert named <= set(net.__all__)
