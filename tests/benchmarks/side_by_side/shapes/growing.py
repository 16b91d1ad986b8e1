"""One new item a tick while a flow holds very much: what a tick costs then, in relation to what it has changed.

What is held comes first, in one tick, and `WARM` ticks after it with a new item each. Then more such ticks are timed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import hydroflow_nb as hf
from side_by_side.peers import database, frame
from side_by_side.shape import BEFORE, HAND, OURS, PythonWay, Run, RustText, Shape, Way
from side_by_side.shapes.graphs import REACHED, edges_of

WARM = 10
TICKS = 50
SINK = "for_each(out0.append)"
RUST_SINK = "for_each(|x| out0.borrow_mut().push(x))"
# The state of a way by hand, or of a library.
S = TypeVar("S")


def ticking_way(text: str, new: Sequence[Any], before: int = BEFORE, **held: Sequence[Any]) -> PythonWay:
    """Our own way: a channel for each input. New items come to `new`, or where it is not read, to the first."""

    def prepare() -> Run:
        channels = {name: hf.channel(items) for name, items in held.items()} | {"new": hf.channel()}
        target = channels["new" if "(new)" in text else next(iter(held))]
        out = list[Any]()
        flow = hf.compile(text, namespace={**channels, "out0": out})
        flow.run_available()

        def go(items: Sequence[Any]) -> None:
            send, tick = target.send, flow.run_tick
            for item in items:
                send(item)
                tick()

        for _ in range(before):
            flow.run_tick()
            out.clear()
        for number in range(WARM):
            go(new[number : number + 1])
            out.clear()
        return Run(lambda: go(new[WARM:]), lambda: out)

    return PythonWay(prepare)


def stateful_way(begin: Callable[[], S], tick: Callable[[S, Any], Iterable[Any]], new: Sequence[Any]) -> PythonWay:
    """Another way: a state that holds all, and what comes out when one item more has come to it."""

    def prepare() -> Run:
        state, out = begin(), list[Any]()
        for item in new[:WARM]:
            tick(state, item)

        def go() -> None:
            for item in new[WARM:]:
                out.extend(tick(state, item))

        return Run(go, lambda: out)

    return PythonWay(prepare)


def rust_text(flow: str, *held: str, item: str = "(i64, i64)") -> RustText:
    """The same in Rust: a channel for each input that is held, and `new`, where the flow reads one."""
    names = [*held, "new"] if "new_in" in flow else list(held)
    channels = [
        f"let (to_{name}, {name}_in) = hydroflow::util::unbounded_channel::<{item}>();\nlet _ = &to_{name};"
        for name in names
    ]
    one = f"to_{names[-1] if 'new_in' in flow else names[0]}.send(x).unwrap(); flow.run_tick();"
    load = [f"for x in {name} {{ to_{name}.send(x).unwrap(); }}" for name in held]
    load += [
        "flow.run_available();",
        "let mut new = new.into_iter();",
        f"for x in new.by_ref().take({WARM}) {{ {one} out0.borrow_mut().clear(); }}",
    ]
    setup = "\n".join(channels)
    return RustText(flow, setup, "\n".join(load), f"for x in new {{ {one} }}")


def ticks_of(held: int) -> int:
    """How many ticks are timed: fewer where Rust takes very long for one."""
    return TICKS if held < 1_000_000 else TICKS // 5


def pairs(count: int) -> list[tuple[int, int]]:
    """So many pairs, whose keys come once on the average."""
    rng = random.Random(1)
    return [(rng.randrange(count), value) for value in range(count)]


def reachability(held: int) -> Shape:
    """One new edge a tick, to a vertex that is new: the flow at the top of README.md."""
    edges = edges_of(held)
    new = [(1, 1_000_000_000 + number) for number in range(WARM + ticks_of(held))]

    class Graph:
        def __init__(self) -> None:
            self.index: dict[int, list[int]] = {}
            self.seen = {1}
            for edge in edges:
                self.take(edge)

        def take(self, edge: tuple[int, int]) -> list[int]:
            a, b = edge
            self.index.setdefault(a, []).append(b)
            if a not in self.seen or b in self.seen:
                return []
            self.seen.add(b)
            todo, found = [b], [b]
            while todo:
                for w in self.index.get(todo.pop(), ()):
                    if w not in self.seen:
                        self.seen.add(w)
                        todo.append(w)
                        found.append(w)
            return found

    def begin_networkx() -> tuple[Any, set[int]]:
        import networkx

        graph = networkx.DiGraph(edges)
        return graph, {1, *networkx.descendants(graph, 1)}

    def networkx_tick(state: tuple[Any, set[int]], edge: tuple[int, int]) -> list[int]:
        import networkx

        graph, seen = state
        graph.add_edge(*edge)
        new = list(networkx.descendants(graph, 1) - seen)
        seen.update(new)
        return new

    def begin_duckdb() -> tuple[Any, set[int]]:
        tables = database()
        tables.register("held", frame(edges, "a", "b"))
        tables.execute("create table edges as select * from held")
        return tables, {v for (v,) in tables.execute(REACHED).fetchall()}

    def duckdb_tick(state: tuple[Any, set[int]], edge: tuple[int, int]) -> list[int]:
        tables, seen = state
        tables.execute("insert into edges values (?, ?)", edge)
        new = [v for (v,) in tables.execute(REACHED).fetchall() if v not in seen]
        seen.update(new)
        return new

    text = f"""
        source_iter([1]) -> reached; source_stream(edges) -> [1]hop;
        reached = union() -> unique::<'static>() -> tee(); reached -> map(|v| (v, ())) -> [0]hop;
        hop = join::<'static>() -> map(|(_, ((), to))| to) -> reached; reached -> {SINK};
    """
    rust = f"""
        source_iter([1i64]) -> reached; source_stream(edges_in) -> [1]hop;
        reached = union() -> unique::<'static>() -> tee(); reached -> map(|v| (v, ())) -> [0]hop;
        hop = join::<'static>() -> map(|(_, ((), to)): (i64, ((), i64))| to) -> reached; reached -> {RUST_SINK};
    """
    ways: dict[str, Way] = {
        HAND: stateful_way(Graph, Graph.take, new),
        OURS: ticking_way(text, new, edges=edges),
        "networkx": stateful_way(begin_networkx, networkx_tick, new),
        "duckdb": stateful_way(begin_duckdb, duckdb_tick, new),
    }
    inputs = {"edges": edges, "new": new}
    return Shape(
        "reachability, a new edge", inputs, ways, rust_text(rust, "edges"), ticks=ticks_of(held), held=held, first=True
    )


def persist_join(held: int) -> Shape:
    """One new pair a tick, against all that ever came to the other side."""
    rows = pairs(held)
    new = [(number, number) for number in range(WARM + ticks_of(held))]

    def index() -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for k, v in rows:
            found.setdefault(k, []).append(v)
        return found

    def hand(state: dict[int, list[int]], item: tuple[int, int]) -> list[Any]:
        k, w = item
        return [(k, (v, w)) for v in state.get(k, ())]

    def begin_duckdb() -> Any:
        tables = database()
        tables.register("given", frame(rows, "k", "v"))
        tables.execute("create table held as select * from given")
        return tables

    def duckdb(tables: Any, item: tuple[int, int]) -> list[Any]:
        k, w = item
        return [(k, (v, w)) for (v,) in tables.execute("select v from held where k = ?", [k]).fetchall()]

    def polars(held: Any, item: tuple[int, int]) -> list[Any]:
        return [(k, (v, w)) for k, v, w in held.join(frame([item], "k", "w"), on="k").rows()]

    flow = "source_stream({}) -> persist::<'static>() -> [0]j; source_stream({}) -> [1]j; j = join::<'tick>() -> "
    ways: dict[str, Way] = {
        HAND: stateful_way(index, hand, new),
        OURS: ticking_way(flow.format("held", "new") + SINK + ";", new, held=rows),
        "polars": stateful_way(lambda: frame(rows, "k", "v"), polars, new),
        "duckdb": stateful_way(begin_duckdb, duckdb, new),
    }
    rust = rust_text(flow.format("held_in", "new_in") + RUST_SINK + ";", "held")
    return Shape("persist -> join", {"held": rows, "new": new}, ways, rust, ticks=ticks_of(held), held=held, first=True)


def join_of_few(held: int) -> Shape:
    """Two sides that hold much, of which hardly a key is at both; one new pair a tick."""
    rows = pairs(held)
    others = [(-1 - key, value) for key, value in rows]
    new = [(number, number) for number in range(WARM + ticks_of(held))]

    class Sides:
        def __init__(self) -> None:
            self.left: dict[int, list[int]] = {}
            for k, v in rows:
                self.left.setdefault(k, []).append(v)
            self.right = set(others)
            self.matches: list[Any] = []

        def take(self, item: tuple[int, int]) -> list[Any]:
            """All matches that there are, as `'static` says them in each tick."""
            k, w = item
            if item not in self.right:
                self.right.add(item)
                self.matches += [(k, (v, w)) for v in self.left.get(k, ())]
            return self.matches

    flow = "source_stream({}) -> [0]j; {} -> [1]j; j = join::<'static, 'static>() -> "
    text = "source_stream(right) -> both; source_stream(new) -> both; both = union();"
    rust = "source_stream(right_in) -> both; source_stream(new_in) -> both; both = union();"
    ways: dict[str, Way] = {
        HAND: stateful_way(Sides, Sides.take, new),
        OURS: ticking_way(text + flow.format("left", "both") + SINK + ";", new, left=rows, right=others),
    }
    return Shape(
        "join of two sides, few matches",
        {"left": rows, "right": others, "new": new},
        ways,
        rust_text(rust + flow.format("left_in", "both") + RUST_SINK + ";", "left", "right"),
        ticks=ticks_of(held),
        held=held,
    )


def fold_of(
    name: str,
    operators: str,
    rust: str,
    begin: Callable[[list[int]], S],
    tick: Callable[[S, int], Any],
    says_all: bool = False,
) -> Callable[[int], Shape]:
    """A shape of one input of numbers. `tick` by hand gives what comes out: all that is held, if it `says_all`."""

    def shape(held: int) -> Shape:
        # Where all comes out in each tick, few ticks make many items.
        ticks = max(1, min(TICKS, 1_000_000 // held)) if says_all else ticks_of(held)
        before = 0 if says_all else BEFORE
        numbers, new = list(range(held)), list(range(held, held + WARM + ticks))
        ways: dict[str, Way] = {
            HAND: stateful_way(lambda: begin(numbers), tick, new),
            OURS: ticking_way(f"source_stream(held) -> {operators} -> {SINK};", new, before, held=numbers),
        }
        text = rust_text(f"source_stream(held_in) -> {rust} -> {RUST_SINK};", "held", item="i64")
        return Shape(name, {"held": numbers, "new": new}, ways, text, ticks=ticks, held=held)

    return shape


def _add(state: list[int], x: int) -> list[int]:
    state[0] += x
    return state


def _put(state: dict[int, int], x: int) -> list[int]:
    state[x] = x
    return [len(state)]


def _count(state: dict[int, int], x: int) -> Iterable[Any]:
    state[x] = state.get(x, 0) + 1
    return state.items()


persist_fold = fold_of(
    "persist -> fold",
    "persist::<'static>() -> fold(|| 0, |total, x| total + x)",
    "persist::<'static>() -> fold::<'tick>(|| 0i64, |total: &mut i64, x: i64| *total += x)",
    lambda numbers: [sum(numbers)],
    _add,
)
fold_into_dict = fold_of(
    "fold into a dict",
    "fold::<'static>(|| {}, |found, x| found.__setitem__(x, x)) -> map(|found| len(found))",
    "fold::<'static>(HashMap::<i64, i64>::new, |found: &mut HashMap<i64, i64>, x: i64| { found.insert(x, x); })"
    " -> map(|found: HashMap<i64, i64>| found.len() as i64)",
    lambda numbers: dict(zip(numbers, numbers, strict=True)),
    _put,
)
persist_delta = fold_of(
    "persist -> multiset_delta",
    "persist::<'static>() -> multiset_delta()",
    "persist::<'static>() -> multiset_delta()",
    lambda numbers: None,
    lambda state, x: [x],
)
fold_keyed = fold_of(
    "fold_keyed, which says all keys again",
    "map(|x| (x, 1)) -> fold_keyed::<'static>(|| 0, |n, one| n + one)",
    "map(|x| (x, 1i64)) -> fold_keyed::<'static>(|| 0i64, |n: &mut i64, one: i64| *n += one)",
    lambda numbers: dict.fromkeys(numbers, 1),
    _count,
    says_all=True,
)

# What builds each shape, and how much the table's one holds.
HELD: dict[Callable[[int], Shape], int] = {
    reachability: 55_008,
    persist_join: 100_000,
    join_of_few: 100_000,
    persist_fold: 100_000,
    persist_delta: 100_000,
    fold_into_dict: 1_000_000,
    fold_keyed: 100_000,
}
