"""The types of edges are a semilattice: their join is what the rules in a cycle come to an end by."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    Holds,
    ItemOrder,
    Loss,
    Place,
    Time,
    joined,
    normal,
    varying,
)

# Views of values and tables are told apart from items; what comes in one tick is always items.
SHAPES = {
    **{time: [Holds.ITEMS] for time in Time},
    Time.RISING: [Holds.LATTICE],
    Time.LATEST: [Holds.VALUE, Holds.TABLE, Holds.LATTICE],
    Time.CONST: list(Holds),
    Time.GROWING: list(Holds),
    Time.SETTLING: list(Holds),
}
CONTENTS = [
    normal(Content(time=time, order=order, copies=copies, loss=loss, shape=shape, again=again))
    for time in Time
    for shape in SHAPES[time]
    for order, copies, loss, again in product(ItemOrder, Copies, Loss, (False, True))
]
contents = st.sampled_from(CONTENTS)


@given(contents)
def test_the_join_of_a_type_with_itself_is_that_type(content):
    assert joined(content, content) == content


@given(contents, contents)
def test_the_order_of_a_join_does_not_matter(one, other):
    assert joined(one, other) == joined(other, one)


@given(contents, contents)
def test_a_join_is_weaker_than_both(one, other):
    both = joined(one, other)

    assert joined(both, one) == both
    assert joined(both, other) == both


@given(contents, st.lists(contents, max_size=40))
def test_a_type_that_is_weakened_again_and_again_comes_to_an_end(content, others):
    steps = 0
    for other in others:
        weaker = joined(content, other)
        steps += weaker != content
        content = weaker

    assert steps <= 12


def test_what_is_ordered_repeats_and_is_a_part_has_no_order():
    content = Content(time=Time.STREAM, copies=Copies.REPEATS, loss=Loss.PART)

    assert normal(content).order is ItemOrder.ANY


def test_a_value_that_may_be_taken_back_and_was_made_of_a_part_is_wrong():
    for shape in (Holds.VALUE, Holds.LATTICE, Holds.TABLE):
        assert normal(Content(time=Time.SETTLING, shape=shape, loss=Loss.PART)).varies
    assert not normal(Content(time=Time.SETTLING, loss=Loss.PART)).varies


def test_causes_are_kept_in_their_order_each_once_and_are_no_part_of_the_comparison():
    first, second = (Cause(code=code, place=Place(1), port="", words="") for code in ("HF301", "HF302"))
    one = Content(time=Time.STREAM, because=(first,))

    assert joined(one, Content(time=Time.STREAM, because=(second, first))).because == (first, second)
    assert one == Content(time=Time.STREAM)
    assert varying([first]).because == (first,)
