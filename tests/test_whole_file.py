"""A file is written whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydroflow_nb.whole_file import write_whole


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    target.write_text("old")

    write_whole(target, "new ü")

    assert target.read_text(encoding="utf-8") == "new ü"
    assert list(tmp_path.iterdir()) == [target]


def test_what_cannot_be_written_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    target.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_whole(target, "a lone surrogate \ud800")

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "run.json", "new")
