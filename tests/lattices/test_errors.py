"""What the errors say, and as what they can be caught."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import ConflictError, FrozenError, LatticeError, LawError, Max, MismatchError, SetUnion


@pytest.mark.parametrize(
    ("error", "python_s_own"),
    [(MismatchError, TypeError), (FrozenError, TypeError), (ConflictError, ValueError), (LawError, AssertionError)],
)
def test_each_is_a_lattice_error_and_one_of_python_s(error, python_s_own):
    assert issubclass(error, LatticeError)
    assert issubclass(error, python_s_own)


def test_a_huge_value_does_not_flood_the_message():
    with pytest.raises(MismatchError) as raised:
        Max(1).merge(SetUnion(range(100_000)))

    assert len(str(raised.value)) < 400


class Shy:
    def merge(self, other):
        return False

    def __repr__(self):
        raise RuntimeError("no text")


def test_a_value_whose_repr_fails_is_named_by_its_class():
    with pytest.raises(MismatchError, match="Shy"):
        Max(1).merge(Shy())
