from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.outputs import write

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")


def beside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_a_new_file_has_the_text_and_the_usual_permissions(tmp_path: Path) -> None:
    path, other = tmp_path / "run.json", tmp_path / "other"
    other.touch()

    write(path, "text \udcff")

    assert path.read_bytes() == b"text \\udcff"
    assert path.stat().st_mode == other.stat().st_mode
    assert beside(path) == ["other", "run.json"]


def test_a_file_that_is_written_anew_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old and longer")
    path.chmod(0o640)

    write(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed_and_stays_a_link_even_to_a_file_that_does_not_exist_yet(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link = tmp_path / "link.json"
    link.symlink_to(Path("kept") / "run.json")

    write(link, "one")
    write(link, "two")

    assert link.is_symlink()
    assert (tmp_path / "kept" / "run.json").read_text() == "two"
    assert beside(tmp_path / "kept" / "run.json") == ["run.json"]


def test_a_file_with_two_names_has_the_text_under_both(tmp_path: Path) -> None:
    path, other = tmp_path / "run.json", tmp_path / "other.json"
    path.write_text("old and longer")
    other.hardlink_to(path)

    write(path, "new")

    assert other.read_text() == "new"


def test_a_pipe_stays_a_pipe_and_its_reader_gets_the_text(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "x" * 300_000
    read = bytearray()
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def read_all() -> None:
        while len(read) < len(text):
            with suppress(BlockingIOError):
                read.extend(os.read(reader, 1 << 16))

    reading = threading.Thread(target=read_all, daemon=True)
    reading.start()
    write(pipe, text)
    reading.join(60)
    os.close(reader)

    assert read.decode() == text
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(Misuse, match="no process reads from it"):
        write(pipe, "text")

    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["", "no/such/folder/run.json"])
def test_what_cannot_be_written_is_told_with_its_reason(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misuse, match=r"cannot write .*: (Is a directory|No such file or directory)"):
        write(tmp_path / name, "text")


def test_a_link_that_leads_to_itself_is_told(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)

    with pytest.raises(Misuse, match="cannot write"):
        write(link, "text")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_device_that_is_full_stays_and_is_told() -> None:
    device = Path("/dev/full")
    before = device.stat().st_rdev

    # In a process that may not replace it, whatever the code does.
    code = "from pathlib import Path; from hydroflow_nb.processes.outputs import _write_into; "
    code += "_write_into(Path('/dev/full'), b'text', truncates=False)"
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)

    assert "No space left on device" in ended.stderr
    assert device.stat().st_rdev == before


def test_what_the_standard_output_leads_to_is_written_behind_what_it_has(tmp_path: Path) -> None:
    code = "from pathlib import Path; from hydroflow_nb.processes.outputs import write; "
    code += "print('first'); write(Path('/dev/stdout'), 'second\\n'); print('third')"
    path = tmp_path / "out"

    with path.open("w") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, timeout=60)

    assert path.read_text().splitlines() == ["first", "second", "third"]
