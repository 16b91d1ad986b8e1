"""What every carrier promises: our own, and one of a few lines."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from certificates import Authority

import hydroflow_nb as hf
from hydroflow_nb.net.carrier import (
    AddressForm,
    CarrierChecks,
    Duplicates,
    Ends,
    Loss,
    Member,
    Order,
    Transport,
)
from hydroflow_nb.net.transports import TCP, UDP, UNIX

MANUAL = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def of_the_manual() -> dict[str, Any]:
    """The names that the example of a carrier in the manual binds."""
    start = MANUAL.index("from hydroflow_nb.net.carrier import")
    names: dict[str, Any] = {}
    exec(MANUAL[start : MANUAL.index("```", start)], names)
    return names


EXAMPLE = of_the_manual()
numbers = itertools.count(1)


class TestTcp(CarrierChecks):
    transport = TCP


class TestUdp(CarrierChecks):
    transport = UDP


class TestUnix(CarrierChecks):
    transport = UNIX

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def address(self) -> Any:
        return self.folder / f"{next(numbers)}.sock"


class Named(CarrierChecks):
    """Ends whose addresses are names in one directory."""

    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path: Path) -> None:
        self.folder, self.where = tmp_path, dict[str, Any]()

    def address(self) -> Any:
        return f"member{next(numbers)}"

    async def bind(self, address: Any, **options: Any) -> Ends:
        at = self.where.get(address, self.folder / address if self.transport is UNIX else 0)
        ends = await self.transport.bind(at, name=address, directory=self.where, **self.options, **options)
        self.where[address] = ends.inbound.bound
        return ends


class TestNamedTcp(Named):
    transport = TCP


class TestNamedUdp(Named):
    transport = UDP


class TestNamedUnixWithKey(Named):
    transport = UNIX
    options: ClassVar = {"key": "correct horse battery staple"}


class TestNamedTcpWithKeyAndTls(Named):
    transport = TCP

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _tls(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        made = Authority(tmp_path_factory.mktemp("tls") / "ours").certificate("member")
        cls.options = {"key": "correct horse battery staple", "tls": hf.net.Tls.of_files(*made)}


class TestQueues(CarrierChecks):
    transport = EXAMPLE["QUEUES"]

    def address(self) -> Any:
        return f"member{next(numbers)}"


def test_flows_talk_over_the_carrier_of_the_manual() -> None:
    async def go() -> None:
        seen: list[Any] = []
        alice, bob = await EXAMPLE["join"]("alice"), await EXAMPLE["join"]("bob")
        send = hf.compile('source_iter([("hi", "bob")]) -> dest_sink_serde(outbound);', {"outbound": alice.outbound})
        take = hf.compile(
            "source_stream_serde(inbound) -> for_each(seen.append);", {"inbound": bob.inbound, "seen": seen}
        )
        send.run_available()
        take.run_available()
        assert seen == [("hi", "alice")]
        alice.close()
        bob.close()

    asyncio.run(go())


class SimulatedMember(Member):
    """Two ends of a node, which sends in ticks of the network."""

    def __init__(self, ends: Ends, tick: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(ends)
        self._tick = tick

    def send(self, *payloads: Any, to: Any) -> None:
        self._tick(lambda: super(SimulatedMember, self).send(*payloads, to=to))

    def send_bodies(self, *bodies: bytes, to: Any) -> None:
        self._tick(lambda: super(SimulatedMember, self).send_bodies(*bodies, to=to))


class TestSimulated(CarrierChecks):
    """A network in which nothing is decided to go wrong."""

    transport = Transport(
        name="simulated",
        title="simulated network",
        bind=TCP.bind,
        binds="is a node of a simulated network",
        addresses=AddressForm.NAME,
        order=Order.KEPT,
        loss=Loss.NONE,
        duplicates=Duplicates.NONE,
    )
    TEXT = """
        source_stream(work) -> for_each(act);
        source_iter([inbound][1:]) -> dest_sink_serde(outbound);
    """
    patience = 5.0
    # Nodes neither come and go as their ends are closed, nor run in threads; what waits for a node has no bound.
    test_closing_one_end_closes_both_and_frees_the_address = None  # type: ignore[assignment]
    test_an_address_in_use_cannot_be_bound = None  # type: ignore[assignment]
    test_a_tick_in_another_thread_sends_as_well = None  # type: ignore[assignment]
    test_what_waits_for_a_flow_is_bounded = None  # type: ignore[assignment]

    @pytest.fixture(autouse=True)
    def _network(self) -> None:
        self.net = hf.Network(fifo=True, seed=1)
        self.acts: list[Callable[[], None]] = []

    def address(self) -> Any:
        return f"node{next(numbers)}"

    async def bind(self, address: Any, **options: Any) -> Ends:
        ends = self.net.bind(address, **options)
        names = {"work": hf.channel(), "act": lambda number: self.acts[number](), **ends._asdict()}
        self.net.node(address, hf.compile(self.TEXT, names))
        return Ends(self.net[address]["outbound"], self.net[address]["inbound"], address)

    def driven(self, ends: Ends) -> Member:
        def tick(act: Callable[[], None]) -> None:
            self.acts.append(act)
            self.net.send(ends.address, "work", len(self.acts) - 1)
            self.net.tick(ends.address)

        return SimulatedMember(ends, tick)

    async def step(self) -> None:
        self.net.run()
        await asyncio.sleep(0)


def like_the_manual(change: Callable[[dict[str, Any]], None]) -> CarrierChecks:
    """The checks of a carrier that is like that of the manual, but for a change of its names."""
    names = of_the_manual()
    change(names)
    checks = TestQueues()
    checks.transport = names["QUEUES"]  # type: ignore[misc]
    checks.patience = 0.5  # type: ignore[misc]
    return checks


def posting(change: Callable[[Any, Any, list[bytes], Callable[[Any, list[bytes]], None]], None]) -> Any:
    """A change of what is posted: `change` gets the end, address, bodies, and what posts them rightly."""

    def breaks(names: dict[str, Any]) -> None:
        right = names["QueueOutbound"].post
        names["QueueOutbound"].post = lambda self, address, bodies: change(self, address, bodies, partial(right, self))

    return breaks


def from_somebody(end: Any, address: Any, bodies: list[bytes], post: Callable[[Any, list[bytes]], None]) -> None:
    own, end.address = end.address, "somebody"
    post(address, bodies)
    end.address = own


def unbounded(names: dict[str, Any]) -> None:
    join = names["join"]

    async def without_bound(name: str, *, room: int = 0, **options: Any) -> Ends:
        ends: Ends = await join(name, **options)
        ends.inbound.limit_bytes = None
        return ends

    names["QUEUES"] = replace(names["QUEUES"], bind=without_bound)


def closed_alone(names: dict[str, Any]) -> None:
    names["QueueOutbound"].close = lambda self: None


def kept(names: dict[str, Any]) -> None:
    close = names["QueueOutbound"].close

    def close_and_keep(self: Any) -> None:
        close(self)
        names["members"][self.address] = self.inbound

    names["QueueOutbound"].close = close_and_keep


def raising(names: dict[str, Any]) -> None:
    names["QueueOutbound"].post = lambda self, address, bodies: names["members"][address].accept_all(
        bodies, self.address
    )


@pytest.mark.parametrize(
    ("check", "change", "message"),
    [
        (
            "test_order_loss_and_duplicates_are_as_promised",
            posting(lambda end, address, bodies, post: post(address, bodies[::-1])),
            "in another order",
        ),
        (
            "test_order_loss_and_duplicates_are_as_promised",
            posting(lambda end, address, bodies, post: post(address, bodies * 2)),
            "more than once",
        ),
        (
            "test_order_loss_and_duplicates_are_as_promised",
            posting(lambda end, address, bodies, post: post(address, bodies[:10])),
            "500 of 1,000 messages were lost",
        ),
        ("test_messages_of_several_senders_keep_their_senders", posting(from_somebody), "another sender's address"),
        (
            "test_a_message_keeps_its_value_and_says_where_its_sender_can_be_answered",
            posting(from_somebody),
            "came as {'somebody'}",
        ),
        ("test_drain_waits_until_all_has_left", posting(lambda end, address, bodies, post: None), "100 messages"),
        ("test_what_waits_for_a_flow_is_bounded", unbounded, "bytes wait"),
        ("test_closing_one_end_closes_both_and_frees_the_address", closed_alone, "the other was not"),
        ("test_closing_one_end_closes_both_and_frees_the_address", kept, "in use"),
        ("test_messages_to_nobody_stop_nothing", raising, "member"),
    ],
)
def test_a_carrier_that_breaks_a_promise_fails_the_check_of_it(check: str, change: Any, message: str) -> None:
    with pytest.raises((AssertionError, OSError, KeyError), match=re.escape(message)):
        getattr(like_the_manual(change), check)()


def test_a_carrier_that_carries_nothing_fails_with_what_should_have_come() -> None:
    checks = like_the_manual(posting(lambda end, address, bodies, post: None))
    with pytest.raises(AssertionError, match=r"'still here'.* should have come from"):
        checks.test_messages_to_nobody_stop_nothing()
