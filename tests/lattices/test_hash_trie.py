"""Relations as tries."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import GeneralizedHashTrie, MismatchError, TrieJoinBimorphism, check_bimorphism
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK, decoded, encoded


def trie(*rows, keys=2):
    return GeneralizedHashTrie(keys, rows)


def test_merge_is_the_union_of_the_rows_and_tells_of_new_ones():
    held = trie((1, 2, "a"), (1, 3, "b"))

    assert held.merge(trie((1, 2, "c"), (4, 5, "d"))) is True
    assert held.merge(trie((1, 2, "c"))) is False
    assert held.deep_reveal() == {(1, 2, "a"), (1, 2, "c"), (1, 3, "b"), (4, 5, "d")}
    assert len(held) == 4


def test_it_is_a_trie_by_the_key_columns():
    assert trie((1, 2, "a"), (1, 3, "b"), (1, 3, "c")).reveal() == {1: {2: {("a",)}, 3: {("b",), ("c",)}}}
    assert trie((1, 2), keys=0).reveal() == {(1, 2)}
    assert trie((1, 2), keys=2).reveal() == {1: {2: {()}}}


def test_rows_are_found_by_a_prefix_of_their_keys():
    held = trie((1, 2, "a"), (1, 3, "b"), (4, 2, "c"))

    assert sorted(held.prefix(1)) == [(1, 2, "a"), (1, 3, "b")]
    assert list(held.prefix(4, 2)) == [(4, 2, "c")]
    assert list(held.prefix(9)) == list(held.prefix(1, 9)) == []
    assert sorted(held.prefix()) == sorted(held)
    with pytest.raises(ValueError, match="2 key columns, 3 values"):
        list(held.prefix(1, 2, "a"))


def test_it_contains_its_rows_and_nothing_else():
    held = trie((1, 2, "a"))

    assert (1, 2, "a") in held
    assert [row in held for row in ((1, 2, "b"), (1, 3, "a"), (2, 2, "a"), (1, 2), [1, 2, "a"], 5)] == [False] * 6


def test_a_merged_row_is_not_shared():
    mine, theirs = trie(), trie((1, 2, 3))
    mine.merge(theirs)

    mine.merge(trie((1, 2, 4)))

    assert (1, 2, 4) not in theirs


def test_it_is_made_of_what_it_reveals():
    held = trie((1, 2, "a"), (1, 3, "b"))

    assert GeneralizedHashTrie(2, held.reveal()) == held
    assert held.copy() == held
    assert held.copy().reveal() is not held.reveal()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GeneralizedHashTrie([(1, 2)]), "the number of key columns first"),
        (lambda: GeneralizedHashTrie(True), "the number of key columns first"),
        (lambda: GeneralizedHashTrie(1, 5), "takes rows, and 5 is not a collection"),
        (lambda: trie((1,)), "a tuple of 2 columns or more, not \\(1,\\)"),
        (lambda: trie((1, 2), (1, 2, 3)), "a tuple of 2 columns, not \\(1, 2, 3\\)"),
        (lambda: GeneralizedHashTrie(1, ["ab"]), "a tuple of 1 columns or more, not 'ab'"),
        (lambda: trie((1, [2])), "must be hashable"),
        (lambda: GeneralizedHashTrie(2, {1: {(2,)}}), "a dict for each of its key columns"),
        (lambda: GeneralizedHashTrie(1, {1: {2: {()}}}), "ends in sets of tuples"),
        (lambda: GeneralizedHashTrie(1, {1: {2}}), "2 is not a set of tuples"),
    ],
)
def test_what_makes_no_trie_is_told_what_it_should_be(make, message):
    with pytest.raises(MismatchError, match=message):
        make()


@pytest.mark.parametrize("other", [trie((1, 2, 3), keys=1), trie((1, 2))])
def test_tries_of_other_shapes_do_not_merge(other):
    with pytest.raises(MismatchError, match="cannot merge with one of"):
        trie((1, 2, 3)).merge(other)


def test_a_trie_without_rows_takes_rows_of_any_length():
    for row in ((1, 2), (1, 2, 3)):
        held = trie()
        held.merge(trie(row))
        assert list(held) == [row]


def test_a_join_meets_equal_keys_and_is_a_bimorphism():
    join = TrieJoinBimorphism()
    left, right = trie((1, "a"), (1, "b"), (2, "c"), keys=1), trie((1, "x"), (3, "y"), keys=1)

    assert join(left, right).deep_reveal() == {(1, "a", "x"), (1, "b", "x")}
    check_bimorphism(join, [left, trie((1, "z"), keys=1)], [right, trie((2, "w"), keys=1)])
    with pytest.raises(MismatchError, match="cannot be joined with"):
        join(left, trie((1, 2, 3)))


def test_a_flow_joins_rows_as_they_come():
    out = []
    text = """
        lhs = source_iter([(1, "a"), (2, "b")]) -> map(|row| GeneralizedHashTrie(1, [row]))
            -> state::<'static, GeneralizedHashTrie>();
        rhs = source_iter([(1, "x"), (1, "y")]) -> map(|row| GeneralizedHashTrie(1, [row]))
            -> state::<'static, GeneralizedHashTrie>();
        lhs -> [0]joined;
        rhs -> [1]joined;
        joined = lattice_bimorphism(TrieJoinBimorphism(), $lhs, $rhs) -> for_each(|found| out.append(set(found)));
    """
    names = {"GeneralizedHashTrie": GeneralizedHashTrie, "TrieJoinBimorphism": TrieJoinBimorphism, "out": out}
    hf.compile(text, names).run_tick()

    assert out == [{(1, "a", "x"), (1, "a", "y")}]


def test_a_large_trie_with_common_keys_goes_over_the_network():
    held = GeneralizedHashTrie(2, [(number % 3, number % 40, number) for number in range(3000)])

    assert decoded(encoded(MSGPACK, held), Classes({})) == held
