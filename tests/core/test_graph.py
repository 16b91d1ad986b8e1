from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.ir.verify import violations


def nothing(*values: Any) -> None:
    """A function that a subgraph of any shape can have."""


def refused(b: core.Builder) -> list[hf.Diagnostic]:
    with pytest.raises(hf.GraphError) as caught:
        b.build()
    return caught.value.diagnostics


def test_each_function_and_input_is_an_operator_and_a_subgraph_and_a_handoff_an_edge_with_its_name() -> None:
    b = core.Builder("reach")
    numbers, later = b.handoff("numbers"), b.handoff("later", delay="tick")
    b.input("edges", into=numbers)

    @b.subgraph(reads=[numbers.complete], writes=[later])
    def first(context: Any, numbers: list[int], later: core.Output) -> None: ...

    @b.subgraph(reads=[later])
    def second(context: Any, later: list[int]) -> None: ...

    graph = b.build().graph
    found = graph.to_dict()

    assert violations(graph.partitioned) == []
    assert [op["text"] for op in found["ops"].values()] == [
        'input("edges", into=numbers)',
        "first(context: Any, numbers: list[int], later: core.Output)",
        "second(context: Any, later: list[int])",
    ]
    assert [op["sg"] for op in found["ops"].values()] == ["sg-1", "sg-3", "sg-2"]
    assert [(edge["from"], edge["to"], edge["to_port"], edge["delay"]) for edge in found["edges"].values()] == [
        ("op-1", "handoff-1", None, None),
        ("handoff-1", "op-2", "numbers", "stratum"),
        ("op-2", "handoff-2", None, None),
        ("handoff-2", "op-3", "later", "tick"),
    ]
    assert found["inputs"] == {"edges": "op-1"}


def test_the_source_is_the_part_of_the_file_that_builds_the_flow() -> None:
    b = core.Builder()
    numbers = b.handoff("numbers")
    b.input("numbers", into=numbers)

    @b.subgraph(reads=[numbers])
    def show(context: Any, numbers: list[int]) -> None:
        print(numbers)

    flow = b.build()
    found = flow.graph.to_dict()

    assert found["source"].startswith('    numbers = b.handoff("numbers")\n')
    assert found["source"].endswith("print(numbers)")
    start, end = found["ops"]["op-2"]["span"]
    assert found["source"][start:end] == "show(context: Any, numbers: list[int])"
    node = flow.graph.partitioned.nodes[2]  # type: ignore[index]
    assert (node.span.source.label, node.span.line) == ("test_graph.py", show.__code__.co_firstlineno + 1)


def test_functions_without_source_are_told_in_words() -> None:
    names: dict[str, Any] = {"core": core}
    exec(
        "b = core.Builder()\nnumbers = b.handoff('numbers')\nname = 'ed' + 'ges'\nb.input(name, into=numbers)\n"
        "b.subgraph(reads=[numbers])(lambda context, numbers: None)\nb.subgraph()(print)\nflow = b.build()",
        names,
    )

    found = names["flow"].graph.to_dict()

    assert [op["text"] for op in found["ops"].values()][:2] == ['input("edges")', "<lambda>(context, numbers)"]
    assert found["ops"]["op-3"]["text"].startswith("print(")
    assert found["inputs"] == {"edges": "op-1"}


def test_a_flow_of_nothing_is_built() -> None:
    flow = core.Builder("empty").build()

    flow.run_available()

    assert flow.current_tick() == 1
    assert flow.graph.to_dict()["ops"] == {}


def test_a_blocking_cycle_is_refused_with_its_path_and_the_functions() -> None:
    b = core.Builder()
    there, back = b.handoff("there"), b.handoff("back")

    @b.subgraph(reads=[back.complete], writes=[there])
    def total(context: Any, back: list[int], there: core.Output) -> None: ...

    @b.subgraph(reads=[there], writes=[back])
    def hop(context: Any, there: list[int], back: core.Output) -> None: ...

    (found,) = refused(b)

    assert found.code == "HF220"
    assert found.message.endswith("a cycle leads to its blocking input `[back]`: total -> hop -> total")
    assert found.span.text == "total(context: Any, back: list[int], there: core.Output)"
    assert [label.span.text for label in found.labels] == ["hop(context: Any, there: list[int], back: core.Output)"]
    assert 'delay="tick"' in found.hint


def test_a_cycle_through_a_delayed_handoff_is_allowed() -> None:
    b = core.Builder()
    there, back = b.handoff("there"), b.handoff("back", delay="lazy")
    b.subgraph(reads=[back.complete], writes=[there])(nothing)
    b.subgraph(reads=[there.complete], writes=[back])(nothing)

    assert len(b.build().graph.partitioned.strata) == 2


def test_all_that_is_wrong_is_told_at_once() -> None:
    b = core.Builder()
    unread, unwritten = b.handoff("unread"), b.handoff("unwritten")

    @b.subgraph(reads=[unwritten], writes=[unread])
    def few(context: Any, unwritten: list[int]) -> None: ...

    found = refused(b)

    assert [(one.code, one.span.text) for one in found] == [
        ("HF260", 'handoff("unread")'),
        ("HF261", 'handoff("unwritten")'),
        ("HF262", "few(context: Any, unwritten: list[int])"),
    ]
    assert found[2].hint == "write `def few(context, unwritten, unread): ...`"


def test_a_parameter_for_each_end_of_a_handoff_that_is_read_and_written() -> None:
    b = core.Builder()
    again = b.handoff("again")
    b.subgraph(reads=[again], writes=[again])(lambda context: None)

    (found,) = refused(b)

    assert found.hint == "write `def <lambda>(context, again, again_out): ...`"


@pytest.mark.parametrize(("chosen", "first"), [(0, 1), (None, None)])
def test_a_stratum_that_is_too_early_is_refused(chosen: int | None, first: int | None) -> None:
    b = core.Builder()
    numbers = b.handoff("numbers")
    b.subgraph(writes=[numbers])(nothing)
    b.subgraph(reads=[numbers.complete], stratum=chosen, name="reader")(nothing)

    if first is None:
        assert len(b.build().graph.partitioned.strata) == 2
    else:
        (found,) = refused(b)
        assert (found.code, found.message) == (
            "HF263",
            f"`reader` cannot run in stratum {chosen}; the first possible stratum is {first}",
        )


def test_the_subgraphs_of_a_cycle_run_in_one_stratum() -> None:
    b = core.Builder()
    there, back = b.handoff("there"), b.handoff("back")
    b.subgraph(reads=[back], writes=[there], stratum=0, name="early")(nothing)
    b.subgraph(reads=[there], writes=[back], stratum=1, name="late")(nothing)

    assert [found.message for found in refused(b)] == [
        "`early` cannot run in stratum 0; the first possible stratum is 1"
    ]
