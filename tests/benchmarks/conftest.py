"""Measuring: interleaved rounds of what is compared, medians, ratios in one run."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hydroflow_nb.passes.pipeline import VERIFY


@pytest.fixture(autouse=True)
def as_users_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a check of the graph's laws after every pass."""
    monkeypatch.setenv(VERIFY, "0")


@pytest.fixture(scope="session")
def arcs() -> list[tuple[int, int]]:
    """A graph of 55,008 edges: Hydroflow's own where the file is at hand, else a random one of its size."""
    path = Path(__file__).parents[3] / "shared" / "data" / "reachability_edges.txt"
    if path.exists():
        return [(int(a), int(b)) for a, b in (line.split() for line in path.read_text().splitlines())]
    rng = random.Random(1)
    return [(rng.randrange(1, 8000), rng.randrange(1, 8000)) for _ in range(55_008)]


@pytest.fixture
def compare() -> Callable[..., dict[str, float]]:
    """Runs several ways of doing the same, each `rounds` times in turn; prints and returns medians in seconds.

    A way is a function that prepares a run and returns the function that is timed, so that setting up costs nothing.
    """

    def run(title: str, ways: dict[str, Callable[[], Callable[[], object]]], rounds: int = 15) -> dict[str, float]:
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, prepare in ways.items():
                timed = prepare()
                gc.collect()
                start = time.perf_counter()
                timed()
                times[name].append(time.perf_counter() - start)
        medians = {name: statistics.median(found) for name, found in times.items()}
        base = medians[next(iter(medians))]
        shown = ", ".join(f"{name} {1000 * median:.3f} ms ({median / base:.2f})" for name, median in medians.items())
        print(f"\n{title}: {shown}")
        return medians

    return run
