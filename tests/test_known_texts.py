"""A text that was compiled a short while ago is not compiled again, and nobody can tell."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compiling
from hydroflow_nb.known_texts import MOST_TEXTS, KnownTexts

COUNTING = "source_iter(data) -> unique::<'static>() -> for_each(out.append);"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are compiled from now on."""
    texts: list[str] = []
    parse = compiling.parse

    def noted(source: Any) -> Any:
        texts.append(source.text)
        return parse(source)

    monkeypatch.setattr(compiling, "parse", noted)
    monkeypatch.setattr(compiling, "_KNOWN", KnownTexts())
    return texts


def test_the_second_flow_of_a_text_has_names_and_state_of_its_own(parsed: list[str]) -> None:
    first: dict[str, Any] = {"data": [1, 1, 2], "out": []}
    second: dict[str, Any] = {"data": [2, 3], "out": []}
    flows = [hf.compile(COUNTING, names) for names in (first, second)]

    for flow in flows:
        flow.run_available()

    assert parsed == [COUNTING]
    assert (first["out"], second["out"]) == ([1, 2], [2, 3])


def test_a_flow_of_another_name_is_called_by_it(parsed: list[str]) -> None:
    names: dict[str, Any] = {"data": [], "out": []}
    flows = [hf.compile(COUNTING, names, name) for name in ("one", "two")]

    assert [flow.graph.mermaid() for flow in flows] == [hf.compile(COUNTING, names, "one").graph.mermaid()] * 2
    assert [flow.source.label for flow in flows] == ["one", "two"]
    assert len(parsed) == 2


def test_a_type_that_is_another_one_now_is_looked_up_again(parsed: list[str]) -> None:
    text = "d = source_iter(data) -> demux_enum::<Kind>(); d[RED] -> for_each(out.append); d[BLUE] -> null();"
    first, second = Enum("Kind", ["RED", "BLUE"]), Enum("Kind", ["RED", "BLUE", "GREEN"])
    names: dict[str, Any] = {"data": list(first), "out": [], "Kind": first}
    for _ in range(2):
        hf.compile(text, names).run_available()
    assert (parsed, names["out"]) == ([text], [first.RED] * 2)

    with pytest.raises(hf.GraphError, match="GREEN"):
        hf.compile(text, names | {"Kind": second})
    with pytest.raises(hf.GraphError, match="Kind"):
        hf.compile(text, {"data": [], "out": []})

    assert parsed == [text] * 3


def test_a_text_with_modules_reads_them_again(parsed: list[str], tmp_path: Path) -> None:
    module, out = tmp_path / "more.hf", []
    module.write_text("mod -> map(|x| x + 1) -> mod;")
    text = f'source_iter([1]) -> import!("{module}") -> for_each(out.append);'
    hf.compile(text, {"out": out}).run_available()
    module.write_text("mod -> map(|x| x + 10) -> mod;")
    hf.compile(text, {"out": out}).run_available()

    assert out == [2, 11]


def test_a_text_with_an_optimisation_left_out_is_another_one(parsed: list[str]) -> None:
    names: dict[str, Any] = {"data": [], "out": []}

    hf.compile(COUNTING, names)
    hf.compile(COUNTING, names, without=["inlining"])

    assert len(parsed) == 2


def test_the_oldest_of_many_texts_is_forgotten() -> None:
    known: KnownTexts[int] = KnownTexts()
    for number in range(MOST_TEXTS + 1):
        known.keep(number, number, [])
        known.find(1, lambda _: None)

    assert known.find(0, lambda _: None) is None
    assert known.find(1, lambda _: None) == 1
