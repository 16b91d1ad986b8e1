"""What works for any lattice, also for a class of one's own with `merge` and `==` only."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hydroflow_nb.lattices import MapUnion, Max, MismatchError, Pair, SetUnion, VecUnion, WithBot, deep_reveal
from hydroflow_nb.lattices.algebra import atomize, bottom_of, copied, is_bot, is_top, merge_owned, merged


@dataclass
class Words:
    """A set of words, as someone would write it who knows of no base class."""

    words: set[str] = field(default_factory=set)

    def merge(self, other):
        size = len(self.words)
        self.words |= other.words
        return len(self.words) != size


def test_merged_gives_a_new_value_and_leaves_both_alone():
    a, b = Words({"a"}), Words({"b"})

    both = merged(a, b)

    assert (both, a, b) == (Words({"a", "b"}), Words({"a"}), Words({"b"}))


def test_merge_owned_gives_the_accumulator_itself():
    accumulator = SetUnion({1})

    assert merge_owned(accumulator, SetUnion({2})) is accumulator
    assert accumulator == SetUnion({1, 2})


def test_a_class_without_copy_is_copied_deeply():
    words = Words({"a"})

    copied(words).merge(Words({"b"}))

    assert words == Words({"a"})


def test_what_a_class_does_not_tell_is_taken_for_unknown():
    words = Words()

    assert (is_bot(words), is_top(words), bottom_of(words), atomize(words)) == (False, False, None, [words])


@pytest.mark.parametrize(
    "hold",
    [
        lambda words: MapUnion({"k": words}),
        lambda words: VecUnion([words]),
        lambda words: Pair(words, Max(1)),
        WithBot,
    ],
)
def test_a_class_of_one_s_own_can_stand_in_every_lattice(hold):
    held = hold(Words({"a"}))

    assert held.merge(hold(Words({"b"}))) is True
    assert held == hold(Words({"a", "b"}))
    assert hold(Words({"a"})) < held
    assert merged(*held.atomize()[:1] * 2) == held.atomize()[0]


def test_deep_reveal_leaves_alone_what_is_no_lattice():
    assert deep_reveal([Max(1)]) == [Max(1)]
    assert deep_reveal(Pair(Max(1), VecUnion([Max(2)]))) == (1, [2])


def test_a_class_in_the_place_of_a_value_is_refused():
    with pytest.raises(MismatchError):
        Pair(SetUnion, Max(1))
