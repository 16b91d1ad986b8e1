from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path

import pytest

from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.notebook import read_notebook
from hydroflow_nb.processes.slicing import plan
from hydroflow_nb.processes.workspace import Workspace

FLOW = "%%hydroflow server\nsource_iter([1]) -> for_each(seen.append);"


def run(path, given=None):
    """The workspace after the cells that the flow `server` needs have run."""
    workspace = Workspace(given or {})
    found = plan(read_notebook(path), "server", frozenset(given or {}))

    async def go():
        for step in found.steps:
            await workspace.run(step)

    asyncio.run(go())
    return workspace, found


def test_cells_run_and_the_flow_is_made(write_notebook):
    workspace, found = run(write_notebook("seen = []", FLOW))

    workspace.flow(found).run_available()

    assert workspace.names["seen"] == [1]


def test_a_given_name_keeps_its_value_whatever_a_cell_assigns(write_notebook):
    path = write_notebook(
        "port = 1 / 0\nport, host = 1, 'x'\nfor port in [3]: pass\nport += 1\nimport os as port\nseen = [port, host]",
        FLOW,
    )

    workspace, _ = run(path, {"port": 5000})

    assert workspace.names["seen"] == [5000, "x"]


def test_cells_may_await(write_notebook):
    path = write_notebook(
        "async def f():\n    return 2\nasync def g():\n    yield 1\nseen = [await f() async for _ in g()]", FLOW
    )

    workspace, _ = run(path)

    assert workspace.names["seen"] == [2]


def test_a_future_import_holds_for_the_cells_below(write_notebook):
    path = write_notebook(
        ("from __future__ import annotations", ["setup"]), "def f(x: Unknown): ...\nseen = [f.__annotations__]", FLOW
    )

    workspace, _ = run(path)

    assert workspace.names["seen"] == [{"x": "Unknown"}]


def test_a_traceback_names_the_notebook_the_cell_and_the_line(write_notebook):
    path = write_notebook("x = 0", "seen = []\n%time x\nseen.append(1 / x)", FLOW)

    with pytest.raises(ZeroDivisionError) as raised:
        run(path)

    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (Path(last.filename).name, last.lineno, last.line) == ("chat.ipynb[2]", 3, "seen.append(1 / x)")


def test_a_flow_that_python_code_makes_can_be_run(write_notebook):
    path = write_notebook(
        "import hydroflow_nb as hf\nseen = []", "server = hf.compile('source_iter([1]) -> null();', globals())"
    )

    workspace, found = run(path)

    assert workspace.flow(found).name == "flow"


def test_what_is_no_flow_is_refused(write_notebook):
    workspace, found = run(write_notebook("server = 5"))

    with pytest.raises(Misuse, match=r"`server` in chat.ipynb\[1\] is of type int, not a flow"):
        workspace.flow(found)


def test_the_cells_are_the_main_module_and_find_modules_beside_the_notebook(write_notebook, write, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    write("beside_the_notebook.py", "value = 7")
    path = write_notebook(
        "import dataclasses, typing\nimport beside_the_notebook\n@dataclasses.dataclass\nclass M:\n    x: 'M'\n"
        "seen = [beside_the_notebook.value, typing.get_type_hints(M)['x'] is M, __name__]",
        FLOW,
    )
    workspace = Workspace({})
    workspace.enter(path.parent)
    found = plan(read_notebook(path), "server")

    async def go():
        for step in found.steps:
            await workspace.run(step)

    asyncio.run(go())

    assert workspace.names["seen"] == [7, True, "__main__"]
