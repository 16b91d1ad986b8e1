"""A text as the graph that the first pass makes of it."""

from __future__ import annotations

from hydroflow_nb.passes.build import build
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse


def built(text: str) -> BuiltGraph:
    """The graph of a text that parses."""
    parsed = parse(Source(text=text))
    assert not parsed.diagnostics
    return build(parsed.flow, "flow")


def edges(text: str) -> list[tuple[str, str, str, str]]:
    """Its edges, as operator, port, port, operator; the text has no mistake."""
    result = built(text)
    assert not result.diagnostics
    nodes = result.graph.nodes
    return [
        (
            nodes[edge.source].operator.name,
            edge.source_port.text,
            edge.target_port.text,
            nodes[edge.target].operator.name,
        )
        for edge in result.graph.edges.values()
    ]


def codes(text: str) -> list[tuple[str, str]]:
    """The code of each mistake, and where it stands."""
    return [(diagnostic.code, diagnostic.span.text) for diagnostic in built(text).diagnostics]
