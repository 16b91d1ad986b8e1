"""Which rooms import which, by the contracts in pyproject.toml, and what they ask each other for."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder):
    return subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def miniature(repository, tmp_path):
    """A package of the same name under the same contracts, empty but for the rooms that contracts look into."""
    shutil.copy(repository / "pyproject.toml", tmp_path)
    for room in ("hydroflow_nb", "hydroflow_nb/flow", "hydroflow_nb/ir", "hydroflow_nb/net", "hydroflow_nb/simulation"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    return tmp_path


def test_imports_go_down_only_and_each_library_is_imported_in_its_own_room(repository):
    checked = lint_imports(repository)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        (
            "source.py",
            "import hydroflow_nb.flow.flow",
            "hydroflow_nb.source is not allowed to import hydroflow_nb.flow",
        ),
        ("flow/flow.py", "import IPython", "hydroflow_nb is not allowed to import IPython"),
        ("flow/flow.py", "def show():\n    import anywidget", "hydroflow_nb is not allowed to import anywidget"),
        ("flow/flow.py", "import graphviz", "hydroflow_nb is not allowed to import graphviz"),
        (
            "net/messages.py",
            "import hydroflow_nb.net.addresses",
            "hydroflow_nb.net.messages is not allowed to import hydroflow_nb.net.addresses",
        ),
        ("attic.py", "", "The following modules are not listed as layers"),
        ("ir/one.py", "from hydroflow_nb.ir import two", "No cycles are allowed in hydroflow_nb.ir"),
    ],
)
def test_an_import_that_goes_up_or_strays_is_found(miniature, module, text, complaint):
    for other in ("flow/flow.py", "net/addresses.py"):
        (miniature / "hydroflow_nb" / other).touch()
    (miniature / "hydroflow_nb" / "ir" / "two.py").write_text("from hydroflow_nb.ir import one")
    (miniature / "hydroflow_nb" / "ir" / "one.py").touch()
    (miniature / "hydroflow_nb" / module).write_text(text)

    checked = lint_imports(miniature)

    assert checked.returncode == 1
    assert complaint in " ".join(checked.stdout.split())


def by_name(text):
    """The lines of a text that ask for an operator by its name: compare it, or look one up."""
    lines = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Compare(left=left, comparators=others):
                asks = any(map(is_operators_name, [left, *others]))
            case ast.Call(func=ast.Attribute(value=value, attr="startswith" | "endswith")):
                asks = is_operators_name(value)
            case ast.Subscript(value=ast.Name(id=table) | ast.Attribute(attr=table), slice=ast.Constant(value=str())):
                asks = table.lower().lstrip("_") == "operators"
            case ast.Match(subject=subject):
                asks = is_operators_name(subject)
            case _:
                asks = False
        if asks:
            lines.append(node.lineno)
    return sorted(lines)


def is_operators_name(node):
    match node:
        case ast.Attribute(value=ast.Attribute(attr=holder) | ast.Name(id=holder), attr="name"):
            return holder in ("operator", "op")
    return False


@pytest.mark.parametrize(
    "text",
    [
        'if node.operator.name == "tee": pass',
        'if operator.name in ("union", "tee"): pass',
        "if node.operator.name not in _FAN_IN: pass",
        'if node.operator.name.startswith("source_"): pass',
        'identity = self.operators["identity"]',
        'match node.operator.name:\n    case "tee": pass',
    ],
)
def test_who_asks_for_an_operator_by_its_name_is_found(text):
    assert by_name(text) == [1]


def test_what_is_known_of_an_operator_is_asked_of_its_record(repository):
    rooms = [path for top in ("hydroflow_nb", "magics", "widgets") for path in (repository / top).rglob("*.py")]
    asking = {
        str(path.relative_to(repository)): lines
        for path in rooms
        if repository / "hydroflow_nb" / "operators" not in path.parents and (lines := by_name(path.read_text("utf-8")))
    }

    assert asking == {}


# --- private names ------------------------------------------------------------------------------------------------

# What Python and IPython give under such names, because they have no other one for it.
NAMES_OF_OTHERS = {
    "_asdict": "of named tuples",
    "_attributes": "of `ast`: where a node stands",
    "_exit": "of `os`: ends the process without waiting for threads",
    "_fields": "of `ast` and named tuples",
    "_filename_map": "of IPython's compiler: which cell a file name stands for",
    "_get_running_loop": "of `asyncio`: the loop that runs, or None, without an exception",
    "_getframe": "of `sys`",
    "_repr_html_": "of IPython: how to show something",
    "_repr_mimebundle_": "of IPython: how to show something",
    "_run_exitfuncs": "of `atexit`: what a process does before `os._exit`",
}


def foreign_names(text):
    """The lines of a module that use a private name of what another module defines."""
    tree = ast.parse(text)
    own = set(defined_in(tree))
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in own | NAMES_OF_OTHERS.keys()
        and not is_of_itself(node.value)
    )


def defined_in(tree):
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def is_of_itself(value):
    match value:
        case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
            return True
    return False


@pytest.mark.parametrize(
    "text",
    [
        "def close(flow): flow._engine.close()",
        "class Node:\n def __init__(self, flow): self.flow = flow; self.names = flow._names",
        "from hydroflow_nb.engine import context\n\nprint(context._tick)",
        "class Node:\n def reset(self): self.flow._inboxes = {}",
    ],
)
def test_who_uses_a_private_name_of_another_module_is_found(text):
    assert len(foreign_names(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "class Max:\n def __init__(self, value): self._value = value\n def merge(self, other): return other._value",
        "class Udp(Sockets):\n def _address(self, one): return super()._address(one)",
        "class Input(Inbox):\n def drop(self): self._batch.clear()",
        "import sys\n\nprint(sys._getframe(1), main.__name__)",
    ],
)
def test_a_module_may_use_its_own_private_names_and_those_that_it_inherits(text):
    assert foreign_names(text) == []


def test_no_module_uses_a_private_name_of_another_one(repository):
    rooms = [path for top in ("hydroflow_nb", "magics", "widgets") for path in (repository / top).rglob("*.py")]

    assert {
        str(path.relative_to(repository)): lines for path in rooms if (lines := foreign_names(path.read_text("utf-8")))
    } == {}
