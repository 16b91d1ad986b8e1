"""Words at the edges of pictures, in all three forms."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from hydroflow_nb.render.graph import Graph
from hydroflow_nb.render.marks import Mark

TEXT = "source_iter([1]) -> map(str) -> defer_tick() -> for_each(print);"


@pytest.fixture
def partitioned(graph_of):
    return graph_of(TEXT).partitioned


def marked(partitioned, **fields):
    """The graph with a mark at its second edge, which a handoff cuts in two wires."""
    return Graph(partitioned, {list(partitioned.edges)[1]: Mark(**fields)})


def test_a_word_stands_once_where_the_edge_enters_its_target(partitioned):
    graph = marked(partitioned, word="final")

    assert '"handoff-1" -> "op-3" [id="edge-3", class="edge delay-tick", label="tick final",' in graph.dot()
    assert "handoff_1 --o|tick<br>final| op_3" in graph.mermaid()
    for text in (graph.dot(), graph.mermaid(), graph.svg()):
        assert text.count("final") == 1


def test_a_word_stands_at_an_edge_that_is_drawn_without_its_handoff(partitioned):
    graph = marked(partitioned, word="final")

    assert 'label="tick final"' in graph.dot(no_handoffs=True)
    assert "|tick<br>final|" in graph.mermaid(no_handoffs=True)


def test_a_thick_line_is_thick_in_each_form_and_keeps_its_delay(partitioned):
    graph = marked(partitioned, word="differs!", thick=True)

    assert graph.dot().count("penwidth=2.5") == 2
    assert "linkStyle 1 stroke-width:3px" in graph.mermaid()
    assert "linkStyle 2 stroke:#c62828,stroke-dasharray:5 3,stroke-width:3px" in graph.mermaid()
    assert graph.svg().count('stroke-width="2.6"') == 2
    assert graph.svg().count("stroke-dasharray") == marked(partitioned).svg().count("stroke-dasharray")


def test_an_open_head_is_an_open_arrow(partitioned):
    graph = marked(partitioned, open_head=True)

    assert graph.dot().count("arrowhead=empty") == 2
    assert graph.svg().count("<polyline") == 2
    assert graph.svg().count("<polygon") == marked(partitioned).svg().count("<polygon") - 2


def test_a_title_is_shown_behind_the_way_of_the_wire(partitioned):
    graph = marked(partitioned, title="a bag")

    titles = [title.text for title in ElementTree.fromstring(graph.svg()).iter("{http://www.w3.org/2000/svg}title")]
    assert "handoff to defer_tick, tick\na bag" in titles
    assert graph.dot().count('tooltip="a bag"') == 4


def test_what_a_user_wrote_is_text_in_each_form(partitioned):
    graph = marked(partitioned, word='<b>"|x|', title='<i>"]; evil')

    assert "<b>" not in graph.svg()
    assert "<i>" not in graph.svg()
    assert '\\"]; evil' in graph.dot()
    assert "&lt;b&gt;&quot;" in graph.mermaid()


def test_a_mark_that_says_nothing_changes_nothing(partitioned):
    plain, graph = Graph(partitioned), marked(partitioned)

    assert (graph.svg(), graph.dot(), graph.mermaid()) == (plain.svg(), plain.dot(), plain.mermaid())
