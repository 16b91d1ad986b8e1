"""What every carrier has to do, as tests that a carrier of your own can run; `hydroflow_nb.net.carrier` has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar, Final

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.transports import AddressForm, Duplicates, Loss, Order, Transport

# How long nothing arrives before a check takes it that nothing more will, in seconds.
_QUIET: Final = 0.2


class Member:
    """Two ends, driven as a flow drives them: `send` is a tick that sends, `take` one that takes in what waits."""

    def __init__(self, ends: Ends) -> None:
        self.ends = ends
        self.address = ends.address
        self.outlet = ends.outbound.outlet()
        self.inbox = ends.inbound.inbox(None, {})
        self.seen: list[tuple[Any, Any]] = []

    def send(self, *payloads: Any, to: Any) -> None:
        """Send payloads to an address, in one tick."""
        for payload in payloads:
            self.outlet.put((payload, to))
        self.outlet.end_tick()

    def send_bodies(self, *bodies: bytes, to: Any) -> None:
        """Have the carrier send what need not be a message."""
        self.ends.outbound.post(self.ends.outbound.normal_address(to), [*bodies])

    def take(self) -> list[tuple[Any, Any]]:
        """What has come since the last call, as pairs of payload and sender; `seen` has all that has come."""
        self.inbox.ingest()
        came = self.inbox.take()
        self.seen += came
        return came

    @property
    def payloads(self) -> list[Any]:
        """The payloads of all that was taken."""
        return [payload for payload, _ in self.seen]


class CarrierChecks:
    """What every carrier has to do, as tests for pytest: each method whose name begins with `test_` is one.

    ```python
    class TestQueues(CarrierChecks):
        transport = QUEUES
    ```

    The checks open ends by `transport.bind(address, **options)`, where the options are `limit` and `room`. What is
    checked of order, loss and duplicates is what the `Transport` promises. Where addresses are not hosts and ports,
    `address` has to be defined. What a check finds wrong is an AssertionError that says what should have been.
    """

    transport: ClassVar[Transport]
    """What the carrier promises, and how it is opened."""

    patience: ClassVar[float] = 30.0
    """How long a check waits for what has to happen, in seconds."""

    # --- what a subclass may define ----------------------------------------------------------------------------------

    def address(self) -> Any:
        """An address to bind that nobody uses, another one at each call."""
        if self.transport.addresses is AddressForm.HOST_AND_PORT:
            return 0
        raise NotImplementedError("define `address`, which gives an address that is free")

    async def bind(self, address: Any, **options: Any) -> Ends:
        """The ends of an address."""
        return await self.transport.bind(address, **options)

    def driven(self, ends: Ends) -> Member:
        """What drives two ends as a flow does."""
        return Member(ends)

    async def step(self) -> None:
        """Let the carrier work for a moment."""
        await asyncio.sleep(0.002)

    # --- for the checks ----------------------------------------------------------------------------------------------

    async def _member(self, **options: Any) -> Member:
        member = self.driven(await self.bind(self.address(), **options))
        self._members.append(member)
        return member

    def _run(self, check: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._members: list[Member] = []

        async def go() -> None:
            try:
                await check()
            finally:
                for member in self._members:
                    member.ends.close()

        asyncio.run(go())

    async def _until(self, holds: Callable[[], Any], what: str) -> None:
        end = asyncio.get_running_loop().time() + self.patience
        while not holds():
            assert asyncio.get_running_loop().time() < end, f"{what}, within {self.patience:g} seconds"
            await self.step()

    async def _again(
        self, action: Callable[[], Coroutine[Any, Any, None]], holds: Callable[[], Any], what: str
    ) -> None:
        """Do something until a condition holds: a carrier may lose messages."""
        end = asyncio.get_running_loop().time() + self.patience
        while not holds():
            assert asyncio.get_running_loop().time() < end, f"{what}, within {self.patience:g} seconds"
            await action()

    async def _send(self, sender: Member, payload: Any, *, to: Member) -> None:
        sender.send(payload, to=to.address)
        await asyncio.sleep(_QUIET / 4)
        await self.step()

    async def _comes(self, sender: Member, receiver: Member, *payloads: Any) -> None:
        """Send payloads until each has come: a carrier that may lose messages gets them again."""
        loop, again = asyncio.get_running_loop(), 0.0

        def has_come() -> bool:
            nonlocal again
            receiver.take()
            missing = [payload for payload in payloads if payload not in receiver.payloads]
            if missing and loop.time() >= again and (not again or self._may_lose):
                sender.send(*missing, to=receiver.address)
                again = loop.time() + _QUIET
            return not missing

        await self._until(has_come, f"{payloads} should have come from {sender.address!r} to {receiver.address!r}")

    async def _quiet(self, *receivers: Member) -> None:
        """Wait until nothing more comes."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while loop.time() - last < _QUIET:
            await self.step()
            if sum(len(receiver.take()) for receiver in receivers):
                last = loop.time()

    @property
    def _may_lose(self) -> bool:
        return self.transport.loss is Loss.ANY

    # --- messages ----------------------------------------------------------------------------------------------------

    def test_a_message_keeps_its_value_and_says_where_its_sender_can_be_answered(self) -> None:
        """Values of all kinds arrive as they were; the address beside them leads back."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            values = ["text", "", 7, -(1 << 70), 1.5, None, True, b"\0\xff", (1, (2,)), {"a": [1]}, {1, 2}]
            await self._comes(one, other, *values)
            senders = {sender for _, sender in other.seen}
            assert senders == {one.address}, f"the sender is {one.address!r}, and came as {senders}"
            (sender,) = senders
            other.send("back", to=sender)
            await self._comes(other, one, "back")
            assert one.seen[0][1] == other.address, f"the answer is from {other.address!r}, and not {one.seen[0][1]!r}"

        self._run(check)

    def test_an_end_sends_to_itself(self) -> None:
        """A member of a cluster is one of those that it sends to."""

        async def check() -> None:
            one = await self._member()
            await self._comes(one, one, "to myself")
            assert one.seen[0] == ("to myself", one.address), f"it came as {one.seen[0]!r}"

        self._run(check)

    def test_order_loss_and_duplicates_are_as_promised(self) -> None:
        """1,000 messages in 50 ticks."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            await self._comes(one, other, "first")
            other.seen.clear()
            for start in range(0, 1000, 20):
                one.send(*range(start, start + 20), to=other.address)
                await self.step()
                other.take()
            await self._quiet(other)
            came = [payload for payload in other.payloads if payload != "first"]
            distinct = list(dict.fromkeys(came))
            assert set(came) <= set(range(1000)), "something came that was not sent"
            if self.transport.order is Order.KEPT:
                assert distinct == sorted(distinct), "messages of one sender came in another order than they were sent"
            if self.transport.duplicates is Duplicates.NONE:
                assert len(came) == len(distinct), "messages that were sent once came more than once"
            if not self._may_lose:
                assert len(distinct) == 1000, f"{1000 - len(distinct)} of 1,000 messages were lost"

        self._run(check)

    def test_messages_of_several_senders_keep_their_senders(self) -> None:
        """Each message comes with the address of its own sender."""

        async def check() -> None:
            receiver, *senders = [await self._member() for _ in range(4)]
            for sender in senders:
                await self._comes(sender, receiver, sender.address)
            wrong = [(payload, sender) for payload, sender in receiver.seen if payload != sender]
            assert not wrong, f"messages came with another sender's address: {wrong}"

        self._run(check)

    def test_a_tick_in_another_thread_sends_as_well(self) -> None:
        """Flows may run in a thread of their own."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            await self._comes(one, other, "here")

            async def send() -> None:
                await asyncio.to_thread(one.send, "there", to=other.address)
                await self._quiet(other)

            await self._again(send, lambda: "there" in other.payloads, "what a thread sends should come")

        self._run(check)

    def test_a_listener_is_called_when_a_message_arrives(self) -> None:
        """So a flow that waits is woken."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            calls: list[int] = []
            unwatch = other.inbox.watch(lambda: calls.append(1))
            await self._comes(one, other, "wake up")
            assert calls, "a message came, and the listener was not called"
            unwatch()
            calls.clear()
            await self._comes(one, other, "again")
            assert not calls, "the listener was called after it had been unsubscribed"

        self._run(check)

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def test_what_is_no_message_or_no_address_is_an_error_in_the_tick(self) -> None:
        """An error belongs to the item, in the tick that sends it."""

        async def check() -> None:
            one = await self._member()
            for item in (7, ("x", object()), ("x", -1), (lambda: 0, one.address)):
                try:
                    one.outlet.put(item)
                except Misfit:
                    continue
                raise AssertionError(f"{item!r} cannot be sent, and should raise Misfit")

        self._run(check)

    def test_a_message_over_the_limit_is_lost_and_counted(self) -> None:
        """A long message is no error, and others go on."""

        async def check() -> None:
            one, other = await self._member(limit=1000), await self._member()
            one.send("x" * 2000, to=other.address)
            lost = one.ends.outbound.statistics.lost
            assert lost == 1, f"a message of 2,000 bytes is over the limit of 1,000; {lost} were counted as lost"
            await self._comes(one, other, "short")
            assert "x" * 2000 not in other.payloads, "a message over the limit came"

        self._run(check)

    def test_a_message_that_cannot_be_read_is_counted_and_the_next_one_comes(self) -> None:
        """Bytes of strangers stop no flow."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            await self._comes(one, other, "before")
            statistics = other.ends.inbound.statistics

            async def send() -> None:
                one.send_bodies(b"\xff not a message", b"", to=other.address)
                await self._quiet(other)

            await self._again(send, lambda: statistics.undecodable, "bytes that are no message should be counted")
            await self._comes(one, other, "after")
            assert set(other.payloads) == {"before", "after"}, f"{other.payloads} came"

        self._run(check)

    def test_messages_to_nobody_stop_nothing(self) -> None:
        """No error, no waiting, and others get their messages."""

        async def check() -> None:
            one, other, gone = await self._member(), await self._member(), await self._member()
            gone.ends.close()
            one.send(*range(10), to=gone.address)
            await self._comes(one, other, "still here")

        self._run(check)

    def test_what_waits_for_a_flow_is_bounded(self) -> None:
        """`room` bounds it; beyond it messages are dropped and counted, or the sender keeps them, or gives them up."""

        async def check() -> None:
            one, other = await self._member(), await self._member(room=100_000)
            await self._comes(one, other, "first")
            for _ in range(50):
                one.send(*["x" * 1000] * 100, to=other.address)
                await self.step()
            inbound, statistics = other.ends.inbound, other.ends.inbound.statistics
            most = 100_000 + (1 << 20)
            waits = sum(len(payload) for payload, _ in other.inbox.waiting())
            assert waits <= most, f"{waits:,} bytes wait, and `room` is 100,000"
            await self._quiet(other)
            came, lost = len(other.seen) - 1, one.ends.outbound.statistics.lost + statistics.dropped
            if not self._may_lose:
                assert came + lost == 5000, f"{came:,} of 5,000 messages came, and {lost:,} were counted as lost"
            assert not inbound.is_full(), "the end is full, though all was taken"
            await self._comes(one, other, "last")

        self._run(check)

    # --- the end -----------------------------------------------------------------------------------------------------

    def test_drain_waits_until_all_has_left(self) -> None:
        """Then all is counted as sent, or as lost."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            one.send(*range(100), to=other.address)
            await asyncio.wait_for(one.ends.outbound.drain(), self.patience)
            statistics = one.ends.outbound.statistics
            left = statistics.sent + statistics.lost
            assert left == 100, f"100 messages were sent, and {left} were counted as sent or lost"

        self._run(check)

    def test_closing_one_end_closes_both_and_frees_the_address(self) -> None:
        """Whichever end is closed; and somebody else can bind the address."""

        async def check() -> None:
            one = await self._member()
            for which in ("inbound", "outbound"):
                former = await self._member()
                getattr(former.ends, which).close()
                ends = former.ends
                closed = (ends.inbound.is_closed, ends.outbound.is_closed)
                assert all(closed), f"the {which} end was closed, and the other was not"
                for use in (ends.outbound.outlet, partial(ends.inbound.inbox, None, {})):
                    try:
                        use()
                    except Misfit:
                        continue
                    raise AssertionError(f"the ends are closed, and a flow that uses {ends} should get a Misfit")
                await self.step()
                later = self.driven(await self.bind(former.address))
                self._members.append(later)
                assert later.address == former.address, f"it was bound to {former.address!r}, not {later.address!r}"
                await self._comes(one, later, f"to the next, after the {which} end was closed")

        self._run(check)

    def test_an_address_in_use_cannot_be_bound(self) -> None:
        """It is an OSError, which says so."""

        async def check() -> None:
            one = await self._member()
            try:
                other = await self.bind(one.address)
            except OSError:
                return
            other.close()
            raise AssertionError(f"{one.address!r} is in use, and to bind it again should raise OSError")

        self._run(check)

    # --- flows that go back, and flows that follow -------------------------------------------------------------------

    def test_a_batch_is_repeated_while_what_waits_goes_on_waiting(self) -> None:
        """So a flow goes back to a snapshot, and runs a tick again."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            await self._comes(one, other, "first")
            first = list(other.seen)
            received = other.ends.inbound.statistics.received
            await self._again(
                partial(self._send, one, "second", to=other),
                lambda: other.ends.inbound.statistics.received > received,
                "a second message should come",
            )
            other.inbox.repeat(first)
            assert other.inbox.take() == first, "the tick should get the items of the earlier one, and no others"
            assert "second" in [payload for payload, _ in other.take()], "what waited should still wait"

        self._run(check)

    def test_what_waits_when_a_flow_ends_is_for_the_next_flow(self) -> None:
        """Also what was looked at already."""

        async def check() -> None:
            one, other = await self._member(), await self._member()
            await self._comes(one, other, "to the first flow")
            await self._again(
                partial(self._send, one, "to the next flow", to=other),
                other.inbox.waiting,
                "a second message should come",
            )
            other.inbox.close()
            following = self.driven(other.ends)
            assert "to the next flow" in [payload for payload, _ in following.take()], "a message that waited is lost"

        self._run(check)
