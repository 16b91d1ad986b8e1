"""What a front end asks of a flow's state and numbers."""

from __future__ import annotations

from collections.abc import Callable

from fronts import Front

COUNTS = """
words = source_stream(numbers) -> tee();
words -> map(|w| (w % 2, 1)) -> fold_keyed::<'static>(|| 0, |n, x| n + x) -> for_each(total.append);
words -> unique::<'static>() -> filter(|w| w > 1) -> for_each(out.append);
"""


def test_the_sizes_and_pages_of_a_tick_are_told(front: Callable[[str], Front]) -> None:
    one = front(COUNTS)
    one.flow.record()
    for batch in ([1, 2], [2, 3]):
        one.namespace["numbers"].extend(batch)
        one.flow.run_tick()
    unique = one.flow.state("unique").element

    told = one.ask("states", tick=0, ops=[unique])
    now = one.ask("states", tick=None, ops=[unique])

    assert told["sizes"][unique] == 2
    assert now["sizes"][unique] == 3
    (part,) = now["states"][unique]["parts"]
    assert (part["size"], part["changes"], part["rows"][0]) == (3, "+1", ["+", None, "3"])


def test_a_state_that_is_not_kept_says_why(front: Callable[[str], Front]) -> None:
    one = front(COUNTS)
    one.flow.run_tick()
    one.flow.run_tick()

    assert "is not recorded" in one.ask("states", tick=0, ops=[])["why"]


def test_the_numbers_of_recorded_ticks_are_told(front: Callable[[str], Front]) -> None:
    one = front(COUNTS)
    one.flow.record()
    for batch in ([1, 2], [2, 3]):
        one.namespace["numbers"].extend(batch)
        one.flow.run_tick()

    def values(metric: str, first: int, last: int) -> dict[str, float]:
        found = one.ask("metrics", metric=metric, first=first, last=last)["values"]
        return {node.name: found[node.element] for node in nodes if node.element in found}

    nodes = one.flow.graph.partitioned.nodes.values()
    assert values("items", 1, 1)["filter_7"] == 1
    assert values("items", 0, 1)["filter_7"] == 3
    assert values("selectivity", 0, 1)["filter_7"] == 2 / 3
    assert values("rounds", 0, 1)["filter_7"] == 1
    assert values("state", 0, 1)["unique_6"] == 3


def test_time_is_measured_while_a_reader_asks_for_it(front: Callable[[str], Front]) -> None:
    one = front(COUNTS)
    one.flow.record()
    one.flow.run_tick()

    assert "measured from the next tick on" in one.ask("metrics", metric="time", first=0, last=0)["why"]
    assert one.flow.is_profiled
    one.namespace["numbers"].send(3)
    one.flow.run_tick()
    assert sum(one.ask("metrics", metric="time", first=1, last=1)["values"].values()) > 0
    one.ask("metrics", metric="", first=0, last=0)
    assert not one.flow.is_profiled
