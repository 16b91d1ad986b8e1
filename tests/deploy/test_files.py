from __future__ import annotations

from pathlib import Path

import pytest

from hydroflow_nb.deploy.files import Files, highlighted

FILES = Files({"install.sh": "#!/bin/sh\nexit 1\n", "program/names.py": 'x = "<b>"\n'})


def test_files_are_texts_by_their_paths() -> None:
    assert list(FILES) == ["install.sh", "program/names.py"]
    assert FILES["install.sh"].startswith("#!/bin/sh")
    assert repr(FILES) == "<files: install.sh, program/names.py>"


def test_a_file_that_there_is_not_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(KeyError, match=r"there is no file 'instal.sh': did you mean 'install.sh'"):
        FILES["instal.sh"]
    assert "instal.sh" not in FILES


def test_what_is_no_text_is_no_path_of_a_file() -> None:
    assert 3 not in FILES
    assert FILES.get(3) is None  # type: ignore[call-overload]


def test_files_are_written_into_a_folder_and_scripts_can_be_run(tmp_path: Path) -> None:
    folder = FILES.write(tmp_path / "new" / "folder")

    assert (folder / "program" / "names.py").read_text() == 'x = "<b>"\n'
    assert (folder / "install.sh").stat().st_mode & 0o111
    assert not (folder / "program" / "names.py").stat().st_mode & 0o111


def test_a_notebook_shows_each_file_with_colours_and_without_markup_of_its_own() -> None:
    shown = FILES._repr_html_()

    assert shown.count("<details") == 2
    assert "<details open><summary><code>install.sh" in shown
    assert "<b>" not in shown
    assert '<span style="color:' in shown


def test_a_file_of_no_known_language_is_shown_as_it_is() -> None:
    assert highlighted("a -> b;", "flow.hf") == "a -&gt; b;"


def test_of_a_very_long_file_the_beginning_is_shown() -> None:
    assert highlighted("x" * 100_007, "long.hf").endswith("... and 7 more characters")
