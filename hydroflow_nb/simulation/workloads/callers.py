"""The clients of a workload: what they ask, in which order, and what they were answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from hydroflow_nb.histories import Operation
from hydroflow_nb.records import dataclass

# What comes to the clients in a tick, in this order: answers, requests to make, the instants of a clock.
ANSWER: Final = "answer"
CALL: Final = "call"
TIME: Final = "time"
Event: TypeAlias = "tuple[str, Any]"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a client is to ask a node: the body of Maelstrom's request, without `msg_id`."""

    client: str
    node: str
    body: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The call as an item of the clients' input `calls`."""
        return {"client": self.client, "node": self.node, "body": dict(self.body)}


class _Asked:
    """A request that was made."""

    __slots__ = ("call", "completed", "invoked", "is_final", "result")

    def __init__(self, call: Call, invoked: int, is_final: bool) -> None:
        self.call = call
        self.invoked = invoked
        self.is_final = is_final
        self.completed: int | None = None
        self.result: Any = None

    def operation(self) -> Operation:
        return Operation(
            call=self.call.body,
            result=self.result,
            invoked=self.invoked,
            completed=self.completed,
            client=self.call.client,
            node=self.call.node,
            is_final=self.is_final,
        )


class Callers:
    """The clients of a network. Each makes one request after the other, the next when the last was answered.

    All live in one node, so that what they saw has one order. A request that is still open when the clock of the node
    strikes is waited for no longer, but an answer that comes later counts. When nothing is left to ask and the clock
    strikes, the `finals` are asked, each time.
    """

    def __init__(self, finals: Sequence[Call]) -> None:
        self._finals = finals
        self._asked: list[_Asked] = []
        self._open: dict[tuple[str, int], _Asked] = {}
        self._waiting: dict[str, tuple[str, int]] = {}
        self._queues: dict[str, deque[tuple[Call, bool]]] = {}
        self._counts: dict[str, int] = {}
        self._now = 0
        # What was told of, by how much had happened then.
        self._known: dict[Any, tuple[int, Any]] = {}
        self.strange: list[str] = []

    def react(self, events: Sequence[Event]) -> list[tuple[str, tuple[Any, str]]]:
        """Take in what came in a tick. Returns the requests to send: the client, and message with receiver."""
        for kind, answer in events:
            if kind == ANSWER:
                self._answered(answer)
        for kind, call in events:
            if kind == CALL:
                self._plan(Call(**call), is_final=False)
        if any(kind == TIME for kind, _ in events):
            self._waiting.clear()
            if self._asked and not any(self._queues.values()):
                for call in self._finals:
                    self._plan(call, is_final=True)
        return list(self._next())

    def operations(self) -> list[Operation]:
        """What was asked so far and what was answered, in the order of the requests."""
        return [one.operation() for one in self._asked]

    def known(self, key: Any, find: Any) -> Any:
        """What a function finds in the operations, which is looked for again only when something has happened."""
        at, found = self._known.get(key, (-1, None))
        if at != self._now:
            found = find(self.operations())
            self._known[key] = (self._now, found)
        return found

    def _plan(self, call: Call, *, is_final: bool) -> None:
        self._queues.setdefault(call.client, deque()).append((call, is_final))

    def _next(self) -> Iterator[tuple[str, tuple[Any, str]]]:
        for client, queue in self._queues.items():
            if queue and client not in self._waiting:
                call, is_final = queue.popleft()
                number = self._counts[client] = self._counts.get(client, 0) + 1
                self._now += 1
                asked = _Asked(call, self._now, is_final)
                self._asked.append(asked)
                self._open[client, number] = asked
                self._waiting[client] = (client, number)
                body = {"type": call.body["type"], "msg_id": number, **call.body}
                yield client, ({"src": client, "dest": call.node, "body": body}, call.node)

    def _answered(self, message: Any) -> None:
        try:
            client, body = message["dest"], message["body"]
            key = (client, body["in_reply_to"])
            body["type"], message["src"]
            asked = self._open.pop(key, None)
        except (KeyError, TypeError):
            self._now += 1
            self.strange.append(
                f"{message!r} is not an answer: it needs src, dest and a body with type and in_reply_to"
            )
            return
        # The second answer to a request tells a client nothing.
        if asked is not None:
            self._now += 1
            asked.completed, asked.result = self._now, body
            if self._waiting.get(client) == key:
                del self._waiting[client]


def flow_text(clients: Sequence[str]) -> str:
    """The text of the flow of the node in which the clients are."""
    lines = [
        'source_stream(calls) -> map(|call| ("call", call)) -> events;',
        'source_interval(1) -> map(|_| ("time", None)) -> events;',
        "events = union() -> fold::<'tick>(list, |events, event| events.append(event))",
        "    -> flat_map(|events| callers.react(events)) -> requests;",
        "requests = tee();",
    ]
    for client in clients:
        lines += [
            f'source_stream_serde(inbound_{client}) -> map(|(message, _)| ("answer", message)) -> events;',
            f'requests -> filter(|(client, _)| client == "{client}") -> map(|(_, request)| request)',
            f"    -> dest_sink_serde(outbound_{client});",
        ]
    return "\n".join(lines)
