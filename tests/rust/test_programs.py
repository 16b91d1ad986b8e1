"""The programs themselves, as Rust's cargo builds them: twenty flows, each with the outputs of its run in Python."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rust_expressions import flow_of_all
from rust_flows import FLOWS, Translated, compiled, lines_for, outputs_in_python, outputs_of

import hydroflow_nb as hf

pytestmark = [pytest.mark.cargo, pytest.mark.timeout(1800)]

Run = Callable[[str, str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a flow's program with an input. All of them are built at once, so that the crates are built once."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo")
    root = tmp_path_factory.mktemp("twenty")
    projects = {}
    for one in FLOWS:
        projects[one.name] = compiled(one).to_rust(types=one.types)
    text, sinks = flow_of_all()
    projects["expressions"] = hf.compile(text, {"math": math, **{name: [] for name in sinks}}).to_rust()
    for name, project in projects.items():
        files = project.files
        (root / "Cargo.toml").write_text(files["Cargo.toml"], encoding="utf-8")
        folder = root / "src" / "bin" / name
        folder.mkdir(parents=True)
        for path, written in files.items():
            if path.startswith("src/"):
                (folder / path.removeprefix("src/")).write_text(written, encoding="utf-8")
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


def in_json(value: Any) -> Any:
    """A value as a program writes it; a set in an order of its own."""
    match value:
        case set():
            return sorted(map(in_json, value))
        case dict() if not all(isinstance(key, str) for key in value):
            return [[in_json(key), in_json(one)] for key, one in value.items()]
        case dict():
            return {key: in_json(one) for key, one in value.items()}
        case list() | tuple():
            return [in_json(one) for one in value]
    return value


def test_each_expression_has_the_value_that_it_has_in_python(run: Run) -> None:
    text, sinks = flow_of_all()
    lists: dict[str, list[Any]] = {name: [] for name in sinks}
    hf.compile(text, {"math": math, **lists}).run_available()

    done = run("expressions", "")

    assert done.returncode == 0, done.stderr
    found: dict[str, list[Any]] = {name: [] for name in sinks}
    for line in done.stdout.splitlines():
        ((name, item),) = json.loads(line).items()
        found[name].append(sorted(item) if lists[name] and isinstance(lists[name][0], set) else item)
    # As texts: 1, 1.0 and True are equal, and are not the same.
    differing = {
        statement: (items, found[name])
        for statement, (name, items) in zip(text.splitlines(), lists.items(), strict=True)
        if repr(in_json(items)) != repr(found[name])
    }
    assert differing == {}


def test_a_number_that_leaves_its_64_bits_ends_the_program(run: Run) -> None:
    done = run("sums", '{"numbers": 9223372036854775807}\n{"numbers": 1}\n\n')

    assert done.returncode != 0
    assert "overflow" in done.stderr
