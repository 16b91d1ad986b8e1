from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source, load_compiled
from hydroflow_nb.engine.context import Context
from hydroflow_nb.source import Source


def source(text: str) -> Source:
    return Source(text=text, label="test", filename="<test>")


def test_the_whole_pipeline_gives_a_program_that_can_be_run() -> None:
    out: list[Any] = []
    compiled = compile_source(source("source_iter([1, 2]) -> map(|x| x + 1) -> for_each(out.append);"), "small")

    loaded = load_compiled(compiled, {"out": out}, Context())
    for stratum in loaded.program.strata:
        stratum()

    assert out == [2, 3]
    assert compiled.diagnostics == []


def test_a_compiled_flow_can_be_loaded_many_times_with_states_of_their_own() -> None:
    compiled = compile_source(source("source_iter([1]) -> fold::<'static>(|| 0, |a, x| a + x) -> for_each(out);"), "f")
    outs: list[list[int]] = [[], []]

    for out in outs:
        loaded = load_compiled(compiled, {"out": out.append}, Context())
        for stratum in loaded.program.strata * 2:
            stratum()

    assert outs == [[1, 1], [1, 1]]


def test_every_error_of_a_stage_is_reported_at_once() -> None:
    text = "source_iter() -> mapp(f) -> for_each(print);\nx -> map(f) -> for_each(f, f);\n"

    with pytest.raises(hf.GraphError) as caught:
        compile_source(source(text), "f")

    assert len([found for found in caught.value.diagnostics if found.is_error]) == 4
    starts = [found.span.start for found in caught.value.diagnostics]
    assert starts == sorted(starts)


def test_errors_of_the_text_come_before_those_of_the_graph() -> None:
    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        compile_source(source("mapp() -> -> x;\nsource_iter([1] -> y;"), "f")

    assert caught.value.lineno == 1


def test_a_cycle_through_a_blocking_input_is_an_error_that_shows_it() -> None:
    text = "u = union() -> fold(|| 0, max) -> map(|x| x) -> u; source_iter([1]) -> u;"

    with pytest.raises(hf.GraphError, match="waits for its own output"):
        compile_source(source(text), "f")


def test_warnings_do_not_stop_a_flow() -> None:
    compiled = compile_source(source("source_iter([1]) -> union() -> for_each(print);"), "f")

    assert [found.severity.value for found in compiled.diagnostics] == ["warning"]


def test_an_empty_text_is_a_flow_that_does_nothing() -> None:
    flow = hf.compile("  # nothing\n", namespace={})

    flow.run_available()

    assert flow.current_tick() == 1


def codes_of(text: str) -> list[str]:
    with pytest.raises(hf.HydroflowError) as caught:
        hf.compile(text, namespace={})
    return [found.code for found in caught.value.diagnostics]


def test_one_broken_expression_hides_no_other_error():
    text = """
    source_iter([1 +]) -> nope() -> null();
    source_iter([1]) -> fold(1) -> null();
    j = join() -> null();
    source_iter([1]) -> [0]j;
    missing -> null();
    """

    assert codes_of(text) == ["HF121", "HF201", "HF210", "HF212", "HF203"]


def test_a_broken_expression_alone_is_all_that_is_said():
    assert codes_of("a = source_iter([1 +]); a -> map(|x| x) -> null();") == ["HF121"]
    assert codes_of("a = demux(|x, (b, c)| +); source_iter([1]) -> a; a[b] -> null(); a[c] -> null();") == ["HF121"]
    assert codes_of("a = source_iter([1]) @; a -> null();") == ["HF101"]


def test_a_cycle_is_told_of_beside_a_broken_expression():
    assert "HF220" in codes_of("source_iter([1 +]) -> null(); a = union() -> sort() -> tee(); a -> a; a -> null();")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        # What could not be read at all may be what `a` and `x` were connected to.
        ("a = source_iter([1]) @; a -> null();", ["HF101"]),
        ("a -> ? x; x = join() -> null(); y = join() -> null();", ["HF101", "HF212"]),
        ("let a = source_iter([1]); a -> null(); b -> null();", ["HF123", "HF203"]),
        (
            "a = source_iter([1]) @; a -> null(); source_iter([1]) -> map(); nope() -> null(); missing -> null();",
            ["HF101", "HF210", "HF212", "HF201", "HF203"],
        ),
        ("@; source_iter([1]) -> d; d = difference() -> null();", ["HF501", "HF213", "HF212"]),
        # What is not a port says nothing of the other ports of its operator.
        ("a = source_iter([1]); j = join() -> null(); a -> [?]j; join();", ["HF110", "HF212", "HF212"]),
        ("a = source_iter([1]) -> demux(|v, (p, q)| p.give(v)); a[?] -> null(); a[q] -> null();", ["HF110"]),
        ("source_iter([1]) -> [0]join() -> null(); missing -> null();", ["HF111", "HF203"]),
        # Cycles are reported beside lost statements too: further edges cannot cut them.
        ("missing -> null(); a = sort() -> tee(); a -> a; a -> null();", ["HF203", "HF220"]),
        ("source_iter([1]) -> [0]union() -> null(); a = sort() -> tee(); a -> a; a -> null();", ["HF111", "HF220"]),
        ("a = sort() -> tee(); a -> a; a -> @;", ["HF220", "HF501"]),
        # Loops are checked too, and a damaged statement stays in its loop.
        ("source_iter([1 +]) -> null(); s = source_iter([1]); loop { s -> null(); };", ["HF121", "HF271"]),
        (
            "loop { source_iter([1 +]) -> null(); source_iter([1]) -> null(); }; b -> null();",
            ["HF121", "HF274", "HF203"],
        ),
        ("loop { s -> batch() @ ; }; s = source_iter([1]); missing -> null();", ["HF101", "HF203"]),
        ("loop { s -> batch() -> null(); s = source_iter([1]); missing -> null();", ["HF102"]),
    ],
)
def test_all_that_is_wrong_is_said_and_nothing_that_follows_from_it(text, codes):
    assert codes_of(text) == codes


@pytest.mark.parametrize(
    ("module", "codes"),
    [
        ("mod -> map(|x| x +) -> mod; nope() -> null(); join() -> null();", ["HF121", "HF201", "HF203", "HF212"]),
        ("mod -> map(|x| x) mod; nope() -> null();", ["HF101", "HF201", "HF203"]),
        ("mod -> -> mod;", ["HF101", "HF203"]),
    ],
)
def test_a_module_that_cannot_be_read_hides_neither_its_errors_nor_those_of_its_importers(
    tmp_path, monkeypatch, module, codes
):
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("module.hf").write_text(module)

    assert sorted(codes_of('source_iter([1]) -> import!("module.hf") -> null(); other -> null();')) == codes


def codes_and_places(text: str) -> list[tuple[str, str]]:
    with pytest.raises(hf.SurfaceSyntaxError) as caught:
        hf.compile(text, namespace={})
    first, *others = caught.value.diagnostics
    assert first.code.startswith("HF1")
    return [(found.code, found.span.text) for found in others]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x -> -> y; x = source_iter([1]) -> tee(); null() -> x;", ("HF212", "source_iter([1])")),
        ("x -> -> y; x = source_iter([1]); x -> null(); x -> null();", ("HF212", "source_iter([1])")),
        ("x -> -> y; x = join() -> null(); source_iter([1]) -> [2]x;", ("HF213", "[2]")),
        ("x -> -> y; x = join() -> null(); a -> [0]x; a -> [0]x; a = source_iter([1]) -> tee();", ("HF216", "[0]")),
        ("y -> -> z; x = union() -> sort() -> x;", ("HF220", "sort()")),
        ("x -> -> z; x = union() -> sort() -> tee(); x -> x;", ("HF220", "sort()")),
        ("x -> -> z; x = union() -> map(|a| a + $x) -> fold(|| 0, |a, b| a);", ("HF223", "$x")),
    ],
)
def test_what_further_edges_do_not_mend_is_told_beside_what_cannot_be_read(text, told):
    assert told in codes_and_places(text)


@pytest.mark.parametrize(
    "text",
    [
        "x -> -> y; x = map(abs);",
        "x -> -> y; x = union() -> map(abs);",
        "x -> -> y; x = null();",
        "x -> -> y; x = join() -> null(); source_iter([1]) -> [0]x;",
        "x -> -> y; x = source_iter([1]) -> demux(|v, (a, b)| a.give(v)); x[a] -> null();",
        "x = source_iter([1]) -> -> y; x = union() -> sort() -> tee(); x -> x; x -> null();",
        "x = source_iter([1]) -> -> y; x = source_iter([1]) -> map(abs); x -> null(); x -> null();",
    ],
)
def test_what_lost_edges_may_mend_is_not_told_beside_what_cannot_be_read(text):
    assert codes_and_places(text) == []
