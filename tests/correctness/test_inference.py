"""The types of all edges of a flow, in one class of runs."""

from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.correctness.inference import Typing
from hydroflow_nb.correctness.levels import CLASSES
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.operators.rules.content import Content, Copies, ItemOrder, Time
from hydroflow_nb.operators.rules.rule import Differences, Law

SINK = " -> for_each(out.append);"


def opaque(held, item):
    for _ in (held, item):
        pass
    return held


def typing(text: str, kind: str = "batching", *, assumed: bool = False, **names: Any) -> Typing:
    graph = compile_source(hf.Source(text=text), "flow").graph.flat
    subject = Subject(graph, {"opaque": opaque, **names})
    return Typing(subject=subject, differences=CLASSES[kind], assumed=assumed).run()


def behind(found: Typing, operator: str) -> Content:
    """The type of the edge behind an operator."""
    graph = found.subject.graph
    node = next(node for node in graph.nodes.values() if node.operator.name == operator)
    return found.edges[graph.outputs(node.id)[0].id]


def words(content: Content) -> str:
    return f"{content.time} {content.order} {content.copies} {content.loss} {content.shape}"


@pytest.mark.parametrize(
    ("text", "operator", "kind", "found"),
    [
        ("source_stream(a) -> map(|x| x)", "map", "batching", "stream ordered counted whole items"),
        ("source_stream(a) -> map(|x| x)", "map", "order", "stream any counted whole items"),
        ("source_stream(a) -> map(|x| x)", "map", "duplication", "stream ordered repeats whole items"),
        ("source_stream(a) -> map(|x| x)", "map", "loss", "stream ordered counted part items"),
        ("source_stream(a) -> persist()", "persist", "batching", "growing ordered counted whole items"),
        (
            "source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1)",
            "fold",
            "order",
            "growing ordered distinct whole value",
        ),
        (
            "source_stream(a) -> fold::<'static>(|| 0, |n, x| n - x)",
            "fold",
            "order",
            "settling ordered distinct whole value",
        ),
        ("source_iter([1, 2])", "source_iter", "loss", "once ordered distinct whole items"),
    ],
)
def test_each_edge_has_its_type(text, operator, kind, found):
    assert words(behind(typing(text + SINK, kind), operator)) == found


def test_every_edge_has_a_type_whatever_the_flow():
    found = typing(
        "u = union() -> filter(|x| x < 3) -> map(|x| x + 1) -> unique::<'static>() -> tee(); source_iter([1]) -> u;"
        "u -> u; u" + SINK
    )

    assert set(found.edges) == set(found.subject.graph.edges)


def test_a_type_of_a_cycle_comes_to_rest_at_the_weaker_word():
    found = typing("u = union() -> tee(); source_iter([1, 2]) -> u; u -> filter(|x| x < 1) -> u; u" + SINK)

    assert words(behind(found, "union")).startswith("once any")


def test_a_long_cycle_has_the_same_type_when_it_is_written_backwards():
    steps = [f"x{at} = map(|x| x) -> x{at + 1};" for at in range(200)]
    around = "source_stream(a) -> u; u = union() -> x0; x200 = tee() -> t; t = tee(); t -> u;"

    forwards = typing(f"{around} {' '.join(steps)} t{SINK}")
    backwards = typing(f"{around} {' '.join(reversed(steps))} t{SINK}")

    assert words(behind(forwards, "union")) == words(behind(backwards, "union")) == "stream any counted whole items"


def test_a_type_of_a_cycle_never_becomes_stronger_again():
    found = typing(
        "u = union() -> tee(); source_iter([1, 2]) -> u; u -> unique::<'static>() -> u; u" + SINK, "duplication"
    )
    union = next(node for node in found.subject.graph.nodes.values() if node.operator.name == "union")
    edge = found.subject.graph.outputs(union.id)[0].id
    weak = Content(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS)
    found.edges[edge] = weak
    found.run()

    assert found.edges[edge] == weak


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize(
    "text",
    [
        # What is offered becomes done a tick later, and nothing else comes into the cycle.
        "done = persist() -> tee(); source_iter(x) -> persist() -> [pos]offered; done -> [neg]offered;"
        "offered = difference() -> tee(); offered -> defer_tick() -> done; offered -> for_each(out.append);",
        "a = union() -> tee(); a -> defer_tick() -> a; a -> for_each(out.append);",
        "a = identity() -> tee(); a -> a; a -> for_each(out.append);",
    ],
)
def test_a_cycle_into_which_nothing_comes_from_outside_has_types_too(text, kind):
    found = typing(text, kind)

    assert found.edges.keys() == found.subject.graph.edges.keys()
    assert len(found.unread) == 1


def test_a_cycle_into_which_nothing_comes_from_outside_is_split_too():
    flow = hf.compile("a = union() -> tee(); a -> defer_tick() -> a; a -> for_each(out.append);", {"out": []})

    assert flow.check(shard="[0]")["out"].sharding == "bag"


def test_what_has_no_reader_has_a_type_too():
    found = typing("source_stream(a) -> inspect(print);", "order")
    (content,) = found.unread.values()

    assert words(content) == "stream any counted whole items"


@pytest.mark.parametrize(("assumed", "time"), [(False, "varies"), (True, "settling")])
def test_an_unknown_law_is_taken_for_what_is_assumed(assumed, time):
    found = typing("source_stream(a) -> fold::<'static>(|| 0, opaque)" + SINK, "order", assumed=assumed)

    assert behind(found, "fold").time == time
    assert found.has_unknown
    assert next(one.law for one in found.asked if one.function.known(one.law).holds is None) is Law.COMMUTES


def test_a_law_that_nothing_depends_on_is_not_asked_for():
    assert not typing("source_stream(a) -> fold::<'static>(|| 0, opaque)" + SINK).has_unknown


def test_a_rule_that_never_settles_is_a_fault_that_is_named(monkeypatch):
    found = typing("u = union() -> tee(); source_iter([1]) -> u; u -> filter(|x| x < 1) -> u; u" + SINK)
    monkeypatch.setattr(Typing, "_set", lambda _, types, key, content, __: types.update({key: content}) or True)

    with pytest.raises(AssertionError, match=r"the types of a cycle do not come to an end: .*union"):
        Typing(subject=found.subject, differences=Differences(), assumed=False).run()


def test_what_stands_in_a_loop_gives_its_content_when_the_loop_fires():
    held = "persist::<'static>() -> {}"
    outside = typing(f"source_stream(a) -> {held.format('sort()')}{SINK}")
    inside = typing(
        "source_stream(a) -> outer; loop { inside = batch() -> persist::<'static>() -> all; all = all_iterations(); };"
        f"outer = identity() -> inside; all{SINK}"
    )

    assert behind(outside, "persist").time == "growing"
    assert behind(inside, "persist").time == "stream"
