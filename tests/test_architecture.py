"""Who imports whom, by the contracts in pyproject.toml, and who asks whom for what."""

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
    for room in ("hydroflow_nb", "hydroflow_nb/ir", "hydroflow_nb/net", "hydroflow_nb/simulation"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    return tmp_path


def test_imports_go_down_only_and_each_library_is_imported_in_its_own_room(repository):
    checked = lint_imports(repository)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        ("source.py", "import hydroflow_nb.flow", "hydroflow_nb.source is not allowed to import hydroflow_nb.flow"),
        ("flow.py", "import IPython", "hydroflow_nb is not allowed to import IPython"),
        ("flow.py", "def show():\n    import anywidget", "hydroflow_nb is not allowed to import anywidget"),
        ("flow.py", "import graphviz", "hydroflow_nb is not allowed to import graphviz"),
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
    for other in ("flow.py", "net/addresses.py"):
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
