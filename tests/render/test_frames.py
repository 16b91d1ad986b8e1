from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import hydroflow_nb as hf
from hydroflow_nb.render import layout
from hydroflow_nb.render.frames import Frame, frames_of
from hydroflow_nb.render.graph import Graph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a module that another one imports, and one that runs in two strata."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "twice.hf").write_text("mod -> map(|x| 2 * x) -> filter(|x| x > 2) -> mod;")
    (tmp_path / "again.hf").write_text('mod -> import!("twice.hf") -> map(|x| x + 1) -> mod;')
    (tmp_path / "total.hf").write_text("mod -> map(|x| x) -> fold(|| 0, |a, x| a + x) -> mod;")
    return tmp_path


def graph_of(text: str) -> Graph:
    return hf.compile(text, {}).graph


def tree(members: list[Frame | str]) -> list[object]:
    return [member if isinstance(member, str) else {member.element: tree(list(member.members))} for member in members]


def boxes(graph: Graph) -> dict[str, layout.Box]:
    return dict(layout.lay_out(graph.partitioned).boxes)


@pytest.mark.usefixtures("folder")
def test_each_import_has_a_frame_and_those_of_its_text_stand_in_it() -> None:
    graph = graph_of('source_iter([1]) -> import!("again.hf") -> import!("twice.hf") -> null();')

    first = {"module-1": [{"module-2": ["op-2", "op-3"]}, "op-4"]}
    inside: list[object] = ["op-1", first, {"module-3": ["op-5", "op-6"]}, "op-7"]
    assert tree(list(frames_of(graph.partitioned))) == [{"stratum-0": [{"sg-1": inside}]}]


@pytest.mark.usefixtures("folder")
def test_a_module_that_runs_in_two_strata_has_two_parts() -> None:
    graph = graph_of('source_iter([1]) -> import!("total.hf") -> null();')

    modules = [frame for stratum in frames_of(graph.partitioned) for frame in stratum.walk() if frame.kind == "module"]
    assert [(one.element, one.legend, one.title) for one in modules] == [
        ("module-1.1", "total.hf 1/2", "total.hf, imported in line 1, part 1 of 2"),
        ("module-1.2", "total.hf 2/2", "total.hf, imported in line 1, part 2 of 2"),
    ]


def test_what_comes_from_one_module_alone_stands_in_its_frame_whole(folder: Path) -> None:
    (folder / "round.hf").write_text(
        "a = union() -> tee(); mod -> [0]a; a[0] -> map(|x| x - 1) -> filter(|x| x > 0) -> [1]a; a[1] -> null();"
    )
    graph = graph_of('source_iter([1]) -> tee() -> t; t = tee(); t -> import!("round.hf"); t -> null();')

    (frame,) = [one for stratum in frames_of(graph.partitioned) for one in stratum.walk() if one.kind == "module"]
    inside = {one if isinstance(one, str) else one.element for part in frame.walk() for one in part.members}
    imported = set(graph.to_dict()["modules"]["module-1"]["ops"])
    assert imported <= inside
    # The handoff that closes the circle has both ends in the module.
    assert any(one.startswith("handoff") for one in inside)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("most", [0, 200])
def test_both_layouts_draw_a_box_around_the_operators_of_an_import(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(layout, "MOST_FOR_GRAPHVIZ", most)
    graph = graph_of('source_iter([1]) -> import!("again.hf") -> null();')

    places = boxes(graph)
    for outer, inner in [("module-1", "module-2"), ("module-1", "op-4"), ("module-2", "op-2"), ("sg-1", "module-1")]:
        assert places[outer].left < places[inner].left
        assert places[outer].right > places[inner].right
        assert places[outer].top < places[inner].top
        assert places[outer].bottom > places[inner].bottom
    assert places["op-1"].bottom <= places["module-1"].top
    assert places["module-1"].bottom <= places["op-5"].top


@pytest.mark.usefixtures("folder")
def test_the_picture_names_the_file_and_the_line_of_an_import() -> None:
    root = ElementTree.fromstring(graph_of('source_iter([1])\n -> import!("twice.hf") -> null();').svg())

    (group,) = [one for one in root.iter() if one.get("class") == "cluster module"]
    texts = [one.text for one in group]
    assert group.get("id") == "module-1"
    assert texts[0] == "twice.hf, imported in line 2"
    assert texts[-1] == "twice.hf"


@pytest.mark.usefixtures("folder")
def test_the_data_says_which_operators_came_from_which_import() -> None:
    data = graph_of('source_iter([1]) -> import!("again.hf") -> null();').to_dict()

    assert data["modules"] == {
        "module-1": {"name": "again.hf", "line": 1, "parent": None, "ops": ["op-4"]},
        "module-2": {"name": "twice.hf", "line": 1, "parent": "module-1", "ops": ["op-2", "op-3"]},
    }


@pytest.mark.usefixtures("folder")
def test_dot_and_mermaid_draw_the_boxes_of_modules() -> None:
    graph = graph_of('source_iter([1]) -> import!("again.hf") -> null();')

    assert re.findall(r'label="(\w+\.hf)", class="module"', graph.dot()) == ["again.hf", "twice.hf"]
    assert re.findall(r'subgraph (\w+) \["(\w+\.hf)"\]', graph.mermaid()) == [
        ("sg_1_module_1", "again.hf"),
        ("sg_1_module_1_module_2", "twice.hf"),
    ]


def test_a_name_of_a_file_is_text_in_every_picture(folder: Path) -> None:
    (folder / 'a"<b>&`.hf').write_text("mod -> map(|x| x) -> mod;")
    graph = graph_of("source_iter([1]) -> import!('a\"<b>&`.hf') -> null();")

    assert "<b>" not in graph.svg()
    assert "<b>" not in graph.mermaid()
    assert 'label="a\\"<b>&amp;`.hf"' in graph.dot()
