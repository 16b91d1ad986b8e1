"""Echo: each answer bears what the request bore."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.histories.answers import Problems, answered
from hydroflow_nb.histories.operation import Operation


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to `{"type": "echo", "echo": x}`."""
    return [
        f"{one}: the answer is not an echo of {one.call['echo']!r}"
        for one in answered(operations, "echo")
        if one.result.get("echo") != one.call["echo"]
    ]
