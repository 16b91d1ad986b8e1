"""Lists of lattices."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import Max, MismatchError, SetUnion, VecUnion


def test_merge_goes_element_by_element_and_appends_the_rest():
    clock = VecUnion([Max(1), Max(5)])

    assert clock.merge(VecUnion([Max(2), Max(3), Max(0)])) is True
    assert clock.merge(VecUnion([Max(2)])) is False
    assert clock.deep_reveal() == [2, 5, 0]


def test_the_longer_list_is_greater_even_by_a_bottom():
    assert VecUnion([Max(1)]) < VecUnion([Max(1), Max()])
    assert not VecUnion([Max()]).is_bot()


def test_what_was_appended_is_not_shared():
    mine, theirs = VecUnion(), VecUnion([SetUnion({1})])
    mine.merge(theirs)

    mine.merge(VecUnion([SetUnion({2})]))

    assert theirs[0] == SetUnion({1})


def test_it_reads_as_a_list():
    held = VecUnion([Max(1), Max(2)])

    assert (len(held), held[1], list(held), held.reveal()) == (2, Max(2), [Max(1), Max(2)], [Max(1), Max(2)])


def test_a_merge_that_fails_inside_names_the_index():
    with pytest.raises(MismatchError) as raised:
        VecUnion([Max(1), Max(2)]).merge(VecUnion([Max(1), Max("b")]))

    assert raised.value.__notes__ == ["at the index 1"]


@pytest.mark.parametrize(
    ("lattices", "message"), [([3], "an element of a VecUnion is a lattice"), (3, "list of lattices")]
)
def test_what_is_no_list_of_lattices_is_told_what_to_write(lattices, message):
    with pytest.raises(MismatchError, match=message):
        VecUnion(lattices)
