from __future__ import annotations

from typing import Any


def test_a_cell_prints_where_its_run_has_stopped(notebook: Any) -> None:
    notebook.run("import hydroflow_nb as hf")

    found = notebook.run(
        'hf.compile("source_iter([1, 2]) -> breakpoint(|x| x > 1) -> null();", name="f").run_available()'
    )

    assert found.stdout == (
        "the flow `f` has stopped before tick 1: `breakpoint` at f, line 1 has 2; the next run goes on from there\n"
    )
