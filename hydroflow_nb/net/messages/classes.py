"""Which classes the messages of a receiver may be rebuilt from, and of what type they must be."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.kinds import Kind, Mismatch
from hydroflow_nb.net.messages.recipes import Recipe, recipe_of_any
from hydroflow_nb.net.messages.undecodable import Undecodable

LONGEST_TAG: Final = 200


class Classes:
    """The classes that the messages of one receiver are rebuilt from, and what they must be.

    `namespace` is the receiving flow's, and looked at anew for each message: a class that a cell redefines is the new
    one at once. `kind`, where there is one, is the type that each message must have: a class, an enum, a union, a
    generic alias such as `tuple[int, str]`, a `Literal` or a `type` alias; None is any type. Raises Misfit for what is
    no type.

    A tag is looked for, in this order, among

    1. the classes that the kind names,
    2. the namespace's names,
    3. the own names of the namespace's classes, so that `import ... as` does no harm,
    4. for a dotted tag, the classes inside of a class so found,
    5. the classes that modules in the namespace define themselves; those of the standard library are left out.

    Only dataclasses, named tuples, msgspec.Structs, enums and lattices are ever found.
    """

    def __init__(self, namespace: Mapping[str, Any], kind: Any = None) -> None:
        self.namespace = namespace
        self.kind = kind
        self._kind = None if kind is None else Kind(kind, namespace)
        self._names: dict[str, tuple[str, Recipe]] = {}
        self._of_kind: tuple[type, ...] = ()
        self._tags: dict[str, Recipe] = {}
        # What the tags of one message stand for: no cell runs while it is read, and some take a long search.
        self._found: dict[str, Recipe] = {}

    def begin(self) -> None:
        """Read another message: its tags stand for what the namespace has now."""
        if self._found:
            self._found.clear()

    def checked(self, value: Any) -> Any:
        """The value as the kind has it. Raises Undecodable for a value of another kind."""
        if self._kind is None:
            return value
        try:
            return self._kind.checked(value)
        except Mismatch as mismatch:
            raise Undecodable(str(mismatch)) from None

    def find(self, tag: Any) -> Recipe:
        """The recipe of the class that a tag names. Raises Undecodable where there is none, or more than one."""
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
                f"the flow's namespace names no class {shown(tag, 60)} that is a dataclass, a named tuple, a Struct, "
                "an enum or a lattice"
            )
        return recipe

    def _renew(self, kind: Kind) -> None:
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
                raise Undecodable(f"more than one class of the flow's namespace is a {shown(tag, 60)}: {aliases}")
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
