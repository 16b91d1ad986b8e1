from __future__ import annotations

from dataclasses import replace

import pytest

from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.ir.verify import BrokenGraphError
from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.pipeline import CHECK, PASSES, REDUCE, VERIFY, Compilation, Pass, run, through
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def flow_of(text: str) -> Compilation:
    return Compilation(built=build(parse(Source(text=text)).flow, "flow"))


def test_all_passes_make_a_partitioned_graph() -> None:
    flow = run(flow_of("source_iter([1]) -> union() -> sort() -> null();"))

    assert flow.partitioned is not None
    assert [node.operator.name for node in flow.graph.nodes.values()] == ["source_iter", "sort", "null"]
    assert [diagnostic.code for diagnostic in flow.diagnostics] == ["HF290"]


def test_the_passes_have_names_of_their_own_and_stand_in_the_order_in_which_they_run() -> None:
    assert [one.name for one in PASSES] == ["check", "check_loops", "reduce", "stratify", "partition", "replays"]
    assert through(REDUCE) == PASSES[:3]


def test_after_an_error_cycles_are_still_looked_for_and_the_graph_stays_as_it_was_written() -> None:
    flow = run(flow_of("source_iter([1]) -> union() -> map() -> null(); a = union() -> sort() -> a;"))

    assert [diagnostic.code for diagnostic in flow.diagnostics if diagnostic.is_error] == ["HF210", "HF220"]
    assert [node.operator.name for node in flow.graph.nodes.values()].count("union") == 2
    assert flow.partitioned is None


def lose_an_end(flow: Compilation) -> None:
    flow.graph.put(replace(flow.graph.edges[EdgeId(1)], target=NodeId(99)))


@pytest.mark.parametrize("asked", ["1", "yes"])
def test_a_pass_that_breaks_a_law_is_named_where_the_environment_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv(VERIFY, asked)

    with pytest.raises(BrokenGraphError, match=r"^after the pass `lose`: edge 1 ends nowhere$"):
        run(flow_of("source_iter([1]) -> null();"), (CHECK, Pass(name="lose", run=lose_an_end)))


@pytest.mark.parametrize("asked", [None, "", "0"])
def test_the_laws_are_not_checked_where_the_environment_does_not_ask_for_it(
    monkeypatch: pytest.MonkeyPatch, asked: str | None
) -> None:
    monkeypatch.delenv(VERIFY)
    if asked is not None:
        monkeypatch.setenv(VERIFY, asked)

    flow = run(flow_of("source_iter([1]) -> null();"), [Pass(name="lose", run=lose_an_end)])

    assert flow.graph.edges[EdgeId(1)].target == 99
