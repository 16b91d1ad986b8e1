"""Carriers: what moves messages between the ends of flows, such as sockets, a queue or a broker.

Flows know two ends and an address, `Ends(outbound, inbound, address)`; whatever gives them is a carrier. One of your
own is a subclass of `Outbound` with `post`, an `Inbound` into which it puts what arrives, an async function that opens
both, and a `Transport` that says what a program may rely on. `CarrierChecks` are the tests that it has to pass.

What the carrier does for an **outbound end**:

- `post(address, bodies)` gets a tick's messages to one address, oldest first, when the tick ends. It is called in the
  thread that runs the flow, never waits and raises nothing. It adds to `statistics.sent` what it hands to the network;
  what it gives up it reports by `statistics.lose(count, address, why)`. A body is bytes that the carrier does not read.
- `normal_address(address)` gives one form for all ways to write an address, and raises ValueError for what is none.
- If messages can pile up, `is_congested()` is true meanwhile, and functions of `listen_room(function)` are called when
  it no longer is: a flow takes nothing in as long. It must end by itself if the peer takes nothing: flows that send to
  each other would stop each other. `await drain()` returns when all that was posted has left or was given up.

What it does for an **inbound end**:

- `accept(body, address)` takes in a message, with an address at which its sender can be answered, from any thread.
  Where there is no room, the message is dropped and counted. A carrier that can stop reading calls `accept_all` and
  reads nothing while `is_full()`, until a function of `listen_room(function)` is called.
- Messages of one sender go in in the order in which they came. What was sent once goes in twice only where
  `Transport.duplicates` says so.

What it does for **both**: they share their `statistics`. When one is closed, so is the other (`listen_close`), and the
address is free; what arrives from then on is dropped.

What ends promise to a flow, and so to **snapshots**: an end is no part of a snapshot, and holds nothing that a tick
depends on. A batch that was taken in is repeated from its record, while what waits goes on waiting; what was posted
stays posted. What waits when a flow ends is for the next flow that reads the end.
"""

from __future__ import annotations

from hydroflow_nb.net.carrier_checks import CarrierChecks, Member
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.transports import AddressForm, Duplicates, Loss, Order, Transport

__all__ = [
    "AddressForm",
    "CarrierChecks",
    "Duplicates",
    "Ends",
    "Inbound",
    "Loss",
    "Member",
    "Order",
    "Outbound",
    "Transport",
]
