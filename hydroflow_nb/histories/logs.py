"""A log with offsets: sends get a place each, polls see what is there without gaps, commits are kept.

The rules are those of Maelstrom's workload "kafka" and of the checker of Jepsen's tests of Kafka and Redpanda: lost
writes, duplicates, two values at one offset, skipped and reordered offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hydroflow_nb.histories.answers import Problems, answered, field, lacking
from hydroflow_nb.histories.operation import Operation


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to `send`, `poll`, `commit_offsets` and `list_committed_offsets`."""
    found: Problems = []
    at: dict[tuple[str, int], Any] = {}
    place: dict[tuple[str, Any], int] = {}
    sends = [one for one in operations if one.call["type"] == "send"]
    by_value = {(one.call["key"], _value(one.call["msg"])): one for one in sends}
    written = [(one, _sent(one, found)) for one in answered(operations, "send")]
    polled = [(one, _polled(one, found)) for one in answered(operations, "poll")]
    seen = [(one.call["key"], offset, one.call["msg"], one) for one, offset in written if offset is not None]
    seen += [
        (key, offset, message, one) for one, logs in polled for key, log in logs.items() for offset, message in log
    ]
    for key, offset, message, one in seen:
        value = _value(message)
        source = by_value.get((key, value))
        if source is None or one.precedes(source):
            found.append(f"{one}: nobody had sent {message!r} to {key!r}")
        if at.setdefault((key, offset), value) != value:
            found.append(f"{key!r} has two messages at the offset {offset}: {at[key, offset]} and {value}")
        elif place.setdefault((key, value), offset) != offset:
            found.append(f"{message!r} is at two offsets of {key!r}, {place[key, value]} and {offset}")
    found += _order(written)
    for one, logs in polled:
        for key, log in logs.items():
            found += _gaps(one, key, log, seen)
    return list(dict.fromkeys(found)) + _commits(operations)


def problems_at_rest(operations: Sequence[Operation]) -> Problems:
    """What is lost: messages that were taken in, and that the last poll of a node, from the start, does not have."""
    ignored: Problems = []
    taken = [(one, _sent(one, ignored)) for one in answered(operations, "send")]
    found: Problems = []
    lasts = {one.node: one for one in answered(operations, "poll") if one.is_final}
    for node, last in lasts.items():
        logs = _polled(last, ignored)
        for one, offset in taken:
            key = one.call["key"]
            if offset is not None and key in last.call["offsets"] and offset not in dict(logs.get(key, ())):
                found.append(f"{node} does not give {one.call['msg']!r}, sent to {key!r} and taken in at {offset}")
    return found


def _value(message: Any) -> str:
    return repr(message)


def _sent(one: Operation, found: Problems) -> int | None:
    """The offset that a message was taken in at."""
    offset: int | None = field(one, "offset", int)
    if offset is None:
        found.append(lacking(one, "offset", "a whole number"))
    return offset


def _polled(one: Operation, found: Problems) -> dict[str, list[tuple[int, Any]]]:
    """What a poll gave, for each key that it asked for."""
    logs = field(one, "msgs", dict)
    if logs is None or not all(_is_log(log) for log in logs.values()):
        found.append(lacking(one, "msgs", "lists of pairs of an offset and a message, by key"))
        return {}
    return {key: [(offset, message) for offset, message in log] for key, log in logs.items()}


def _is_log(log: Any) -> bool:
    return isinstance(log, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and type(pair[0]) is int for pair in log
    )


def _order(written: Sequence[tuple[Operation, int | None]]) -> Iterator[str]:
    """Sends one after the other whose offsets do not grow."""
    for one, offset in written:
        for other, later in written:
            if (
                offset is not None
                and later is not None
                and one.call["key"] == other.call["key"]
                and one.precedes(other)
                and later <= offset
            ):
                yield f"{other.call['msg']!r} stands before {one.call['msg']!r}, which was sent earlier"


def _gaps(
    one: Operation, key: str, log: Sequence[tuple[int, Any]], seen: Sequence[tuple[str, int, Any, Operation]]
) -> Iterator[str]:
    """Offsets of a poll that are not in order, or below the one that was asked for, or that it passes over."""
    begin = one.call["offsets"].get(key)
    if begin is None:
        yield f"{one}: the key {key!r} was not asked for"
        return
    offsets = [offset for offset, _ in log]
    if offsets != sorted(set(offsets)):
        yield f"{one}: the offsets of {key!r} are not in order"
    if offsets and min(offsets) < begin:
        yield f"{one}: {key!r} was asked for from {begin}"
    for other, offset, message, _ in seen:
        # What was taken in or seen by anybody has its place in the log before what comes behind it can be seen.
        if other == key and offsets and begin <= offset < max(offsets) and offset not in offsets:
            yield f"{one}: {message!r} at the offset {offset} of {key!r} is passed over"


def _commits(operations: Sequence[Operation]) -> Problems:
    """Committed offsets that are behind what was committed before, or that nobody committed."""
    found: Problems = []
    commits = [one for one in operations if one.call["type"] == "commit_offsets"]
    for one in answered(operations, "list_committed_offsets"):
        offsets = field(one, "offsets", dict)
        if offsets is None:
            found.append(lacking(one, "offsets", "a dict"))
            continue
        for key in one.call["keys"]:
            before = [
                commit.call["offsets"][key]
                for commit in commits
                if commit.precedes(one)
                and key in commit.call["offsets"]
                and commit.result["type"] == "commit_offsets_ok"
            ]
            asked = [commit.call["offsets"].get(key) for commit in commits if not one.precedes(commit)]
            known = offsets.get(key)
            if before and (not isinstance(known, int) or known < max(before)):
                found.append(f"{one}: {max(before)} was committed for {key!r} before")
            elif known is not None and known not in asked and not (known == 0 and not before):
                found.append(f"{one}: nobody has committed {known!r} for {key!r}")
    return found
