"""Builds JupyterLite with the package and tutorials in it: a folder of static files that asks no other machine.

Usage: python .ci/lite.py FOLDER

It needs npm, which brings Pyodide, Node, and the package index. The kernel runs in the page, on Pyodide; what it needs
is in its lock file, so that nothing is installed when a notebook is opened, and is compiled already (`lite.mjs`).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# Those that need no socket and no process, but in cells that say so.
TUTORIALS = ("01", "02", "04", "05", "13", "14", "15")
# A cell with this tag cannot run there.
NOT_IN_A_PAGE = "not-in-a-page"
# What the kernel loads from Pyodide's own packages.
KERNEL = ("ipython", "micropip", "jedi", "traitlets", "packaging")
PLATFORM = "pyemscripten_2026_0_wasm32"
# What the package needs beside them: one that is compiled, and others at the versions of this environment.
COMPILED = ("msgspec",)
WIDGETS = ("anywidget", "comm", "ipywidgets", "psygnal", "typing_extensions")
# What these name and a kernel has no use for: scripts for pages.
FOR_PAGES = ("jupyterlab_widgets", "widgetsnbextension")
# The kernel itself, which its front end brings.
BROUGHT = ("ipykernel", "piplite", "pyodide_kernel")
EXTENSION = Path(sys.prefix) / "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
# Of each font there is a form for today's browsers beside these.
OLD_FONTS = ("*.eot", "*.ttf", "fa-*.svg")
# All of it is loaded at once: what is left out here is looked for one after another.
AT_START = ["hydroflow-nb", *map(canonicalize_name, (*KERNEL, *WIDGETS, *BROUGHT))]


def main(target: Path) -> None:
    """Leave the site in a folder."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        pyodide = work / "static" / "pyodide"
        unpack_pyodide(work, pyodide)
        lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
        fetch_closure(lock["packages"], pyodide)
        ours = [
            build_wheel(work),
            *download(work / "wheels", COMPILED, platform=PLATFORM),
            *download(work / "wheels", [f"{one}=={version(one)}" for one in WIDGETS]),
            *(wheel for name in BROUGHT for wheel in EXTENSION.glob(f"{name}-*.whl")),
        ]
        for wheel in ours:
            add(lock["packages"], wheel, pyodide)
        keep_there(lock["packages"], pyodide)
        write(lock, pyodide)
        run(["node", str(Path(__file__).with_name("lite.mjs")), str(pyodide), *AT_START])
        write(lock, pyodide)
        (work / "jupyter-lite.json").write_text(json.dumps(settings()), encoding="utf-8")
        contents = work / "contents"
        contents.mkdir()
        for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
            if notebook.name.startswith(TUTORIALS):
                (contents / notebook.name).write_text(for_a_page(notebook), encoding="utf-8")
        run(
            [sys.executable, "-m", "jupyter", "lite", "build"],
            *(f"--lite-dir={work}", f"--contents={contents}", f"--output-dir={target}", "--no-sourcemaps"),
            *("--apps=lab", "--apps=notebooks", "--apps=tree"),
            cwd=work,  # it leaves notes of its own where it runs
        )
    for pattern in OLD_FONTS:
        for font in (target / "build").glob(pattern):
            font.unlink()


def for_a_page(notebook: Path) -> str:
    """A notebook without outputs; of a cell that needs a process or a socket its text stays, to be read."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell |= {"outputs": [], "execution_count": None}
        if NOT_IN_A_PAGE in cell["metadata"].get("tags", ()):
            text = "".join(cell["source"])
            note = "A page in a browser starts no processes and has no sockets. In JupyterLab this cell runs:"
            cell["source"] = f"*{note}*\n\n```python\n{text}\n```\n"
            cell["cell_type"] = "markdown"
            del cell["outputs"], cell["execution_count"]
    content["metadata"]["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    return json.dumps(content)


def unpack_pyodide(work: Path, target: Path) -> None:
    """Pyodide as npm has it: the interpreter, its standard library and the list of its packages."""
    run(["npm", "pack", "--silent", f"pyodide@{PYODIDE_VERSION}"], cwd=work)
    (archive,) = work.glob("pyodide-*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(work / "npm", filter="data")
    shutil.copytree(work / "npm" / "package", target)
    archive.unlink()


def fetch_closure(packages: dict[str, dict], target: Path) -> None:
    """What the kernel loads, from the package index: npm has only the list of it."""
    needed, waiting = set(), list(KERNEL)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += map(canonicalize_name, packages[name]["depends"])
    wanted = {name: f"{packages[name]['name']}=={packages[name]['version']}" for name in sorted(needed)}
    for wheel in download(target / "fetched", wanted.values()):
        entry = packages[canonicalize_name(wheel.name.split("-")[0])]
        shutil.move(wheel, target / wheel.name)
        entry |= {"file_name": wheel.name, "sha256": digest(target / wheel.name)}
    shutil.rmtree(target / "fetched")


def build_wheel(work: Path) -> Path:
    """The package's own wheel."""
    run([sys.executable, "-m", "build", "--wheel", "--outdir", str(work / "own"), str(ROOT)])
    (wheel,) = (work / "own").glob("*.whl")
    return wheel


def download(folder: Path, requirements: Iterable[str], platform: str = "any") -> list[Path]:
    """Wheels for Pyodide's Python, by default those that run on every platform."""
    options = ["--quiet", "--no-deps", "--only-binary=:all:", f"--platform={platform}", "--implementation=cp"]
    options += [f"--python-version={PYODIDE_PYTHON_VERSION}", "--dest", str(folder)]
    before = set(folder.glob("*.whl"))
    run([sys.executable, "-m", "pip", "download", *options, *requirements])
    return sorted(set(folder.glob("*.whl")) - before)


def add(packages: dict[str, dict], wheel: Path, target: Path) -> None:
    """Give Pyodide a wheel as one of its packages."""
    shutil.copy(wheel, target / wheel.name)
    with zipfile.ZipFile(wheel) as files:
        described = next(name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        text = files.read(described).decode()
        imports = sorted({name.split("/")[0] for name in files.namelist() if name.endswith("/__init__.py")})
    found = re.findall(r"^Requires-Dist: (.+)$", text, re.MULTILINE)
    environment = {"sys_platform": "emscripten", "platform_machine": "wasm32", "extra": ""}
    needs = [Requirement(one) for one in found]
    needs = [one for one in needs if one.marker is None or one.marker.evaluate(environment)]
    name = canonicalize_name(wheel.name.split("-")[0])
    packages[name] = {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": digest(target / wheel.name),
        "package_type": "package",
        "imports": imports,
        "depends": [canonicalize_name(one.name) for one in needs if one.name not in FOR_PAGES],
        "unvendored_tests": False,
    }


def keep_there(packages: dict[str, dict], folder: Path) -> None:
    """Drop what is not in the folder from the list: it would be asked for from another machine."""
    for name in [name for name, entry in packages.items() if not (folder / entry["file_name"]).is_file()]:
        del packages[name]
    for entry in packages.values():
        entry["depends"] = list(map(canonicalize_name, entry["depends"]))
        missing = [name for name in entry["depends"] if name not in packages]
        if missing:
            raise SystemExit(f"{entry['name']} needs {', '.join(missing)}, which the site does not have")


def write(lock: dict[str, Any], folder: Path) -> None:
    """Leave the list of packages beside them, with their digests."""
    for entry in lock["packages"].values():
        entry["sha256"] = digest(folder / entry["file_name"])
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def settings() -> dict[str, object]:
    """What JupyterLite reads at its start."""
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": AT_START},
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Hydroflow in a notebook",
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def digest(path: Path) -> str:
    """The digest of a file, as Pyodide compares it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(command: list[str], *more: str, cwd: Path | None = None) -> None:
    """Run a program to its end; end this one where it fails."""
    done = subprocess.run([*command, *more], cwd=cwd, check=False)
    if done.returncode:
        raise SystemExit(f"`{' '.join([*command, *more])}` failed")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
