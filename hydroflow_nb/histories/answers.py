"""The bodies of Maelstrom's requests and answers, as checks read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from hydroflow_nb.histories.operation import Operation

# What is wrong, a sentence for each thing.
Problems: TypeAlias = list[str]
# The fields of answers, by the type of the request.
Fields: TypeAlias = Mapping[str, Collection[str]]
# The codes of Maelstrom's table of errors that are definite: the request had no effect, and never will.
DEFINITE: Final = frozenset({1, 10, 11, 12, 14, 20, 21, 22, 30})
_OF_EVERY_ANSWER: Final = frozenset({"type", "in_reply_to", "msg_id"})


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

    By Maelstrom's table of errors, a timeout (0), a crash (13) and codes of one's own (from 1000) leave it open.
    """
    if not operation.is_answered or operation.result.get("type") != "error":
        return False
    code = operation.result.get("code")
    return type(code) is int and code in DEFINITE


def wrong_types(operations: Sequence[Operation]) -> Problems:
    """Answers that are neither of the request's type nor errors."""
    return [
        f"{one}: the answer's type is {one.result.get('type')!r} in place of '{one.call['type']}_ok'"
        for one in operations
        if one.is_answered and not is_ok(one) and one.result.get("type") != "error"
    ]


def wrong_fields(operations: Sequence[Operation], fields: Fields) -> Problems:
    """Answers with fields that Maelstrom's have not: it refuses them. An error may have any."""
    found: Problems = []
    for one in operations:
        kind = one.call["type"]
        if kind in fields and is_ok(one):
            more = [f"`{name}`" for name in one.result if name not in (*_OF_EVERY_ANSWER, *fields[kind])]
            if more:
                known = ", ".join(f"`{name}`" for name in fields[kind]) or "none of its own"
                found.append(f"{one}: the answer has the field {', '.join(more)}, and '{kind}_ok' has {known}")
    return found


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
