"""The kinds of messages that an edge carries, by the flow's text."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.inference import ANY_KIND
from hydroflow_nb.correctness.kinds import KindsOfEdges
from hydroflow_nb.correctness.subject import Subject


@dataclass(frozen=True)
class Ask:
    key: str


@dataclass(frozen=True)
class Tell:
    value: object


def answer(ask, there):
    """Two kinds, by what is asked."""
    if ask.key:
        return (Tell(ask.key), there)
    return (Ask(""), there)


def made(key):
    return Tell(key)


def endless(key):
    return endless(key)


NAMES = {"Ask": Ask, "Tell": Tell, "answer": answer, "made": made, "endless": endless, "servers": ["a", "b"]}


def flow(text):
    return compile_source(hf.Source(text=f"{text} -> dest_sink_serde(outbound);"), "flow", NAMES).graph.flat


def kinds(text):
    graph = flow(text)
    (sink,) = [node for node in graph.nodes.values() if node.operator.facts.meets_network and graph.inputs(node.id)]
    (edge,) = graph.inputs(sink.id)
    return sorted(KindsOfEdges(Subject(graph, NAMES)).of(edge))


RECEIVED = "source_stream_serde::<Ask | Tell>(inbound)"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("source_stream(inb) -> map(|x| Ask(x))", ["Ask"]),
        ("source_stream(inb) -> map(Ask)", ["Ask"]),
        ("source_stream(inb) -> map(|x| (Ask(x), 'there'))", ["Ask"]),
        ("source_stream(inb) -> flat_map(|x| [(Tell(x), one) for one in servers])", ["Tell"]),
        ("source_stream(inb) -> map(|x| Ask(x) if x else Tell(x))", ["Ask", "Tell"]),
        ("source_stream(inb) -> filter_map(|x| Ask(x) if x else None)", ["Ask"]),
        ("source_stream(inb) -> map(|x| (made(x), 'there'))", ["Tell"]),
        (f"{RECEIVED}", ["Ask", "Tell"]),
        (f"{RECEIVED} -> map(|(m, _)| m) -> map(|m| (m, 'there'))", ["Ask", "Tell"]),
        (f"{RECEIVED} -> unique::<'static>() -> filter(|(m, _)| m)", ["Ask", "Tell"]),
        (f"{RECEIVED} -> map(|(m, sender)| answer(m, sender))", ["Ask", "Tell"]),
        ("source_stream_serde(inbound)", [ANY_KIND]),
        ("source_stream(inb)", [ANY_KIND]),
        ("source_stream(inb) -> map(|x| strange(x))", [ANY_KIND]),
        ("source_stream(inb) -> map(|x| x.body)", [ANY_KIND]),
    ],
)
def test_the_kinds_of_what_is_sent_are_read_from_the_text(text, found):
    assert kinds(text) == found


def test_messages_that_were_told_apart_have_the_kind_of_their_port():
    text = f"a = {RECEIVED} -> partition(|(m, _)| type(m).__name__); a[Ask] -> null(); a[Tell]"

    assert kinds(text) == ["Tell"]


def test_a_function_that_calls_itself_without_end_is_not_followed_without_end():
    assert kinds("source_stream(inb) -> map(|x| endless(x))") == []


def test_a_cycle_has_the_kinds_that_come_into_it():
    text = "a = union() -> unique::<'static>() -> tee(); source_stream(inb) -> map(Ask) -> a; a -> defer_tick() -> a; a"

    assert kinds(text) == ["Ask"]


def test_all_edges_of_a_cycle_have_its_kinds_whichever_is_asked_for_first():
    text = (
        "u = union() -> t; source_stream(inb) -> map(Ask) -> u; t = tee(); t -> map(|m| m) -> v; v = tee(); v -> u;"
        "t -> for_each(out.append); v -> for_each(out.append); null()"
    )
    graph = flow(text)
    around = [edge for edge in graph.edges.values() if graph.nodes[edge.source].operator.name in ("tee", "union")]

    for edges in (around, around[::-1]):
        found = KindsOfEdges(Subject(graph, NAMES))
        assert [sorted(found.of(edge)) for edge in edges] == [["Ask"]] * 5


def test_a_flow_may_be_long():
    assert kinds("source_stream(inb) -> map(Ask)" + " -> map(|m| m)" * 600) == ["Ask"]
