"""The checker finds what is broken, and says which law by which values."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hydroflow_nb.lattices import (
    Conflict,
    LawError,
    Max,
    Point,
    SetUnion,
    check_bimorphism,
    check_lattice,
    check_morphism,
)


@dataclass
class Sound:
    """A set that keeps all laws; each class below breaks one."""

    held: set[int] = field(default_factory=set)

    def merge(self, other):
        before = set(self.held)
        self.held |= other.held
        return self.held != before


class AlwaysSaysTrue(Sound):
    def merge(self, other):
        super().merge(other)
        return True


class SaysNothing(Sound):
    def merge(self, other):
        super().merge(other)


class Symmetric(Sound):
    def merge(self, other):
        before = set(self.held)
        self.held ^= other.held
        return self.held != before


class LastWins(Sound):
    def merge(self, other):
        before = self.held
        self.held = set(other.held)
        return self.held != before


class Shares(Sound):
    def merge(self, other):
        if not self.held:
            self.held = other.held
            return bool(self.held)
        return super().merge(other)


class CopiesShallowly(Sound):
    def copy(self):
        return type(self)(self.held)


class OrderedBySize(Sound):
    def __le__(self, other):
        return len(self.held) <= len(other.held)


class ClaimsToBeBottom(Sound):
    def is_bot(self):
        return len(self.held) < 2


class ClaimsToBeTop(Sound):
    def is_top(self):
        return len(self.held) > 1


class LosesAtoms(Sound):
    def is_bot(self):
        return not self.held

    def atomize(self):
        return [type(self)({element}) for element in self.held if element != 2]


class HasBottomAtoms(Sound):
    def is_bot(self):
        return not self.held

    def atomize(self):
        return [type(self)(), type(self)(set(self.held))]


class WrongBottom(Sound):
    def bottom(self):
        return type(self)({99})


class Hashed(Sound):
    def __hash__(self):
        return id(self)


class Average(Sound):
    """Commutative and idempotent, and the order of merges matters."""

    def merge(self, other):
        before = set(self.held)
        self.held = {sum(self.held | other.held) // max(len(self.held | other.held), 1)} if other != self else self.held
        return self.held != before


SETS = (set(), {1}, {2}, {1, 2})


def sample(kind):
    return [kind(set(held)) for held in SETS]


@pytest.mark.parametrize(
    ("kind", "law", "values"),
    [
        (AlwaysSaysTrue, "tells whether it changed", 2),
        (SaysNothing, "tells whether it changed", 2),
        (Symmetric, "idempotent", 1),
        (LastWins, "commutative", 2),
        (Shares, "does not change its argument", 3),
        (CopiesShallowly, "a copy is independent", 2),
        (OrderedBySize, "a <= b", 2),
        (ClaimsToBeBottom, r"is_bot\(\)", 2),
        (ClaimsToBeTop, r"is_top\(\)", 2),
        (LosesAtoms, "atoms", 1),
        (HasBottomAtoms, "atoms", 1),
        (WrongBottom, r"bottom\(\) is the least", 1),
        (Hashed, "equal hashes", 2),
    ],
)
def test_each_broken_law_is_named_with_as_few_values_as_it_takes(kind, law, values):
    with pytest.raises(LawError, match=law) as raised:
        check_lattice([*sample(kind), kind({3})])

    assert len(raised.value.counterexample) == values
    assert raised.value.law in str(raised.value)


def test_a_merge_that_is_not_associative_is_found():
    with pytest.raises(LawError, match=r"associative|upper bound"):
        check_lattice([Average({n}) for n in (0, 4, 8)])


def test_a_notebook_shows_the_law_and_the_values_and_no_frames():
    with pytest.raises(LawError) as raised:
        check_lattice([Average({n}) for n in (0, 4, 8)])

    assert raised.value._render_traceback_() == [str(raised.value)]


def test_the_counterexample_is_made_of_the_smallest_values():
    with pytest.raises(LawError) as raised:
        check_lattice([Symmetric(set(range(n))) for n in (9, 5, 2, 1, 0)])

    assert raised.value.counterexample == (Symmetric({0}),)
    assert str(raised.value) == (
        "Symmetric breaks the law `merge is idempotent: a ⊔ a == a`:\n"
        "  a = Symmetric(held={0})\n"
        "  a ⊔ a is Symmetric(held=set()), a is Symmetric(held={0})"
    )


def test_what_a_merge_raises_breaks_a_law_and_is_its_cause():
    with pytest.raises(LawError, match=r"it raised ConflictError: Point\(1\) and Point\(2\) differ") as raised:
        check_lattice([Point(1), Point(2)])

    assert raised.value.__cause__ is not None


def test_a_sound_class_passes_and_the_report_tells_what_could_not_be_tried():
    report = check_lattice(sample(Sound))

    assert "merge is commutative: a ⊔ b == b ⊔ a" in report.checked
    assert any("is_bot()" in law for law in report.skipped)
    assert report.cases > 64


def test_nothing_is_skipped_for_a_lattice_of_the_package():
    assert check_lattice([SetUnion(held) for held in SETS]).skipped == ()


def test_the_items_stay_as_they_are():
    items = sample(AlwaysSaysTrue)

    with pytest.raises(LawError):
        check_lattice(items)

    assert [item.held for item in items] == list(SETS)


def test_an_empty_sample_is_refused():
    with pytest.raises(ValueError, match="at least one item"):
        check_lattice([])


def test_a_function_that_distributes_is_a_morphism():
    report = check_morphism(lambda words: SetUnion(map(len, words)), [SetUnion({"a"}), SetUnion({"bb", "c"})])

    assert report.cases == 4


def test_a_function_that_does_not_distribute_is_refuted():
    def size(elements):
        return Conflict(len(elements))

    with pytest.raises(LawError, match=r"size breaks the law `f\(a ⊔ b\) == f\(a\) ⊔ f\(b\)`") as raised:
        check_morphism(size, [SetUnion(held) for held in SETS])

    assert len(raised.value.counterexample) == 2


SET_UNIONS = [SetUnion(held) for held in SETS]


def test_a_function_that_distributes_in_one_argument_only_is_no_bimorphism():
    def difference(left, right):
        return SetUnion(left.reveal() - right.reveal())

    with pytest.raises(LawError, match=r"f\(a, b ⊔ c\) == f\(a, b\) ⊔ f\(a, c\)"):
        check_bimorphism(difference, SET_UNIONS, SET_UNIONS)
    with pytest.raises(LawError, match=r"f\(a ⊔ b, c\) == f\(a, c\) ⊔ f\(b, c\)"):
        check_bimorphism(lambda left, right: difference(right, left), SET_UNIONS, SET_UNIONS)


def test_the_sides_of_a_bimorphism_can_be_of_different_classes():
    def up_to(elements, limit):
        return SetUnion(e for e in elements if limit.reveal() is not None and e <= limit.reveal())

    report = check_bimorphism(up_to, SET_UNIONS, [Max(), Max(1), Max(2)])

    assert report.cases == 4 * 4 * 3 + 4 * 3 * 3
