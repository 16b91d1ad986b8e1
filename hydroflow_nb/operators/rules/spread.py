"""How items are spread over shards: each shard has all of them, or those whose key is its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from hydroflow_nb.operators.rules.content import Cause, causes

# The way to a part of an item: `(0, "key")` stands for `item[0].key`, and `()` for the whole item.
Path: TypeAlias = tuple[int | str, ...]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How the items of an edge are spread over shards.

    `everywhere`: each shard has all of them. Otherwise they are split, and items whose `keys` are equal are in one
    shard: each of these paths leads to the key that they are split by; it cannot be told where there is none.
    `copied`: some of them are in several shards. `because` tells where the items are split, or where the key is lost.
    """

    everywhere: bool = False
    keys: frozenset[Path] = frozenset()
    copied: bool = False
    because: Sequence[Cause] = field(default=(), compare=False)

    def moved(self, move: Callable[[Path], Path | None]) -> Spread:
        """The same with the keys at other places; None leaves one out."""
        keys = frozenset(path for path in map(move, self.keys) if path is not None)
        return Spread(everywhere=self.everywhere, keys=keys, copied=self.copied, because=self.because)

    def below(self, *prefix: int | str) -> Spread:
        """The same for items that are a part of other ones."""
        return self.moved(lambda path: (*prefix, *path))

    def at(self, *prefix: int | str) -> Spread:
        """The same for a part of each item."""
        return self.moved(lambda path: path[len(prefix) :] if path[: len(prefix)] == prefix else None)


_PATH: Final = re.compile(r"(?:\[[0-9]+\]|\.[^\W\d]\w*)+")
_STEP: Final = re.compile(r"\[([0-9]+)\]|\.(\w+)")


def path_of(text: object) -> Path:
    """The path that a text such as `[0].key` stands for. Raises ValueError for another text."""
    if not isinstance(text, str) or _PATH.fullmatch(text) is None:
        raise ValueError(f'a shard is the place of a key in an item, such as "[0]", ".key" or "[0].key", not {text!r}')
    return tuple(int(step[1]) if step[1] else step[2] for step in _STEP.finditer(text))


def text_of(path: Path) -> str:
    """A path as it is written: `[0].key`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


EVERYWHERE: Final = Spread(everywhere=True)


def mixed_spread(one: Spread, other: Spread) -> Spread:
    """How the items of both are spread."""
    if one.everywhere and other.everywhere:
        return one
    because = causes(one.because, other.because)
    if one.everywhere or other.everywhere:
        return Spread(copied=True, because=because)
    return Spread(keys=one.keys & other.keys, copied=one.copied or other.copied, because=because)
