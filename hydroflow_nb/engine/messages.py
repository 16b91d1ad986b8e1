"""Where a flow meets a network: the ends by which messages come in and go out, over any transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast, runtime_checkable

from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.outlet import Outlet


@runtime_checkable
class Inbound(Protocol):
    """The end that messages come in by, as a network gives it out."""

    def inbox(self, kind: Any, namespace: Mapping[str, Any]) -> Inbox:
        """An inbox of `(payload, address)`. Payloads are of `kind`, or of any kind where that is None.

        `namespace` names their classes.
        """


@runtime_checkable
class Outbound(Protocol):
    """The end that messages go out by, as a network gives it out."""

    def outlet(self) -> Outlet:
        """An outlet for `(payload, address)`."""


def inbound(end: Any, kind: Any, namespace: Mapping[str, Any]) -> Inbox:
    """The inbox of a network's inbound end. Raises Misfit for anything else."""
    # Not `isinstance`, which examines the protocol at each call: thousands of simulated nodes call this.
    if callable(getattr(end, "inbox", None)):
        return cast(Inbound, end).inbox(kind, namespace)
    raise Misfit(
        f"cannot receive messages from {type(end).__name__}",
        "give it the second of what `await hydroflow_nb.net.bind_tcp(address)` returns: `outbound, inbound, address`; "
        "`source_stream` reads channels and queues",
    )


def outbound(end: Any) -> Outlet:
    """The outlet of a network's outbound end. Raises Misfit for anything else."""
    if callable(getattr(end, "outlet", None)):
        return cast(Outbound, end).outlet()
    raise Misfit(
        f"cannot send messages to {type(end).__name__}",
        "give it the first of what `await hydroflow_nb.net.bind_tcp(address)` returns: `outbound, inbound, address`; "
        "`dest_sink` sends to channels, queues and functions",
    )
