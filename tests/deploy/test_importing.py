"""What deploying loads, and what it does without the libraries of its extras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Each test starts a Python that loads the package, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)
# What an extra brings; a user who does not ask for it has not installed it.
OPTIONAL = ["ray", "yaml"]
# As where none of them is installed.
WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({OPTIONAL}))"
SYSTEM = """
import hydroflow_nb as hf
text = "a = process(); b = process(); @a source_stream(items) ~> @b for_each(log.append);"
system = hf.compile(text, {"items": hf.channel(), "log": []}, "told")
"""


def answered(*lines: str) -> list[str]:
    """What a new Python prints, word by word."""
    ran = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def test_naming_what_deploys_loads_none_of_the_libraries_of_extras() -> None:
    loaded = answered(
        "import sys, hydroflow_nb as hf",
        "launchers = [getattr(hf.deploy, name) for name in hf.deploy.__all__]",
        f"print(*(set({OPTIONAL}) & sys.modules.keys()))",
        "print(len(launchers))",
    )

    assert int(loaded.pop()) >= 5
    assert loaded == []


@pytest.mark.skipif(sys.platform == "win32", reason="processes have no such sockets there")
def test_processes_and_units_need_none_of_them_and_compose_says_what_it_lacks() -> None:
    said = answered(
        WITHOUT,
        SYSTEM,
        """
import asyncio

async def main():
    async with await system.deploy(on=hf.deploy.Processes(patience=100)) as run:
        await run.send("a", "items", 1)
        while not run["b"]["log"]:
            await asyncio.sleep(0.05)
        print(*run["b"]["log"])

asyncio.run(main())
print("install.sh" in system.manifests(hf.deploy.Systemd(["lab1"])))
try:
    system.manifests(hf.deploy.Compose())
except hf.HydroflowError as error:
    print(str(error).split("`")[1])
""",
    )

    assert said == ["1", "True", "pip", "install", "hydroflow-nb[manifests]"]


def test_the_tests_of_deploying_are_collected_without_them_and_those_of_yaml_are_skipped() -> None:
    tests = Path(__file__).parent
    folders = [str(tests / folder) for folder in ("manifests", "ray")]
    words = ["--collect-only", "-q", "-p", "no:cacheprovider", *folders]

    ran = subprocess.run(
        [sys.executable, "-c", f"{WITHOUT}; import pytest; sys.exit(pytest.main({words}))"],
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
        cwd=tests.parents[1],
    )

    assert ran.returncode == 0, ran.stdout
    assert "test_systemd.py::" in ran.stdout
    assert "test_compose.py::" not in ran.stdout
