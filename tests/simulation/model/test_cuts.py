"""The ways in which a network falls in two."""

from __future__ import annotations

import pytest

from hydroflow_nb.simulation.model.cuts import cut_off, every_cut, some_cuts
from hydroflow_nb.simulation.model.decisions import Cut


@pytest.mark.parametrize("count", range(1, 8))
def test_every_cut_is_there_once_and_has_nodes_on_both_sides(count: int) -> None:
    nodes = [f"n{number}" for number in range(count)]

    cuts = list(every_cut(nodes))

    assert len({frozenset(map(frozenset, cut.groups)) for cut in cuts}) == len(cuts) == 2 ** (count - 1) - 1
    assert all(all(cut.groups) and sorted(sum(cut.groups, ())) == nodes for cut in cuts)


def test_few_nodes_are_cut_in_every_way() -> None:
    assert list(some_cuts(["a", "b", "c"])) == list(every_cut(["a", "b", "c"]))


def test_of_many_nodes_each_is_cut_off_alone_and_the_halves_from_each_other() -> None:
    nodes = [f"n{number}" for number in range(40)]

    cuts = list(some_cuts(nodes))

    assert cuts == [*(cut_off([node], nodes) for node in nodes), cut_off(nodes[:20], nodes)]


def test_what_is_cut_off_comes_first_in_the_order_that_it_has() -> None:
    assert cut_off(["c", "a"], ["a", "b", "c"]) == Cut((("c", "a"), ("b",)))
