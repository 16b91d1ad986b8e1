from __future__ import annotations

import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from hydroflow_nb.durable.journal import read
from hydroflow_nb.processes.command import run_command

SUM = """
    source_stdin() -> map(int) -> for_each(|n| print("took", n));
    lines = source_stdin() -> map(int) -> fold::<'static>(|| 0, |total, n| total + n) -> for_each(|n| print("sum", n));
"""


def test_a_process_that_is_killed_goes_on_where_it_was(start, write, tmp_path):
    flow = write("sum.hf", SUM)
    first = start("run", flow, "--durable", tmp_path / "kept")
    first.type("1")
    first.wait_for("sum 1")
    first.type("2")
    first.wait_for("sum 3")

    first.process.kill()
    first.process.wait()
    second = start("run", flow, "--durable", tmp_path / "kept", "--exit-on-eof")
    second.type("4")
    second.process.stdin.close()

    assert second.end() == 0, second.log
    assert "took 1" not in second.output
    assert second.output[-1] == "sum 7"


def test_a_folder_that_is_in_use_ends_the_command_with_what_to_do(start, write, tmp_path):
    flow = write("sum.hf", SUM)
    first = start("run", flow, "--durable", tmp_path / "kept")
    first.type("1")
    first.wait_for("sum 1")

    second = start("run", flow, "--durable", tmp_path / "kept")

    assert second.end() == 5
    assert f"is in use by process {first.process.pid}" in "".join(second.log)


def test_what_is_written_can_be_the_state(start, write, tmp_path):
    flow = write("sum.hf", SUM)
    for number in ("1", "2"):
        running = start("run", flow, "--durable", tmp_path / "kept", "--durable-write", "state", "--exit-on-eof")
        running.type(number)
        running.process.stdin.close()
        assert running.end() == 0, running.log

    assert running.output[-1] == "sum 3"


def test_a_folder_can_keep_the_durable_operators_alone(start, write, tmp_path):
    flow = write(
        "sum.hf",
        """
        lines = source_stdin() -> map(int) -> tee();
        lines -> fold::<'static>(|| 0, |count, _| count + 1) -> for_each(|n| print("count", n));
        lines -> fold::<'durable>(|| 0, |total, n| total + n) -> for_each(|n| print("sum", n));
        """,
    )
    options = ("--durable", tmp_path / "kept", "--durable-write", "operators")
    first = start("run", flow, *options)
    for number, shown in (("1", "sum 1"), ("2", "sum 3"), ("0", "count 3")):
        first.type(number)
        # A tick prints before the disk holds what it has changed, and the next one begins behind that.
        first.wait_for(shown)

    first.process.kill()
    first.process.wait()
    second = start("run", flow, *options)
    second.type("4")
    second.wait_for("sum 7")
    second.type("none")

    # A fault ends the process, as without a folder.
    assert second.end() == 1, second.log
    assert "count 1" in second.output
    assert "'durable" not in "".join(second.log)


def test_a_process_says_that_nothing_keeps_its_durable_operators(start, write):
    flow = write("kept.hf", "total = fold::<'durable>(|| 0, |a, b| a + b); source_iter([1]) -> total -> null();")

    running = start("run", flow, "--until-idle")

    assert running.end() == 0, running.log
    assert "`--durable FOLDER --durable-write operators` keeps `total`" in running.wait_for("warning")


def test_peers_keep_what_they_send_until_the_flow_of_a_durable_process_has_begun(start, write, tmp_path):
    flow = write("hear.hf", "source_stream_serde(inbound) -> for_each(print);")
    slow = write("slow.py", "print(outbound.awaits_flow)")

    running = start(
        "run", flow, "--python", slow, "--bind", "tcp:127.0.0.1:0", "--durable", tmp_path / "kept", "--until-idle"
    )

    assert running.end() == 0, running.log
    assert running.output == ["True"]


def test_the_chat_of_the_manual_compiles_and_its_commands_are_ones(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    manual = (Path(__file__).parents[2] / "docs" / "durable.md").read_text().partition("## A chat to be killed")[2]
    text, commands = re.findall(r"```(?:sh)?\n(.*?)```", manual, re.DOTALL)[:2]
    Path("chat.hf").write_text(text)
    Path("peers.json").write_text(re.findall(r"`(\{.*\})`", manual)[0])

    assert run_command(["check", "chat.hf"]) == 0
    assert "`chat` compiles" in capsys.readouterr().out
    for line in commands.splitlines():
        assert run_command([*shlex.split(line)[1:], "--cells"]) == 0


# --- when the disk of a process that was killed fails ----------------------------------------------------------------


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory):
    """The folder that a process has left behind, which was killed when it had taken in 1 and 2."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "sum.hf").write_text(SUM)
    words = [sys.executable, "-m", "hydroflow_nb", "run", folder / "sum.hf", "--durable", folder / "kept"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for number, total in ((1, 1), (2, 3)):
            print(number, file=process.stdin, flush=True)
            while process.stdout.readline() not in (f"sum {total}\n", ""):
                pass
        # Then the last tick says how it has ended.
        while b"came" not in read(journal(folder))[0][-1]:
            time.sleep(0.01)
        process.kill()
    return folder / "kept"


@pytest.fixture
def again(left_behind, start, write, tmp_path):
    """A function that goes on with that folder, with further words for the command, and types 4."""
    flow = write("sum.hf", SUM)
    shutil.copytree(left_behind, tmp_path / "kept")

    def again(*words):
        running = start("run", flow, "--durable", tmp_path / "kept", "--exit-on-eof", *words)
        with suppress(BrokenPipeError):
            running.type("4")
            running.process.stdin.close()
        running.end()
        return running

    return again


def journal(folder):
    (path,) = (folder / "kept").glob("journal-*")
    return path


def test_a_last_record_that_was_torn_is_cut_off_and_told(again, tmp_path):
    """What it tells is how the last tick ended, which the disk was not asked to hold: it runs again."""
    path = journal(tmp_path)
    data = path.read_bytes()
    records = [0]
    while records[-1] < len(data):
        records.append(records[-1] + 12 + int.from_bytes(data[records[-1] :][:4], "big"))
    os.truncate(path, random.randrange(records[-2] + 1, records[-1]))

    running = again()

    assert running.process.returncode == 0, running.log
    assert "the record is cut off: nothing that is in it was acknowledged" in running.wait_for("warning")
    assert running.output == ["took 2", "sum 3", "took 4", "sum 7"]


def test_a_bit_that_flipped_ends_the_command_with_the_file_and_the_byte(again, tmp_path):
    path = journal(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1 << random.randrange(8)
    path.write_bytes(data)

    running = again()

    assert (running.process.returncode, running.output) == (5, [])
    assert f"HF703: {path} is damaged at byte " in running.wait_for("event=failed")
    assert "bring the folder back from a copy" in "".join(running.log)
    assert path.read_bytes() == data


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot limit its files")
def test_a_disk_that_is_full_ends_the_command_and_loses_nothing_that_was_kept(again, write, tmp_path):
    """The system counts what a process may write to one file, as it counts what a disk has room for."""
    size = journal(tmp_path).stat().st_size
    limit = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size + 10}, {size + 10}))"

    full = again("--python", write("limit.py", limit))
    running = again()

    assert full.process.returncode == 5
    assert f"HF702: {journal(tmp_path)} cannot be written: " in full.wait_for("event=failed")
    assert "make room" in "".join(full.log)
    assert not any("4" in line or "sum 7" in line for line in full.output)
    assert (running.process.returncode, running.output[-1]) == (0, "sum 7")


@pytest.fixture
def read_only(tmp_path):
    """A function that makes the folder one in which nobody may write, until the test is over."""
    kept = tmp_path / "kept"
    if sys.platform == "win32" or (os.geteuid() == 0 and sys.platform != "linux"):
        pytest.skip("there is no such folder here")
    undo = []

    def make():
        if os.geteuid():
            kept.chmod(0o500)
            undo.append(lambda: kept.chmod(0o700))
            return
        # The superuser may write everywhere but on a disk that takes nothing.
        mounted = subprocess.run(["mount", "--bind", kept, kept], check=False).returncode == 0
        if mounted:
            undo.append(lambda: subprocess.run(["umount", kept], check=True))
            mounted = subprocess.run(["mount", "-o", "remount,ro,bind", kept], check=False).returncode == 0
        if not mounted:
            pytest.skip("the superuser of this machine may not mount")

    yield make
    for one in undo:
        one()


def test_a_folder_that_is_read_only_ends_the_command_with_what_to_do(again, read_only, tmp_path):
    read_only()

    running = again()

    assert (running.process.returncode, running.output) == (5, [])
    assert f"HF702: {tmp_path / 'kept'} cannot be written: " in running.wait_for("event=failed")
    assert "let this user write there" in "".join(running.log)
