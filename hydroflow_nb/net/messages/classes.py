"""The classes that a receiver rebuilds messages from, and the type that its messages must have."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.kinds import MessageKind, Mismatch
from hydroflow_nb.net.messages.recipes import Recipe, recipe_of_any
from hydroflow_nb.net.messages.undecodable import Undecodable

LONGEST_TAG: Final = 200


class Classes:
    """The classes that the messages of one receiver are rebuilt from, and the type that they must have.

    `namespace` is that of the receiving flow. It is read again for each message: when a cell redefines a class, the new
    class is used immediately. `kind` is the type that each message must have: a class, an enum, a union, a generic
    alias such as `tuple[int, str]`, a `Literal` or a `type` alias; None means any type. Raises Misfit if `kind` is not
    a type.

    A tag is the name of a class in a message. It is looked for in this order:

    1. among the classes that the kind names,
    2. among the namespace's names,
    3. among the namespace's classes by their own names, which `import ... as` does not change,
    4. for a tag with dots, among the classes inside a class of the namespace,
    5. among the classes that modules in the namespace define themselves, except those of the standard library.

    It finds only dataclasses, named tuples, msgspec.Structs, enums and lattices.
    """

    def __init__(self, namespace: Mapping[str, Any], kind: Any = None) -> None:
        self.namespace = namespace
        self.kind = kind
        self._kind = None if kind is None else MessageKind(kind, namespace)
        self._names: dict[str, tuple[str, Recipe]] = {}
        self._of_kind: tuple[type, ...] = ()
        self._tags: dict[str, Recipe] = {}
        # The recipes for the tags of one message: no cell runs while it is read, and a search may take long.
        self._found: dict[str, Recipe] = {}

    def begin(self) -> None:
        """Start to read another message: tags are looked for again in the namespace."""
        if self._found:
            self._found.clear()

    def checked(self, value: Any) -> Any:
        """The value in the kind's form: a plain dict becomes an instance. Raises Undecodable for another kind."""
        if self._kind is None:
            return value
        try:
            return self._kind.checked(value)
        except Mismatch as mismatch:
            raise Undecodable(str(mismatch)) from None

    def find(self, tag: Any) -> Recipe:
        """The recipe of the class that a tag names. Raises Undecodable if there is no such class, or more than one."""
        if self._kind is None and type(tag) is str:
            held = self._names.get(tag)
            if held is not None and self.namespace.get(held[0]) is held[1].cls:
                return held[1]
        if type(tag) is not str or len(tag) > LONGEST_TAG:
            raise Undecodable(f"{shown(tag, 60)} is not the name of a class")
        if tag in self._found:
            return self._found[tag]
        recipe = self._found[tag] = self._searched(tag)
        return recipe

    def _searched(self, tag: str) -> Recipe:
        if self._kind is not None:
            self._renew(self._kind)
            if tag in self._tags:
                return self._tags[tag]
        recipe = self._in_namespace(tag)
        if recipe is None and "." in tag:
            recipe = self._nested(tag)
        recipe = recipe or self._in_modules(tag)
        if recipe is None:
            raise Undecodable(
                f"the flow's namespace has no class {shown(tag, 60)} that is a dataclass, a named tuple, a Struct, "
                "an enum or a lattice"
            )
        return recipe

    def _renew(self, kind: MessageKind) -> None:
        if self._of_kind is not kind.classes():
            self._of_kind = kind.classes()
            recipes = filter(None, map(recipe_of_any, self._of_kind))
            self._tags = {recipe.tag: recipe for recipe in recipes}

    def _in_namespace(self, tag: str) -> Recipe | None:
        recipe = recipe_of_any(self.namespace.get(tag))
        name = tag
        if recipe is None:
            found = {}
            for alias, value in list(self.namespace.items()):
                candidate = recipe_of_any(value)
                if candidate is not None and candidate.tag == tag:
                    found[candidate.cls] = alias, candidate
            if len(found) > 1:
                aliases = ", ".join(sorted(alias for alias, _ in found.values()))
                raise Undecodable(f"several classes of the flow's namespace have the name {shown(tag, 60)}: {aliases}")
            if found:
                ((name, recipe),) = found.values()
        if recipe is not None:
            self._names[tag] = name, recipe
        return recipe

    def _nested(self, tag: str) -> Recipe | None:
        outer, *inner = tag.split(".")
        found = self.namespace.get(outer)
        for name in inner:
            if not issubclass(type(found), type):
                return None
            found = type.__getattribute__(found, "__dict__").get(name)
        return recipe_of_any(found)

    def _in_modules(self, tag: str) -> Recipe | None:
        for module in list(self.namespace.values()):
            if type(module) is not ModuleType or module.__name__.partition(".")[0] in sys.stdlib_module_names:
                continue
            found: Any = module
            for name in tag.split("."):
                found = vars(found).get(name) if found is module or issubclass(type(found), type) else None
            recipe = recipe_of_any(found)
            if recipe is not None and recipe.cls.__module__ == module.__name__:
                return recipe
        return None
