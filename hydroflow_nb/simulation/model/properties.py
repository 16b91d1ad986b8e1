"""Properties: what must hold in a simulated network, always or when a run has come to rest."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from enum import Enum
from inspect import iscoroutinefunction
from types import CodeType
from typing import Any, TypeAlias

from hydroflow_nb.engine.notes import annotate
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.decisions import Decision

# Takes the network; typed where a person gives it.
Predicate: TypeAlias = Callable[[Any], Any]

LONGEST_NAME = 80


class When(Enum):
    """When a property is checked."""

    ALWAYS = "always"
    EVENTUALLY = "eventually"


class PropertyViolated(HydroflowError):
    """A property did not hold. `property` is its name, `index` and `decision` are those of the decision after which it
    was checked; index -1 and decision None: it was checked before the first one.
    """

    def __init__(self, violated: Property, index: int, decision: Decision | None) -> None:
        self.property = violated.name
        self.when = violated.when
        self.index = index
        self.decision = decision
        super().__init__(message=f"{violated} is violated{_moment(violated.when, index, decision)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Property:
    """A predicate over a network that has to be true."""

    name: str
    when: When
    predicate: Predicate

    def holds_in(self, network: object, index: int, decision: Decision | None) -> bool:
        """True where the predicate is true of the network as it is after a decision.

        Raises what the predicate raises, with a note: a predicate that fails says nothing about the flows. Raises
        TypeError for one that returns None, as a function does that asserts or lacks its `return`.
        """
        try:
            found = self.predicate(network)
            if found is None:
                raise TypeError("the predicate returned None: let it return the condition, as in `return a == b`")
            return bool(found)
        except BaseException as exception:
            place = "hydroflow: in the predicate of"
            annotate(exception, f"{place} {self}{_moment(self.when, index, decision)}", replacing=place)
            raise

    def __str__(self) -> str:
        return f"{self.when.value} {self.name!r}"


class Properties:
    """The properties of a network, in the order in which they were added."""

    def __init__(self) -> None:
        self._properties: dict[str, Property] = {}

    def add(self, when: When, predicate: Predicate, name: str | None = None) -> None:
        """Add a property, or replace the one that has its name, which is what running a cell again does.

        Predicates that one piece of code makes again and again, as in a loop, are all kept: `x`, `x (2)`, ... Raises
        TypeError where `predicate` is not a function, or `name` is not a text.
        """
        if not callable(predicate):
            raise TypeError(
                f"a property is a function of the network, such as `lambda net: net['alice']['seen']`, "
                f"not {shown(predicate)}"
            )
        if iscoroutinefunction(predicate):
            raise TypeError("a property is checked between two decisions, where nothing can be awaited: write `def`")
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"a property's name is a text, not {shown(name)}")
        wanted = name or _own_name(predicate) or "property"
        code = getattr(predicate, "__code__", None)
        for key, kept in list(self._properties.items()):
            if _without_number(key) == wanted and (
                code is None or getattr(kept.predicate, "__code__", None) is not code
            ):
                del self._properties[key]
        key = next(key for key in _numbered(wanted) if key not in self._properties)
        self._properties[key] = Property(name=key, when=when, predicate=predicate)

    def of(self, when: When) -> list[Property]:
        """The properties that are checked at that time."""
        return [one for one in self._properties.values() if one.when is when]

    def check(self, when: When, network: object, index: int, decision: Decision | None) -> None:
        """Check the properties of that time. Raises PropertyViolated for the first that does not hold."""
        for one in self._properties.values():
            if one.when is when and not one.holds_in(network, index, decision):
                raise PropertyViolated(one, index, decision)

    def __iter__(self) -> Iterator[Property]:
        return iter(self._properties.values())

    def __len__(self) -> int:
        return len(self._properties)


def _moment(when: When, index: int, decision: Decision | None) -> str:
    at = "before the first decision" if decision is None else f"after decision {index} ({decision})"
    return f" {at}" if when is When.ALWAYS else f" at the end of the run, {at}"


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


def _without_number(name: str) -> str:
    head, _, tail = name.rpartition(" (")
    return head if head and tail.endswith(")") and tail[:-1].isdigit() else name


def _own_name(predicate: Predicate) -> str:
    """The function's name; of a lambda the text behind its colon."""
    name = str(getattr(predicate, "__name__", ""))
    code = getattr(predicate, "__code__", None)
    if name == "<lambda>" and isinstance(code, CodeType):
        return _text_of(code)
    return name


def _text_of(code: CodeType) -> str:
    """The text of the expression that a lambda's code was made of, on one line; empty where it is not at hand."""
    places = [
        (line, end_line, column, end_column)
        for line, end_line, column, end_column in code.co_positions()
        # What precedes the expression, such as making its frame, has no width.
        if line and end_line and column is not None and end_column and (line, column) != (end_line, end_column)
    ]
    if not places:
        return ""
    begin = min((line, column) for line, _, column, _ in places)
    end = max((end_line, end_column) for _, end_line, _, end_column in places)
    lines = [linecache.getline(code.co_filename, number).encode() for number in range(begin[0], end[0] + 1)]
    # The last line first: on a single line both cuts count from its start.
    lines[-1] = lines[-1][: end[1]]
    lines[0] = lines[0][begin[1] :]
    text = " ".join(b" ".join(lines).decode(errors="replace").split())
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"
