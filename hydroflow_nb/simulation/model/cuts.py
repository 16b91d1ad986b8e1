"""The ways to cut a network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from hydroflow_nb.simulation.model.decisions import Cut

# Up to so many nodes a search cuts a network in two in every way; beyond it each node is cut off alone, and the halves.
MOST_CUT_IN_EVERY_WAY: Final = 4


def cut_off(apart: Collection[str], nodes: Iterable[str]) -> Cut:
    """The cut between some nodes and all others."""
    return Cut((tuple(apart), tuple(node for node in nodes if node not in apart)))


def every_cut(nodes: Sequence[str]) -> Iterator[Cut]:
    """Every cut in two groups, each once; the smaller group comes first."""
    return _with_sizes(nodes, range(1, len(nodes) // 2 + 1))


def some_cuts(nodes: Sequence[str]) -> Iterator[Cut]:
    """Every cut of few nodes; of many those that cut one node off, and one in two halves."""
    if len(nodes) <= MOST_CUT_IN_EVERY_WAY:
        yield from every_cut(nodes)
    else:
        yield from _with_sizes(nodes, [1])
        yield cut_off(nodes[: len(nodes) // 2], nodes)


def _with_sizes(nodes: Sequence[str], sizes: Iterable[int]) -> Iterator[Cut]:
    for size in sizes:
        for apart in combinations(nodes, size):
            # A half and the other half are the same cut.
            if 2 * size < len(nodes) or nodes[0] in apart:
                yield cut_off(apart, nodes)
