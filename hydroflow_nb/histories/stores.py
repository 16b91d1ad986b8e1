"""A key-value store with read, write and compare-and-set: linearizable, key by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hydroflow_nb.histories.answers import Problems, has_failed, is_ok
from hydroflow_nb.histories.linearizability import linearize_keys
from hydroflow_nb.histories.models import UNKNOWN
from hydroflow_nb.histories.operation import Operation

# Maelstrom's codes of errors: there is no such key; the value is another one than `from`.
NO_KEY: Final = 20
OTHER_VALUE: Final = 22


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to reads, writes and compare-and-sets."""
    found = linearize_keys([one for operation in operations for one in _as_calls(operation)])
    return [] if found else [str(found)]


def _as_calls(operation: Operation) -> list[Operation]:
    """The operation as one of a register's; none where it had no effect and tells nothing."""
    body, result = operation.call, operation.result
    code = result.get("code") if operation.is_answered else None
    match body["type"]:
        case "read" if is_ok(operation):
            return [_made(operation, ("read", body["key"]), result.get("value"))]
        case "read" if code == NO_KEY:
            return [_made(operation, ("read", body["key"]), None)]
        case "write" if not has_failed(operation):
            return [_made(operation, ("write", body["key"], body["value"]), None)]
        case "cas" if is_ok(operation) or code in (NO_KEY, OTHER_VALUE) or not has_failed(operation):
            known = is_ok(operation) or has_failed(operation)
            swaps: Any = is_ok(operation) if known else UNKNOWN
            return [_made(operation, ("cas", body["key"], body["from"], body["to"]), swaps)]
    return []


def _made(operation: Operation, call: Any, result: Any) -> Operation:
    known = is_ok(operation) or has_failed(operation)
    return Operation(
        call=call,
        result=result,
        invoked=operation.invoked,
        completed=operation.completed if known else None,
        client=operation.client,
        node=operation.node,
    )
