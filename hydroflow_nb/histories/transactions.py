"""Transactions on registers, read committed: no transaction sees what another one only tried or has undone.

The anomalies are those of A. Adya, "Weak Consistency: A Generalized Theory and Optimistic Implementations for
Distributed Transactions", MIT 1999, PL-2: aborted reads (G1a), intermediate reads (G1b) and circular information flow
(G1c). Each value is written to a key once, so that a read says whose write it saw. The order in which the versions of a
key came is not known; there is one without a circle of writes and reads exactly where the reads alone have none, for
the order of the transactions along the reads is then one of the versions, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from hydroflow_nb.histories.answers import Problems, answered, field, has_failed, is_ok, lacking, last_of_each_node
from hydroflow_nb.histories.operation import Operation


def problems(operations: Sequence[Operation]) -> Problems:
    """What is wrong with the answers to `{"type": "txn", "txn": [["r", key, None], ["w", key, value], ...]}`."""
    found: Problems = []
    writer: dict[tuple[str, str], Operation] = {}
    final: set[tuple[str, str]] = set()
    for one in operations:
        last: dict[str, str] = {}
        for kind, key, value in one.call["txn"]:
            if kind == "w":
                writer[repr(key), repr(value)] = one
                last[repr(key)] = repr(value)
        final.update(last.items())
    reads_of: dict[int, set[int]] = {}
    for one in answered(operations, "txn"):
        done = field(one, "txn", list)
        if done is None or not _fits(one.call["txn"], done):
            found.append(lacking(one, "txn", "the same steps, reads with their values"))
            continue
        reads_of[id(one)] = set()
        for key, value in _outer_reads(done, one, found):
            source = writer.get((repr(key), repr(value)))
            if value is None:
                continue
            if source is one:
                found.append(f"{one}: it reads {value!r} at {key!r} before it writes that itself")
            elif source is None or one.precedes(source):
                found.append(f"{one}: nobody had written {value!r} to {key!r} (dirty read)")
            elif has_failed(source):
                found.append(f"{one}: it reads {value!r} at {key!r}, of a transaction that failed (G1a, aborted read)")
            elif (repr(key), repr(value)) not in final:
                found.append(
                    f"{one}: it reads {value!r} at {key!r}, which was overwritten in its own transaction (G1b)"
                )
            else:
                reads_of[id(one)].add(id(source))
    try:
        TopologicalSorter(reads_of).prepare()
    except CycleError as error:
        by_id = {id(one): one for one in operations}
        circle = ", ".join(str(by_id[one].call["txn"]) for one in error.args[1][:-1])
        found.append(f"transactions read of each other in a circle (G1c): {circle}")
    return found


def problems_at_rest(operations: Sequence[Operation]) -> Problems:
    """Where nodes differ in the end, by the last transactions, which only read."""
    values: dict[Any, dict[str, Any]] = {}
    for node, last in last_of_each_node(operations).items():
        if is_ok(last) and isinstance(last.result.get("txn"), list) and _fits(last.call["txn"], last.result["txn"]):
            for _, key, value in last.result["txn"]:
                values.setdefault(key, {})[node] = value
    return [
        f"the nodes differ at {key!r} in the end: {', '.join(f'{node} has {value!r}' for node, value in own.items())}"
        for key, own in values.items()
        if len(set(map(repr, own.values()))) > 1
    ]


def _fits(asked: Sequence[Any], done: Sequence[Any]) -> bool:
    """Whether an answer has the steps that were asked for, reads with any value."""
    return len(asked) == len(done) and all(
        isinstance(step, (list, tuple))
        and len(step) == 3
        and tuple(step[:2]) == tuple(wanted[:2])
        and (step[0] == "r" or step[2] == wanted[2])
        for wanted, step in zip(asked, done, strict=True)
    )


def _outer_reads(done: Sequence[Any], one: Operation, found: Problems) -> Iterator[tuple[Any, Any]]:
    """The reads of what others wrote. Those behind a write of one's own have to see it."""
    own: dict[Any, Any] = {}
    for kind, key, value in done:
        if kind == "w":
            own[key] = value
        elif key not in own:
            yield key, value
        elif value != own[key]:
            found.append(f"{one}: it has written {own[key]!r} to {key!r} itself, and reads {value!r}")
