"""Triangles of a graph: two joins in a row find all nodes that know each other three by three."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import hydroflow_nb as hf

FLOW = """
    # edges as they come
    edges = source_stream(edges_recv) -> tee();

    # (x, y) and (y, z)
    edges[0] -> map(|(y, x)| (x, y)) -> [0]edge_pairs;
    edges[1] -> map(|(x, y)| (x, y)) -> [1]edge_pairs;
    edge_pairs = join::<'static>();

    # and (z, x)
    edge_pairs -> map(|(middle, (from_, to))| ((to, from_), middle)) -> [0]triangle;
    edges[2] -> map(|(x, y)| ((x, y), ())) -> [1]triangle;
    triangle = join::<'static>()
        -> map(|((x, y), (z, ()))| tuple(sorted((x, y, z))))
        -> unique::<'static>()
        -> for_each(found.append);
"""


def triangles_of(*batches: list[tuple[int, int]]) -> list[list[Any]]:
    """What each batch of edges brings."""
    edges: hf.Channel[tuple[int, int]] = hf.channel()
    found: list[Any] = []
    flow = hf.compile(FLOW, {"edges_recv": edges, "found": found})
    brought = []
    for batch in batches:
        edges.extend(batch)
        flow.run_available()
        brought.append(sorted(found))
        found.clear()
    return brought


def test_the_triangles_of_a_graph_are_found() -> None:
    assert triangles_of([(5, 6), (6, 7), (7, 5), (2, 4), (4, 7)]) == [[(5, 6, 7)]]


def test_a_triangle_is_told_when_its_last_edge_comes_and_not_again() -> None:
    assert triangles_of([(1, 2), (2, 3)], [(3, 1)], [(3, 4)], []) == [[], [(1, 2, 3)], [], []]


@pytest.mark.parametrize("order", list(itertools.permutations([(1, 2), (2, 3), (3, 1)])))
def test_the_order_of_edges_does_not_matter(order: tuple[tuple[int, int], ...]) -> None:
    brought = triangles_of(*[[edge] for edge in order])

    assert brought == [[], [], [(1, 2, 3)]]
