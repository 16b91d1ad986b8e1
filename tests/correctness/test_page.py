"""The page on the check: what it says of each flow is what the check says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hydroflow_nb as hf
from hydroflow_nb.correctness.levels import CLASSES, Level

PAGE = Path(__file__).parents[2] / "docs" / "correctness.md"
EXAMPLES = re.findall(r"```text\n(.*?)\n# (.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_shows_every_level() -> None:
    assert len(EXAMPLES) >= 7
    shown = {word for _, levels in EXAMPLES for word in re.findall(r"\w+", levels)}
    assert shown >= set(Level)


def test_the_pictures_of_the_page_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", PAGE.read_text(encoding="utf-8"))

    assert pictures == ["check.png"]
    assert all((PAGE.parent / picture).stat().st_size < 100_000 for picture in pictures)


@pytest.mark.parametrize(("text", "levels"), EXAMPLES)
def test_a_flow_of_the_page_has_the_levels_that_stand_under_it(text: str, levels: str) -> None:
    report = hf.compile(text, {"a": hf.channel(), "b": hf.channel(), "out": []}).check()["out"]
    words, _, early = levels.partition("; ")

    kinds = [kind for kind in CLASSES if kind != "sharding"]
    assert " ".join(report.level_of(kind) for kind in kinds) == words
    assert not early or report.early
