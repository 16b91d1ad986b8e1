"""Makes `.venv` and installs the package with one of its extras into it, unless all of that is done already.

Usage: python .ci/environment.py lab|lite|peers|test

It runs with the Python that the environment shall have. It uses no syntax younger than Python 3.7, so that an old
Python gets a message that says what to install.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)


def main(extra: str) -> None:
    """Leave an environment that is ready for `extra`; end the process with a message where that cannot be."""
    check_python()
    stamp = VENV / ("installed-" + extra)
    # What was installed stays right until one of these changes; a time stamp would change with every checkout.
    state = "\n".join([version(), str(ROOT), (ROOT / "pyproject.toml").read_text(encoding="utf-8")])
    if PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return
    if not is_usable():
        print(f"Making .venv with Python {version()}", flush=True)
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    print(f"Installing hydroflow-nb[{extra}] into .venv; the first time takes a minute or two", flush=True)
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "--editable", f"{ROOT}[{extra}]"])
    link_extension()
    stamp.write_text(state, encoding="utf-8")


def link_extension() -> None:
    """Show JupyterLab the package's extension as it lies in the repository: an editable install has no data files."""
    built = ROOT / "widgets" / "lab" / "built"
    place = VENV / "share" / "jupyter" / "labextensions" / "hydroflow-nb"
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        place.unlink()
    shutil.rmtree(str(place), ignore_errors=True)
    try:
        place.symlink_to(built, target_is_directory=True)
    except OSError:  # Windows allows links on request only
        shutil.copytree(str(built), str(place))


def check_python() -> None:
    """End the process where this Python is too old or cannot make an environment."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"{sys.executable} is Python {version()}, and Python 3.11 or newer is needed. Install one and name it: "
            "`make ... PYTHON=python3.11`."
        )
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"{sys.executable} lacks the module `{missing[0]}`, which makes environments. Install it "
            f"(on Debian and Ubuntu: `apt-get install python{version()}-venv`) and try again."
        )


def version() -> str:
    """This Python's version, as in `3.11`."""
    return "{}.{}".format(*sys.version_info)


def is_usable() -> bool:
    """Whether `.venv` is there, whole, and of this Python's version."""
    if not PYTHON.exists():
        return False
    ask = "import pip, sys; print('{}.{}'.format(*sys.version_info))"
    answer = subprocess.run([str(PYTHON), "-c", ask], stdout=subprocess.PIPE, check=False)
    return answer.returncode == 0 and answer.stdout.decode().strip() == version()


def run(command: list[str]) -> None:
    """Run a command; end the process with its status where it fails."""
    status = subprocess.run(command, check=False).returncode
    if status:
        sys.exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
