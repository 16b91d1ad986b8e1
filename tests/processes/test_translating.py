from __future__ import annotations

import pytest
from commands import said

FLOW = "%%hydroflow double\nsource_iter(numbers) -> map(|x| x * factor) -> for_each(out.append);"


@pytest.fixture
def doubling(write_notebook):
    return write_notebook("%load_ext hydroflow_nb\nnumbers = [1, 2]\nfactor = 2\nout = []", "1 / 0", FLOW)


def test_a_flow_of_a_notebook_is_translated_with_the_values_that_its_cells_bind(capsys, doubling):
    code, out, _ = said(capsys, "rust", doubling)

    assert code == 0
    assert "source_iter(vec![1i64, 2i64])" in out
    assert "const FACTOR: i64 = 2i64;" in out


def test_a_project_is_written_into_a_folder(capsys, doubling, tmp_path):
    code, out, _ = said(capsys, "rust", doubling, "--flow", "double", "--out", tmp_path / "double")

    assert code == 0
    assert "cargo run --release" in out
    assert {path.name for path in (tmp_path / "double").rglob("*.*")} == {"Cargo.toml", "main.rs", "python.rs"}


def test_the_type_of_a_channel_is_given_on_the_command_line(capsys, tmp_path):
    file = tmp_path / "ages.hf"
    file.write_text("source_stream(ages) -> for_each(print);", encoding="utf-8")

    code, _, err = said(capsys, "rust", file)
    assert code == 3
    assert "HF603" in err

    code, out, _ = said(capsys, "rust", file, "--type", "ages=tuple[str, int]")
    assert code == 0
    assert "unbounded_channel::<(String, i64)>" in out


@pytest.mark.parametrize("given", ["ages", "ages=", "ages=open('x')"])
def test_a_type_that_is_none_is_misuse(capsys, tmp_path, given):
    file = tmp_path / "ages.hf"
    file.write_text("source_stream(ages) -> for_each(print);", encoding="utf-8")

    assert said(capsys, "rust", file, "--type", given)[0] == 2
