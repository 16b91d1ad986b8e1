from __future__ import annotations

from hydroflow_nb.ir.text import delay_word
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.options import Options, delay_colour, lines
from hydroflow_nb.render.svg import DASHES


def test_what_has_to_wait_is_red_and_what_accumulates_is_green() -> None:
    colours = {delay: delay_colour(delay) for delay in InputDelay}

    red = {colour for delay, colour in colours.items() if delay is not InputDelay.ACCUMULATING}
    assert red == {"#c62828"}
    assert colours[InputDelay.ACCUMULATING] == "#006600"


def test_delays_differ_in_word_and_dashes_as_well() -> None:
    assert len({delay_word(delay) for delay in InputDelay}) == len(InputDelay)
    assert len({DASHES[delay] for delay in InputDelay}) == len(InputDelay)


def test_lines_are_the_wires_or_without_handoffs_the_edges(reach: Graph) -> None:
    graph = reach.partitioned

    wires, edges = list(lines(graph, Options(), {})), list(lines(graph, Options(no_handoffs=True), {}))

    assert [line.element for line in wires] == [wire.element for wire in graph.wires]
    assert len(edges) == len(graph.edges)
    assert {line.element for line in edges} == {None}
