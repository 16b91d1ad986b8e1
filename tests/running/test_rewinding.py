"""Flows that go back to before a tick, and run it again."""

from __future__ import annotations

import asyncio
import itertools
import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf
from hydroflow_nb import core
from hydroflow_nb.engine import snapshots
from hydroflow_nb.operators import BY_NAME
from worlds import World


class Recorded(World):
    """A recorded flow; its list `out` is emptied before each tick."""

    def __init__(self, text: str, **names: Any) -> None:
        super().__init__(text, **names)
        self.flow.record()

    def tick(self, *items: Any) -> list[Any]:
        """Run a tick; what came out in it."""
        self.input.extend(items)
        self.out.clear()
        self.flow.run_tick()
        return self.out.copy()


SUMS = "source_stream(input) -> fold::<'static>(|| 0, |acc, x| acc + x) -> for_each(out.append);"


# --- the story --------------------------------------------------------------------------------------------------------


def test_after_a_fault_the_same_input_runs_through_a_mended_function() -> None:
    world = Recorded(
        "source_stream(input) -> map(inverse) -> fold::<'static>(|| [], |acc, x| acc.append(x)) -> for_each(see);",
        inverse=lambda x: 12 // x,
        see=lambda acc: seen.append(list(acc)),
    )
    seen: list[list[int]] = []
    world.tick(3, 4)
    with pytest.raises(ZeroDivisionError):
        world.tick(6, 0, 2)
    world.tick(1)

    world.names["inverse"] = lambda x: 12 // x if x else None
    faults = list(world.flow.faults)
    world.flow.rewind(1)
    before = (world.flow.current_tick(), world.flow.inputs["input"].waiting(), list(world.flow.faults))
    seen.clear()
    world.flow.run_available()

    assert [fault.tick for fault in faults] == [1]
    assert before == (1, [6, 0, 2, 1], [])
    assert seen == [[4, 3, 2, None, 6], [4, 3, 2, None, 6, 12]]
    assert [tick.fault for tick in world.flow.recording.ticks] == [None, None, None]


def test_a_tick_under_way_is_taken_back() -> None:
    world = Recorded("source_stream(input) -> sort() -> tee() -> for_each(out.append); source_iter([]) -> null();")
    world.tick(1)
    world.input.extend([3, 2])
    world.flow.run_stratum()
    within = world.flow.current_stratum()

    world.flow.rewind(1)

    assert within > 0
    assert (world.flow.current_tick(), world.flow.current_stratum()) == (1, 0)
    assert world.flow.inputs["input"].waiting() == [3, 2]
    assert world.tick() == [2, 3]
    assert world.flow.current_tick() == 2


def test_each_tick_takes_in_what_it_took_in_before_and_what_waited_comes_after() -> None:
    world = Recorded(SUMS)
    wanted = [world.tick(1, 2), world.tick(), world.tick(3)]
    world.input.send(100)

    world.flow.rewind(0)

    assert world.flow.inputs["input"].waiting() == [1, 2, 3, 100]
    assert [world.tick(), world.tick(), world.tick()] == wanted
    assert [tick.why for tick in world.flow.recording.ticks] == ["first", "hand", "input"]
    assert world.tick() == [106]


def test_quiet_ticks_at_the_end_keep_nothing_waiting() -> None:
    world = Recorded(SUMS)
    world.tick(1)
    world.tick()
    world.tick()

    world.flow.rewind(1)

    assert not world.flow.is_scheduled()
    assert world.tick(5) == [6]


def test_what_waits_again_can_be_taken_back_by_hand() -> None:
    world = Recorded(SUMS)
    world.tick(1, 2)
    world.tick(3)
    world.input.send(4)

    world.flow.rewind(0)
    inputs = world.flow.inputs["input"]
    taken = [inputs.discard(1), inputs.discard(-1), inputs.discard(1)]

    assert taken == [2, 4, 3]
    with pytest.raises(IndexError):
        inputs.discard(1)
    assert (world.tick(), world.flow.is_scheduled()) == ([1], False)


def test_it_goes_back_as_often_as_wanted_and_further_back_each_time() -> None:
    world = Recorded(SUMS)
    wanted = [world.tick(n)[0] for n in (1, 2, 3)]

    for tick in (2, 2, 1, 1, 0, 0):
        world.flow.rewind(tick)
        assert [world.tick()[0] for _ in range(tick, 3)] == wanted[tick:]
    world.flow.rewind(2)
    world.flow.rewind(1)

    assert [world.tick()[0], world.tick()[0]] == wanted[1:]


def test_what_was_sent_otherwise_after_going_back_is_what_is_repeated_next_time() -> None:
    world = Recorded(SUMS)
    world.tick(1)
    world.tick(2)
    world.flow.rewind(1)
    world.flow.inputs["input"].discard(0)
    world.tick(5)

    world.flow.rewind(0)

    assert world.flow.inputs["input"].waiting() == [1, 5]
    assert [world.tick(), world.tick()] == [[1], [6]]


def test_listeners_are_told_and_the_recording_ends_before_the_tick() -> None:
    world = Recorded(SUMS)
    for n in (1, 2, 3):
        world.tick(n)
    told: list[int] = []
    world.flow.subscribe(lambda: told.append(world.flow.current_tick()))
    epoch = world.flow.recording.epoch

    world.flow.rewind(1)

    assert told == [1]
    assert [tick.tick for tick in world.flow.recording.ticks] == [0]
    assert world.flow.recording.epoch != epoch


def test_ticks_that_the_recording_had_to_drop_can_be_recorded_again() -> None:
    world = Recorded(SUMS)
    world.flow.record(budget=6)
    for n in range(5):
        world.tick(n)
    dropped = world.flow.recording.dropped

    world.flow.rewind(1)
    after = (list(world.flow.recording.ticks), world.flow.recording.dropped)
    world.flow.record(budget=1_000)
    world.flow.run_available()

    assert dropped > 1
    assert after == ([], 1)
    assert [tick.tick for tick in world.flow.recording.ticks] == [1, 2, 3, 4]


@pytest.mark.parametrize("make", [queue.Queue, asyncio.Queue])
def test_what_came_from_a_queue_waits_in_front_of_it(make: Callable[[], Any]) -> None:
    async def main() -> list[list[int]]:
        source = make()
        world = Recorded(SUMS, input=source)
        found = []
        for n in (1, 2):
            source.put_nowait(n)
            await world.flow.run_tick_async()
        source.put_nowait(10)
        world.flow.rewind(0)
        found.append(world.flow.inputs["input"].waiting())
        world.out.clear()
        await world.flow.run_available_async()
        found.append(world.out.copy())
        return found

    assert asyncio.run(main()) == [[1, 2, 10], [1, 3, 13]]


def test_a_file_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("a\nb\n")
    world = Recorded("source_file(path) -> for_each(out.append);", path=path)
    wanted = world.tick()
    path.write_text("c\n")

    world.flow.rewind(0)

    assert world.tick() == wanted == ["a", "b"]


def test_the_instants_of_a_timer_are_given_to_the_same_ticks() -> None:
    world = Recorded("source_interval(3600) -> for_each(out.append);")
    wanted = [world.tick(), world.tick()]

    world.flow.rewind(0)

    assert len(wanted[0]) == 1
    assert [world.tick(), world.tick()] == wanted


def test_a_flow_in_the_background_goes_on_with_what_waits_again() -> None:
    async def main() -> list[int]:
        world = Recorded(SUMS)
        world.tick(1)
        world.tick(2)
        world.flow.rewind(0)
        world.out.clear()
        world.input.send(3)
        world.flow.start()
        while len(world.out) < 3:
            await asyncio.sleep(0.001)
        world.flow.close()
        return world.out

    assert asyncio.run(main()) == [1, 3, 6]


def test_while_too_much_waits_to_leave_nothing_is_taken_in_again() -> None:
    world = Recorded(SUMS)
    world.tick(1)
    world.flow.rewind(0)
    world.flow.drive().engine.holds_back = True

    scheduled = world.flow.is_scheduled()
    world.flow.drive().engine.run_tick()

    assert not scheduled
    assert world.out == [1, 0]
    assert world.flow.inputs["input"].waiting() == [1]


# --- what it refuses --------------------------------------------------------------------------------------------------


def test_without_a_recording_there_is_no_way_back() -> None:
    flow = hf.compile("source_iter([1]) -> null();", {}, name="plain")
    flow.run_tick()

    with pytest.raises(hf.HydroflowError, match=r"`plain` is not recorded: `flow\.record\(\)`"):
        flow.rewind(0)
    assert flow.kept_ticks == []


def test_a_tick_that_is_not_kept_is_refused_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_SNAPSHOTS", 3)
    world = Recorded(SUMS)
    for n in range(6):
        world.tick(n)

    with pytest.raises(
        hf.HydroflowError, match="tick 2 of the flow `tested` is not kept: it can go back to tick 0 or 3 to 5"
    ):
        world.flow.rewind(2)
    with pytest.raises(hf.HydroflowError, match="tick 7 of the flow `tested` has not begun: the flow is at tick 6"):
        world.flow.rewind(7)
    assert world.flow.kept_ticks == [0, 3, 4, 5]
    assert world.flow.current_tick() == 6


def test_ticks_before_the_recording_are_not_kept() -> None:
    flow = hf.compile("source_iter([1]) -> null();", {}, name="late")
    flow.run_tick()
    flow.record()

    with pytest.raises(hf.HydroflowError, match="tick 0 of the flow `late` is not kept, nor is any other"):
        flow.rewind(0)


def test_the_tick_that_comes_next_is_where_the_flow_is() -> None:
    world = Recorded(SUMS)
    world.tick(1)
    world.input.send(2)

    world.flow.rewind(1)

    assert world.flow.inputs["input"].waiting() == [2]
    assert world.tick() == [3]


def test_a_closed_flow_a_running_one_and_one_within_a_stratum_stay_where_they_are() -> None:
    inside: list[str] = []

    def see(x: int) -> None:
        with pytest.raises(hf.HydroflowError) as caught:
            world.flow.rewind(0)
        inside.append(str(caught.value))

    world = Recorded("source_stream(input) -> for_each(see);", see=see)

    async def main() -> None:
        world.flow.start()
        await asyncio.sleep(0)
        with pytest.raises(hf.HydroflowError, match=r"`flow\.stop\(\)`"):
            world.flow.rewind(0)
        world.flow.stop()
        while world.flow.is_running:
            await asyncio.sleep(0.001)

    world.tick(1)
    asyncio.run(main())
    world.flow.close()

    assert len(inside) == 1
    assert "while a tick calls a function" in inside[0]
    with pytest.raises(hf.HydroflowError, match="is closed"):
        world.flow.rewind(0)


# --- state of all kinds -----------------------------------------------------------------------------------------------


def test_accumulators_that_change_in_place_are_as_they_were() -> None:
    class Stats:
        def __init__(self) -> None:
            self.groups: dict[int, list[int]] = {}

        def add(self, x: int) -> None:
            self.groups.setdefault(x % 2, []).append(x)

    world = Recorded(
        "source_stream(input) -> fold::<'static>(Stats, |acc, x| acc.add(x))"
        " -> for_each(|acc| out.append(repr(acc.groups)));",
        Stats=Stats,
    )
    wanted = [world.tick(1, 2), world.tick(3), world.tick(4)]

    world.flow.rewind(1)

    assert [world.tick(), world.tick()] == wanted[1:]


def test_items_that_are_compared_by_identity_are_known_again() -> None:
    class Thing:
        pass

    a, b = Thing(), Thing()
    world = Recorded("source_stream(input) -> unique::<'static>() -> for_each(out.append);")
    world.tick(a)
    world.tick(a, b)

    world.flow.rewind(1)

    assert world.tick() == [b]


def test_states_of_the_context_go_back() -> None:
    world = Recorded(
        "source_stream(input) -> map(|x| count(context, x)) -> for_each(out.append);",
        count=lambda context, x: counted(context, x),
    )
    handles: list[Any] = []

    def counted(context: Any, x: Any) -> int:
        if not handles:
            handles.append(context.add_state([]))
        context.state_ref(handles[0]).append(x)
        return len(context.state_ref(handles[0]))

    wanted = [world.tick("a"), world.tick("b"), world.tick("c")]
    world.flow.rewind(1)
    repeated = [world.tick(), world.tick()]
    world.flow.rewind(0)
    handles.clear()

    assert repeated == wanted[1:]
    assert [world.tick(), world.tick()] == wanted[:2]
    assert handles[0].index == 0


def test_deferred_items_and_expectations_go_back() -> None:
    world = Recorded(
        "source_stream(input) -> defer_tick() -> tee() -> for_each(out.append);"
        "source_stream(other) -> defer_tick_lazy() -> assert_eq([7, 8]);",
        other=hf.channel([7, 8]),
    )
    wanted = [world.tick(1), world.tick(2), world.tick()]

    world.flow.rewind(1)
    scheduled = world.flow.is_scheduled()
    repeated = [world.tick(), world.tick()]
    world.flow.rewind(1)

    assert scheduled
    assert repeated == wanted[1:]
    with pytest.raises(hf.AssertionFailed, match="still expects 2 items"):
        world.flow.close()


def test_a_generator_gives_again_what_it_gave() -> None:
    def numbers() -> Iterator[int]:
        yield from (3, 0, 2)

    world = Recorded(
        "source_iter(numbers()) -> map(|x| f(x)) -> for_each(out.append);", numbers=numbers, f=lambda x: 6 // x
    )
    with pytest.raises(ZeroDivisionError):
        world.tick()

    world.names["f"] = lambda x: x
    world.flow.rewind(0)
    first = world.tick()
    world.flow.rewind(0)

    assert first == [3, 0, 2]
    assert world.tick() == first


def test_only_what_cannot_be_copied_stays_and_a_warning_tells(caplog: pytest.LogCaptureFixture) -> None:
    class Guarded:
        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.total = 0

        def add(self, x: int) -> None:
            self.total += x

    world = Recorded(
        "source_stream(input) -> fold::<'static>(Guarded, |acc, x| acc.add(x))"
        " -> for_each(|acc| out.append(acc.total));",
        Guarded=Guarded,
    )
    world.tick(1)
    world.tick(2)

    with caplog.at_level(logging.WARNING, logger="hydroflow_nb"):
        world.flow.rewind(1)

    assert "cannot be copied" in caplog.text
    assert "lock" in caplog.text
    assert world.tick() == [3]


def test_results_that_are_there_by_now_are_handed_on_again() -> None:
    async def main() -> tuple[list[Any], list[Any], list[Any]]:
        gate = asyncio.Event()

        async def fetch(x: int) -> int:
            await gate.wait()
            begun.append(x)
            return x * 10

        world = Recorded(
            "source_stream(input) -> map(fetch) -> resolve_futures_ordered() -> for_each(out.append);", fetch=fetch
        )
        begun: list[int] = []
        world.tick(1)
        world.tick(2)
        gate.set()
        await asyncio.sleep(0.01)
        first = world.tick()
        world.flow.rewind(1)
        again = world.tick()
        await asyncio.sleep(0.01)
        rest = world.tick()
        world.flow.close()
        return first, again + rest, begun

    first, repeated, begun = asyncio.run(main())

    assert first == repeated == [10, 20]
    assert begun == [1, 2, 2]


def test_a_tick_that_waits_is_left_by_who_waits_when_it_is_taken_back() -> None:
    async def main() -> tuple[int, int, list[Any]]:
        gate = asyncio.Event()

        async def fetch(x: int) -> int:
            await gate.wait()
            return x

        world = Recorded(
            "source_stream(input) -> map(fetch) -> resolve_futures_blocking() -> for_each(out.append);", fetch=fetch
        )
        world.input.send(1)
        waiting = asyncio.ensure_future(world.flow.run_tick_async())
        while not world.flow.drive().engine.is_within_tick:
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        world.flow.rewind(0)
        gate.set()
        await waiting
        left = world.flow.current_tick()
        await world.flow.run_tick_async()
        return left, world.flow.current_tick(), world.out

    assert asyncio.run(main()) == (0, 1, [1])


def test_a_flow_that_was_built_by_hand_goes_back() -> None:
    b = core.Builder("sums")
    numbers, later = b.handoff("numbers"), b.handoff("later", delay="tick")
    given_numbers = b.input("numbers", into=numbers)
    total, fresh = b.state({"sum": 0}), b.state(0, persistence="tick")
    out: list[tuple[int, int, list[int]]] = []

    @b.subgraph(reads=[numbers, later], writes=[later])
    def add(context: Any, numbers: list[int], last: list[int], later: core.Output) -> None:
        for x in numbers:
            if x < 0:
                raise ValueError(x)
            context.state[total]["sum"] += x
            context.state[fresh] += 1
        later.extend(x - 1 for x in numbers if x > 1)
        out.append((context.state[total]["sum"], context.state[fresh], last))

    flow = b.build()
    flow.record()
    for batch in ([1, 2], [3], []):
        given_numbers.extend(batch)
        flow.run_tick()
    wanted = out.copy()
    given_numbers.extend([4, -1])
    with pytest.raises(ValueError, match="-1"):
        flow.run_tick()

    for tick in (3, 1, 0):
        flow.rewind(tick)
        out.clear()
        while flow.current_tick() < 3:
            flow.run_tick()
        assert out == wanted[tick:]
    assert flow.inputs["numbers"].waiting() == [4, -1]
    assert flow.faults == []


# --- random flows, every operator -------------------------------------------------------------------------------------


class Repeated:
    """A flow of random text that runs its ticks, goes back and runs them again."""

    def __init__(self, example: Any, known: Any, *, by_strata: list[bool]) -> None:
        self.example = example
        self.by_strata = by_strata
        self.sinks: dict[str, list[Any]] = {name: [] for name in (*example.ordered, "seen")}
        self.inputs = {name: hf.channel() for name in example.inputs}
        self.flow = hf.compile(example.text, namespace={**known, **self.sinks, **self.inputs})
        self.flow.record()

    def tick(self) -> tuple[dict[str, Any], bool, dict[str, Any]]:
        number = self.flow.current_tick()
        if self.by_strata[number]:
            while self.flow.current_tick() == number:
                self.flow.run_stratum()
        else:
            self.flow.run_tick()
        seen = {
            name: [repr(item) for item in items] if self.example.ordered.get(name) else Counter(map(repr, items))
            for name, items in self.sinks.items()
        }
        for items in self.sinks.values():
            items.clear()
        return seen, self.flow.is_scheduled(), without_orders(self.flow.recording.tick(number).to_dict())

    def run(self) -> list[Any]:
        found = []
        for batches in self.example.ticks:
            for name, items in batches.items():
                self.inputs[name].extend(items)
            found.append(self.tick())
        return found


def without_orders(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the items of each edge sorted: a set that was copied may be gone through in another order."""
    for step in record["steps"]:
        for moved in step["moves"].values():
            moved["items"].sort()
    return record


def assert_repeats(example: Any, known: Any, ticks: list[int], *, by_strata: list[bool], within: bool) -> None:
    """The flow goes back to one tick after the other, each time from behind the last one."""
    run = Repeated(example, known, by_strata=by_strata)
    wanted = run.run()
    # A join of everything with everything can be more than a recording keeps.
    if run.flow.kept_ticks != list(range(len(wanted))):
        run.flow.close()
        return
    for tick in ticks:
        if within:
            # A tick of its own, which is left in its middle.
            run.flow.run_stratum()
            for items in run.sinks.values():
                items.clear()

        run.flow.rewind(tick)

        assert run.flow.current_tick() == tick
        assert [one.tick for one in run.flow.recording.ticks] == list(range(tick))
        repeated = [run.tick() for _ in wanted[tick:]]
        for number, (before, after) in enumerate(zip(wanted[tick:], repeated, strict=True), tick):
            assert after[0] == before[0], f"what came out of tick {number} of{example!r}"
            assert after[2] == before[2], f"the record of tick {number} of{example!r}"
        # While ticks that took something in follow, the flow is due.
        assert repeated[-1][1] == wanted[-1][1]
    run.flow.close()


@random_flows(15)
@given(data=st.data())
@pytest.mark.parametrize("cyclic", [False, True], ids=["all operators", "joins in cycles"])
def test_a_random_flow_repeats_its_ticks(data: st.DataObject, cyclic: bool, reference: Any) -> None:
    example = data.draw(reference.flows.examples(cyclic=cyclic), label="flow")
    # Each of everything with everything squares the items, and all of them are recorded several times.
    assume(example.text.count("cross_join") < 3)
    count = len(example.ticks)

    assert_repeats(
        example,
        reference.flows.NAMES,
        data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=3), label="ticks"),
        by_strata=data.draw(st.lists(st.booleans(), min_size=count, max_size=count), label="by strata"),
        within=data.draw(st.booleans(), label="within a tick"),
    )


def cases() -> list[Any]:
    return [
        pytest.param(operator.name, chosen, id="-".join([operator.name, *chosen]))
        for operator in BY_NAME.values()
        for count in range(operator.most_persistences + 1)
        for chosen in itertools.product(operator.persistences, repeat=count)
    ]


@pytest.mark.parametrize(("operator", "lifetimes"), cases())
def test_an_operator_alone_repeats_its_ticks(operator: str, lifetimes: tuple[str, ...], reference: Any) -> None:
    flows = reference.flows
    for position in flows.Position:
        for example in flows.alone(operator, lifetimes, position):
            count = len(example.ticks)
            assert_repeats(
                example, flows.NAMES, [*reversed(range(count)), 0], by_strata=[False] * count, within=count % 2 == 0
            )
