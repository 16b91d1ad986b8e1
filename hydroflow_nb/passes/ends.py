"""What arrows connect while a graph is built: names, boundaries of modules, and the ends of pipelines."""

from __future__ import annotations

import re
from dataclasses import field
from functools import cached_property
from typing import Final, TypeAlias

from hydroflow_nb.ir.graph import LoopId, ModuleId, NodeId
from hydroflow_nb.locations import Crossing
from hydroflow_nb.passes.built import PortSide
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.characters import by_look
from hydroflow_nb.syntax.patterns import binding_name

_WORD: Final = re.compile(r"[^\W\d]\w*")
_ASSIGNED: Final = re.compile(r"(?<!\w)([^\W\d]\w*+)\s*+=")


@dataclass(eq=False, kw_only=True)
class Scope:
    """The names of one text: of the flow itself, or of one import of a module, whose names are its own."""

    flow: tree.Flow
    module: Module | None = None
    names: dict[str, tuple[tree.Statement, dict[PortSide, End]]] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The text."""
        return self.flow.source

    @cached_property
    def by_look(self) -> dict[str, str]:
        """The assigned names by what they look like."""
        return by_look(self.names)

    @cached_property
    def lost_names(self) -> frozenset[str]:
        """The words of the text that could not be read: each may be a name that is connected or assigned there."""
        return frozenset(binding_name(word) for span in self.flow.lost for word in _WORD.findall(span.text))

    @cached_property
    def lost_assignments(self) -> frozenset[str]:
        """Those of them that stand before a sign that may assign them."""
        return frozenset(binding_name(word) for span in self.flow.lost for word in _ASSIGNED.findall(span.text))


@dataclass(eq=False, kw_only=True)
class Module:
    """One import of a module: where its `mod`s lead, by side and port."""

    id: ModuleId
    call: tree.Import
    loop: LoopId | None = None
    ends: dict[PortSide, dict[str, tuple[End, Span]]] = field(default_factory=lambda: {"input": {}, "output": {}})
    used: set[tuple[PortSide, str]] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name of a scope."""

    scope: Scope
    text: str


NameSide: TypeAlias = tuple[Name, PortSide]


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """A side of a module: seen from outside (the import), or from inside (`mod`)."""

    module: Module
    inside: bool


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a pipeline: an operator (`None`: one that could not be built), a name or a module's boundary, and a
    port if any.
    """

    target: NodeId | Name | Boundary | None
    port: tree.Port | None
    span: Span

    @property
    def label(self) -> str:
        """The label of the port as text, empty without a port."""
        return "" if self.port is None else str(self.port.label)


@dataclass(frozen=True, kw_only=True)
class Link:
    """An arrow, with where it crosses to if it is `~>`."""

    left: End
    right: End
    crossing: Crossing | None = None
