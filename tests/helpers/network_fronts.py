"""A front end of a network without a browser."""

from __future__ import annotations

from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.widgets.network import NetworkWidget


class Page:
    """A front end of a network without a browser: asks its widget, and keeps what it is told."""

    def __init__(self, net: hf.Network) -> None:
        self.net = net
        self.widget = NetworkWidget(net)
        self.messages: list[dict[str, Any]] = []
        self.widget.send = lambda content, buffers=None: self.messages.append(content)

    def ask(self, kind: str, **content: Any) -> dict[str, Any]:
        """The answer to a question; an error is an answer too."""
        self.widget._handle_custom_msg({"kind": kind, "request": "1", **content}, [])
        answers = [message for message in self.messages if message["kind"] == "answer"]
        return answers[-1] if answers else {}

    def decide(self, do: str, **fields: Any) -> str | None:
        """Make a decision; what went wrong, or None."""
        error = self.ask("decide", decision={"do": do, **fields}).get("error")
        return None if error is None else str(error["message"])

    def news(self, side: str | None = None) -> list[dict[str, Any]]:
        """The news so far of the network, or of a side."""
        return [message for message in self.messages if message["kind"] == "news" and message.get("side") == side]

    @property
    def told(self) -> dict[str, Any]:
        """The newest news of the network."""
        return self.news()[-1]

    def node(self, name: str) -> dict[str, Any]:
        """What is told of a node."""
        return next(dict(one) for one in self.told["nodes"] if one["node"] == name)

    def card(self, message: str) -> dict[str, Any]:
        """What is told of a message in flight."""
        return next(dict(one) for one in self.told["flying"] if one["message"] == message)
