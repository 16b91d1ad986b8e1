"""Who imports whom: the contracts in pyproject.toml hold."""

from __future__ import annotations

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
    for room in ("hydroflow_nb", "hydroflow_nb/net"):
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
    ],
)
def test_an_import_that_goes_up_or_strays_is_found(miniature, module, text, complaint):
    for other in ("flow.py", "net/addresses.py"):
        (miniature / "hydroflow_nb" / other).touch()
    (miniature / "hydroflow_nb" / module).write_text(text)

    checked = lint_imports(miniature)

    assert checked.returncode == 1
    assert complaint in " ".join(checked.stdout.split())
