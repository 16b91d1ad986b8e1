"""The programs themselves, as Rust's cargo builds them: twenty flows, each with the outputs of its run in Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from rust_flows import FLOWS, Translated, compiled, lines_for, outputs_in_python, outputs_of

pytestmark = [pytest.mark.cargo, pytest.mark.timeout(1800)]

Run = Callable[[str, str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a flow's program with an input. All of them are built at once, so that the crates are built once."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo")
    root = tmp_path_factory.mktemp("twenty")
    for one in FLOWS:
        files = compiled(one).to_rust(types=one.types).files
        (root / "Cargo.toml").write_text(files["Cargo.toml"], encoding="utf-8")
        folder = root / "src" / "bin" / one.name
        folder.mkdir(parents=True)
        for name in ("main.rs", "python.rs"):
            (folder / name).write_text(files[f"src/{name}"], encoding="utf-8")
    target = os.environ.get("RUST_TARGET", str(root / "target"))
    built = subprocess.run(
        ["cargo", "build", "--keep-going"],
        cwd=root,
        env={**os.environ, "CARGO_TARGET_DIR": target, "CARGO_PROFILE_DEV_DEBUG": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr

    def of(name: str, given: str) -> subprocess.CompletedProcess[str]:
        program = Path(target) / "debug" / name
        return subprocess.run([program], input=given, capture_output=True, text=True, check=False, timeout=60)

    return of


@pytest.mark.parametrize("one", FLOWS, ids=lambda one: one.name)
def test_a_program_gives_the_outputs_of_the_flow(one: Translated, run: Run) -> None:
    done = run(one.name, lines_for(one))

    assert done.returncode == 0, done.stderr
    found, expected = outputs_of(done.stdout, one), outputs_in_python(one)
    if one.unordered:
        found, expected = ({name: sorted(items, key=str) for name, items in each.items()} for each in (found, expected))
    assert found == expected


def test_a_number_that_leaves_its_64_bits_ends_the_program(run: Run) -> None:
    done = run("sums", '{"numbers": 9223372036854775807}\n{"numbers": 1}\n\n')

    assert done.returncode != 0
    assert "overflow" in done.stderr
