"""Whether a class keeps the laws of lattices, tried on a sample.

The laws are those of a join semilattice with the extras that its class offers; Hydroflow's `lattices` crate tries
almost the same ones in its tests. A sample can refute a law, and never prove it. Give values of different kinds: the
bottom, the top, some that are comparable and some that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

from hydroflow_nb.lattices.algebra import bottom_of, copied, merged
from hydroflow_nb.lattices.errors import LawError, brief
from hydroflow_nb.lattices.order import has_order, naive_compare
from hydroflow_nb.records import dataclass

NAMES = "abcd"


@dataclass(frozen=True, kw_only=True)
class LawReport:
    """What a check tried that found nothing wrong: the laws in words, those that it skipped because the class lacks a
    method, and the number of cases.
    """

    checked: tuple[str, ...]
    skipped: tuple[str, ...]
    cases: int


@dataclass(frozen=True, kw_only=True)
class Law:
    """A law in words, the number of values it speaks of, the method it needs, and a test that says what is wrong."""

    text: str
    values: int
    needs: str | None = None
    broken: Callable[..., str | None]


def check_lattice(items: Iterable[Any]) -> LawReport:
    """Try every law of lattices on all items, pairs and triples of the sample: up to n³ merges for n items.

    The items are values of one class with `merge` and `==`. They are copied, by `copy()` or else deeply, and stay as
    they are. Other methods of the class (`<=`, `is_bot`, `is_top`, `bottom`, `atomize`, `hash`) are checked too.
    Returns a LawReport.

    Raises LawError with a counterexample: laws of fewer values are tried first, and smaller items (by the length of
    their `repr`) before larger ones. A merge that raises an exception breaks a law as well: it has to be defined for
    all values.

    >>> len(check_lattice([SetUnion(), SetUnion({1}), SetUnion({2}), SetUnion({1, 2})]).checked)
    16
    """
    sample = sample_of(items)
    if not sample:
        raise ValueError("check_lattice needs at least one item: give a sample of values that differ")
    known = [law for law in LATTICE_LAWS if law.needs is None or all(_offers(item, law.needs) for item in sample)]
    left_out = tuple(law.text for law in LATTICE_LAWS if law not in known)
    return try_laws(type(sample[0]).__name__, [(law, [sample] * law.values) for law in known], left_out)


def check_morphism(function: Callable[[Any], Any], items: Iterable[Any]) -> LawReport:
    """Try on all pairs of the items that `function` distributes over merge.

    Raises LawError with the smallest pair for which it does not. The function must leave its argument alone.
    """

    def broken(a: Any, b: Any) -> str | None:
        return _distributes(function, "f(a ⊔ b)", (merged(a, b),), "f(a) ⊔ f(b)", (copied(a),), (copied(b),))

    law = Law(text="f(a ⊔ b) == f(a) ⊔ f(b)", values=2, broken=broken)
    sample = sample_of(items)
    return try_laws(name_of(function), [(law, [sample, sample])], ())


def check_bimorphism(function: Callable[[Any, Any], Any], lefts: Iterable[Any], rights: Iterable[Any]) -> LawReport:
    """Try that `function` distributes over merge in each argument: on all pairs of one side with all items of the
    other.

    Raises LawError with the smallest counterexample. The function must leave its arguments alone.
    """

    def broken_left(a: Any, b: Any, c: Any) -> str | None:
        whole = (merged(a, b), copied(c))
        parts = (copied(a), copied(c)), (copied(b), copied(c))
        return _distributes(function, "f(a ⊔ b, c)", whole, "f(a, c) ⊔ f(b, c)", *parts)

    def broken_right(a: Any, b: Any, c: Any) -> str | None:
        whole = (copied(a), merged(b, c))
        parts = (copied(a), copied(b)), (copied(a), copied(c))
        return _distributes(function, "f(a, b ⊔ c)", whole, "f(a, b) ⊔ f(a, c)", *parts)

    left, right = sample_of(lefts), sample_of(rights)
    laws = [
        (Law(text="f(a ⊔ b, c) == f(a, c) ⊔ f(b, c)", values=3, broken=broken_left), [left, left, right]),
        (Law(text="f(a, b ⊔ c) == f(a, b) ⊔ f(a, c)", values=3, broken=broken_right), [left, right, right]),
    ]
    return try_laws(name_of(function), laws, ())


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called in a message."""
    name: str = getattr(function, "__name__", type(function).__name__)
    return name


def sample_of(items: Iterable[Any]) -> list[Any]:
    """Copies of the items, those with the shortest text first."""
    return sorted(map(copied, items), key=lambda item: len(repr(item)))


def _offers(item: Any, method: str) -> bool:
    match method:
        case "<=":
            return has_order(item)
        case "hash":
            declared: Any = type(item)
            return declared.__hash__ not in (None, object.__hash__)
        case "bottom":
            return getattr(item, "bottom", None) is not None and bottom_of(item) is not None
        case _:
            return hasattr(item, method)


def try_laws(name: str, laws: Sequence[tuple[Law, list[list[Any]]]], skipped: tuple[str, ...]) -> LawReport:
    """Try laws, each on a sample for each value that it speaks of. Raises LawError with the smallest counterexample."""
    cases = 0
    for law, samples in sorted(laws, key=lambda entry: entry[0].values):
        # The samples are in order of size, so the smallest places come first.
        for places in sorted(product(*(range(len(sample)) for sample in samples)), key=sum):
            values = tuple(sample[place] for sample, place in zip(samples, places, strict=True))
            cases += 1
            # A broken merge may spoil what it is given.
            given = tuple(map(copied, values))
            try:
                wrong = law.broken(*map(copied, values))
                cause = None
            except Exception as error:
                wrong, cause = f"it raised {type(error).__name__}: {error}", error
            if wrong is not None:
                raise _law_error(name, law, given, wrong) from cause
    return LawReport(checked=tuple(law.text for law, _ in laws), skipped=skipped, cases=cases)


def _law_error(name: str, law: Law, values: tuple[Any, ...], wrong: str) -> LawError:
    given = "".join(f"\n  {letter} = {brief(value)}" for letter, value in zip(NAMES, values, strict=False))
    return LawError(f"{name} breaks the law `{law.text}`:{given}\n  {wrong}", law=law.text, counterexample=values)


def _differ(left: str, a: Any, right: str, b: Any) -> str | None:
    return None if a == b else f"{left} is {brief(a)}, {right} is {brief(b)}"


def _distributes(
    function: Callable[..., Any], left: str, whole: tuple[Any, ...], right: str, *parts: tuple[Any, ...]
) -> str | None:
    first, second = (function(*part) for part in parts)
    return _differ(left, function(*whole), right, merged(first, second))


def _copy_is_equal(a: Any) -> str | None:
    return _differ("a copy of a", copied(a), "a", a)


def _idempotent(a: Any) -> str | None:
    return _differ("a ⊔ a", merged(a, copied(a)), "a", a)


def _least(a: Any) -> str | None:
    bottom = bottom_of(a)
    return _differ("bottom ⊔ a", merged(bottom, a), "a", a)


def _bottom_is_bot(a: Any) -> str | None:
    bottom: Any = bottom_of(a)
    return None if bottom.is_bot() else f"{brief(bottom)}.is_bot() is False"


def _atoms(a: Any) -> str | None:
    atoms = list(a.atomize())
    if not atoms:
        return None if not hasattr(a, "is_bot") or a.is_bot() else "a has no atoms and is not bottom"
    if hasattr(a, "is_bot"):
        if a.is_bot():
            return f"a is bottom and has the atom {brief(atoms[0])}"
        for atom in atoms:
            if atom.is_bot():
                return f"the atom {brief(atom)} is bottom"
    whole = copied(atoms[0])
    for atom in atoms[1:]:
        whole.merge(atom)
    return _differ("all atoms merged", whole, "a", a)


def _tells_changes(a: Any, b: Any) -> str | None:
    after = copied(a)
    said, changed = after.merge(b), bool(after != a)
    became = f"became {brief(after)}" if changed else "stayed the same"
    return None if said is changed else f"a.merge(b) gave {brief(said)}, and a {became}"


def _commutative(a: Any, b: Any) -> str | None:
    return _differ("a ⊔ b", merged(a, b), "b ⊔ a", merged(b, a))


def _upper_bound(a: Any, b: Any) -> str | None:
    both = merged(a, b)
    wrong = _differ("(a ⊔ b) ⊔ a", merged(both, a), "a ⊔ b", both)
    return wrong or _differ("(a ⊔ b) ⊔ b", merged(both, b), "a ⊔ b", both)


def _ordered(a: Any, b: Any) -> str | None:
    at_most, below = a <= b, not copied(b).merge(a)
    effect = "changes nothing" if below else "changes b"
    by_merge = naive_compare(a, b).value
    return (
        None if bool(at_most) is below else f"a <= b is {at_most}, and merging a into b {effect}: a is {by_merge} to b"
    )


def _equal_hashes(a: Any, b: Any) -> str | None:
    try:
        same = a != b or hash(a) == hash(b)
    except TypeError:  # what it holds is not hashable
        return None
    return None if same else "a == b, but their hashes differ"


def _bot_changes_nothing(a: Any, b: Any) -> str | None:
    return _differ("b ⊔ a", merged(b, a), "b", b) if a.is_bot() else None


def _top_takes_nothing(a: Any, b: Any) -> str | None:
    return _differ("a ⊔ b", merged(a, b), "a", a) if a.is_top() else None


def _associative(a: Any, b: Any, c: Any) -> str | None:
    return _differ("(a ⊔ b) ⊔ c", merged(merged(a, b), c), "a ⊔ (b ⊔ c)", merged(a, merged(b, c)))


def _argument_stays(a: Any, b: Any, c: Any) -> str | None:
    before, text = copied(b), repr(b)
    a.merge(b)
    a.merge(c)
    if before == b and repr(b) == text:
        return None
    return f"after a.merge(b) and a.merge(c), b is {brief(b)}, before it was {text}"


def _copy_is_apart(a: Any, b: Any) -> str | None:
    # By the text: a copy to compare with might change along.
    text = repr(a)
    copied(a).merge(b)
    return None if repr(a) == text else f"after a merge of b into a copy of a, a is {brief(a)}, before it was {text}"


def _monotone(a: Any, b: Any, c: Any) -> str | None:
    lower, upper = merged(a, c), merged(merged(a, b), c)
    return _differ("(a ⊔ b ⊔ c) ⊔ (a ⊔ c)", merged(upper, lower), "a ⊔ b ⊔ c", upper)


LATTICE_LAWS = (
    Law(text="a copy is equal", values=1, broken=_copy_is_equal),
    Law(text="merge is idempotent: a ⊔ a == a", values=1, broken=_idempotent),
    Law(text="bottom() is the least value", values=1, needs="bottom", broken=_least),
    Law(text="bottom() is bottom", values=1, needs="bottom", broken=_bottom_is_bot),
    Law(text="the atoms are not bottom and merge to the value", values=1, needs="atomize", broken=_atoms),
    Law(text="a copy is independent", values=2, broken=_copy_is_apart),
    Law(text="merge tells whether it changed the value", values=2, broken=_tells_changes),
    Law(text="merge is commutative: a ⊔ b == b ⊔ a", values=2, broken=_commutative),
    Law(text="merge gives an upper bound", values=2, broken=_upper_bound),
    Law(text="a <= b exactly when merging a into b changes nothing", values=2, needs="<=", broken=_ordered),
    Law(text="equal values have equal hashes", values=2, needs="hash", broken=_equal_hashes),
    Law(
        text="merging a value whose is_bot() is True changes nothing",
        values=2,
        needs="is_bot",
        broken=_bot_changes_nothing,
    ),
    Law(
        text="a merge does not change a value whose is_top() is True",
        values=2,
        needs="is_top",
        broken=_top_takes_nothing,
    ),
    Law(text="merge is associative: (a ⊔ b) ⊔ c == a ⊔ (b ⊔ c)", values=3, broken=_associative),
    Law(text="merge is monotone: a ⊔ c is at most (a ⊔ b) ⊔ c", values=3, broken=_monotone),
    Law(text="merge does not change its argument, then or later", values=3, broken=_argument_stays),
)
