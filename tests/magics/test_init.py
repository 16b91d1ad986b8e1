from __future__ import annotations

import hydroflow_nb
from hydroflow_nb.magics import register, unregister

FLOW = "%%hydroflow\nsource_iter([1]) -> for_each(print);"


def test_loading_the_extension_adds_both_magics(bare_notebook):
    bare_notebook.run("%load_ext hydroflow_nb")

    magics = bare_notebook.shell.magics_manager.lsmagic()
    assert "hydroflow" in magics["cell"]
    assert "hydroflow" in magics["line"]


def test_loading_it_again_changes_nothing(notebook):
    matchers = list(notebook.shell.Completer.custom_matchers)
    listeners = list(notebook.shell.events.callbacks["pre_run_cell"])

    register(notebook.shell)

    assert notebook.shell.Completer.custom_matchers == matchers
    assert notebook.shell.events.callbacks["pre_run_cell"] == listeners


def test_unloading_it_leaves_the_shell_as_it_was(bare_notebook):
    shell = bare_notebook.shell
    matchers = list(shell.Completer.custom_matchers)
    listeners = list(shell.events.callbacks["pre_run_cell"])
    magics = {kind: set(names) for kind, names in shell.magics_manager.lsmagic().items()}
    bare_notebook.run("%load_ext hydroflow_nb")

    bare_notebook.run("%unload_ext hydroflow_nb")

    assert shell.Completer.custom_matchers == matchers
    assert shell.events.callbacks["pre_run_cell"] == listeners
    assert {kind: set(names) for kind, names in shell.magics_manager.lsmagic().items()} == magics


def test_unloading_what_is_not_loaded_does_nothing(bare_notebook):
    unregister(bare_notebook.shell)

    assert "hydroflow" not in bare_notebook.shell.magics_manager.lsmagic()["cell"]


def test_reloading_keeps_the_flows(notebook):
    notebook.run(FLOW)
    flow = notebook.flow()

    notebook.run("%unload_ext hydroflow_nb")
    hydroflow_nb.load_ipython_extension(notebook.shell)

    assert notebook.flow() is flow
    assert not flow.is_closed
