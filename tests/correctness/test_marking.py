"""The levels in the picture of a flow that was checked."""

from __future__ import annotations

import re

import pytest

import hydroflow_nb as hf
from hydroflow_nb.operators.rules.content import Time

COUNT = "source_stream(a) -> map(|w| (w, 1)) -> fold_keyed::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);"


def flow_of(text, **names):
    return hf.compile(text, {"a": hf.channel(), "b": hf.channel(), "out": [], "seen": [], **names}, "flow")


def report_of(text, network=None, **names):
    return flow_of(text, **names).check(network=network)


def words(graph):
    """What is written at the edges, by the operators at their ends: those of an edge with a handoff are one."""
    names = {f"op-{node.id}": node.operator.name for node in graph.partitioned.nodes.values()}
    found = re.findall(r'"(\S+)" -> "(\S+)" \[(?!.*class="read")(.*)\];', graph.dot(no_handoffs=True))
    return {
        f"{names[source]} to {names[target]}": label[1]
        for source, target, attributes in found
        if (label := re.search(r'\blabel="([^"]*)"', attributes))
    }


def test_a_level_is_written_where_it_becomes_weaker_and_at_an_output():
    assert words(report_of(COUNT, "at-least-once").graph) == {
        "source_stream to map": "set",
        "map to fold_keyed": "blocking",
        "fold_keyed to for_each": "differs!",
    }


def test_an_output_has_its_level_also_where_it_is_not_weaker():
    assert words(report_of("source_stream(a) -> map(str) -> for_each(out.append);").graph) == {
        "source_stream to map": "sequence",
        "map to for_each": "sequence",
    }


def test_a_level_that_is_weaker_than_one_of_two_inputs_only_is_not_written():
    text = "source_stream(a) -> [0]j; source_iter([1]) -> [1]j; j = join::<'static>() -> map(str) -> for_each(print);"

    assert words(report_of(text, "udp").graph) == {
        "source_stream to join": "0 part",
        "source_iter to join": "1 sequence",
        "map to for_each": "part",
    }


def test_what_cannot_be_judged_has_a_question_mark():
    text = "source_stream(a) -> fold::<'static>(|| 0, opaque) -> for_each(out.append);"

    graph = report_of(text, "tcp", opaque=lambda held, item: held[item]).graph

    assert words(graph)["fold to for_each"] == "unknown?"


def test_what_differs_has_a_thicker_line_and_what_is_a_part_an_open_head():
    svg = report_of(COUNT, "udp").graph.svg()

    lines = dict(re.findall(r'<g id="(edge-\d)".*?>(.*?)</g>', svg, re.DOTALL))
    assert ["stroke-width" in line.split("/>")[0] for line in lines.values()] == [False, False, False, True]
    assert ["polyline" in line.split("<text")[0] for line in lines.values()] == [True, True, True, False]


def test_an_operator_without_a_reader_has_what_it_gives_before_it():
    assert words(report_of("source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x);").graph) == {
        "source_stream to fold": "blocking gives final"
    }


def test_what_is_dropped_has_no_word():
    text = "s = source_stream(a) -> tee(); s -> null(); s -> for_each(print);"

    assert words(report_of(text).graph) == {
        "source_stream to tee": "sequence",
        "tee to for_each": "sequence",
    }


def test_the_title_of_a_wire_is_its_type_in_one_sentence():
    svg = report_of("source_stream(a) -> for_each(out.append);", "tcp").graph.svg()

    assert (
        "<title>source_stream to for_each\na bag: the same items in every run, each as often; the order may differ, "
        "since `source_stream`, line 1</title>"
    ) in svg


def test_the_picture_of_the_flow_stays_as_it_was():
    flow = flow_of(COUNT)
    before = flow.graph.svg(), flow.graph.dot(), flow.graph.mermaid()

    flow.check(network="udp").graph.svg()

    assert (flow.graph.svg(), flow.graph.dot(), flow.graph.mermaid()) == before


def test_a_picture_shows_itself_in_a_notebook():
    graph = report_of(COUNT, "at-least-once").graph

    assert "differs!" in graph._repr_mimebundle_()["image/svg+xml"]


def test_edges_have_their_types_by_the_ids_of_drawings():
    report = report_of(COUNT)

    assert report.edges("loss")["edge-1"].is_part
    assert [report.edges("batching")[f"edge-{number}"].time for number in (1, 2, 3, 4)] == [
        Time.STREAM,
        Time.STREAM,
        Time.STREAM,
        Time.SETTLING,
    ]
    with pytest.raises(ValueError, match="'lost' is not a class of runs: batching, order"):
        report.edges("lost")


@pytest.fixture
def network():
    net = hf.Network()
    echo, oslo = net.bind("echo"), net.bind("oslo")
    sends = "source_stream_serde(inb) -> map(|(m, at)| (m, at)) -> dest_sink_serde(outb);"
    net.node("echo", hf.compile(sends, {"inb": echo[1], "outb": echo[0]}))
    takes = "source_stream_serde(inb) -> fold::<'static>(|| 0, |n, _| n + 1) -> for_each(out.append);"
    takes += "source_iter([(1, to)]) -> dest_sink_serde(outb);"
    net.node("oslo", hf.compile(takes, {"inb": oslo[1], "outb": oslo[0], "out": [], "to": echo[2]}))
    return net


def test_each_node_of_a_network_has_a_picture_of_its_own(network):
    report = network.check()

    assert words(report.graph_of("oslo"))["fold to for_each"] == "final"
    with pytest.raises(ValueError, match=r"`report.graph_of\(name\)`; there are echo, oslo"):
        report.graph
    with pytest.raises(KeyError, match="'olso' is not a node: there are echo, oslo"):
        report.graph_of("olso")


def test_the_edges_of_a_network_have_the_name_of_their_node(network):
    assert {name.split(".")[0] for name in network.check().edges("batching")} == {"echo", "oslo"}


def test_a_flow_alone_has_no_graph_by_the_name_of_a_node():
    with pytest.raises(KeyError, match="'oslo' is not a node: the flow is not in a network"):
        report_of(COUNT).graph_of("oslo")


def test_what_is_known_has_edges_and_outputs_by_the_ids_of_drawings():
    known = report_of(COUNT, "at-least-once").known

    assert list(known) == ["edge-1", "edge-2", "edge-3", "edge-4", "op-4"]
    assert (known["op-4"].output, known["op-4"].level, known["op-4"].early) == ("out", "differs", False)
    assert known["op-4"].causes == [("op-1", "takes in what may come twice"), ("op-3", "adds up what comes")]
    assert (known["edge-1"].output, known["edge-1"].level) == ("", "set")
    assert known["edge-1"].sentence.startswith("a set: the same items in every run")


def test_what_is_known_of_a_network_names_the_nodes_of_edges_outputs_and_causes(network):
    known = network.check().known

    assert (known["oslo.op-3"].output, known["oslo.op-3"].level) == ("out", "final")
    assert known["oslo.edge-1"].causes == [("oslo.op-1", "takes in what several nodes send")]


def test_the_text_has_the_same_words_as_the_picture():
    report = report_of(COUNT, "at-least-once")

    lines = [line.split("  ")[-1].strip() for line in report.graph.text().splitlines() if "->" in line]

    assert lines == ["-> op-2 (set)", "-> handoff-1", "-> op-3", "-> op-4 (differs!)"]
    assert "differs" not in flow_of(COUNT).graph.text()
    assert report.graph._repr_mimebundle_()["text/plain"] == report.graph.text()


def test_every_drawing_tells_a_part_and_what_differs_from_the_rest_by_the_form_of_the_line():
    graph = report_of(COUNT, "udp").graph

    dot = [line for line in graph.dot().splitlines() if '" -> "' in line]
    mermaid = [line for line in graph.mermaid().splitlines() if " -->" in line or " --x" in line]
    assert ["arrowhead=empty" in line for line in dot] == [True, True, True, False]
    assert ["penwidth" in line for line in dot] == [False, False, False, True]
    assert ["\N{WHITE DOWN-POINTING SMALL TRIANGLE}" in line for line in mermaid] == [True, True, True, False]
    assert "linkStyle 3 stroke-width:3px" in graph.mermaid()
