from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.ir.algorithms import components, path, settle

graphs = st.integers(1, 8).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1), unique=True, max_size=4), min_size=size, max_size=size
    ).map(lambda lists: dict(enumerate(lists)))
)


def reachable(graph: dict[int, list[int]], start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        new = set(graph[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


@given(graphs)
def test_vertices_share_a_component_when_each_reaches_the_other(graph: dict[int, list[int]]) -> None:
    reaches = {vertex: reachable(graph, vertex) for vertex in graph}

    found = components(graph)

    home = {vertex: index for index, group in enumerate(found) for vertex in group}
    assert sorted(home) == sorted(graph)
    for one in graph:
        for other in graph:
            assert (home[one] == home[other]) == (other in reaches[one] and one in reaches[other])


@given(graphs)
def test_components_come_before_what_they_lead_to(graph: dict[int, list[int]]) -> None:
    found = components(graph)

    home = {vertex: index for index, group in enumerate(found) for vertex in group}
    assert all(home[source] <= home[target] for source, targets in graph.items() for target in targets)


def test_independent_vertices_keep_the_order_of_the_mapping() -> None:
    graph: dict[str, list[str]] = {"b": [], "a": [], "c": []}

    found = components(graph)

    assert found == [["b"], ["a"], ["c"]]


def test_members_of_a_component_keep_the_order_of_the_mapping() -> None:
    graph = {"x": ["z"], "y": ["x"], "z": ["y"]}

    found = components(graph)

    assert found == [["x", "y", "z"]]


def test_a_chain_of_a_hundred_thousand_vertices_needs_no_deep_stack() -> None:
    length = 100_000
    graph = {number: [number + 1] for number in range(length)} | {length: []}

    found = components(graph)

    assert found == [[number] for number in range(length + 1)]


def test_a_path_is_a_shortest_one_with_both_ends() -> None:
    graph = {1: [2, 3], 2: [4], 3: [5], 4: [5], 5: []}

    found = path(graph, 1, 5, lambda vertex: True)

    assert found == [1, 3, 5]


def test_a_path_stays_where_it_may() -> None:
    graph = {1: [2, 3], 2: [4], 3: [5], 4: [5], 5: []}

    found = path(graph, 1, 5, lambda vertex: vertex != 3)

    assert found == [1, 2, 4, 5]


def test_a_path_from_a_vertex_to_itself_is_that_vertex() -> None:
    graph = {1: [1]}

    assert path(graph, 1, 1, lambda vertex: True) == [1]


def test_there_is_no_path_against_the_edges() -> None:
    graph = {1: [2], 2: []}

    assert path(graph, 2, 1, lambda vertex: True) is None


@given(graphs)
def test_what_is_handed_on_settles_at_what_can_be_reached(graph: dict[int, list[int]]) -> None:
    found = {vertex: {vertex} for vertex in graph}

    def hand_on(vertex: int) -> bool:
        before = [set(found[one]) for one in graph[vertex]]
        for one in graph[vertex]:
            found[one] |= found[vertex]
        return before != [found[one] for one in graph[vertex]]

    assert settle(graph, graph, hand_on)
    assert all(start in found[end] for start in graph for end in reachable(graph, start))


def test_a_cycle_that_is_listed_backwards_settles_in_two_rounds() -> None:
    cycle = {vertex: [(vertex + 1) % 1_000] for vertex in reversed(range(1_000))}
    known, steps = {0}, []

    def hand_on(vertex: int) -> bool:
        steps.append(vertex)
        (behind,) = cycle[vertex]
        is_new = vertex in known and behind not in known
        known.update({behind} if is_new else ())
        return is_new

    assert settle(cycle, cycle, hand_on)
    assert len(steps) <= 2 * len(cycle)


def test_what_never_settles_is_given_up_after_the_most_changes() -> None:
    steps: list[int] = []

    assert not settle([1], {1: [1]}, lambda vertex: steps.append(vertex) is None, most=7)
    assert len(steps) == 8
