"""The names that a translated function sees: its own, and those of the notebook."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from typing import Any, Final

from hydroflow_nb.records import dataclass
from hydroflow_nb.rust.literals import NoLiteral, literal, type_of
from hydroflow_nb.rust.types import Type, in_rust, is_copied, is_known

_KEYWORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "abstract as async await become box break const continue do dyn else enum extern false final fn for gen if "
        "impl in let loop macro match mod move mut override priv pub ref return static struct trait true try type "
        "typeof unsafe unsized use virtual where while yield",
    )
)
# Names that are Rust's own, or those of the program around a flow.
_TAKEN: Final = frozenset(
    re.findall(r"\w+", "self Self super crate python flow main context hydroflow Vec String Some None Ok Err")
)


def rust_name(name: str) -> str:
    """A name as Rust lets one write it."""
    if name in _KEYWORDS:
        return f"r#{name}"
    return f"{name}_" if name in _TAKEN else name


@dataclass(frozen=True, kw_only=True)
class Local:
    """A name of the function's own. It is `lent` where Rust gives a reference, and can be `changed` where the value
    may be changed in place.
    """

    name: str
    type: Type
    lent: bool = False
    changed: bool = False

    @property
    def place(self) -> str:
        """The value as an operand."""
        return f"(*{rust_name(self.name)})" if self.lent or self.changed else rust_name(self.name)


class Constants:
    """The names of the notebook that a flow's functions read, with their values as they are now."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._used: dict[str, Type] = {}
        self._sinks: set[str] = set()

    def knows(self, name: str) -> bool:
        """Whether a name is bound in the notebook."""
        return name in self._names

    def is_builtin(self, name: str) -> bool:
        """Whether a name means Python's own function."""
        own = self._names.get(name, None)
        return hasattr(builtins, name) and (own is None or own is getattr(builtins, name))

    def value(self, name: str) -> Any:
        """What a name is bound to; None if it is not."""
        return self._names.get(name)

    def read(self, name: str) -> tuple[str, Type]:
        """The place of a name's value in Rust, and its type. Raises NoLiteral for a value that Rust has not."""
        if name in self._sinks:
            raise NoLiteral("the flow changes it, and a constant stays")
        if name not in self._used:
            self._used[name] = type_of(self._names[name])
        of = self._used[name]
        if not is_known(of):
            raise NoLiteral("it is empty, and nothing tells the type of its elements")
        return (self._constant(name) if is_copied(of) else f"(*{self._constant(name)})"), of

    def gives_to(self, name: str) -> None:
        """Note that the flow gives items to what a name stands for. Raises NoLiteral if a function reads it."""
        if name in self._used:
            raise NoLiteral("a function reads it, and a constant stays")
        self._sinks.add(name)

    def _constant(self, name: str) -> str:
        return rust_name(name.upper()) if name.upper() not in _TAKEN else f"{name.upper()}_"

    def declarations(self) -> list[str]:
        """Rust's text for the names that were read."""
        lines = []
        for name, of in self._used.items():
            value, kind = literal(self._names[name], of), in_rust(of)
            lines.append(
                f"const {self._constant(name)}: {kind} = {value};"
                if is_copied(of)
                else f"static {self._constant(name)}: LazyLock<{kind}> = LazyLock::new(|| {value});"
            )
        return lines
