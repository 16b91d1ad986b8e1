"""Decisions: what a run of a simulated network consists of, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, Final, Never, TypeAlias, get_args

from msgspec import Meta, Struct, ValidationError, convert, to_builtins
from msgspec.structs import FieldInfo, fields, force_setattr

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.messages.codec import JSON, readable
from hydroflow_nb.simulation.model.words import brief

WRITE_A_DECISION: Final = (
    'write `Tick("alice")` with the names of hydroflow_nb.simulation, or `{"do": "tick", "node": "alice"}`'
)
# The characters of an item in the name of a decision.
LONGEST_SHOWN = 100


class ImpossibleDecision(HydroflowError):
    """A decision that is not possible as the network is: of a message that is not in flight, of a node that is down."""


class State(Enum):
    """What a node still knows when it comes up again after a crash: all, nothing, or what is `'durable` in its flow."""

    KEPT = "kept"
    LOST = "lost"
    DURABLE = "durable"

    @classmethod
    def _missing_(cls, value: object) -> Never:
        raise ValueError(f'a node restarts with its state "kept", "lost" or "durable", not {shown(value)}')


class Point(Enum):
    """Behind which step of the protocol of durable flows a node crashes, in the order of the steps.

    A message was taken in, and is not in the journal; a tick's messages are in the journal; they were acknowledged; the
    tick has run, and nothing has left; what it sends has left, and the journal does not say that it has ended.
    """

    ACCEPT = "accept"
    JOURNAL = "journal"
    ACKNOWLEDGE = "acknowledge"
    TICK = "tick"
    SEND = "send"

    @property
    def is_within_tick(self) -> bool:
        """True where a tick has begun there."""
        return self is not Point.ACCEPT

    @classmethod
    def _missing_(cls, value: object) -> Never:
        raise ValueError(f"a durable node crashes at {', '.join(one.value for one in cls)}, not at {shown(value)}")


class _Decision(Struct, frozen=True, gc=False, tag_field="do", tag=str.lower):
    """One step of a run: a record that can be compared, hashed, written as JSON and read back."""

    @property
    def kind(self) -> str:
        """The word for it in JSON and in phrases."""
        return str(self.__struct_config__.tag)

    def to_dict(self) -> dict[str, Any]:
        """The decision as plain data, with its kind under `"do"`."""
        return to_builtins(self)  # type: ignore[no-any-return]


# Positional: `Deliver("alice>bob#1")` is what a person types, and each kind has one subject.
class _OfNode(_Decision, frozen=True):
    node: str

    def __str__(self) -> str:
        return f"{self.kind} {self.node}"


class _OfMessage(_Decision, frozen=True):
    message: str

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"


class Tick(_OfNode, frozen=True):
    """The node runs one tick with what reached it; what it sends is in flight then."""


class Crash(_OfNode, frozen=True, omit_defaults=True):
    """The node goes down; what reached it after its last tick is lost. A durable node may go down `at` a point of the
    protocol: it begins a tick, and does not come beyond that point.
    """

    at: Point | None = None

    def __post_init__(self) -> None:
        # A person may write the word.
        force_setattr(self, "at", None if self.at is None else Point(self.at))

    def __str__(self) -> str:
        return f"crash {self.node}" if self.at is None else f"crash {self.node} at {self.at.value}"


class Join(_OfNode, frozen=True):
    """A node that joins later comes up."""


class Deliver(_OfMessage, frozen=True):
    """The message reaches its receiver, whose next tick takes it in."""


class Drop(_OfMessage, frozen=True):
    """The message is lost for good."""


class Duplicate(_OfMessage, frozen=True):
    """A copy of the message is in flight; its id is that of the message and an apostrophe."""


class Delay(_OfMessage, frozen=True, omit_defaults=True):
    """The message is held: for this number of decisions, or until it is delivered by name."""

    decisions: Annotated[int, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.decisions is not None and not (type(self.decisions) is int and self.decisions > 0):
            raise ValueError(f"a message is delayed for a number of decisions from 1, not {shown(self.decisions)}")

    def __str__(self) -> str:
        until = "" if self.decisions is None else f" for {self.decisions} decision{'s' * (self.decisions != 1)}"
        return f"delay {self.message}{until}"


class Reorder(_Decision, frozen=True):
    """The messages of `then` wait until those of `first` have arrived or are lost; one that is delivered by name does
    not wait.
    """

    first: tuple[str, ...]
    then: tuple[str, ...]

    def __post_init__(self) -> None:
        # Lists, which a person may write, cannot be hashed.
        force_setattr(self, "first", tuple(self.first))
        force_setattr(self, "then", tuple(self.then))

    def to_dict(self) -> dict[str, Any]:
        """The decision as plain data, with its kind under `"do"`."""
        return {"do": self.kind, "first": list(self.first), "then": list(self.then)}

    def __str__(self) -> str:
        return f"reorder {', '.join(self.first)} before {', '.join(self.then)}"


class Cut(_Decision, frozen=True):
    """The network is cut into these groups of nodes; the nodes in no group are one more group."""

    groups: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        # Lists, which a person may write, cannot be hashed.
        force_setattr(self, "groups", tuple(map(tuple, self.groups)))

    def to_dict(self) -> dict[str, Any]:
        """The decision as plain data, with its kind under `"do"`."""
        return {"do": self.kind, "groups": [list(group) for group in self.groups]}

    def __str__(self) -> str:
        return f"cut {' | '.join(', '.join(group) for group in self.groups)}"


class Heal(_Decision, frozen=True):
    """The groups are one network again."""

    def __str__(self) -> str:
        return self.kind


class Restart(_OfNode, frozen=True):
    """The node comes up again: with the state that it had, as new, or as new but for its durable state."""

    state: State = State.KEPT

    def __post_init__(self) -> None:
        # A person may write the word.
        force_setattr(self, "state", State(self.state))

    def __str__(self) -> str:
        if self.state is State.DURABLE:
            return f"restart {self.node} with its durable state"
        return f"restart {self.node} with its state {self.state.value}"


class Resend(_OfNode, frozen=True):
    """The connection of two durable nodes breaks and is made again: what either has sent to the other, and is not
    acknowledged, is sent once more.
    """

    peer: str

    def __str__(self) -> str:
        return f"resend between {self.node} and {self.peer}"


class Send(_OfNode, frozen=True):
    """A person puts an item into an input of the node; `item` is the JSON text that it would travel as."""

    input: str
    item: str

    def is_readable(self) -> bool:
        """True where the item is JSON; an item that a person wrote may be something else."""
        try:
            json.loads(self.item)
        except (TypeError, ValueError):
            return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """The decision as plain data, with its kind under `"do"`; the item as the value of its JSON text."""
        return {**to_builtins(self), "item": json.loads(self.item)}

    def __str__(self) -> str:
        return f"send {brief(str(self.item), LONGEST_SHOWN)} to {self.input} of {self.node}"


Decision: TypeAlias = (
    Tick | Deliver | Drop | Duplicate | Delay | Reorder | Cut | Heal | Crash | Restart | Join | Resend | Send
)
_BY_KIND: Mapping[str, type[Decision]] = {str(one.__struct_config__.tag): one for one in get_args(Decision)}
# What each field has to be, for a person who wrote something else.
_EXPECTED: Final = {
    "node": "a text",
    "peer": "a text",
    "message": "a text",
    "first": 'ids of messages such as ["alice>bob#2"]',
    "then": 'ids of messages such as ["alice>bob#1"]',
    "input": "a text",
    "item": "an item",
    "decisions": "a number from 1",
    "groups": 'lists of nodes such as [["alice"], ["bob", "carol"]]',
    "at": " or ".join(f'"{one.value}"' for one in Point),
    "state": '"kept", "lost" or "durable"',
}


def from_dict(data: object) -> Decision:
    """The decision that `to_dict` wrote. Raises ValueError with what is wrong, for a text that a person has edited."""
    if not isinstance(data, dict):
        raise ValueError(f'a decision is an object such as {{"do": "tick", "node": "alice"}}, not {shown(data)}')
    rest = dict(data)
    kind = rest.pop("do", None)
    found = _BY_KIND.get(kind) if isinstance(kind, str) else None
    if found is None:
        close = get_close_matches(kind, _BY_KIND, 1) if isinstance(kind, str) else []
        known = f'did you mean "{close[0]}"?' if close else f"it is one of {', '.join(_BY_KIND)}"
        raise ValueError(f'"do" is {shown(kind)}: {known}')
    if "item" in rest:
        # Each item has one form as text.
        rest["item"] = readable(JSON.head + json.dumps(rest["item"], ensure_ascii=False).encode())
    values = {one.name: _value(one, kind, rest) for one in fields(found) if one.required or one.name in rest}
    if rest:
        raise ValueError(f'a "{kind}" has no {", ".join(json.dumps(str(name)) for name in rest)}')
    return found(**values)


def _value(field: FieldInfo, kind: str, rest: dict[str, Any]) -> Any:
    """Take the value of a field out of the data."""
    expected = _EXPECTED[field.name]
    if field.name not in rest:
        raise ValueError(f'a "{kind}" needs "{field.name}": {expected}')
    value = rest.pop(field.name)
    try:
        return convert(value, field.type)
    except (ValidationError, ValueError):
        raise ValueError(f'"{field.name}" of a "{kind}" is {expected}, not {shown(value)}') from None


def decisions_from(written: Iterable[Decision | Mapping[str, Any]]) -> list[Decision]:
    """Decisions that a person gives: as they are, or as their `to_dict` made them.

    Raises TypeError for anything but a list of these, and `HydroflowError`, which names the decision, for one that
    cannot be read.
    """
    if isinstance(written, (Decision, Mapping, str)) or not isinstance(written, Iterable):
        raise TypeError(f'a list of decisions is expected, such as `[Tick("alice")]`, not {shown(written)}')
    return [_decision(index, one) for index, one in enumerate(written)]


def _decision(index: int, one: Decision | Mapping[str, Any]) -> Decision:
    if not isinstance(one, Mapping):
        if not isinstance(one, Decision):
            raise TypeError(f"decision {index}, {shown(one)}, is not a decision: {WRITE_A_DECISION}")
        return one
    try:
        return from_dict(dict(one))
    except ValueError as exception:
        raise HydroflowError(message=f"decision {index}: {exception}") from None
