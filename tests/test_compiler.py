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
