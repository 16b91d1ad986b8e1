from __future__ import annotations

from xml.etree import ElementTree

import pytest

import hydroflow_nb as hf
from hydroflow_nb.render.graph import Graph

TEXT = (
    "s = source_iter([1]); o = for_each(print);\n"
    "loop outer { e = s -> batch(); loop { e -> batch() -> all_iterations() -> d; }; d = all_iterations() -> o; };"
)


@pytest.fixture
def graph() -> Graph:
    return hf.compile(TEXT, {}).graph


def test_loops_are_boxes_in_each_other_in_the_picture(graph: Graph) -> None:
    root = ElementTree.fromstring(graph.svg())

    titles = {group.get("id"): group[0].text for group in root.iter() if "loop" in (group.get("class") or "").split()}
    assert titles == {"loop-1": "loop outer", "loop-2": "loop"}


def test_dot_nests_the_clusters_of_loops(graph: Graph) -> None:
    dot = graph.dot()

    outer, inner = dot.index('subgraph "cluster loop-1"'), dot.index('subgraph "cluster loop-2"')
    assert dot.index('subgraph "cluster stratum-1"') < outer < inner
    assert 'label="loop outer"' in dot


def test_mermaid_nests_the_boxes_of_loops(graph: Graph) -> None:
    lines = graph.mermaid().splitlines()

    outer = next(line for line in lines if "subgraph loop_1" in line)
    inner = next(line for line in lines if "subgraph loop_2" in line)
    assert outer == 'subgraph loop_1 ["loop outer"]'
    assert inner == '    subgraph loop_2 ["loop"]'


def test_the_text_has_the_strata_of_iterations_below_the_loop(graph: Graph) -> None:
    lines = graph.text().splitlines()

    assert "  loop-1 loop outer" in lines
    assert "    stratum 1.0" in lines
    assert any(line.strip() == "loop-2 loop" for line in lines)


def test_the_data_tells_each_loops_parent_and_operators(graph: Graph) -> None:
    data = graph.to_dict()

    assert {loop: (one["name"], one["parent"]) for loop, one in data["loops"].items()} == {
        "loop-1": ("outer", None),
        "loop-2": (None, "loop-1"),
    }
    names = [data["ops"][op]["name"] for op in data["loops"]["loop-2"]["ops"]]
    assert names == ["batch", "all_iterations"]
