"""What the base gives to a lattice, the package's and one's own."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import FrozenError, Lattice, MapUnion, Max, Order, SetUnion, check_lattice


class Flag(Lattice):
    """A lattice with no more than it must have: off, then on."""

    def __init__(self, on=False):
        super().__init__()
        self.on = on

    def merge(self, other, /):
        changed = other.on and not self.on
        self.on = self.on or other.on
        return changed

    def reveal(self):
        return self.on

    def _arguments(self):
        return (self.on,)


def test_a_subclass_with_three_methods_has_all_the_rest():
    off, on = Flag(), Flag(True)

    assert off < on
    assert off.merged(on) == on
    assert off == Flag()
    assert off.compare(on) is Order.LESS
    assert (repr(on), on.deep_reveal()) == ("Flag(True)", True)
    assert check_lattice([off, on]).cases > 0


def test_a_lattice_of_another_class_is_neither_equal_nor_ordered():
    assert SetUnion() != Max()
    with pytest.raises(TypeError):
        assert SetUnion() < Max()


def test_hashing_freezes_the_value_and_all_that_it_holds():
    inner = SetUnion({1})
    outer = MapUnion({"a": inner})
    seen = {outer}

    with pytest.raises(FrozenError, match=r"MapUnion\(.*\) cannot change any more: it was hashed"):
        outer.merge(MapUnion({"a": SetUnion({2})}))
    with pytest.raises(FrozenError):
        outer["a"].merge(SetUnion({2}))

    assert seen == {MapUnion({"a": SetUnion({1})})}
    assert inner.merge(SetUnion({2}))


def test_a_copy_of_a_frozen_value_can_change():
    frozen = SetUnion({1})
    hash(frozen)

    changing = frozen.copy()
    changing.merge(SetUnion({2}))

    assert (frozen, changing) == (SetUnion({1}), SetUnion({1, 2}))
