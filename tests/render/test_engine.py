from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import pytest

from hydroflow_nb.render import engine
from hydroflow_nb.render.engine import NoPictureError, executables, layout

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for Graphviz are shell scripts")


def script(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder as the only place where programs are searched for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    return tmp_path


def test_a_graph_comes_back_with_places() -> None:
    found = layout("digraph { a -> b }")

    assert [thing["name"] for thing in found["objects"]] == ["a", "b"]
    assert all("pos" in thing for thing in found["objects"])


def test_a_dot_on_the_path_comes_first_then_the_embedded_engine_of_the_environment(nowhere: Path) -> None:
    (nowhere / "scripts").mkdir()
    (nowhere / "bin").mkdir()
    expected = [
        script(nowhere, "dot", ""),
        script(nowhere / "scripts", "graphviz-pure", ""),
        script(nowhere / "bin", "graphviz-pure", ""),
        script(nowhere, "graphviz-pure", ""),
    ]

    assert list(executables()) == expected


def test_the_next_engine_is_tried_where_one_fails(nowhere: Path) -> None:
    script(nowhere, "dot", "echo no plugins >&2; exit 1")
    script(nowhere, "graphviz-pure", "echo '{\"objects\": []}'")

    assert layout("digraph {}") == {"objects": []}


def test_without_an_engine_the_error_says_what_was_looked_for(nowhere: Path) -> None:
    with pytest.raises(NoPictureError, match="neither `dot` nor `graphviz-pure` was found"):
        layout("digraph {}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo broken pipe dream >&2; exit 3", "broken pipe dream"),
        ("echo '<svg/>'", "cannot be used"),
        ("exit 0", "cannot"),
    ],
)
def test_an_engine_that_fails_is_named_with_its_reason(nowhere: Path, text: str, said: str) -> None:
    script(nowhere, "dot", text)

    with pytest.raises(NoPictureError, match=said):
        layout("digraph {}")


def test_an_engine_that_hangs_is_given_up(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TIMEOUT_SECONDS", 0.2)
    script(nowhere, "dot", "exec /bin/sleep 30")

    with pytest.raises(NoPictureError, match=r"took more than 0\.2 s"):
        layout("digraph {}")


def test_what_an_engine_says_is_kept_off_the_error_stream(nowhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script(nowhere, "dot", "echo Fontconfig error >&2; echo '{}'")

    layout("digraph {}")

    assert capfd.readouterr() == ("", "")


def test_the_graphviz_package_keeps_its_own_program(nowhere: Path) -> None:
    from graphviz.backend import dot_command

    script(nowhere, "graphviz-pure", "echo '{}'")

    layout("digraph {}")

    assert str(dot_command.DOT_BINARY) == "dot"
