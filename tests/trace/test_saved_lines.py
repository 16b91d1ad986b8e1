"""The branches of a run in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.trace.saving import as_json


@pytest.fixture
def flow() -> hf.Flow:
    """A run of three branches: the second one with a function that was mended, the third one off it."""
    names: dict[str, Any] = {"numbers": hf.channel(), "found": [], "f": lambda number: 10 * number}
    flow = hf.compile("source_stream(numbers) -> map(|n| f(n)) -> for_each(|n| found.append(n));", names)
    flow.record()
    for number in (1, 2, 3):
        names["numbers"].send(number)
        flow.run_tick()
    flow.rewind(1, branch="what if")
    names["f"] = lambda number: 20 * number
    flow.run_available()
    flow.rewind(2)
    names["numbers"].send(7)
    flow.run_available()
    return flow


def loaded(flow: hf.Flow, tmp_path: Path) -> hf.Recording:
    flow.recording.save(tmp_path / "run.json")
    return hf.Recording.load(tmp_path / "run.json")


def test_a_file_gives_back_all_branches(flow: hf.Flow, tmp_path: Path) -> None:
    found = loaded(flow, tmp_path)

    assert list(found.branches) == ["main", "what if", "what if.1"]
    assert repr(found.branches) == repr(flow.branches)
    assert "changed: f" in repr(found.branches)
    for name, branch in flow.branches.items():
        again = found.branches[name]
        assert list(again.recording.ticks) == list(branch.recording.ticks)
        assert again.sent_before == branch.sent_before
        assert (again.parent, again.begins, again.ticks) == (branch.parent, branch.begins, branch.ticks)
    assert found.branches["what if.1"].is_current


def test_branches_of_a_file_are_compared_as_those_of_the_flow(flow: hf.Flow, tmp_path: Path) -> None:
    found = loaded(flow, tmp_path)

    told = found.branches["main"].diff("what if")

    assert told.words == flow.branches["main"].diff("what if").words
    assert told.first is not None
    assert (told.first.tick, told.first.before, told.first.after) == (1, 20, 40)
    assert repr(found.diff("main")) == repr(flow.recording.diff("main"))
    assert found.branches["main"].recording.diff(flow.branches["main"].recording).words.endswith("are the same")


def test_a_file_of_the_first_format_has_one_branch(flow: hf.Flow, tmp_path: Path) -> None:
    data = json.loads(as_json(flow.recording))
    del data["branches"]
    (tmp_path / "run.json").write_text(json.dumps({**data, "format": 1}))

    found = hf.Recording.load(tmp_path / "run.json")

    assert list(found.branches) == ["main"]
    assert list(found.ticks) == list(flow.recording.ticks)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[1].update(parent="what if"), "branches off one that does not stand before it"),
        (lambda lines: lines[1].update(name="main"), "has no name of its own"),
        (lambda lines: lines[1].update(name="a\n"), "has no name of its own"),
        (lambda lines: lines[1].pop("parent"), "is not on one tree with the others"),
        (lambda lines: lines[0].update(begins=1), "begins at no tick of its own"),
        (lambda lines: lines[0]["ticks"].reverse(), "has ticks that are not in order"),
        (lambda lines: lines[2].update(name="gone"), "branches.current: is not the name of a branch"),
        (lambda lines: lines.clear(), "branches.current: is not the name of a branch"),
        (lambda lines: lines[0]["ticks"][0]["steps"][0].update(operator="op-99"), "which the graph has not"),
    ],
)
def test_branches_that_are_damaged_are_refused(flow: hf.Flow, tmp_path: Path, change: Any, said: str) -> None:
    data = json.loads(as_json(flow.recording))
    change(data["branches"]["lines"])
    (tmp_path / "run.json").write_text(json.dumps(data))

    with pytest.raises(HydroflowError, match=said):
        hf.Recording.load(tmp_path / "run.json")
