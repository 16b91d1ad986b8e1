"""The messages of Maelstrom's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def reply(message: Mapping[str, Any], type: str | None = None, /, **fields: Any) -> dict[str, Any]:
    """The answer to a request: its body has a `type`, by default the request's with `_ok`, and `fields`.

    `reply(message, value=3)` answers a `read` with `read_ok`; `reply(message, "error", code=20, text="no such key")`
    says what is wrong. Raises KeyError for a message that is not a request of Maelstrom's.
    """
    asked = message["body"]
    body = {"type": type or f"{asked['type']}_ok", "in_reply_to": asked["msg_id"], **fields}
    return {"src": message["dest"], "dest": message["src"], "body": body}
