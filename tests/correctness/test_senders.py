"""The sender that comes with what shards send each other."""

from __future__ import annotations

import pytest
from sharded import sharded

from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.compiler.compiling import compile_text
from hydroflow_nb.correctness.senders import keeping_senders
from hydroflow_nb.source import Source

AROUND = {"asks": [], "log": []}


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        ("map(|(x, _)| x) -> for_each(log.append)", set()),
        ("map(|(x, who)| x) -> for_each(log.append)", set()),
        ("map(|m| m[0]) -> for_each(log.append)", set()),
        ("filter(|(x, _)| x) -> flat_map(|(x, _)| x) -> for_each(log.append)", set()),
        ("for_each(|(x, _)| log.append(x))", set()),
        ("null()", set()),
        ("map(|(x, who)| (x, who)) -> for_each(log.append)", {"map"}),
        ("map(|m| m) -> for_each(log.append)", {"map"}),
        ("map(str) -> for_each(log.append)", {"map"}),
        ("unique() -> map(|(x, _)| x) -> for_each(log.append)", {"unique"}),
        ("filter(|(_, who)| who) -> null()", {"filter"}),
        ("for_each(log.append)", {"for_each"}),
    ],
)
def test_what_keeps_the_sender_is_found(behind: str, words: set[str]) -> None:
    text = sharded(f"asked ~> @shards.by(|x| x[0]) again; again = {behind};")
    found = compile_text(Source(text=text), "sharded", AROUND)
    assert isinstance(found, CompiledSystem)
    graph = found.parts["shards"].compiled.graph.flat

    assert {graph.nodes[one].operator.name for one in keeping_senders(graph, AROUND)} == words
