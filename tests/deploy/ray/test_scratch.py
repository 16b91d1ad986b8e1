"""The folder of a life: nobody else reads it, and it goes with the process, however that ends."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile

import pytest

from hydroflow_nb.deploy.ray.scratch import Scratch, sweep

LIFE = """
import sys, time
from hydroflow_nb.deploy.ray.scratch import Scratch
scratch = Scratch()
(scratch.path / "values.py").write_text("1")
print(scratch.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """The temporary folder of the node."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_it_is_of_its_user_alone_and_goes_with_its_content(node):
    scratch = Scratch()
    assert scratch.path.parent == node
    assert stat.S_IMODE(scratch.path.stat().st_mode) == 0o700
    (scratch.path / "values.py").write_text("1")
    scratch.remove()
    assert not list(node.iterdir())


def test_that_of_a_process_which_was_killed_is_removed_and_that_of_one_which_lives_is_not(node):
    own = Scratch()
    with subprocess.Popen([sys.executable, "-c", LIFE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as life:
        path = life.stdout.readline().decode().strip()
        sweep()
        assert {str(one) for one in node.iterdir()} == {str(own.path), path}
        life.kill()
        life.wait()
    sweep()
    assert list(node.iterdir()) == [own.path]
    own.remove()


def test_what_another_user_may_have_put_there_is_left_alone(node):
    elsewhere = node / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("1")
    (node / "hydroflow-life-link").symlink_to(elsewhere)
    (node / "hydroflow-life-open").mkdir(mode=0o755)
    (node / "hydroflow-life-file").write_text("1")
    sweep()
    assert len(list(node.iterdir())) == 4
    assert (elsewhere / "mine").exists()
