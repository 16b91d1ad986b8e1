"""Hydroflow in Rust: the program's text, how it is built and asked. No test really builds it: that takes minutes."""

from __future__ import annotations

import sys
import tempfile

import pytest

from side_by_side.rust import MANIFEST, Rust, RustIsMissing, program
from side_by_side.shape import RustText, Shape
from side_by_side.shapes import growing

SHAPE = Shape(
    "a shape",
    {"edges": [(1, 2), (3, 4)], "words": ["a b", "c"], "numbers": [1, 2]},
    {},
    RustText("source_iter(edges) -> for_each(|x| out0.borrow_mut().push(x));", "let a = 1;", "let b = 2;", "go();"),
)
# What stands for the program that cargo makes: it answers with a time, and writes the words that came as items.
PROGRAM = """#!{python}
import pathlib, sys
for line in sys.stdin:
    shape, folder, *file = line.rstrip("\\n").split("\\t")
    for path in file:
        pathlib.Path(path).write_text(pathlib.Path(folder, "words").read_text())
    print(2_500_000, flush=True)
"""
CARGO = """#!/bin/sh
mkdir -p "$CARGO_TARGET_DIR/release"
cp {program} "$CARGO_TARGET_DIR/release/hydroflow-side-by-side"
"""


@pytest.fixture
def cargo(tmp_path, monkeypatch):
    """Puts a program of this text in the place of cargo; what is written comes into a folder of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("CARGO_TARGET_DIR", raising=False)

    def put(text):
        path = tmp_path / "cargo"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setattr("side_by_side.rust.shutil.which", lambda name: str(path))

    return put


def test_a_function_reads_the_inputs_makes_the_flow_loads_it_and_times_the_rest():
    text = program([SHAPE])

    function = text[text.index("fn shape0(") : text.index("fn main")]
    steps = ["pairs(folder", "texts(folder", "numbers(folder", "let a", "hydroflow_syntax!", "let b", "cpu();", "go();"]
    places = [function.index(step) for step in steps]
    assert places == sorted(places)
    assert '"0" => shape0(folder, file),' in text


def test_shapes_that_differ_by_what_they_hold_share_a_function():
    text = program([growing.persist_fold(10), growing.persist_fold(20), growing.persist_join(10)])

    assert text.count("fn shape") == 2


def test_the_program_is_built_outside_of_the_repository_and_asked_for_times_and_items(cargo, tmp_path):
    (tmp_path / "program").write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
    (tmp_path / "program").chmod(0o755)
    cargo(CARGO.format(program=tmp_path / "program"))

    rust = Rust([SHAPE])
    taken = rust.way(SHAPE).run()
    items = list(taken.items())
    rust.close()

    assert taken.seconds == 0.0025
    assert items == ["a b", "c"]
    project = tmp_path / "hydroflow-side-by-side"
    assert (project / "Cargo.toml").read_text("utf-8") == MANIFEST
    assert "hydroflow_syntax!" in (project / "src" / "main.rs").read_text("utf-8")


def test_what_cargo_says_is_the_reason_where_it_fails(cargo):
    cargo("#!/bin/sh\necho 'no such crate' >&2\nexit 1\n")

    with pytest.raises(RustIsMissing, match="cargo fails:\nno such crate"):
        Rust([SHAPE])


def test_a_machine_without_cargo_is_told(monkeypatch):
    monkeypatch.setattr("side_by_side.rust.shutil.which", lambda name: None)

    with pytest.raises(RustIsMissing, match="cargo is not here"):
        Rust([SHAPE])
