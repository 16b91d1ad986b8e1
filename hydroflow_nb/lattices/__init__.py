"""Lattices: values that only grow, so that neither the order nor the repetition of messages matters.

`Max(3)`, `SetUnion({1, 2})`, `MapUnion({"a": SetUnion({1})})`, ... are built from plain values, merged in place by
`merge`, and read by `reveal()`. `Lattice` says what all of them can do. In a flow, `lattice_fold(SetUnion)` and
`lattice_reduce()` merge them, `state` keeps one; `fold(SetUnion, merge_owned)` is the plain operator with a
lattice. `check_lattice` tries the laws on your own class.

After Conway, Marczak, Alvaro, Hellerstein and Maier, "Logic and Lattices for Distributed Programming" (2012), and
Hydroflow's `lattices` crate.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hydroflow_nb.lattices.algebra import copied, deep_reveal, merge_owned, merged
from hydroflow_nb.lattices.conflict import Conflict
from hydroflow_nb.lattices.dom_pair import DomPair
from hydroflow_nb.lattices.errors import ConflictError, FrozenError, LatticeError, LawError, MismatchError
from hydroflow_nb.lattices.hash_trie import GeneralizedHashTrie, TrieJoinBimorphism
from hydroflow_nb.lattices.lattice import Lattice
from hydroflow_nb.lattices.map_union import MapUnion
from hydroflow_nb.lattices.max_min import Max, Min
from hydroflow_nb.lattices.morphisms import (
    Bimorphism,
    CartesianProductBimorphism,
    KeyedBimorphism,
    LatticeBimorphism,
    LatticeMorphism,
    Morphism,
    PairBimorphism,
    bimorphism,
    morphism,
)
from hydroflow_nb.lattices.order import Order, compare, naive_compare
from hydroflow_nb.lattices.pair import Pair
from hydroflow_nb.lattices.point import Point
from hydroflow_nb.lattices.protocols import Atomize, DeepReveal, IsBot, IsTop, LatticeOrd, Merge
from hydroflow_nb.lattices.set_union import SetUnion
from hydroflow_nb.lattices.tombstones import MapUnionWithTombstones, SetUnionWithTombstones
from hydroflow_nb.lattices.union_find import UnionFind
from hydroflow_nb.lattices.vec_union import VecUnion
from hydroflow_nb.lattices.with_bot_top import WithBot, WithTop

if TYPE_CHECKING:
    from hydroflow_nb.lattices.check import LawReport, check_bimorphism, check_lattice, check_morphism

__all__ = [
    "Atomize",
    "Bimorphism",
    "CartesianProductBimorphism",
    "Conflict",
    "ConflictError",
    "DeepReveal",
    "DomPair",
    "FrozenError",
    "GeneralizedHashTrie",
    "IsBot",
    "IsTop",
    "KeyedBimorphism",
    "Lattice",
    "LatticeBimorphism",
    "LatticeError",
    "LatticeMorphism",
    "LatticeOrd",
    "LawError",
    "LawReport",
    "MapUnion",
    "MapUnionWithTombstones",
    "Max",
    "Merge",
    "Min",
    "MismatchError",
    "Morphism",
    "Order",
    "Pair",
    "PairBimorphism",
    "Point",
    "SetUnion",
    "SetUnionWithTombstones",
    "TrieJoinBimorphism",
    "UnionFind",
    "VecUnion",
    "WithBot",
    "WithTop",
    "bimorphism",
    "check_bimorphism",
    "check_lattice",
    "check_morphism",
    "compare",
    "copied",
    "deep_reveal",
    "merge_owned",
    "merged",
    "morphism",
    "naive_compare",
]

# The checker of laws is imported when it is first used: flows do without it.
_CHECKING = frozenset({"LawReport", "check_bimorphism", "check_lattice", "check_morphism"})


def __getattr__(name: str) -> Any:
    if name not in _CHECKING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.check"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_CHECKING})
