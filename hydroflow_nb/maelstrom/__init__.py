"""Maelstrom's protocol (https://github.com/jepsen-io/maelstrom): messages are JSON objects with src, dest and body.

`reply(message, ...)` makes the answer to a request.
"""

from __future__ import annotations

from hydroflow_nb.maelstrom.protocol import reply

__all__ = ["reply"]
