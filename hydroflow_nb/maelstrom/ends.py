"""The ends of a node that Maelstrom runs: messages are lines of JSON on its standard input and output."""

from __future__ import annotations

import json
import sys
from collections import deque
from typing import IO, Any, Final, NamedTuple

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.standard_input import has_input_ended, lines_of_standard_input
from hydroflow_nb.maelstrom.protocol import reply
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import JSON, encoded
from hydroflow_nb.net.outbound import Outbound
from hydroflow_nb.net.statistics import Cause

# The type of the body in which nodes send each other what is no message of Maelstrom's.
ITEM: Final = "hydroflow"
# The longest line, in bytes. Maelstrom knows no limit; a read of broadcast may tell all numbers of an hour.
LIMIT: Final = 16 << 20


class MaelstromEnds(NamedTuple):
    """The ends of a node, its id, and the ids of all nodes, itself among them."""

    outbound: MaelstromOutbound
    inbound: Inbound
    address: str
    nodes: tuple[str, ...]

    def close(self) -> None:
        """Take in nothing more, and send nothing more."""
        self.inbound.close()
        self.outbound.close()


class MaelstromOutbound(Outbound):
    """Writes messages as lines.

    A payload that is a message of Maelstrom's to the address it is sent to, an object with that `dest` and a `body`,
    leaves with this node as `src`, to a client, a node, or a service such as `lin-kv`. Anything else, such as what
    nodes of a system tell each other, is put into the body of one.
    """

    def __init__(self, address: str, stream: IO[str], *, limit: int = LIMIT) -> None:
        super().__init__(codec=JSON, limit=limit, address=address)
        self._stream = stream

    def normal_address(self, address: Any) -> Any:
        """The id of a node or a client. Raises ValueError, which says what it is."""
        if not isinstance(address, str) or not address:
            raise ValueError(
                f"the address of a node or a client of Maelstrom's is its id, such as 'n1', not {shown(address)}"
            )
        return address

    def post(self, address: Any, bodies: list[bytes]) -> None:
        """Write a tick's messages to one address, a line each."""
        if self.is_closed:
            self.statistics.lose(len(bodies), address, "the end was closed")
            return
        for body in bodies:
            payload = json.loads(body.removeprefix(JSON.head))
            if _is_message(payload) and payload["dest"] == address:
                sent = _as_others_know_it(payload["body"])
            else:
                sent = {"type": ITEM, "item": payload}
            self.statistics.sent += 1
            # Maelstrom refuses a message with further fields, and numbers messages itself.
            write(self._stream, {"src": self.address, "dest": address, "body": sent})


class _Reader:
    """Gives what comes in to the flow, message by message, as far as there is room."""

    def __init__(self, lines: Channel, inbound: Inbound, limit: int) -> None:
        self._lines = lines
        self._inbound = inbound
        self._limit = limit
        self._subscriptions = (lines.listen(self.read), inbound.listen_room(self.read))
        inbound.listen_close(self.stop)

    def read(self) -> None:
        """Read the lines that wait."""
        queue = self._lines.queue
        while not self._inbound.is_full():
            try:
                line = queue.popleft()
            except IndexError:
                return
            accept(self._inbound, line, self._limit)

    def stop(self) -> None:
        """Read nothing more."""
        for unsubscribe in self._subscriptions:
            unsubscribe()


async def maelstrom_ends(limit: int = LIMIT) -> MaelstromEnds:
    """Wait until Maelstrom says who this node is, and answer it. Messages that come before are kept for the flow.

    A flow reads pairs of a message and the id of its sender. A line that is longer than `limit` or is not a message is
    counted in the statistics of `inbound`. Raises ValueError where the standard input ends before, or there is none.
    """
    lines = lines_of_standard_input()
    before: deque[str] = deque()
    init = await _init(lines, before)
    address, nodes = init["body"]["node_id"], tuple(init["body"]["node_ids"])
    write(sys.stdout, reply(init))
    inbound = Inbound(address=address)
    outbound = MaelstromOutbound(address, sys.stdout, limit=limit)
    for line in before:
        accept(inbound, line, limit)
    _Reader(lines, inbound, limit).read()
    return MaelstromEnds(outbound, inbound, address, nodes)


async def _init(lines: Channel, before: deque[str]) -> dict[str, Any]:
    """The message that says who this node is; lines that come before are put aside."""
    alarm = Alarm()
    unsubscribe = lines.listen(alarm.ring)
    try:
        while True:
            # Asked for before the lines are looked at, so that the last of them is not missed.
            has_ended = has_input_ended()
            alarm.clear()
            while lines.queue:
                line = lines.queue.popleft()
                message: dict[str, Any] = _read(line)
                if _is_init(message):
                    return message
                before.append(line)
            if has_ended:
                raise ValueError("the standard input ended before Maelstrom said `init`: is this run by Maelstrom?")
            await alarm.wait()
    finally:
        unsubscribe()


def accept(inbound: Inbound, line: str, limit: int = LIMIT) -> None:
    """Give a line to the flow that reads an end, as a message with the id of its sender."""
    if not line.strip():
        return
    data = line.encode(errors="replace")
    if len(data) > limit:
        inbound.statistics.reject(Cause.OVERSIZED, f"it has more than {limit:,} bytes", "the standard input", data)
        return
    message = _read(line)
    try:
        if not (_is_message(message) and isinstance(message.get("src"), str)):
            raise Misfit("it is not a message", "a line is a JSON object with `src`, `dest` and a `body`")
        body = message["body"]
        if body.get("type") == ITEM:
            payload = JSON.head + json.dumps(body.get("item")).encode()
        else:
            payload = encoded(JSON, message)
    except Misfit as misfit:
        inbound.statistics.reject(Cause.UNDECODABLE, str(misfit), "the standard input", data)
        return
    inbound.accept_all((payload,), message["src"])


def write(stream: IO[str], message: Any) -> None:
    """Write a message as a line, at once."""
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_message(value: Any) -> bool:
    match value:
        case {"dest": str(), "body": dict()}:
            return True
    return False


def _is_init(message: Any) -> bool:
    match message:
        case {
            "src": str(),
            "dest": str(),
            "body": {"type": "init", "msg_id": int(), "node_id": str(), "node_ids": [*_] as nodes},
        }:
            return all(isinstance(node, str) for node in nodes)
    return False


def _as_others_know_it(value: Any) -> Any:
    """A body in plain JSON: tuples and sets are lists, keys are texts, and no text is a mark."""
    match value:
        case {"$tuple": [*items], **rest} | {"$set": [*items], **rest} | {"$frozenset": [*items], **rest} if not rest:
            return [_as_others_know_it(one) for one in items]
        case {"$map": [*pairs], **rest} if not rest:
            return {_as_key(key): _as_others_know_it(held) for key, held in pairs}
        case {"$int": str(digits), **rest} if not rest:
            return int(digits, 0)
        case dict():
            return {key: _as_others_know_it(one) for key, one in value.items()}
        case list():
            return [_as_others_know_it(one) for one in value]
    return value


def _as_key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(_as_others_know_it(key))
