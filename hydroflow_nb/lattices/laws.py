"""Laws of functions that fold, map or filter: declared by who wrote the function, and tried on a sample.

A function that folds is `f(acc, item)`. It *commutes* where the order of two items does not matter, *forgives* where an
item that comes again changes nothing, and *rises* where the result is never below the accumulator. One that maps is
*monotone* where a greater item gives a greater result; one that filters is a *threshold* where all that is greater than
what passes passes too, and *freezes* where nothing is greater than what passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from hydroflow_nb.lattices.algebra import copied
from hydroflow_nb.lattices.check import Law, LawReport, name_of, sample_of, try_laws
from hydroflow_nb.lattices.errors import LawError, brief

F = TypeVar("F", bound=Callable[..., Any])

_DECLARED: Final = "__hydroflow_laws__"
_NONE: Final = object()


def law(*laws: str) -> Callable[[F], F]:
    """A decorator that declares laws of a function: `@hf.law("commutes", "forgives")`.

    The words are "commutes", "forgives" and "rises" for a function `f(acc, item)` that folds, "monotone", "threshold"
    and "freezes" for one that maps or filters. The function itself stays as it is; what is declared is believed by
    `check`, which says so, and tried by `check_law`. Raises ValueError for another word, TypeError for a function that
    takes no attributes, as those that are written in C.

    More: "Laws" in `docs/correctness.md`.
    """
    for word in laws:
        if word not in LAWS:
            raise ValueError(f"{word!r} is not the name of a law: {', '.join(LAWS)} are")

    def declare(function: F) -> F:
        try:
            setattr(function, _DECLARED, frozenset(laws) | declared(function))
        except AttributeError:
            raise TypeError(
                f"{brief(function)} takes no attributes: declare the laws of a function of your own that calls it"
            ) from None
        return function

    return declare


def declared(function: Any) -> frozenset[str]:
    """The laws that were declared of a function."""
    found = getattr(function, _DECLARED, None)
    return found if isinstance(found, frozenset) else frozenset()


def check_law(function: Callable[..., Any], law: str, items: Iterable[Any], begin: Any = _NONE) -> LawReport:
    """Try a law of a function on all pairs and triples of a sample.

    For "commutes", "forgives" and "rises" the function is `f(acc, item)`: accumulators are `begin` and what it becomes
    by one item, or the items themselves where there is no `begin`, as in a `reduce`, which has to be associative too.
    An accumulator may be changed in place, and None be returned, as in a flow. For the others it is `f(item)`, and
    items are compared by `<=`. Gives a LawReport.

    Raises LawError (HF320) with the smallest counterexample, ValueError for another word or an empty sample. A sample
    can refute a law and never prove it.

    >>> check_law(max, "commutes", items=[1, 2, 3], begin=0).cases > 0
    True

    More: "Laws" in `docs/correctness.md`.
    """
    try:
        return try_law(function, law, items, begin)
    except LawError as broken:
        raise LawError(f"HF320: {broken}", law=broken.law, counterexample=broken.counterexample) from broken.__cause__


def try_law(function: Callable[..., Any], law: str, items: Iterable[Any], begin: Any = _NONE) -> LawReport:
    """The same, for who says by a diagnostic of its own that a law does not hold."""
    if law not in LAWS:
        raise ValueError(f"{law!r} is not the name of a law: {', '.join(LAWS)} are")
    sample = sample_of(items)
    if not sample:
        raise ValueError("check_law needs at least one item: give a sample of items that differ")
    if law in ("commutes", "forgives", "rises"):
        tried = _of_fold(function, law, sample, begin)
    else:
        tried = [(_OF_ITEM[law](function), [sample, sample])]
    return try_laws(name_of(function), tried, ())


def _of_fold(
    function: Callable[..., Any], law: str, sample: list[Any], begin: Any
) -> list[tuple[Law, list[list[Any]]]]:
    def fold(held: Any, *items: Any) -> Any:
        held = copied(held)
        for item in items:
            result = function(held, copied(item))
            held = held if result is None else result
        return held

    held = sample if begin is _NONE else [begin, *(fold(begin, item) for item in sample)]
    if law == "forgives":
        test = Law(
            text="it forgives: f(f(a, b), b) == f(a, b)",
            values=2,
            broken=lambda a, b: _differ("f(f(a, b), b)", fold(a, b, b), "f(a, b)", fold(a, b)),
        )
        return [(test, [held, sample])]
    if law == "rises":
        return [
            (Law(text="it rises: a <= f(a, b)", values=2, broken=lambda a, b: _falls(a, fold(a, b))), [held, sample])
        ]
    commutes = Law(
        text="it commutes: f(f(a, b), c) == f(f(a, c), b)",
        values=3,
        broken=lambda a, b, c: _differ("f(f(a, b), c)", fold(a, b, c), "f(f(a, c), b)", fold(a, c, b)),
    )
    if begin is not _NONE:
        return [(commutes, [held, sample, sample])]
    swaps = Law(
        text="it commutes: f(a, b) == f(b, a)",
        values=2,
        broken=lambda a, b: _differ("f(a, b)", fold(a, b), "f(b, a)", fold(b, a)),
    )
    associates = Law(
        text="it associates: f(f(a, b), c) == f(a, f(b, c))",
        values=3,
        broken=lambda a, b, c: _differ("f(f(a, b), c)", fold(a, b, c), "f(a, f(b, c))", fold(a, fold(b, c))),
    )
    return [(swaps, [sample] * 2), (associates, [sample] * 3)]


def _monotone(function: Callable[[Any], Any]) -> Law:
    def broken(a: Any, b: Any) -> str | None:
        return _falls(function(copied(a)), function(copied(b)), "f(a)", "f(b)") if a <= b else None

    return Law(text="it is monotone: f(a) <= f(b) where a <= b", values=2, broken=broken)


def _threshold(function: Callable[[Any], Any]) -> Law:
    def broken(a: Any, b: Any) -> str | None:
        passes = a <= b and function(copied(a)) and not function(copied(b))
        return "a passes, and b does not, which is not below a" if passes else None

    return Law(text="it is a threshold: what is not below a passes where a passes", values=2, broken=broken)


def _freezes(function: Callable[[Any], Any]) -> Law:
    def broken(a: Any, b: Any) -> str | None:
        grows = a <= b and a != b and function(copied(a))
        return "a passes, and b is greater than a" if grows else None

    return Law(text="it freezes: nothing is greater than a where a passes", values=2, broken=broken)


_OF_ITEM: Final[dict[str, Callable[[Callable[[Any], Any]], Law]]] = {
    "monotone": _monotone,
    "threshold": _threshold,
    "freezes": _freezes,
}
LAWS: Final = ("commutes", "forgives", "rises", *_OF_ITEM)


def _differ(left: str, a: Any, right: str, b: Any) -> str | None:
    return None if a == b else f"{left} is {brief(a)}, {right} is {brief(b)}"


def _falls(a: Any, b: Any, left: str = "a", right: str = "f(a, b)") -> str | None:
    return None if a <= b else f"{left} is {brief(a)}, {right} is {brief(b)}"
