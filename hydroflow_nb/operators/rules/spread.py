"""How items are spread over shards: each shard has all of them, or those whose key is its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hydroflow_nb.item_paths import Path, Step
from hydroflow_nb.operators.rules.content import Cause, causes


class Spread:
    """How the items of an edge are spread over shards. Like a rule it is not a dataclass, which takes long to define.

    `everywhere`: each shard has all of them. Otherwise they are split, and items whose `keys` are equal are in one
    shard: each of these paths leads to the key that they are split by. Without a path the key is not known.
    `copied`: some of them are in several shards. `because` tells where the items are split, or where the key is lost;
    it is not compared.
    """

    __slots__ = ("because", "copied", "everywhere", "keys")

    def __init__(
        self,
        *,
        everywhere: bool = False,
        keys: frozenset[Path] = frozenset(),
        copied: bool = False,
        because: Sequence[Cause] = (),
    ) -> None:
        self.everywhere = everywhere
        self.keys = keys
        self.copied = copied
        self.because = because

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spread) and (self.everywhere, self.keys, self.copied) == (
            other.everywhere,
            other.keys,
            other.copied,
        )

    def __hash__(self) -> int:
        return hash((self.everywhere, self.keys, self.copied))

    def __repr__(self) -> str:
        return f"Spread(everywhere={self.everywhere}, keys={sorted(map(repr, self.keys))}, copied={self.copied})"

    def moved(self, move: Callable[[Path], Path | None]) -> Spread:
        """The same with the keys at other places; None leaves one out."""
        keys = frozenset(path for path in map(move, self.keys) if path is not None)
        return Spread(everywhere=self.everywhere, keys=keys, copied=self.copied, because=self.because)

    def below(self, *prefix: Step) -> Spread:
        """The same for items that are a part of other ones."""
        return self.moved(lambda path: (*prefix, *path))

    def at(self, *prefix: Step) -> Spread:
        """The same for a part of each item."""
        return self.moved(lambda path: path[len(prefix) :] if path[: len(prefix)] == prefix else None)


EVERYWHERE: Final = Spread(everywhere=True)


def mixed_spread(one: Spread, other: Spread) -> Spread:
    """How the items of both are spread."""
    if one.everywhere and other.everywhere:
        return one
    because = causes(one.because, other.because)
    if one.everywhere or other.everywhere:
        return Spread(copied=True, because=because)
    return Spread(keys=one.keys & other.keys, copied=one.copied or other.copied, because=because)
