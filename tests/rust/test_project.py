from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from rust_expressions import flow_of_all
from rust_flows import FLOWS, Translated, compiled

import hydroflow_nb as hf

MACRO = re.compile(r"hydroflow_syntax! \{\n(.*?)\n    \};", re.DOTALL)


def statements(text: str, **names: object) -> list[str]:
    """The statements of a translated flow."""
    found = MACRO.search(hf.compile(text, {"out": [], **names}).to_rust().text)
    assert found is not None
    return [line.removeprefix("        ") for line in found[1].splitlines()]


def without_texts(text: str) -> str:
    """Rust without comments, texts and lifetimes, so that its brackets can be counted."""
    return re.sub(r"//[^\n]*|\"(?:[^\"\\]|\\.)*\"|'(?:\\.|[^'\\])'|'(?:static|tick)\b", "", text)


def is_balanced(text: str) -> bool:
    closing = {"(": ")", "[": "]", "{": "}"}
    open_: list[str] = []
    for sign in without_texts(text):
        if sign in closing:
            open_.append(closing[sign])
        elif sign in closing.values() and (not open_ or open_.pop() != sign):
            return False
    return not open_


@pytest.mark.parametrize("one", FLOWS, ids=lambda one: one.name)
def test_each_of_the_twenty_flows_is_translated(one: Translated) -> None:
    files = compiled(one).to_rust(types=one.types).files

    assert all(is_balanced(text) for path, text in files.items() if path.endswith(".rs"))
    assert not re.search(r"\{[A-Z0-9]\}", without_texts(files["src/main.rs"])), "a letter of a record is left"


def test_each_expression_is_translated() -> None:
    text, sinks = flow_of_all()

    assert is_balanced(hf.compile(text, {"math": math, **{name: [] for name in sinks}}).to_rust().text)


def test_a_chain_is_one_statement_and_a_fan_has_a_name() -> None:
    assert statements(
        """
        edges = source_iter([(1, 2), (2, 3)]);
        reached = union() -> unique::<'static>() -> tee();
        source_iter([1]) -> reached;
        reached -> map(|v| (v, ())) -> [0]hop;
        edges -> [1]hop;
        hop = join() -> map(|(_, (_, dst))| dst) -> reached;
        reached -> for_each(out.append);
        """
    ) == [
        "source_iter(vec![(1i64, 2i64), (2i64, 3i64)]) -> [1]hop;",
        "reached = union() -> unique::<'static>() -> tee();",
        "source_iter(vec![1i64]) -> reached;",
        "reached -> map(|v: i64| (v, ())) -> [0]hop;",
        "hop = join::<'tick, 'tick>() -> map(|(_, (_, dst)): (i64, ((), i64))| dst) -> reached;",
        'reached -> for_each(|value_0: i64| python::give("out", &value_0));',
    ]


def test_an_operator_that_is_called_otherwise_has_the_name_of_the_crate() -> None:
    assert statements(
        "source_iter([1]) -> [pos]rest; source_iter([1]) -> [neg]rest; rest = difference() -> for_each(out.append);"
    )[-1].startswith("rest = difference_multiset::<'tick, 'tick>()")


def test_a_name_of_the_notebook_is_a_constant_with_its_value() -> None:
    flow = hf.compile(
        "source_iter([1]) -> filter(|x| x < limit and str(x) in names) -> for_each(out.append);",
        {"out": [], "limit": 3, "names": ["1"]},
    )

    text = flow.to_rust().text

    assert "const LIMIT: i64 = 3i64;" in text
    assert 'static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| vec!["1".to_string()]);' in text


def test_items_that_wait_in_a_channel_tell_their_type() -> None:
    text = hf.compile("source_stream(ages) -> for_each(out.append);", {"ages": hf.channel([("Ada", 36)]), "out": []})

    assert "unbounded_channel::<(String, i64)>" in text.to_rust().text


def test_a_type_behind_a_source_tells_that_of_its_items() -> None:
    text = hf.compile(
        "source_stream(ages) -> identity::<int>() -> for_each(out.append);", {"ages": hf.channel(), "out": []}
    )

    assert "unbounded_channel::<i64>" in text.to_rust().text


def test_a_project_is_written_into_a_folder_that_cargo_can_build(tmp_path: Path) -> None:
    flow = hf.compile("source_iter([1]) -> for_each(print);", {}, "My flow")

    project = flow.to_rust(tmp_path / "new" / "program")

    written = {
        path.relative_to(tmp_path / "new" / "program").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "new").rglob("*.*")
        if path.is_file()
    }
    assert written == dict(project.files)
    assert 'name = "my-flow"' in written["Cargo.toml"]
    assert 'hydroflow = { version = "0.10.0"' in written["Cargo.toml"]
    assert 'tokio-util = "=0.7.13"' in written["Cargo.toml"]
    assert "overflow-checks = true" in written["Cargo.toml"]


def test_many_items_are_read_from_a_file_beside_the_program() -> None:
    project = hf.compile("source_iter(edges) -> for_each(print);", {"edges": [(n, "é") for n in range(501)]}).to_rust()

    assert 'source_iter(python::items_of::<(i64, String)>(include_str!("items_0.json")))' in project.text
    assert project.files["src/items_0.json"].startswith('[[0,"é"],[1,"é"]')


def test_a_project_shows_its_program_in_colours_and_nothing_of_it_is_html() -> None:
    project = hf.compile("source_iter(['<script>']) -> for_each(print);", {}).to_rust()

    assert "<script>" not in project._repr_html_()
    assert "&lt;script&gt;" in project._repr_html_()
    assert repr(project) == project.text


def test_optimisations_leave_no_trace_in_the_program() -> None:
    text = (
        "source_iter([1]) -> union() -> tee() -> persist::<'static>() -> fold(|| 0, |n, x| n + x) -> "
        "for_each(out.append);"
    )
    names = {"out": []}

    assert hf.compile(text, names).to_rust().text == hf.compile(text, names, without={"all"}).to_rust().text


def test_translating_runs_no_tick_and_leaves_the_items_that_wait() -> None:
    ages = hf.channel([1, 2])
    flow = hf.compile("source_stream(ages) -> for_each(out.append);", {"ages": ages, "out": []})

    flow.to_rust()

    assert ages.waiting() == [1, 2]
    assert flow.current_tick() == 0
