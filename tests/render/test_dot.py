from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from hydroflow_nb.render.engine import executables, layout
from hydroflow_nb.render.graph import Graph

OPTIONS = ["no_subgraphs", "no_varnames", "no_pull_push", "no_handoffs", "op_short_text"]


def test_a_small_flow_reads_well(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of("n = source_iter([1]) -> defer_tick(); n -> for_each(print);", "small")

    assert (
        graph.dot()
        == """\
digraph "small" {
    graph [rankdir=TB, fontname="Courier", fontsize=10, style="rounded,filled", color="#888888"];
    node [fontname="Courier", fontsize=11, style=filled, margin="0.12,0.04"];
    edge [fontname="Courier", fontsize=9, color="#666666"];
    "op-1" [id="op-1", class="op pull", label="(op-1) source_iter([1])\\l", shape=invhouse, fillcolor="#88aaff"];
    "op-2" [id="op-2", class="op push", label="(op-2) defer_tick()\\l", shape=house, fillcolor="#ffff88"];
    "op-3" [id="op-3", class="op push", label="(op-3) for_each(print)\\l", shape=house, fillcolor="#ffff88"];
    "handoff-1" [id="handoff-1", class="handoff", label="handoff-1", shape=parallelogram, fontsize=9, \
fillcolor="#ffddcc"];
    "op-1" -> "handoff-1" [id="edge-1", class="edge"];
    "handoff-1" -> "op-2" [id="edge-2", class="edge delay-tick", label="tick", color="#c62828", fontcolor="#c62828", \
style=dashed];
    "op-2" -> "op-3" [id="edge-3", class="edge"];
    subgraph "cluster stratum-0" {
        graph [id="stratum-0", class="stratum", label="stratum 0", fillcolor="#f4f4f4"];
        subgraph "cluster sg-1" {
            graph [id="sg-1", class="sg", label="sg-1\\nstratum 0", fillcolor="#dddddd"];
            subgraph "cluster var n of op-1" {
                graph [label="var n", style=dotted, class="variable"];
                "op-1";
            }
        }
        subgraph "cluster sg-2" {
            graph [id="sg-2", class="sg", label="sg-2\\nstratum 0", fillcolor="#dddddd"];
            subgraph "cluster var n of op-2" {
                graph [label="var n", style=dotted, class="variable"];
                "op-2";
            }
            "op-3";
        }
        "handoff-1";
    }
}
"""
    )


@pytest.mark.parametrize("option", ["", *OPTIONS])
def test_graphviz_accepts_every_form_without_a_warning(
    reach: Graph, option: str, capfd: pytest.CaptureFixture[str]
) -> None:
    text = reach.dot(**{option: True} if option else {})

    found = layout(text)

    operators = [thing for thing in found["objects"] if thing["name"].startswith("op-")]
    assert len(operators) == len(reach.partitioned.nodes)


def test_strings_are_quoted_so_that_graphviz_gives_them_back(graph_of: Callable[..., Graph]) -> None:
    argument = r"""r'"; x [label="\N \l \\ &amp; <b> {a|b}'"""
    graph = graph_of(f"source_iter([{argument}]) -> null();")

    command = [next(executables()), "-Kdot", "-Tsvg"]
    done = subprocess.run(command, input=graph.dot(), capture_output=True, encoding="utf-8", check=True, timeout=60)

    texts = [text.text for text in ElementTree.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}text")]
    assert f"(op-1) source_iter([{argument}])" in texts


def test_boxes_are_left_out_on_demand(reach: Graph) -> None:
    assert "stratum" not in reach.dot(no_subgraphs=True).replace("delay-stratum", "")
    assert "var hop" in reach.dot(no_subgraphs=True)
    assert "var hop" not in reach.dot(no_varnames=True)


def test_colours_are_left_out_on_demand(reach: Graph) -> None:
    text = reach.dot(no_pull_push=True)

    assert "house" not in text
    assert text.count("shape=rectangle") == len(reach.partitioned.nodes)


def test_without_handoffs_an_edge_goes_straight_through_with_both_ports_and_its_delay(reach: Graph) -> None:
    text = reach.dot(no_handoffs=True)

    assert "handoff" not in text
    assert '"op-4" -> "op-11" [class="edge delay-stratum", label="1 neg blocking", color="#c62828"' in text


def test_arguments_are_left_out_on_demand(reach: Graph) -> None:
    text = reach.dot(op_short_text=True)

    assert "(op-8) flat_map\\l" in text
    assert "dst" not in text


@pytest.mark.parametrize("option", ["", *OPTIONS])
def test_a_reference_is_a_dotted_edge_with_its_name(reading: Graph, option: str) -> None:
    text = reading.dot(**{option: True} if option else {})

    found = {edge["id"]: edge for edge in layout(text)["edges"] if edge.get("class") == "read"}
    assert {(edge["label"], edge["style"]) for edge in found.values()} == {("$top", "dotted")}
    assert list(found) == ["read-1", "read-2"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="this machine has no dot")
def test_the_dot_of_the_machine_draws_it_too(reach: Graph) -> None:
    done = subprocess.run(["dot", "-Tsvg"], input=reach.dot(), capture_output=True, text=True, check=True, timeout=60)

    assert "</svg>" in done.stdout
