"""What the functions of a flow are called with, and when."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import core

Build = Callable[[core.Builder], core.CoreFlow]


@pytest.fixture(params=["plain", "recorded"])
def built(request: pytest.FixtureRequest) -> Build:
    """`built(builder)`: the flow; recorded it has to do the same."""

    def found(builder: core.Builder) -> core.CoreFlow:
        flow = builder.build()
        if request.param == "recorded":
            flow.record()
        return flow

    return found


def test_items_go_from_subgraph_to_subgraph_within_a_tick(built: Build) -> None:
    out: list[int] = []
    b = core.Builder()
    numbers, doubled = b.handoff("numbers"), b.handoff("doubled")
    # The order in which they are declared means nothing.
    b.subgraph(reads=[doubled])(lambda context, doubled: out.extend(doubled))
    b.subgraph(reads=[numbers], writes=[doubled])(
        lambda context, numbers, doubled: doubled.extend(2 * x for x in numbers)
    )
    b.input("numbers", into=numbers).extend([1, 2])

    flow = built(b)

    assert flow.run_tick() is True
    assert out == [2, 4]
    assert flow.current_tick() == 1


def test_a_reader_gets_the_items_of_one_writer_after_those_of_the_other_and_every_reader_gets_all(built: Build) -> None:
    out: list[tuple[str, list[int]]] = []
    b = core.Builder()
    shared = b.handoff("shared")
    b.subgraph(writes=[shared])(lambda context, shared: shared.extend([1, 2]))
    b.subgraph(writes=[shared])(lambda context, shared: shared.send(3))
    for reader in ("first", "second"):
        b.subgraph(reads=[shared])(lambda context, shared, reader=reader: out.append((reader, shared)))

    built(b).run_tick()

    assert out == [("first", [1, 2, 3]), ("second", [1, 2, 3])]


def test_a_cycle_runs_until_nothing_waits_in_it(built: Build) -> None:
    runs: list[tuple[bool, list[int]]] = []
    b = core.Builder()
    start, again = b.handoff("start"), b.handoff("again")
    b.input("start", into=start).send(3)

    @b.subgraph(reads=[start, again], writes=[again])
    def down(context: Any, start: list[int], again: list[int], out: core.Output) -> None:
        runs.append((context.is_first_run_this_tick(), start + again))
        out.extend(x - 1 for x in start + again if x)

    flow = built(b)
    flow.run_available()
    flow.run_tick()

    assert runs == [(True, [3]), (False, [2]), (False, [1]), (False, [0]), (True, [])]


def test_a_cycle_of_two_subgraphs_comes_to_its_fixpoint_before_the_next_stratum(built: Build) -> None:
    out: list[list[int]] = []
    b = core.Builder()
    start, odd, even, seen = (b.handoff(name) for name in ("start", "odd", "even", "seen"))
    b.input("start", into=start).send(5)

    @b.subgraph(reads=[start, odd], writes=[even, seen])
    def one(context: Any, start: list[int], odd: list[int], even: core.Output, seen: core.Output) -> None:
        seen.extend(start + odd)
        even.extend(x - 1 for x in start + odd if x > 0)

    @b.subgraph(reads=[even], writes=[odd, seen])
    def other(context: Any, even: list[int], odd: core.Output, seen: core.Output) -> None:
        seen.extend(even)
        odd.extend(x - 1 for x in even if x > 0)

    b.subgraph(reads=[seen.complete])(lambda context, seen: out.append(sorted(seen)))
    flow = built(b)
    flow.run_available()

    assert out == [[0, 1, 2, 3, 4, 5]]


def test_a_complete_handoff_is_read_in_a_later_stratum(built: Build) -> None:
    strata: dict[str, int] = {}
    b = core.Builder()
    numbers, total = b.handoff("numbers"), b.handoff("total")

    @b.subgraph(writes=[numbers])
    def source(context: Any, numbers: core.Output) -> None:
        strata["source"] = context.current_stratum()
        numbers.extend([1, 2, 3])

    @b.subgraph(reads=[numbers.complete], writes=[total])
    def add(context: Any, numbers: list[int], total: core.Output) -> None:
        strata["add"] = context.current_stratum()
        total.send(sum(numbers))

    @b.subgraph(reads=[total])
    def show(context: Any, total: list[int]) -> None:
        strata["show"] = context.current_stratum()

    flow = built(b)
    flow.run_stratum()
    assert strata == {"source": 0}
    flow.run_stratum()

    assert strata == {"source": 0, "add": 1, "show": 1}
    assert (flow.current_tick(), flow.current_stratum()) == (1, 0)


@pytest.mark.parametrize(("delay", "ticks"), [("tick", [[1], [2], [3]]), ("lazy", [[1]])])
def test_a_delayed_handoff_is_read_in_the_next_tick_and_only_an_eager_one_asks_for_it(
    built: Build, delay: Any, ticks: list[list[int]]
) -> None:
    out: list[list[int]] = []
    b = core.Builder()
    start, later = b.handoff("start"), b.handoff("later", delay=delay)
    b.input("start", into=start).send(1)

    @b.subgraph(reads=[start, later], writes=[later])
    def count(context: Any, start: list[int], last: list[int], later: core.Output) -> None:
        out.append(start + last)
        later.extend(x + 1 for x in start + last if x < 3)

    flow = built(b)
    flow.run_available()
    assert out == ticks

    out.clear()
    flow.run_tick()
    assert out == [[] if delay == "tick" else [2]]


def test_a_chosen_stratum_holds() -> None:
    b = core.Builder()
    numbers = b.handoff("numbers")
    b.subgraph(writes=[numbers], stratum=0, name="source")(
        lambda context, numbers: numbers.send(context.current_stratum())
    )
    b.subgraph(reads=[numbers], stratum=3, name="late")(lambda context, numbers: None)

    partitioned = b.build().graph.partitioned

    # Strata that nothing runs in are not counted.
    assert {node.operator.name: partitioned.stratum_of(number) for number, node in partitioned.nodes.items()} == {
        "source": 0,
        "late": 1,
    }


def test_states_last_for_a_tick_or_as_long_as_the_flow_and_begin_anew_with_it(built: Build) -> None:
    out: list[tuple[int, list[int]]] = []
    b = core.Builder()
    total, seen = b.state(0), b.state(factory=list, persistence="tick")
    numbers = b.handoff("numbers")
    channel = b.input("numbers", into=numbers)

    @b.subgraph(reads=[numbers])
    def keep(context: Any, numbers: list[int]) -> None:
        context.state[total] += sum(numbers)
        context.state[seen].extend(numbers)
        out.append((context.state[total], context.state[seen]))

    flow = built(b)
    for batch in ([1, 2], [3]):
        channel.extend(batch)
        flow.run_tick()
    flow.reset()
    channel.send(4)
    flow.run_tick()

    assert out == [(3, [1, 2]), (6, [3]), (4, [4])]


def test_the_value_that_a_state_begins_with_is_not_changed(built: Build) -> None:
    out: list[list[int]] = []
    b = core.Builder()
    state = b.state([0])

    @b.subgraph()
    def grow(context: Any) -> None:
        context.state[state].append(1)
        out.append(context.state[state][:])

    flow = built(b)
    flow.run_tick()
    flow.reset()
    flow.run_tick()

    assert out == [[0, 1], [0, 1]]


def test_other_threads_send_into_inputs(built: Build) -> None:
    out: list[int] = []
    b = core.Builder()
    numbers = b.handoff("numbers")
    channel = b.input("numbers", into=numbers)
    b.subgraph(reads=[numbers])(lambda context, numbers: out.extend(numbers))
    flow = built(b)
    flow.run_available()

    sender = threading.Thread(target=channel.extend, args=([1, 2, 3],))
    sender.start()
    sender.join()
    assert flow.is_scheduled()
    flow.run_available()

    assert out == [1, 2, 3]


def test_a_flow_runs_for_ever_in_an_event_loop(built: Build) -> None:
    out: list[int] = []
    b = core.Builder()
    numbers, ended = b.handoff("numbers"), b.handoff("ended")
    channel = b.input("numbers", into=numbers)

    async def three() -> Any:
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    b.input("ended", into=ended, source=three())
    b.subgraph(reads=[numbers, ended])(lambda context, numbers, ended: out.extend(numbers + ended))
    flow = built(b)

    async def main() -> None:
        running = asyncio.ensure_future(flow.run_async())
        threading.Timer(0.02, channel.send, (7,)).start()
        while len(out) < 4:
            await asyncio.sleep(0.005)
        flow.close()
        await running

    asyncio.run(asyncio.wait_for(main(), 60))

    assert sorted(out) == [0, 1, 2, 7]


def test_an_exception_aborts_the_tick_names_the_function_and_leaves_the_flow_usable(built: Build) -> None:
    out: list[int] = []
    b = core.Builder()
    numbers, inverse = b.handoff("numbers"), b.handoff("inverse")
    count = b.state(0)
    channel = b.input("numbers", into=numbers)

    @b.subgraph(reads=[numbers], writes=[inverse])
    def invert(context: Any, numbers: list[int], inverse: core.Output) -> None:
        for number in numbers:
            context.state[count] += 1
            inverse.send(12 / number)

    b.subgraph(reads=[inverse])(lambda context, inverse: out.extend([context.state[count], *inverse]))
    flow = built(b)
    channel.extend([1, 0, 2])

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()
    assert "in the subgraph `invert` at test_program.py, line " in caught.value.__notes__[0]
    assert caught.value.__notes__[0].endswith("tick 0, stratum 0")
    # The three that it was called with, and the one that it had sent.
    assert [(fault.tick, fault.dropped) for fault in flow.faults] == [(0, 4)]

    channel.send(4)
    flow.run_available()
    assert out == [3, 3.0]


def test_what_an_iterable_gives_before_it_raises_is_not_sent() -> None:
    b = core.Builder()
    numbers = b.handoff("numbers")
    b.subgraph(writes=[numbers])(lambda context, numbers: numbers.extend(1 / x for x in (1, 0)))
    b.subgraph(reads=[numbers])(lambda context, numbers: None)
    flow = b.build()

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()

    assert flow.faults[0].dropped == 0


def test_an_interrupt_stops_a_cycle_that_does_not_end(built: Build) -> None:
    b = core.Builder()
    again = b.handoff("again")

    @b.subgraph(reads=[again], writes=[again])
    def forever(context: Any, items: list[int], again: core.Output) -> None:
        if len(items) and items[0] == 1000:
            raise KeyboardInterrupt
        again.send(items[0] + 1 if items else 0)

    flow = built(b)

    with pytest.raises(KeyboardInterrupt):
        flow.run_available()

    assert [fault.message for fault in flow.faults] == ["interrupted"]


def test_a_closed_flow_runs_no_more() -> None:
    with core.Builder().build() as flow:
        flow.run_tick()

    with pytest.raises(hf.HydroflowError, match="the flow `flow` is closed"):
        flow.run_tick()


def test_a_tick_has_a_begin(built: Build) -> None:
    out: list[datetime] = []
    b = core.Builder()
    b.subgraph()(lambda context: out.append(context.current_tick_start()))
    flow = built(b)
    before = datetime.now(UTC)

    flow.run_tick()
    flow.run_tick()

    # A float of seconds keeps microseconds, more or less.
    assert before - timedelta(milliseconds=1) <= out[0] <= out[1]
