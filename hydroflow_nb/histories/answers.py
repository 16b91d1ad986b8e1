"""The bodies of Maelstrom's requests and answers, as checks read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from hydroflow_nb.histories.operation import Operation

# What is wrong, a sentence for each thing.
Problems: TypeAlias = list[str]


def answered(operations: Iterable[Operation], kind: str) -> Iterator[Operation]:
    """The requests of a type that were answered as they should be, by `{"type": "<kind>_ok", ...}`."""
    for one in operations:
        if one.call["type"] == kind and is_ok(one):
            yield one


def is_ok(operation: Operation) -> bool:
    """True where the answer is that of success."""
    return operation.is_answered and operation.result.get("type") == f"{operation.call['type']}_ok"


def has_failed(operation: Operation) -> bool:
    """True where the answer says that the request had no effect and never will: an error whose code is definite.

    By Maelstrom's table of errors, a timeout (0) and a crash (13) leave it open.
    """
    return (
        operation.is_answered
        and operation.result.get("type") == "error"
        and operation.result.get("code") not in (0, 13)
    )


def wrong_types(operations: Sequence[Operation]) -> Problems:
    """Answers that are neither of the request's type nor errors."""
    return [
        f"{one}: the answer's type is {one.result.get('type')!r} in place of '{one.call['type']}_ok'"
        for one in operations
        if one.is_answered and not is_ok(one) and one.result.get("type") != "error"
    ]


def last_of_each_node(operations: Iterable[Operation]) -> dict[str, Operation]:
    """Of the requests that were made when all others were over, the last of each node."""
    return {one.node: one for one in operations if one.is_final}


def field(operation: Operation, name: str, kind: type) -> Any:
    """A field of the answer, None where it is not there or not of a type."""
    found = operation.result.get(name)
    return found if isinstance(found, kind) and not (kind is int and isinstance(found, bool)) else None


def lacking(operation: Operation, name: str, what: str) -> str:
    """What to say of an answer without a field."""
    return f"{operation}: the answer has no field `{name}` with {what}"
