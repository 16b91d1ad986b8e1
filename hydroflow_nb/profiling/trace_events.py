"""A measured run as a trace in the Trace Event Format of Chrome, which Perfetto reads as well.

Source of the form: "Trace Event Format" of the Chromium project: complete events (`X`) with their begin and duration in
microseconds, which stand within each other on a thread, counters (`C`), each of which holds until the next one of its
name, and metadata (`M`) that name process and thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.text import call_text
from hydroflow_nb.profiling.meter import Meter, TimedRun, TimedTick
from hydroflow_nb.whole_file import write_whole

# One process, and one thread: a flow runs one tick at a time.
PROCESS: Final = 1
THREAD: Final = 1


def save(meter: Meter, ticks: Sequence[TimedTick], name: str, path: str | PathLike[str]) -> None:
    """Write the trace of some ticks. Raises HydroflowError for a name that does not end in `.json`."""
    target = Path(fspath(path))
    if target.suffix.lower() != ".json":
        raise HydroflowError(message=f"a trace is a JSON file: name it `run.trace.json`, not {target.name!r}")
    data = {
        "displayTimeUnit": "ms",
        "otherData": {"flow": name, "dropped_ticks": meter.dropped, "runs_left_out": meter.left_out_runs},
        "traceEvents": list(events(meter, ticks, name)),
    }
    write_whole(target, json.dumps(data, separators=(",", ":"), allow_nan=False))


def events(meter: Meter, ticks: Sequence[TimedTick], name: str) -> Iterator[dict[str, Any]]:
    """The events: names first, then of each tick its span, the runs in it with their operators, and its counters."""
    yield _named("process_name", f"hydroflow {name}")
    yield _named("thread_name", "ticks")
    origin = ticks[0].begin if ticks else 0
    for tick in ticks:
        moved = meter.moved(tick)
        told: dict[str, Any] = {"tick": tick.tick, "items": moved, "runs": sum(tick.rounds.values())}
        if tick.fault is not None:
            told["fault"] = tick.fault
        yield _counter("items", (tick.begin - origin) / 1000, {"moved": moved})
        yield _span(f"tick {tick.tick}", "tick", tick.begin - origin, tick.end - tick.begin, told)
        for run in tick.runs:
            yield from _run(meter, tick, run, origin)
        at = (tick.end - origin) / 1000
        yield _counter("items", at, {"moved": 0})
        if tick.sizes:
            nodes = {node.element: node.name for node in meter.graph.nodes.values()}
            yield _counter("state", at, {nodes[element]: size for element, size in tick.sizes.items()})


def _run(meter: Meter, tick: TimedTick, run: TimedRun, origin: int) -> Iterator[dict[str, Any]]:
    subgraph = meter.graph.subgraphs[run.subgraph]
    told = {"tick": tick.tick, "stratum": subgraph.stratum}
    yield _span(f"subgraph {run.subgraph}", "subgraph", run.begin - origin, run.end - run.begin, told)
    # One after the other, though items stream through them one by one: each as long as all of its work in this run.
    begin = run.begin
    for node, (spent, came, left) in run.spent.items():
        length = min(spent, run.end - begin)
        if length > 0 or came or left:
            one = meter.graph.nodes[node]
            inside = {"call": call_text(one), "line": one.span.line, "in": came, "out": left}
            yield _span(one.operator.name, "operator", begin - origin, length, inside)
        begin += length


def _span(name: str, category: str, begin: int, length: int, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "cat": category,
        "ph": "X",
        "ts": begin / 1000,
        "dur": length / 1000,
        "pid": PROCESS,
        "tid": THREAD,
        "args": arguments,
    }


def _counter(name: str, at: float, values: dict[str, int]) -> dict[str, Any]:
    return {"name": name, "ph": "C", "ts": at, "pid": PROCESS, "tid": THREAD, "args": values}


def _named(kind: str, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "ts": 0, "pid": PROCESS, "tid": THREAD, "args": {"name": name}}
