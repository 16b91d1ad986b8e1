from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hydroflow_nb.render import engine
from hydroflow_nb.render.graph import Graph

SVG = "{http://www.w3.org/2000/svg}"


def parsed(graph: Graph) -> ElementTree.Element:
    return ElementTree.fromstring(graph.svg())


def groups(graph: Graph) -> dict[str, ElementTree.Element]:
    return {group.get("id", ""): group for group in parsed(graph).iter(f"{SVG}g")}


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


def test_every_element_of_the_graph_is_found_by_its_id(reach: Graph) -> None:
    found = groups(reach)

    data = reach.to_dict()
    expected = {*data["ops"], *data["edges"], *data["handoffs"], *data["subgraphs"], "stratum-0", "stratum-1", "graph"}
    assert found.keys() == expected


def test_classes_tell_what_an_element_is(reach: Graph) -> None:
    found = groups(reach)

    data = reach.to_dict()
    for element, operator in data["ops"].items():
        assert found[element].get("class") == f"node op {operator['colour']}"
    for element, edge in data["edges"].items():
        assert found[element].get("class") == (f"edge delay-{edge['delay']}" if edge["delay"] else "edge")
    assert {found[element].get("class") for element in data["handoffs"]} == {"node handoff"}
    assert found["sg-1"].get("class") == "cluster sg"
    assert found["stratum-1"].get("class") == "cluster stratum"


def test_operators_show_their_call_in_short_and_tell_it_whole(reach: Graph) -> None:
    group = groups(reach)["op-8"]

    title = group.findtext(f"{SVG}title")

    assert words(group) == "flat_map(|(src, (_, dst)…)"
    assert title == "hop = flat_map(|(src, (_, dst))| [src, dst])\nline 7, pull, subgraph 2, stratum 0"


def test_an_operator_of_a_module_is_told_with_its_file_and_has_no_place_in_the_flows_text(
    graph_of: Callable[..., Graph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plus.hf").write_text("mod\n -> map(|x| x + 1) -> mod;")
    graph = graph_of("source_iter([1]) -> import!('plus.hf') -> null();")

    title = groups(graph)["op-2"].findtext(f"{SVG}title")

    assert title == "map(|x| x + 1)\nplus.hf, line 2, pull, subgraph 1, stratum 0"
    assert graph.to_dict()["ops"]["op-2"]["span"] == [0, 0]


def test_boxes_bear_their_legends(reach: Graph) -> None:
    found = groups(reach)

    legends = {element: words(found[element]) for element in ("stratum-0", "stratum-1", "sg-1", "sg-3")}

    assert legends == {"stratum-0": "stratum 0", "stratum-1": "stratum 1", "sg-1": "subgraph 1", "sg-3": "subgraph 3"}


def test_ports_of_inputs_are_written_and_numbers_of_tee_outputs_are_not(reach: Graph) -> None:
    found = groups(reach)

    shown = {
        element: words(found[element]) for element, edge in reach.to_dict()["edges"].items() if words(found[element])
    }

    expected = {element: edge["to_port"] for element, edge in reach.to_dict()["edges"].items() if edge["to_port"]}
    blocking = next(element for element, edge in reach.to_dict()["edges"].items() if edge["delay"])
    assert shown == expected | {blocking: "neg blocking"}


def test_a_named_output_of_a_tee_is_written(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of("t = source_iter([1]) -> tee(); t[small] -> null(); t[big] -> null();")

    shown = [words(group) for element, group in groups(graph).items() if element.startswith("edge")]

    assert shown == ["", "small", "big"]


@pytest.mark.parametrize(
    ("operator", "delay", "word", "mark"),
    [
        ("sort()", "stratum", "blocking", "polyline"),
        ("defer_tick()", "tick", "tick", "circle"),
        ("defer_tick_lazy()", "lazy", "lazy tick", "circle"),
    ],
)
def test_a_delay_is_told_by_colour_dashes_word_and_end_mark(
    graph_of: Callable[..., Graph], operator: str, delay: str, word: str, mark: str
) -> None:
    graph = graph_of(f"source_iter([1]) -> {operator} -> null();")

    (group,) = (group for group in groups(graph).values() if group.get("class") == f"edge delay-{delay}")

    path = group.find(f"{SVG}path")
    assert path is not None
    assert path.get("stroke") == "#c62828"
    assert path.get("stroke-dasharray")
    assert words(group) == word
    assert group.find(f"{SVG}{mark}[@class='mark']") is not None


def test_every_wire_has_a_place_for_its_badge_on_itself(reach: Graph) -> None:
    edges = [group for group in groups(reach).values() if (group.get("class") or "").startswith("edge")]

    assert len(edges) == len(reach.partitioned.wires)
    assert all(re.fullmatch(r"-?[\d.]+ -?[\d.]+", group.get("data-badge", "")) for group in edges)


def test_a_reference_is_thin_and_dotted_and_has_its_name_but_no_place_for_a_badge(reading: Graph) -> None:
    group = groups(reading)["read-1"]

    path = group.find(f"{SVG}path")
    assert path is not None
    assert group.get("class") == "read"
    assert path.get("stroke-dasharray")
    assert float(path.get("stroke-width", "1")) < 1
    assert words(group) == "$top"
    assert group.findtext(f"{SVG}title") == "filter reads $top of fold"
    assert group.get("data-badge") is None


def test_the_picture_needs_nothing_from_outside_and_no_style_sheet(reach: Graph) -> None:
    svg = reach.svg()

    assert "<style" not in svg
    assert "currentColor" not in svg
    assert re.findall(r"https?://[^\"' ]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in svg
    assert "href" not in svg


def test_the_picture_is_a_scalable_card_that_tells_what_it_shows(reach: Graph) -> None:
    root = parsed(reach)

    left, top, width, height = map(float, root.get("viewBox", "").split())
    card = root.find(f"{SVG}path[@class='background']")
    assert card is not None
    assert (left, top) == (0, 0)
    assert width > 100
    assert height > 100
    assert "max-width:100%" in root.get("style", "")
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Graph of reach: 12 operators in 3 subgraphs and 2 strata"


@pytest.mark.parametrize(
    "argument",
    [
        "'</text><script>alert(1)</script>'",
        "'\" onload=\"alert(1)'",
        "'&lt;b&gt; & <!-- ]]>'",
        "'\x01\x0b\x7f \u202e \ufffe \\ud800'",
    ],
)
def test_what_a_user_wrote_is_shown_as_text(graph_of: Callable[..., Graph], argument: str) -> None:
    graph = graph_of(f"source_iter([{argument}]) -> for_each(lambda item: print(item, {argument}));")

    root = parsed(graph)

    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "g", "title", "path", "rect", "polygon", "polyline", "circle", "text", "tspan"}
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


def test_a_megabyte_of_argument_makes_no_megabyte_of_picture(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of(f"source_iter(['{'x' * 1_000_000}']) -> for_each(print);")

    assert len(graph.svg()) < 10_000


def test_long_ports_are_cut(graph_of: Callable[..., Graph]) -> None:
    port = "p" * 500
    graph = graph_of(f"t = source_iter([1]) -> tee(); t[{port}] -> null(); t[q] -> null();")

    assert words(groups(graph)["edge-2"]) == "p" * 13 + "…"


def test_an_empty_flow_says_that_it_is_empty(graph_of: Callable[..., Graph]) -> None:
    assert words(parsed(graph_of("", "nothing"))) == "an empty flow"


def test_without_an_engine_the_picture_has_the_same_parts(reach: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {element: group.get("class") for element, group in groups(reach).items()}
    monkeypatch.setattr(engine, "executables", lambda: iter(()))

    again = groups(Graph(reach.partitioned))

    assert {element: group.get("class") for element, group in again.items()} == drawn
    assert sorted(words(parsed(Graph(reach.partitioned)))) == sorted(words(parsed(reach)))


def test_a_flow_of_many_operators_is_drawn(graph_of: Callable[..., Graph]) -> None:
    chain = " -> ".join(["source_iter([1])", *["map(f)"] * 150, "null()"])

    assert len(groups(graph_of(f"{chain};"))) == 152 + 151 + 3
