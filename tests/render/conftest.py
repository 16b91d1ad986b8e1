from __future__ import annotations

from collections.abc import Callable

import pytest

from hydroflow_nb.compiler import compile_source
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.source import Source

REACH = """
arcs = source_stream(edges) -> tee();
reached = union() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>() -> flat_map(|(src, (_, dst))| [src, dst]) -> [1]reached;
arcs[1] -> flat_map(|(src, dst)| [src, dst]) -> unique::<'static>() -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference::<'static>() -> for_each(print);
"""

READING = """
top = source_iter([1, 3, 2]) -> fold(|| 0, max);
source_iter(range(6)) -> filter(|x| x < $top and $top > 1) -> map(|x| x + $top) -> for_each(print);
"""


@pytest.fixture
def graph_of() -> Callable[..., Graph]:
    def compiled(text: str, name: str = "flow") -> Graph:
        return Graph(compile_source(Source(text=text), name).graph)

    return compiled


@pytest.fixture
def reach(graph_of: Callable[..., Graph]) -> Graph:
    """Two strata, three subgraphs, a cycle within the tick, a blocking input."""
    return graph_of(REACH, "reach")


@pytest.fixture
def reading(graph_of: Callable[..., Graph]) -> Graph:
    """A state that two operators read, one of them twice."""
    return graph_of(READING, "reading")
