"""What a flow can read from."""

from __future__ import annotations

import queue
from collections.abc import AsyncIterable
from typing import Any

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox, IteratorInbox
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.queue_inbox import AsyncioQueueInbox, QueueInbox
from hydroflow_nb.later import asyncio


def inbox_of(source: Any) -> Inbox:
    """The inbox of a channel, a queue or an async iterator. Raises Misfit for anything else."""
    match source:
        case Channel():
            return Inbox(source)
        case queue.Queue():
            return QueueInbox(source)
        case asyncio.Queue():
            return AsyncioQueueInbox(source)
        case AsyncIterable():
            return IteratorInbox(source)
    raise Misfit(
        f"cannot read from {type(source).__name__}",
        "give it a `hydroflow_nb.channel()`, a `queue.Queue`, an `asyncio.Queue` or an async iterator; "
        "`source_iter` reads an ordinary iterable",
    )
