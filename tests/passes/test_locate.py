from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.locate import locate
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse

DECLARED = "a = process(); b = process(); c = cluster(); o = external(); "


def built(text):
    parsed = parse(Source(text=text))
    assert not parsed.diagnostics, parsed.diagnostics
    return build(parsed.flow, "system")


def places(text):
    """The location of each operator, by the operator's text."""
    graph = built(DECLARED + text)
    located = locate(graph)
    assert not [one for one in (*graph.diagnostics, *located.diagnostics) if one.is_error]
    nodes = graph.graph.nodes
    return {nodes[node].span.text: where for node, where in located.location_of.items() if not nodes[node].made}


def findings(text):
    graph = built(text)
    return [(one.code, one.span.line, one.span.text) for one in (*graph.diagnostics, *locate(graph).diagnostics)]


def test_one_location_is_enough_for_all_that_arrows_join():
    found = places("@a x = union() -> tee(); x -> null(); spin() -> x;")

    assert set(found.values()) == {"a"}
    assert len(found) == 4


def test_an_arrow_to_another_place_joins_nothing():
    found = places("@a spin() ~> @b null(); @b initialize() -> null();")

    assert found == {"spin()": "a", "null()": "b", "initialize()": "b"}


def test_a_destination_says_where_the_rest_of_the_pipeline_runs():
    found = places("@a spin() ~> @c.all map(f) ~> back; @a back = null();")

    assert found == {"spin()": "a", "map(f)": "c", "null()": "a"}


def test_a_read_state_and_a_loop_are_at_one_place():
    found = places("@a n = spin() -> fold(f, g); initialize() -> map(|x| $n) -> null(); n -> for_each(h);")

    assert set(found.values()) == {"a"}
    assert set(places("@a spin() -> x; loop { x = batch() -> null(); initialize() -> null(); };").values()) == {"a"}


def test_a_location_before_names_alone_says_where_these_run():
    assert places("@a x -> y; x = spin(); y = null();") == {"spin()": "a", "null()": "a"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = process();\n@z spin() -> null();", [("HF503", 2, "@z"), ("HF510", 1, "a")]),
        ("a = process();\n@a spin() ~> @z null();", [("HF503", 2, "@z")]),
        ("a = process(); b = process();\n@a x = spin();\n@b y = null();\nx -> y;", [("HF504", 4, "y")]),
        ("a = process(); b = process();\n@a x = spin();\n@b x -> null();", [("HF504", 3, "@b")]),
        ("a = process();\n@a spin() -> null();\nspin() -> null();", [("HF505", 3, "spin()")]),
        ("a = process(); b = process();\n@a spin() ~> @b.all null();", [("HF506", 2, ".all")]),
        ("a = process(); o = external();\n@a spin() ~> @o.all null();", [("HF515", 2, "@o"), ("HF506", 2, ".all")]),
        (
            "a = process(); b = process();\n@a n = spin() -> fold(f, g);\n@b spin() -> map(|x| $n) -> null();\n"
            "n -> null();",
            [("HF508", 3, "$n")],
        ),
        ("a = process(); b = process();\n@a spin() -> null();", [("HF510", 1, "b")]),
        ("a = process(); a = cluster();\n@a spin() -> null();", [("HF202", 1, "a")]),
        ("a = process();\n@a spin() -> null();\n@a a = spin();", [("HF202", 3, "a")]),
        ("a = process(); o = external();\n@a spin() -> o;", [("HF504", 2, "o")]),
        ("o = external();\n@o spin() -> null();", [("HF515", 2, "@o")]),
        ("a = process(); o = external();\n@a spin() ~> @o map(f) ~> @a null();", [("HF515", 2, "@o")]),
    ],
)
def test_what_contradicts_is_told_once_where_it_stands(text, expected):
    assert findings(text) == expected


def test_a_location_that_is_meant_is_told():
    graph = built("server = process();\n@sever spin() -> null();")

    found = locate(graph).diagnostics[0]
    assert found.hint == "did you mean `@server`?"
    assert found.replacement == "@server"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("proces", "did you mean `process()`, which declares a location?"),
        ("ster", "did you mean `state`?"),
    ],
)
def test_a_kind_of_location_that_is_meant_is_told_where_no_operator_is(word, hint):
    assert [one.hint for one in built(f"server = {word}();").diagnostics] == [hint]


def test_a_name_of_a_location_is_no_pipeline():
    graph = built("server = process();\n@server spin() -> server;")

    (found,) = graph.diagnostics
    assert (found.code, found.hint) == (
        "HF203",
        "`server` is a location: what runs there begins with `@server`",
    )


def test_a_module_says_nothing_of_places(tmp_path, monkeypatch):
    (tmp_path / "far.hf").write_text("b = process();\n@b mod -> map(f) ~> mod;")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(hf.HydroflowError) as refused:
        hf.compile('a = process();\n@a spin() -> import!("far.hf") -> null();', {})

    assert {(one.code, one.span.text) for one in refused.value.diagnostics} == {
        ("HF507", "b"),
        ("HF507", "@b"),
        ("HF507", "~>"),
    }
