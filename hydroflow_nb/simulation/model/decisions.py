"""Decisions: what a run of a simulated network consists of, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any, ClassVar, Final, Never, Self, TypeAlias, get_args

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.messages.codec import JSON, readable
from hydroflow_nb.simulation.model.words import brief

WRITE_A_DECISION: Final = (
    'write `Tick("alice")` with the names of hydroflow_nb.simulation, or `{"do": "tick", "node": "alice"}`'
)
# How much of an item is told of in the name of a decision.
LONGEST_SHOWN = 100


class ImpossibleDecision(HydroflowError):
    """A decision that is not possible as the network is: of a message that is not in flight, of a node that is down."""


class State(Enum):
    """What a node still knows when it comes up again after a crash."""

    KEPT = "kept"
    LOST = "lost"

    @classmethod
    def _missing_(cls, value: object) -> Never:
        raise ValueError(f'a node restarts with its state "kept" or "lost", not {shown(value)}')


# Positional: `Deliver("alice>bob#1")` is what a person types, and each kind has one subject.
@dataclass(frozen=True, slots=True)
class _Decision:
    """One step of a run: a record that can be compared, hashed, written as JSON and read back.

    No ABC: to tell whether something is an instance of one takes several times as long, and that is asked all the time.
    """

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """The decision as plain data, with its kind under `"do"`."""
        return {"do": self.kind, **self._fields()}

    def _fields(self) -> dict[str, Any]:
        """The fields as plain data."""
        raise NotImplementedError

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        """The opposite of `_fields`. Raises ValueError."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _OfNode(_Decision):
    node: str

    def _fields(self) -> dict[str, Any]:
        return {"node": self.node}

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls(fields.text("node"))

    def __str__(self) -> str:
        return f"{self.kind} {self.node}"


@dataclass(frozen=True, slots=True)
class _OfMessage(_Decision):
    message: str

    def _fields(self) -> dict[str, Any]:
        return {"message": self.message}

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls(fields.text("message"))

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"


class Tick(_OfNode):
    """The node runs one tick with what reached it; what it sends is in flight then."""

    __slots__ = ()
    kind = "tick"


class Crash(_OfNode):
    """The node goes down; what had reached it and was in no tick yet is lost."""

    __slots__ = ()
    kind = "crash"


class Join(_OfNode):
    """A node that was to join later comes up."""

    __slots__ = ()
    kind = "join"


class Deliver(_OfMessage):
    """The message reaches its receiver, whose next tick takes it in."""

    __slots__ = ()
    kind = "deliver"


class Drop(_OfMessage):
    """The message is lost for good."""

    __slots__ = ()
    kind = "drop"


class Duplicate(_OfMessage):
    """A second message like it is in flight, under its id and an apostrophe."""

    __slots__ = ()
    kind = "duplicate"


@dataclass(frozen=True, slots=True)
class Delay(_OfMessage):
    """The message is held: for this number of decisions, or until it is delivered by name."""

    decisions: int | None = None
    kind = "delay"

    def __post_init__(self) -> None:
        if self.decisions is not None and not _is_count(self.decisions):
            raise ValueError(f"a message is delayed for a number of decisions from 1, not {shown(self.decisions)}")

    def _fields(self) -> dict[str, Any]:
        return {"message": self.message} | ({} if self.decisions is None else {"decisions": self.decisions})

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls(fields.text("message"), fields.count("decisions"))

    def __str__(self) -> str:
        until = "" if self.decisions is None else f" for {self.decisions} decision{'s' * (self.decisions != 1)}"
        return f"delay {self.message}{until}"


@dataclass(frozen=True, slots=True)
class Cut(_Decision):
    """The network falls apart into these groups of nodes; those in none of them are one more group."""

    groups: tuple[tuple[str, ...], ...]
    kind = "cut"

    def __post_init__(self) -> None:
        # Lists, which a person may write, cannot be hashed.
        object.__setattr__(self, "groups", tuple(map(tuple, self.groups)))

    def _fields(self) -> dict[str, Any]:
        return {"groups": [list(group) for group in self.groups]}

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls(fields.groups("groups"))

    def __str__(self) -> str:
        return f"cut {' | '.join(', '.join(group) for group in self.groups)}"


@dataclass(frozen=True, slots=True)
class Heal(_Decision):
    """The groups are one network again."""

    kind = "heal"

    def _fields(self) -> dict[str, Any]:
        return {}

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls()

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class Restart(_Decision):
    """The node comes up again: with the state that it had, or as new."""

    node: str
    state: State = State.KEPT
    kind = "restart"

    def __post_init__(self) -> None:
        # A person may write the word.
        object.__setattr__(self, "state", State(self.state))

    def _fields(self) -> dict[str, Any]:
        return {"node": self.node, "state": self.state.value}

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls(fields.text("node"), fields.state("state"))

    def __str__(self) -> str:
        return f"restart {self.node} with its state {self.state.value}"


@dataclass(frozen=True, slots=True)
class Send(_Decision):
    """A person puts an item into an input of the node; `item` is the JSON text that it would travel as."""

    node: str
    input: str
    item: str
    kind = "send"

    def is_readable(self) -> bool:
        """True where the item is JSON at all, as what was made by hand may not be."""
        try:
            json.loads(self.item)
        except (TypeError, ValueError):
            return False
        return True

    def _fields(self) -> dict[str, Any]:
        return {"node": self.node, "input": self.input, "item": json.loads(self.item)}

    @classmethod
    def _read(cls, fields: _Fields) -> Self:
        return cls(fields.text("node"), fields.text("input"), fields.json("item"))

    def __str__(self) -> str:
        return f"send {brief(str(self.item), LONGEST_SHOWN)} to {self.input} of {self.node}"


Decision: TypeAlias = Tick | Deliver | Drop | Duplicate | Delay | Cut | Heal | Crash | Restart | Join | Send
_BY_KIND: Mapping[str, type[Decision]] = {one.kind: one for one in get_args(Decision)}


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
    fields = _Fields(found.kind, rest)
    decision = found._read(fields)
    fields.must_be_used()
    return decision


def decisions_from(written: Iterable[Decision | Mapping[str, Any]]) -> list[Decision]:
    """Decisions that a person gives: as they are, or as their `to_dict` made them.

    Raises TypeError for what is not a list of these, `HydroflowError` that names the one that cannot be read.
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


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


class _Fields:
    """The fields of a decision while it is read: each is asked for once and checked."""

    def __init__(self, kind: str, data: dict[str, Any]) -> None:
        self._kind = kind
        self._data = data

    def text(self, name: str) -> str:
        return self._checked(name, "a text", lambda value: isinstance(value, str))  # type: ignore[no-any-return]

    def count(self, name: str) -> int | None:
        """A number from 1, or None where the field is not there."""
        if name not in self._data:
            return None
        return self._checked(  # type: ignore[no-any-return]
            name, "a number from 1", _is_count
        )

    def groups(self, name: str) -> tuple[tuple[str, ...], ...]:
        value = self._checked(
            name,
            'lists of nodes such as [["alice"], ["bob", "carol"]]',
            lambda value: (
                isinstance(value, list)
                and all(isinstance(group, list) and all(isinstance(node, str) for node in group) for group in value)
            ),
        )
        return tuple(tuple(group) for group in value)

    def state(self, name: str) -> State:
        known = [state.value for state in State]
        return State(self._checked(name, '"kept" or "lost"', lambda value: value in known))

    def json(self, name: str) -> str:
        text = json.dumps(self._checked(name, "an item", lambda value: True), ensure_ascii=False)
        # In the one form that an item has as text.
        return readable(JSON.head + text.encode())

    def must_be_used(self) -> None:
        if self._data:
            raise ValueError(f'a "{self._kind}" has no {", ".join(json.dumps(str(name)) for name in self._data)}')

    def _checked(self, name: str, expected: str, fits: Callable[[Any], bool]) -> Any:
        if name not in self._data:
            raise ValueError(f'a "{self._kind}" needs "{name}": {expected}')
        value = self._data.pop(name)
        if not fits(value):
            raise ValueError(f'"{name}" of a "{self._kind}" is {expected}, not {shown(value)}')
        return value
