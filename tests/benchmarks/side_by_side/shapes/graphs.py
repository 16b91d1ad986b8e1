"""What can be reached in a graph: Hydroflow's benchmark `reachability`, on a random graph of the size of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator

from side_by_side.peers import database, frame
from side_by_side.shape import HAND, OURS, RustText, Shape, flow_way, hand_way, query_way

Edges = list[tuple[int, int]]


def edges_of(count: int) -> Edges:
    """A random graph of so many edges, seven for each vertex; the first one leaves the start, which is 1."""
    rng = random.Random(1)
    vertices = max(2, count // 7)
    return [(1, 2), *((rng.randrange(1, vertices), rng.randrange(1, vertices)) for _ in range(count - 1))]


def shapes(scale: float) -> Iterator[Shape]:
    """Reachability, in one tick."""
    yield reachability(edges_of(max(10, round(55_008 * scale))))


def reachability(edges: Edges) -> Shape:
    """All vertices that can be reached from 1."""

    def hand(out: list[int]) -> None:
        index: dict[int, list[int]] = {}
        for a, b in edges:
            index.setdefault(a, []).append(b)
        seen, todo, put = {1}, [1], out.append
        put(1)
        while todo:
            for w in index.get(todo.pop(), ()):
                if w not in seen:
                    seen.add(w)
                    todo.append(w)
                    put(w)

    def networkx() -> list[int]:
        import networkx

        graph = networkx.DiGraph()
        graph.add_edges_from(edges)
        return [1, *networkx.descendants(graph, 1)]

    def duckdb() -> list[int]:
        tables = database()
        tables.register("edges", frame(edges, "a", "b"))
        return [v for (v,) in tables.execute(REACHED).fetchall()]

    def polars() -> list[int]:
        import polars

        graph = frame(edges, "a", "b")
        seen = new = frame([(1,)], "a")
        while len(new):
            new = graph.join(new, on="a", how="semi").select(polars.col("b").alias("a")).unique()
            new = new.join(seen, on="a", how="anti")
            seen = polars.concat([seen, new])
        found: list[int] = seen["a"].to_list()
        return found

    def flow(start: str, sink: str) -> str:
        return f"""
            source_iter([{start}]) -> reached; source_iter(edges) -> [1]hop;
            reached = union() -> unique::<'tick>() -> tee(); reached -> map(|v| (v, ())) -> [0]hop;
            hop = join() -> map(|(_, (_, to))| to) -> reached; reached -> {sink};
        """

    return Shape(
        f"reachability, {len(edges):,} edges",
        {"edges": edges},
        {
            HAND: hand_way(hand),
            OURS: flow_way(flow("1", "for_each(out0.append)"), edges=edges),
            "polars": query_way(polars),
            "duckdb": query_way(duckdb),
            "networkx": query_way(networkx),
        },
        RustText(flow("1i64", "for_each(|x| out0.borrow_mut().push(x))")),
        first=True,
    )


REACHED = """
    with recursive reached(v) as (select 1::bigint union select b from reached join edges on a = v)
    select v from reached
"""
