"""Functions between lattices that distribute over merge: results that are computed piece by piece can be merged.

A **morphism** `f` has `f(a merged with b) == f(a) merged with f(b)`. A **bimorphism** has that in each of two
arguments; `lattice_bimorphism` needs one, because the new items of either side then have to meet only the state of
the other side, as in semi-naive evaluation. (Conway et al., "Logic and Lattices for Distributed Programming",
2012; Hydroflow's `lattices` crate has the same three bimorphisms.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from hydroflow_nb.lattices.map_union import MapUnion
from hydroflow_nb.lattices.pair import Pair
from hydroflow_nb.lattices.protocols import Merge
from hydroflow_nb.lattices.set_union import SetUnion

if TYPE_CHECKING:
    from hydroflow_nb.lattices.check import LawReport

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")
A = TypeVar("A", bound=Merge)
B = TypeVar("B", bound=Merge)
R = TypeVar("R", bound=Merge)
A_contra = TypeVar("A_contra", contravariant=True)
B_contra = TypeVar("B_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class LatticeMorphism(Protocol[A_contra, R_co]):
    """A function from a lattice to a lattice that distributes over merge."""

    def __call__(self, value: A_contra, /) -> R_co:
        """A lattice for a lattice."""
        ...


class LatticeBimorphism(Protocol[A_contra, B_contra, R_co]):
    """A function from two lattices to a lattice that distributes over merge in each argument."""

    def __call__(self, left: A_contra, right: B_contra, /) -> R_co:
        """A lattice for two."""
        ...


class _Named:
    """A function that bears its own name and text."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__doc__ = function.__doc__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__name__})"


class Morphism(_Named, Generic[A, R]):
    """A function that is declared to be a morphism: called as it is, and checked on demand."""

    def __call__(self, value: A, /) -> R:
        """What the function gives."""
        result: R = self._function(value)
        return result

    def check(self, items: Iterable[A]) -> LawReport:
        """Try the law on all pairs of the items. Raises LawError with a counterexample; see `check_morphism`."""
        from hydroflow_nb.lattices.check import check_morphism

        return check_morphism(self, items)


class Bimorphism(_Named, Generic[A, B, R]):
    """A function that is declared to be a bimorphism: called as it is, and checked on demand."""

    def __call__(self, left: A, right: B, /) -> R:
        """What the function gives."""
        result: R = self._function(left, right)
        return result

    def check(self, lefts: Iterable[A], rights: Iterable[B]) -> LawReport:
        """Try the law on all the items. Raises LawError with a counterexample; see `check_bimorphism`."""
        from hydroflow_nb.lattices.check import check_bimorphism

        return check_bimorphism(self, lefts, rights)


def morphism(function: Callable[[A], R]) -> Morphism[A, R]:
    """The function as a morphism; a decorator.

    >>> @morphism
    ... def lengths(words):
    ...     return SetUnion(map(len, words))
    >>> lengths(SetUnion({"tea", "jam", "milk"}))
    SetUnion({3, 4})
    """
    return Morphism(function)


def bimorphism(function: Callable[[A, B], R]) -> Bimorphism[A, B, R]:
    """The function as a bimorphism; a decorator.

    >>> @bimorphism
    ... def common(left, right):
    ...     return SetUnion(left.reveal() & right.reveal())
    >>> common(SetUnion({1, 2}), SetUnion({2, 3}))
    SetUnion({2})
    """
    return Bimorphism(function)


class CartesianProductBimorphism:
    """The pairs of every element of a SetUnion with every element of another, as a SetUnion.

    >>> CartesianProductBimorphism()(SetUnion({1, 2}), SetUnion({"a"}))
    SetUnion({(1, 'a'), (2, 'a')})
    """

    def __call__(self, left: SetUnion[T], right: SetUnion[U], /) -> SetUnion[tuple[T, U]]:
        """Every pair of a left and a right element."""
        return SetUnion(product(left, right))

    def __repr__(self) -> str:
        return "CartesianProductBimorphism()"


class PairBimorphism:
    """Two lattices as a Pair.

    >>> PairBimorphism()(Max(1), SetUnion({"a"}))
    Pair(Max(1), SetUnion({'a'}))
    """

    def __call__(self, left: A, right: B, /) -> Pair[A, B]:
        """The pair of copies of both."""
        return Pair(left, right)

    def __repr__(self) -> str:
        return "PairBimorphism()"


class KeyedBimorphism(Generic[A, B, R]):
    """A bimorphism of the values of every key that two MapUnions have in common: a join by key.

    Takes time by the number of keys of the smaller map, and of the results.

    >>> join = KeyedBimorphism(CartesianProductBimorphism())
    >>> join(MapUnion({7: SetUnion({1}), 8: SetUnion({2})}), MapUnion({7: SetUnion({"a"})}))
    MapUnion({7: SetUnion({(1, 'a')})})
    """

    def __init__(self, of_values: Callable[[A, B], R]) -> None:
        self._of_values = of_values

    def __call__(self, left: MapUnion[K, A], right: MapUnion[K, B], /) -> MapUnion[K, R]:
        """For every common key, the bimorphism of its two values."""
        keys = left if len(left) <= len(right) else right
        return MapUnion({key: self._of_values(left[key], right[key]) for key in keys if key in left and key in right})

    def __repr__(self) -> str:
        return f"KeyedBimorphism({self._of_values!r})"
