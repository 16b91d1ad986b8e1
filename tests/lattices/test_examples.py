"""Every example in the package's docstrings gives what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from hydroflow_nb import lattices

MODULES = [module.name for module in pkgutil.iter_modules(lattices.__path__)]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_true(module):
    loaded = importlib.import_module(f"hydroflow_nb.lattices.{module}")

    result = doctest.testmod(loaded, extraglobs=vars(lattices))

    assert result.failed == 0


def test_every_lattice_has_an_example():
    classes = [value for value in vars(lattices).values() if isinstance(value, type)]
    named = [each for each in classes if issubclass(each, lattices.Lattice) and each is not lattices.Lattice]

    assert len(named) == 15
    assert [each.__name__ for each in named if ">>>" not in (each.__doc__ or "")] == []
