from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.inbox import MessageInbox
from hydroflow_nb.net.messages.codec import MSGPACK


@dataclass
class Order:
    amount: int


def inbox_of(inbound: Inbound, *, keeps: bool = True, **names: Any) -> MessageInbox:
    inbox = inbound.inbox(None, names)
    assert isinstance(inbox, MessageInbox)
    inbox.keeps_bodies = keeps
    return inbox


def bodies(*values: Any) -> list[bytes]:
    return [MSGPACK.encode(value) for value in values]


def test_a_batch_is_there_as_it_came_and_can_be_read_again() -> None:
    inbound = Inbound()
    inbox = inbox_of(inbound, Order=Order)
    inbound.accept_all(bodies(1, Order(2)), "p1")
    inbound.accept_all(bodies("three"), "p2")
    inbox.ingest()

    came = inbox.as_it_came

    assert came == [["p1", bodies(1, Order(2))], ["p2", bodies("three")]]
    assert inbox.read(came) == inbox.batch == [(1, "p1"), (Order(2), "p1"), ("three", "p2")]


def test_a_batch_whose_classes_are_gone_is_told() -> None:
    with pytest.raises(Misfit, match="has no class 'Order'"):
        inbox_of(Inbound()).read([["p1", bodies(Order(2))]])


@pytest.mark.parametrize("what", ["by hand", "unreadable", "waiting"])
def test_of_what_came_otherwise_as_well_the_items_are_all_that_is_known(what: str) -> None:
    inbound = Inbound()
    inbox = inbox_of(inbound)
    inbound.accept_all(bodies(1), "p1")
    match what:
        case "by hand":
            inbox.channel.send((2, "me"))
        case "unreadable":
            inbound.accept_all([b"\xff"], "p2")
        case "waiting":
            inbox.waiting()
    inbox.ingest()

    assert inbox.as_it_came is None
    assert (1, "p1") in inbox.batch


def test_a_batch_that_is_taken_in_again_is_known_by_its_items() -> None:
    inbound = Inbound()
    inbox = inbox_of(inbound)
    inbound.accept_all(bodies(1, 2), "p1")
    inbox.ingest()
    items = inbox.take()

    inbox.repeat(items[:1])

    assert inbox.as_it_came is None
    assert inbox.batch == [(1, "p1")]


def test_bodies_are_kept_where_somebody_asks_for_them() -> None:
    inbound = Inbound()
    inbox = inbox_of(inbound, keeps=False)
    inbound.accept_all(bodies(1), "p1")

    inbox.ingest()

    assert inbox.as_it_came is None
