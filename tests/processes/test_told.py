"""What the text of cells tells without running anything of them."""

from __future__ import annotations

import pytest
from cells import notebook

from hydroflow_nb.processes.slicing import plan
from hydroflow_nb.processes.told import Untold, told_names

FLOW = "%%hydroflow f\nsource_stream(inb) -> fold::<'static>(|| zero, add) -> map(Put) -> for_each(out.append);"


def told(*cells, flow=FLOW):
    names = told_names(plan(notebook(*cells, flow), "f"))
    return {name: names[name] for name in ("zero", "add", "Put", "max") if name in names}


def test_a_function_a_constant_and_a_class_that_only_holds_are_told():
    found = told(
        "from dataclasses import dataclass\nzero = 0",
        "def add(a: Unheard, x: Unheard = 1) -> Unheard:\n    return a + x",
        "@dataclass(frozen=True)\nclass Put:\n    key: Unheard\n    n: int = 0\n    def more(self): return self.n",
    )

    assert (found["zero"], found["add"](1, 2), found["Put"]("k", 3).more()) == (0, 3, 3)


def test_a_declared_law_is_told():
    found = told("import hydroflow_nb as hf\n@hf.law('commutes')\ndef add(a, x):\n    return a + x")

    assert found["add"].__name__ == "add"


@pytest.mark.parametrize(
    "cell",
    [
        "@register\ndef add(a, x):\n    return a",
        "def add(a, x=boom()):\n    return a",
        "def add(a, *, x=boom()):\n    return a",
        "add = boom()",
        "add = [boom() for _ in range(3)]",
        "import boom\nadd = boom.add",
        "from boom import add",
        "from boom import *",
        "class add(Boom):\n    pass",
        "class add(metaclass=boom):\n    pass",
        "class add:\n    boom()",
        "class add:\n    x: int = boom()",
        "class add:\n    @boom\n    def more(self):\n        pass",
        "if True:\n    def add(a, x):\n        return a",
        "async def add(a, x):\n    return a",
        "import antigravity as add",
    ],
)
def test_what_would_run_something_of_the_notebook_is_not_told(cell):
    cells = ["def register(f):\n    raise SystemExit('it ran')\ndef boom():\n    raise SystemExit('it ran')", cell]

    assert "add" not in told(*cells)


@pytest.mark.parametrize("after", ["add = wrapped(add)", "add.twice = 2", "from somewhere import *"])
def test_a_name_that_a_statement_may_bind_or_change_is_not_told(after):
    assert "add" not in told("def wrapped(f):\n    return f", "def add(a, x):\n    return a + x", after)


def test_a_name_of_python_s_that_a_cell_binds_anew_does_not_stand_for_python_s():
    flow = FLOW.replace("add", "max")

    assert isinstance(told("def made():\n    return min", "max = made()", flow=flow)["max"], Untold)
    assert told("def max(a, x):\n    return a", flow=flow)["max"](1, 2) == 1
