"""Maelstrom's protocol (https://github.com/jepsen-io/maelstrom): messages are JSON objects with src, dest and body.

`reply(message, ...)` makes the answer to a request; `await maelstrom_ends()` gives the ends of a node that Maelstrom
runs, over the standard input and output of its process, as `hydroflow-nb run FILE --bind maelstrom` does.
"""

from __future__ import annotations

from hydroflow_nb.maelstrom.ends import MaelstromEnds, maelstrom_ends
from hydroflow_nb.maelstrom.protocol import reply

__all__ = ["MaelstromEnds", "maelstrom_ends", "reply"]
