"""Expressions as deep as a program may write them compile, or are refused at their place; nothing recurses too far."""

from __future__ import annotations

import os
import sys

import pytest

import hydroflow_nb as hf

DEEP = {
    "a sum": lambda n: " + ".join(["x"] * n),
    "not": lambda n: "not " * n + "x",
    "minus": lambda n: "-" * n + "x",
    "attributes": lambda n: "x" + ".real" * n,
    "calls": lambda n: "x" + "()" * n,
    "calls in calls": lambda n: "f(" * n + "x" + ")" * n,
    "parentheses": lambda n: "(" * n + "x" + ")" * n,
    "lists": lambda n: "[" * n + "x" + "]" * n,
    "dicts": lambda n: "{1: " * n + "x" + "}" * n,
    "lambdas": lambda n: "lambda: " * n + "x",
    "choices": lambda n: "x" + " if x else x" * n,
    "comprehensions": lambda n: "[y for y in " * n + "x" + "]" * n,
    "f-strings": lambda n: "f'{" * n + "x" + "}'" * n,
    "comparisons": lambda n: "x" + " < x" * n,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", DEEP)
@pytest.mark.parametrize("levels", [20, 130, 300, 1_500, 6_000])
def test_a_deep_expression_compiles_or_is_refused_at_its_place(form, levels):
    text = f"source_iter([1]) -> map(|x| {DEEP[form](levels)}) -> filter(|x| {DEEP[form](levels)}) -> null();"

    try:
        flow = hf.compile(text, namespace={})
    except hf.HydroflowError as refused:
        first = refused.diagnostics[0]
        assert first.span.start >= text.index("|x|")
    else:
        assert flow.generated_source


def test_a_sum_of_a_hundred_terms_is_computed():
    out = []

    hf.compile(f"source_iter([1]) -> map(|x| {' + '.join(['x'] * 100)}) -> for_each(out.append);").run_available()

    assert out == [100]


def test_what_is_too_deep_says_so():
    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        hf.compile("source_iter([1]) -> map(|x| " + "-" * 1_500 + "x) -> null();", namespace={})

    assert [found.code for found in caught.value.diagnostics] == ["HF109"]


def test_a_flow_compiles_where_its_caller_stands_deep():
    text = "source_iter([1]) -> map(|x| " + "-" * 100 + "x) -> null();"

    def at_depth(levels: int) -> hf.Flow:
        return at_depth(levels - 1) if levels else hf.compile(text, namespace={}, name="deep")

    depth = len(_frames())
    flow = at_depth(sys.getrecursionlimit() - depth - 60)

    assert "deep" in repr(flow)


def _frames() -> list[object]:
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


@pytest.mark.parametrize("path", ["/dev/zero", "folder", "pipe", r"a\0b"])
def test_a_module_is_a_regular_file(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(hf.GraphError) as caught:
        hf.compile(f'import!("{path}") -> null();', namespace={})

    assert [found.code for found in caught.value.diagnostics] == ["HF235"]


def test_modules_that_import_each_other_for_very_long_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(200):
        (tmp_path / f"{number}.hf").write_text(f'mod -> import!("{number + 1}.hf") -> mod;')

    with pytest.raises(hf.GraphError) as caught:
        hf.compile('source_iter([1]) -> import!("0.hf") -> null();', namespace={})

    assert "HF235" in [found.code for found in caught.value.diagnostics]
