"""What tests of the stepper share: its flows, and a front end without a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.widgets import NodeStepper, Stepper

SUMS = """
source_stream(numbers) -> map(|x| 60 / x) -> seen;
seen = tee();
seen -> for_each(out.append);
seen -> fold(|| 0, |a, b| a + b) -> for_each(total.append);
"""
TICKING = "source_iter([1]) -> again; again = union() -> defer_tick() -> again; "
ENDLESS_TICK = """
source_stream(numbers) -> again;
again = union() -> tee();
again -> map(|x| x + 1) -> again;
again -> for_each(|x| None);
"""


class Front:
    """A front end without a browser: asks a stepper, and keeps what it is told."""

    def __init__(self, flow: hf.Flow, namespace: dict[str, Any], stepper: Stepper | NodeStepper | None = None) -> None:
        self.flow = flow
        self.namespace = namespace
        self.stepper = stepper or Stepper(flow, namespace)
        self.messages: list[dict[str, Any]] = []
        self.stepper.send = lambda content, buffers=None: self.messages.append(content)

    def ask(self, kind: str, **content: Any) -> dict[str, Any]:
        """The answer to a question; an error is an answer too."""
        self.stepper._handle_custom_msg({"kind": kind, "request": "1", **content}, [])
        answers = [message for message in self.messages if message["kind"] == "answer"]
        return answers[-1] if answers else {}

    @property
    def news(self) -> list[dict[str, Any]]:
        """The news so far, but those of nodes."""
        return self.news_of(None)

    def news_of(self, side: str | None) -> list[dict[str, Any]]:
        """The news so far of a node that is open, by its side."""
        return [message for message in self.messages if message["kind"] == "news" and message.get("side") == side]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of ticks that came with the news."""
        return [record for news in self.news for record in news["records"]]


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the condition did not come to hold"
        await asyncio.sleep(0.001)
