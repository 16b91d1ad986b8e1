"""What the parts of the translation share: a piece of Rust's text, and what a part may ask of the whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import FunctionType
from typing import Final, Protocol

from hydroflow_nb.records import dataclass
from hydroflow_nb.rust.refusing import Refused
from hydroflow_nb.rust.scope import Local
from hydroflow_nb.rust.types import INT, Type, is_copied, kind
from hydroflow_nb.source import Span

# What a reference leads to, as an operand of a method.
_BEHIND: Final = re.compile(r"\((\*[\w#]+)\)")


@dataclass(frozen=True, kw_only=True)
class Text:
    """An expression of Rust and its type.

    An `atom` stands beside any operator without parentheses. One that is `lent` is a place that keeps its value. `bare`
    is a number without its type.
    """

    text: str
    type: Type
    atom: bool = True
    lent: bool = False
    bare: str = ""

    @property
    def wrapped(self) -> str:
        """The text in parentheses where it needs them."""
        return self.text if self.atom else f"({self.text})"

    @property
    def beside(self) -> str:
        """The text as an operand; a number needs no type there."""
        behind = _BEHIND.fullmatch(self.text)
        return self.bare or (behind[1] if behind else self.wrapped)

    @property
    def owned(self) -> str:
        """The text as a value of its own: a copy of what is lent."""
        return f"{self.wrapped}.clone()" if self.lent and not is_copied(self.type) else self.text

    @property
    def by_reference(self) -> str:
        """A reference to the value."""
        return f"&{self.wrapped}"


def whole(number: Text) -> Text:
    """A number as an int, where it is a bool."""
    return Text(text=f"i64::from({number.text})", type=INT) if kind(number.type) == "bool" else number


def owned(made: Text) -> Text:
    """An expression as a value of its own."""
    return Text(text=made.owned, type=made.type, atom=made.atom)


class Defining(Protocol):
    """What translates the functions of the notebook."""

    def called(self, name: str, function: FunctionType, arguments: Sequence[Type], span: Span) -> tuple[str, Type]:
        """The name of a function in Rust, and the type of its result for arguments of these types."""


class Translating(Protocol):
    """What translates the expressions inside of another one."""

    def value(self, node: ast.expr) -> Text:
        """An expression; it may be lent."""

    def as_type(self, node: ast.expr, wanted: Type) -> Text:
        """An expression as a value of a type."""

    def truth(self, node: ast.expr) -> Text:
        """Whether an expression is true in Python."""

    def iterated(self, node: ast.expr) -> Text:
        """An iterator over the elements of an expression, which are its own; the type is that of an element."""

    def called(self, function: ast.expr, arguments: Sequence[Type], lent: bool = False) -> Text:
        """A function of so many arguments as a closure of Rust; the type is that of its result."""

    def refuse(self, node: ast.expr, message: str, hint: str = "", code: str = "") -> Refused:
        """The exception that tells of an expression that cannot be translated."""

    def with_names(self, names: Sequence[Local]) -> AbstractContextManager[None]:
        """Let names be known for a while."""

    def must_hash(self, node: ast.expr, one: Type) -> None:
        """Refuse a type whose values cannot be keys."""
