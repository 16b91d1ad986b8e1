"""The kinds of workloads: what the clients ask, and what must be true of the answers. They are those of Maelstrom
(K. Kingsbury) and of the challenges "Gossip Glomers" (Fly.io and K. Kingsbury).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from random import Random
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.histories import Operation, broadcasts, counters, echoes, ids, logs, stores, transactions
from hydroflow_nb.histories.answers import Fields
from hydroflow_nb.records import dataclass

Body: TypeAlias = "dict[str, Any]"
Check: TypeAlias = Callable[[Sequence[Operation]], list[str]]


def _nothing(_: Sequence[Operation]) -> list[str]:
    return []


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of workload.

    `answers` are the fields of answers by the type of the request. `body` makes the n-th request by chance; the first
    ones are such that they concern each other, so that whatever the seed there is something to find. `last` are those
    that every node is asked when all else is over, `first` those that it is asked before all else, by the node and all
    nodes. `always` says what is wrong with what was answered so far, `at_rest` what is wrong when nothing is left to
    do.
    """

    name: str
    maelstrom: str
    about: str
    body: Callable[[int, Random], Body]
    answers: Fields
    always: Check
    at_rest: Check = _nothing
    last: Sequence[Body] = ()
    first: Callable[[str, Sequence[str]], Sequence[Body]] = lambda node, nodes: ()

    @property
    def promises(self) -> tuple[str, str]:
        """What must be so always, and what when a run has come to rest, in words."""
        if self.at_rest is _nothing:
            return f"{self.name}: {self.about}", f"{self.name}: every request is answered"
        return f"{self.name}: each answer is right", f"{self.name}: {self.about}"


def _chosen(random: Random, among: Sequence[Any]) -> Any:
    # `random.random` is the only method whose numbers are the same in every version of Python.
    return among[int(random.random() * len(among))]


def _line(node: str, nodes: Sequence[str]) -> Sequence[Body]:
    """Maelstrom's message with the neighbours of every node: here all are in a line, with a way for each."""
    places = range(len(nodes))
    neighbours = {nodes[at]: [nodes[one] for one in (at - 1, at + 1) if one in places] for at in places}
    return ({"type": "topology", "topology": neighbours},)


def _broadcast(number: int, random: Random) -> Body:
    if random.random() < 0.3 and number:
        return {"type": "read"}
    return {"type": "broadcast", "message": number}


def _count(number: int, random: Random) -> Body:
    if random.random() < 0.3 and number:
        return {"type": "read"}
    return {"type": "add", "delta": 1 + int(random.random() * 5)}


_KEYS: Final = ("x", "y")


def _log(number: int, random: Random) -> Body:
    chance, key = random.random(), _chosen(random, _KEYS)
    if number < 2:
        return {"type": "send", "key": _KEYS[0], "msg": number}
    if chance < 0.6:
        return {"type": "send", "key": key, "msg": number}
    if chance < 0.8:
        return {"type": "poll", "offsets": dict.fromkeys(_KEYS, 0)}
    if chance < 0.9:
        return {"type": "commit_offsets", "offsets": {key: int(random.random() * 3)}}
    return {"type": "list_committed_offsets", "keys": list(_KEYS)}


def _transact(number: int, random: Random) -> Body:
    steps: list[list[Any]] = [["w", _KEYS[0], 10 * number]] if number < 2 else []
    for step in range(1, 3 + int(random.random() * 2)):
        key = _chosen(random, _KEYS)
        steps.append(["r", key, None] if random.random() < 0.4 else ["w", key, 10 * number + step])
    return {"type": "txn", "txn": steps}


def _store(number: int, random: Random) -> Body:
    chance, key = random.random(), _chosen(random, _KEYS)
    if chance < 0.4 and number:
        return {"type": "read", "key": key}
    if chance < 0.8 or not number:
        return {"type": "write", "key": key, "value": number}
    return {"type": "cas", "key": key, "from": int(random.random() * (number + 1)), "to": number}


_ALL: Final = (
    Kind(
        name="echo",
        maelstrom="echo",
        about="each answer bears what the request bore",
        body=lambda number, random: {"type": "echo", "echo": f"hello {number}"},
        answers={"echo": ("echo",)},
        always=echoes.problems,
    ),
    Kind(
        name="unique-ids",
        maelstrom="unique-ids",
        about="no two requests get the same id",
        body=lambda number, random: {"type": "generate"},
        answers={"generate": ("id",)},
        always=ids.problems,
    ),
    Kind(
        name="broadcast",
        maelstrom="broadcast",
        about="each number that was taken in becomes known to every node",
        body=_broadcast,
        answers={"topology": (), "broadcast": (), "read": ("messages",)},
        always=broadcasts.problems,
        at_rest=broadcasts.problems_at_rest,
        first=_line,
        last=({"type": "read"},),
    ),
    Kind(
        name="counter",
        maelstrom="g-counter",
        about="every node says the sum of all that was added in the end",
        body=_count,
        answers={"add": (), "read": ("value",)},
        always=counters.problems,
        at_rest=counters.problems_at_rest,
        last=({"type": "read"},),
    ),
    Kind(
        name="log",
        maelstrom="kafka",
        about="each message that was sent has one offset, and is polled in order, without gaps",
        body=_log,
        answers={
            "send": ("offset",),
            "poll": ("msgs",),
            "commit_offsets": (),
            "list_committed_offsets": ("offsets",),
        },
        always=logs.problems,
        at_rest=logs.problems_at_rest,
        last=({"type": "poll", "offsets": dict.fromkeys(_KEYS, 0)},),
    ),
    Kind(
        name="transactions",
        maelstrom="txn-rw-register",
        about="transactions read what was committed, and all nodes agree in the end",
        body=_transact,
        answers={"txn": ("txn",)},
        always=transactions.problems,
        at_rest=transactions.problems_at_rest,
        last=({"type": "txn", "txn": [["r", key, None] for key in _KEYS]},),
    ),
    Kind(
        name="store",
        maelstrom="lin-kv",
        about="reads, writes and compare-and-sets are linearizable",
        body=_store,
        answers={"read": ("value",), "write": (), "cas": ()},
        # A run that ends by itself is shorter than one in which each step to the wrong answer is chosen.
        always=_nothing,
        at_rest=stores.problems,
        last=[{"type": "read", "key": key} for key in _KEYS],
    ),
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({one.name: one for one in _ALL})
"""All kinds, by name."""


def kind_of(name: str) -> Kind:
    """The kind of a name, ours or Maelstrom's. Raises ValueError for another name."""
    for one in _ALL:
        if name in (one.name, one.maelstrom):
            return one
    names = [name for one in _ALL for name in (one.name, one.maelstrom)]
    close = get_close_matches(str(name), names, 1)
    meant = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(KINDS)}"
    raise ValueError(f"{shown(name)} is not a workload: {meant}")
