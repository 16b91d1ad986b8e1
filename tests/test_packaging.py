"""What is installed is what lies on the disk, under the names that the package promises."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from zipfile import ZipFile

import pytest

import hydroflow_nb

# What the build reads; a copy of it is built, so that the repository stays as it is.
BUILD_INPUT = ("pyproject.toml", "README.md", "LICENSE", "hydroflow_nb", "magics", "widgets")

# Where JupyterLab looks for it, below the environment's folder.
LAB_EXTENSION = "data/data/share/jupyter/labextensions/hydroflow-nb"


@pytest.fixture(scope="module")
def settings(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in BUILD_INPUT:
        if (repository / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(repository / name, source / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(repository / name, source / name)
    build = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    (path,) = target.glob("*.whl")
    with ZipFile(path) as archive:
        yield archive


def packages_on_disk(repository):
    """Dotted name -> folder, for every folder with an `__init__.py`, links included."""
    folders = [
        folder for folder, _, files in os.walk(repository / "hydroflow_nb", followlinks=True) if "__init__.py" in files
    ]
    return {os.path.relpath(folder, repository).replace(os.sep, "."): folder for folder in folders}


def test_the_package_list_names_every_package_on_the_disk_and_no_other(settings, repository):
    listed = settings["tool"]["setuptools"]["packages"]

    assert sorted(listed) == sorted(packages_on_disk(repository))


@pytest.mark.parametrize("name", ["magics", "widgets"])
def test_a_package_at_the_repository_s_top_is_linked_into_hydroflow_nb(name, repository):
    link = repository / "hydroflow_nb" / name

    assert link.is_symlink()
    assert os.readlink(link) == f"../{name}"
    assert (repository / name).is_dir()


def test_the_wheel_holds_every_module_every_asset_and_nothing_else(wheel, repository):
    expected = {"hydroflow_nb/py.typed", "hydroflow_nb/rust/python.rs"}
    for name, folder in packages_on_disk(repository).items():
        expected |= {f"{name.replace('.', '/')}/{file}" for file in os.listdir(folder) if file.endswith(".py")}
    assets = [path for path in (repository / "widgets" / "static").rglob("*") if path.is_file()]
    expected |= {f"hydroflow_nb/{path.relative_to(repository).as_posix()}" for path in assets}
    built = repository / "widgets" / "lab" / "built"
    files = [path for path in built.rglob("*") if path.is_file() and path.name != "sources.sha256"]
    expected |= {f"{LAB_EXTENSION}/{path.relative_to(built).as_posix()}" for path in files}

    held = {re.sub(r"^[^/]+\.data/", "data/", name) for name in wheel.namelist() if ".dist-info/" not in name}

    assert held == expected


def test_the_stepper_s_script_and_style_are_files_of_the_wheel(wheel):
    held = set(wheel.namelist())
    room = "hydroflow_nb/widgets/static/stepper"

    assert {f"{room}/stepper.js", f"{room}/stepper.css"} <= held


def test_the_wheel_is_pure_and_carries_its_licence(wheel):
    (described,) = [name for name in wheel.namelist() if name.endswith(".dist-info/WHEEL")]
    (licence,) = [name for name in wheel.namelist() if name.endswith("LICENSE")]

    assert b"Root-Is-Purelib: true" in wheel.read(described)
    assert wheel.read(licence).startswith(b"BSD 3-Clause License")


def test_the_version_is_the_same_everywhere(settings, repository):
    version = settings["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", (repository / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert metadata.version("hydroflow-nb") == version
    assert getattr(hydroflow_nb, "__version__", version) == version
    # Before the first release there is but the heading for what is to come.
    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [version])


def test_importing_the_package_imports_neither_jupyter_nor_graphviz():
    question = "import sys, hydroflow_nb; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)

    assert not {"IPython", "anywidget", "ipywidgets", "traitlets", "graphviz"} & set(answer.stdout.split())


def test_importing_the_package_leaves_drawing_recording_checking_and_explaining_for_later():
    question = "import sys, hydroflow_nb; print(*sys.modules)"

    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)

    later = {"render.svg", "render.mermaid", "trace.recorder", "lattices.check", "error_index", "net", "simulation"}
    assert not {f"hydroflow_nb.{name}" for name in later} & set(answer.stdout.split())


def test_a_flow_without_an_event_loop_runs_without_asyncio():
    program = (
        "import sys, hydroflow_nb as hf\n"
        "out = []\n"
        "names = {'lines': hf.channel(), 'out': out}\n"
        "flow = hf.compile('a = source_stream(lines) -> map(|x| x + 1) -> for_each(out.append);', names)\n"
        "flow.inputs['lines'].send(1)\n"
        "flow.run_available()\n"
        "print(out, *sorted({'asyncio', 'html', 'ssl', 'socket', 'concurrent.futures'} & sys.modules.keys()))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[2]"


def test_what_is_imported_later_is_there_for_completion():
    assert {"Network", "explain_error", "net"} <= set(dir(hydroflow_nb))
    assert set(hydroflow_nb.lattices.__all__) <= set(dir(hydroflow_nb.lattices))
