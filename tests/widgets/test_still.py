"""What is called when a cell has run."""

from __future__ import annotations

import pytest

from hydroflow_nb.widgets import still


@pytest.fixture
def shell(monkeypatch):
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    monkeypatch.setattr(still, "get_ipython", lambda: shell)
    return shell


def test_a_function_is_called_when_a_cell_has_run_until_that_is_ended(shell):
    called = []
    end = still.at_cell_ends(lambda: called.append(1))

    shell.run_cell("1")
    end()
    shell.run_cell("2")

    assert called == [1]


def test_it_can_be_ended_twice_and_when_the_shell_has_forgotten_its_functions(shell):
    end = still.at_cell_ends(lambda: None)
    end()
    end()
    other = still.at_cell_ends(lambda: None)
    shell.events.callbacks["post_run_cell"].clear()

    other()


def test_without_a_notebook_it_is_never_called(monkeypatch):
    monkeypatch.setattr(still, "get_ipython", lambda: None)

    still.at_cell_ends(lambda: pytest.fail("called"))()
