"""The command: what it prints and what it writes."""

from __future__ import annotations

import pytest

from side_by_side import machine
from side_by_side.__main__ import main
from side_by_side.peers import PEERS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Pages with the marks, on a machine with none of the other libraries, whose pictures stop at ten items held."""
    monkeypatch.setattr("side_by_side.peers.find_spec", lambda name: None)
    monkeypatch.setattr("side_by_side.growth.SIZES", (10, 100))
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("<!-- side by side -->\n<!-- /side by side -->\n", encoding="utf-8")
    marks = "<!-- batches -->\n<!-- /batches -->\n<!-- held -->\n<!-- /held -->\n"
    (tmp_path / "docs" / "performance.md").write_text(marks, encoding="utf-8")
    return tmp_path


def test_the_tables_and_the_picture_are_written(folder, capsys):
    status = main(["--scale", "0.001", "--rounds", "1", "--write", str(folder)])

    page, readme = (folder / "docs/performance.md").read_text("utf-8"), (folder / "README.md").read_text("utf-8")
    assert status == 0
    assert "| map x20 |" in page
    assert "| persist -> join, 100 held |" in page
    assert "| identity x20 |" not in readme
    assert "Measured on" in readme
    assert "persist -&gt; join" in (folder / "docs/performance-held.svg").read_text("utf-8")
    assert "persist -> join, 10 held: hand" in capsys.readouterr().out


def test_the_libraries_that_are_not_installed_are_named(folder, capsys):
    main(["--scale", "0.001", "--rounds", "1", "--only", "fan-in"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"left out, since not installed (pip install --editable .[peers]): {', '.join(PEERS)}"
    assert lines[1].startswith("fan-in of 20: ")


def test_the_tables_are_written_of_all_shapes_alone(folder, capsys):
    with pytest.raises(SystemExit):
        main(["--only", "fan-in", "--write", str(folder)])

    assert "--write needs all shapes" in capsys.readouterr().err


def test_a_table_says_when_where_and_beside_what_it_was_measured(monkeypatch):
    monkeypatch.setattr(machine, "versions", lambda: {"polars": "2.1.0"})
    monkeypatch.setattr(machine, "processor", lambda: "A Processor (x86_64)")

    text = machine.described(with_rust=True)

    assert "on A Processor (x86_64)" in text
    assert "beside it polars 2.1.0, hydroflow 0.10.0 as a release build." in text
