from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf

SHAPES = [
    "source_stream(items) -> dest_file(path, append);",
    "source_stream(items) -> map(|x| x) -> dest_file(path, append);",
    "t = source_stream(items) -> tee(); t -> dest_file(path, append); t -> null();",
    "source_stream(items) -> next_stratum() -> dest_file(path, append);",
]


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("text", SHAPES)
def test_each_item_is_a_line_that_can_be_read_after_the_tick(tmp_path: Path, text: str, recorded: bool) -> None:
    path, items = tmp_path / "out", hf.channel()
    path.write_text("old\n")
    found = []
    with hf.compile(text, {"path": path, "items": items, "append": False}) as flow:
        if recorded:
            flow.record()
        for batch in (["one", ""], [], ["é"]):
            items.extend(batch)
            flow.run_tick()
            found.append(path.read_text(encoding="utf-8"))

    assert found == ["one\n\n", "one\n\n", "one\n\né\n"]


def test_lines_are_put_behind_those_that_are_there_if_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old\n")

    with hf.compile('source_iter(["new"]) -> dest_file(path, True);', {"path": path}) as flow:
        flow.run_available()

    assert path.read_text() == "old\nnew\n"


def test_a_reset_closes_the_file_and_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with hf.compile('source_iter(["new"]) -> dest_file(path, False);', {"path": path}) as flow:
        flow.run_available()
        flow.reset()
        emptied = path.read_text()
        flow.run_available()

        assert (emptied, path.read_text()) == ("", "new\n")


def test_an_item_that_is_no_text_is_refused_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "out"
    flow = hf.compile('source_iter(["one", 2, "three"]) -> dest_file(path, False);', {"path": path})

    with pytest.raises(hf.ItemError, match=r"`dest_file`: takes texts; this item is not a text: 2") as caught:
        flow.run_tick()
    flow.close()

    assert "map(str)" in str(caught.value)
    assert path.read_text() == "one\n"


@pytest.mark.parametrize("path", ["no/such/folder/file", ".", 7])
def test_a_file_that_cannot_be_written_is_an_error_when_the_flow_is_compiled(path: Any) -> None:
    with pytest.raises(hf.ItemError, match="`dest_file`"):
        hf.compile("source_iter([]) -> dest_file(path, False);", {"path": path})


@pytest.mark.parametrize(
    "other",
    [
        "source_iter(1) -> null();",
        "source_iter([]) -> [0]j; source_iter([]) -> [1]j; j = join_fused(1, 2) -> null();",
        "source_iter([]) -> dest_file('no/such/folder/file', False);",
        "source_iter(1 / 0) -> null();",
        "source_iter([1]) -> fold::<'static>(no_such_name, |a, x| a) -> null();",
        "source_iter([1]) -> map(|x| ) -> null();",
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_flow_that_cannot_be_compiled_leaves_the_file_alone(tmp_path: Path, other: str, before: bool) -> None:
    path = tmp_path / "out"
    path.write_text("a week of work\n")
    writes = "source_iter(['new']) -> dest_file(path, False); source_iter(['new']) -> dest_file(new, False);"

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is
        hf.compile(f"{writes} {other}" if before else f"{other} {writes}", {"path": path, "new": tmp_path / "new"})

    assert path.read_text() == "a week of work\n"
    assert not (tmp_path / "new").exists()


def test_a_line_that_was_not_ended_is_ended_before_it_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")

    with hf.compile('source_iter(["new", "more"]) -> dest_file(path, True);', {"path": path}) as flow:
        flow.run_available()

    assert path.read_text() == "old\nnew\nmore\n"
