"""How the other libraries are driven. Each is imported when its way is run, since it may not be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from side_by_side.shape import PythonWay, Run, query_way

# By the name of the package: its ways bear it, too.
PEERS = ("streamz", "reactivex", "bytewax", "polars", "duckdb", "networkx")


def is_here(way: str) -> bool:
    """Whether a way can be run: ours and those by hand always, that of a library where it is installed."""
    return way not in PEERS or find_spec(way) is not None


def versions() -> dict[str, str]:
    """The versions of those that are installed."""
    found = {}
    for name in PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def streamz_way(build: Callable[[Any], Any], items: Sequence[Any]) -> PythonWay:
    """Items emitted one by one into a stream; `build` gives the end of it."""

    def prepare() -> Run:
        from streamz import Stream

        source, out = Stream(), list[Any]()
        build(source).sink(out.append)

        def go() -> None:
            emit = source.emit
            for item in items:
                emit(item)

        return Run(go, lambda: out)

    return PythonWay(prepare)


def reactivex_way(build: Callable[[Any], list[Any]], items: Sequence[Any]) -> PythonWay:
    """An observable of the items; `build` takes the module of operators, and gives those of the pipe."""

    def prepare() -> Run:
        import reactivex
        import reactivex.operators

        out = list[Any]()
        made = reactivex.from_iterable(items).pipe(*build(reactivex.operators))
        return Run(lambda: made.subscribe(out.append), lambda: out)

    return PythonWay(prepare)


def subject_way(build: Callable[[Any], list[Any]], items: Sequence[Any]) -> PythonWay:
    """A subject of reactivex that is given the items one by one."""

    def prepare() -> Run:
        import reactivex.operators
        from reactivex.subject import Subject

        subject, out = Subject[Any](), list[Any]()
        subject.pipe(*build(reactivex.operators)).subscribe(out.append)

        def go() -> None:
            for item in items:
                subject.on_next(item)

        return Run(go, lambda: out)

    return PythonWay(prepare)


def bytewax_way(build: Callable[..., Any], *inputs: Sequence[Any]) -> PythonWay:
    """A dataflow of bytewax in this thread; `build` takes its operators and a stream for each of the inputs."""

    def prepare() -> Run:
        import bytewax.operators
        from bytewax.dataflow import Dataflow
        from bytewax.testing import TestingSink, TestingSource, run_main

        flow, out = Dataflow("flow"), list[Any]()
        streams = [
            bytewax.operators.input(f"in{number}", flow, TestingSource(items, batch_size=1000))
            for number, items in enumerate(inputs)
        ]
        bytewax.operators.output("out", build(bytewax.operators, *streams), TestingSink(out))
        return Run(lambda: run_main(flow), lambda: out)

    return PythonWay(prepare)


def database() -> Any:
    """A database of duckdb's in memory, of one thread."""
    import duckdb

    return duckdb.connect(config={"threads": 1})


def frame(rows: Sequence[tuple[int, ...]], *columns: str) -> Any:
    """A frame of polars' from rows of numbers."""
    import polars

    return polars.DataFrame(rows, schema=dict.fromkeys(columns, polars.Int64), orient="row")


def query_way_of_polars(step: Callable[[Any], Any], length: int, items: Sequence[Any]) -> PythonWay:
    """A column of the items, from and to a list, through an expression that is `length` steps long."""

    def query() -> list[Any]:
        import polars

        column = polars.col("x")
        for _ in range(length):
            column = step(column)
        made: list[Any] = polars.DataFrame({"x": items}).lazy().select(column).collect()["x"].to_list()
        return made

    return query_way(query)
