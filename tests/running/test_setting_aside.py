"""Items with which a tick fails are set aside, and nothing beside them is lost."""

from __future__ import annotations

import asyncio
import queue
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import random_flows

import hydroflow_nb as hf
from hydroflow_nb.codegen import silent
from hydroflow_nb.purity import Relied
from hydroflow_nb.running.setting_aside import SettingAside
from worlds import in_loop, some_turns, until

# --- random flows -----------------------------------------------------------------------------------------------------

# Items that fail where they come in; those with which a later stratum fails; and those of which two fail together.
POISON, LATE, PAIRED = 100, 101, 102
_MARKED = (POISON, LATE, PAIRED)

_CHECKED = (
    "-> map(|x| 1 // 0 if x in (100, (100, 100)) else x) -> filter(|x| x not in (101, 102, (101, 101), (102, 102)))"
)
_CHECKS = """
{name}_1 = source_stream({name}) -> tee();
{name}_1 -> map(|x| x in (101, (101, 101))) -> fold(|| 0, |n, x| n + x) -> map(|n| n if n < 1 else 1 // 0) -> null();
{name}_1 -> map(|x| x in (102, (102, 102))) -> fold(|| 0, |n, x| n + x) -> map(|n| n if n < 2 else 1 // 0) -> null();
"""


class LastTry:
    """Clears what sinks got from a tick that was undone: what leaves a flow is not undone."""

    def __init__(self, sinks: list[list[Any]]) -> None:
        self.sinks = sinks

    def tick_begins(self, tick: int, why: str) -> None:
        for sink in self.sinks:
            sink.clear()

    def stratum_ends(self, tick: int, stratum: int) -> None: ...

    def tick_ends(self, tick: int, fault: object) -> None: ...

    def tick_undone(self, tick: int) -> None: ...


def is_marked(item: Any, *marks: int) -> bool:
    return item in marks or item in [(mark, mark) for mark in marks]


@pytest.mark.timeout(3_600)
@random_flows(12, by_night=3_000)
@given(data=st.data())
@pytest.mark.parametrize("again", [False, True], ids=["by a snapshot of each tick", "by ticks that run again"])
def test_outputs_are_those_of_a_run_in_which_the_items_at_fault_never_came(
    data: st.DataObject, again: bool, reference: Any
) -> None:
    flows = reference.flows
    example = data.draw(flows.examples(), label="flow")
    ticks: list[dict[str, list[Any]]] = []
    for batches in example.ticks * 2:
        ticks.append({})
        is_clean = data.draw(st.booleans(), label="clean")
        for name, items in batches.items():
            is_pair = any(isinstance(item, tuple) for one in example.ticks for item in one[name])
            marks = data.draw(
                st.lists(st.tuples(st.sampled_from(_MARKED), st.integers(0, 9)), max_size=0 if is_clean else 3),
                label=name,
            )
            ticks[-1][name] = list(items)
            for mark, place in marks:
                ticks[-1][name].insert(place, (mark, mark) if is_pair else mark)
    text = re.sub(r"source_stream\((\w+)\)", rf"source_stream(\1) {_CHECKED}", example.text)
    text += "".join(_CHECKS.format(name=name) for name in example.inputs)
    sinks: dict[str, list[Any]] = {name: [] for name in (*example.ordered, "seen")}
    expected: dict[str, list[Any]] = {name: [] for name in sinks}
    inputs = {name: hf.channel() for name in example.inputs}
    slow = reference.interpreter.Interpreter(example.text, {**flows.NAMES, **expected, **inputs})
    flow = hf.compile(text, {**flows.NAMES, **sinks, **inputs})
    driven = flow.drive()
    with pytest.MonkeyPatch.context() as patch:
        # All functions of these flows give the same again, also those of which their text does not tell.
        patch.setattr(silent, "relied_on", lambda graph: Relied() if again else None)
        driven.engine.undoing = driven.undoing(items_an_entry=1_000_000)
    driven.engine.observer = LastTry(list(sinks.values()))
    aside = SettingAside(driven)

    for number, batches in enumerate(ticks):
        for name, items in batches.items():
            inputs[name].extend(items)
        while flow.current_tick() == number:
            # At a breakpoint the run stops within its tick.
            aside.tick(driven.engine)
        for one in expected.values():
            one.clear()
        try:
            slow.run_tick({name: [x for x in items if not is_marked(x, *_MARKED)] for name, items in batches.items()})
        except reference.interpreter.TooMuch:
            assume(False)

        for name, items in expected.items():
            if example.ordered.get(name, False):
                assert sinks[name] == items, f"{name} in tick {number} of{example!r}"
            else:
                assert Counter(sinks[name]) == Counter(items), f"{name} in tick {number} of{example!r}"
        lost = {
            name: [one.item for one in flow.set_aside if (one.tick, one.input) == (number, name)] for name in inputs
        }
        for name, items in batches.items():
            marked = Counter(item for item in items if is_marked(item, POISON, LATE))
            marked.update([item for item in items if is_marked(item, PAIRED)][1:])
            assert Counter(lost[name]) == marked, f"{name} in tick {number} of{example!r}"
    assert not flow.faults
    flow.close()


# --- which item is it -------------------------------------------------------------------------------------------------


def run(text: str, names: dict[str, Any]) -> hf.Flow:
    """The flow of a text, which has run until nothing was left to do, and has set aside what failed."""
    flow = hf.compile(text, names)
    asyncio.run(flow.run_available_async(on_fault="set-aside"))
    return flow


def test_the_item_at_fault_is_told_with_its_input_its_tick_and_its_reason() -> None:
    out: list[Any] = []
    flow = run(
        "source_stream(xs) -> map(|x| 12 // x) -> dest_sink(out.append);", {"xs": hf.channel([3, 0, 4]), "out": out}
    )

    (one,) = flow.set_aside
    assert (one.item, one.input, one.sender, one.tick) == (0, "xs", None, 0)
    assert one.error == "ZeroDivisionError: integer division or modulo by zero"
    assert one.where == "in `map` at flow, line 1, item 0, tick 0, stratum 0"
    assert str(one) == f"tick 0: 0 by `xs`: {one.error} ({one.where})"
    assert (out[-2:], flow.current_tick(), list(flow.faults)) == ([4, 3], 1, [])


def test_an_error_of_an_operator_is_told_with_its_code_and_its_place() -> None:
    flow = run("source_stream(xs) -> map(|(a, b)| a) -> null();", {"xs": hf.channel([(1, 2), 3])})

    (one,) = flow.set_aside
    assert one.error == "HF401: the pattern `(a, b)` of `map` does not fit the item 3"
    assert one.where == "flow:1:27"


def test_behind_a_join_it_is_the_first_item_with_which_the_batch_fails() -> None:
    names = {"xs": hf.channel([(1, 6), (2, 8)]), "ys": hf.channel([(1, 3), (2, 0), (1, 0), (3, 0)]), "out": []}
    flow = run(
        "source_stream(xs) -> [0]j; source_stream(ys) -> [1]j; j = join() -> map(|(_, (a, b))| a // b)"
        " -> fold(|| 0, |s, x| s + x) -> for_each(out.append);",
        names,
    )

    assert [(one.input, one.item) for one in flow.set_aside] == [("ys", (2, 0)), ("ys", (1, 0))]
    assert names["out"][-1] == 2


def test_of_two_items_that_fail_together_the_second_is_set_aside_also_in_a_later_tick() -> None:
    text = "source_stream(xs) -> fold::<'static>(|| 0, |s, x| s + x) -> map(|s| 1 // (s < 10)) -> null();"
    xs = hf.channel([1, 6, 7, 1])
    flow = run(text, {"xs": xs})
    xs.extend([2, 1])
    asyncio.run(flow.run_available_async(on_fault="set-aside"))

    assert [(one.tick, one.item) for one in flow.set_aside] == [(0, 7), (1, 2)]


def test_an_item_that_two_sources_read_goes_from_both() -> None:
    out: list[Any] = []
    text = "source_stream(xs) -> map(|x| 1 // x) -> null(); source_stream(xs) -> sort() -> for_each(out.append);"
    flow = run(text, {"xs": hf.channel([2, 0, 1]), "out": out})

    assert [one.item for one in flow.set_aside] == [0]
    assert out == [1, 2]


def test_equal_items_are_told_apart_by_their_place() -> None:
    out: list[Any] = []
    text = "source_stream(xs) -> scan(|| 0, |n, x| (n + 1, 12 // (x + (n != 1)))) -> dest_sink(out.append);"
    flow = run(text, {"xs": hf.channel([0, 0, 3, 0]), "out": out})

    assert [one.item for one in flow.set_aside] == [0]
    assert out[-3:] == [12, 4, 12]


def test_one_item_of_very_many_is_found_in_a_few_tries() -> None:
    tries: list[int] = []
    names = {"xs": hf.channel([*range(1, 60_000), 0, *range(1, 40_001)]), "tries": tries}
    flow = run(
        "a = source_stream(xs) -> tee(); a -> fold(|| 0, |n, _| n + 1) -> for_each(tries.append);"
        "a -> sort() -> map(|x| 1 // x) -> fold(|| 0, |s, x| s + x) -> null();",
        names,
    )

    assert [one.item for one in flow.set_aside] == [0]
    assert len(tries) < 22
    assert tries[-1] == 99_999


# --- what is undone ---------------------------------------------------------------------------------------------------


def test_messages_and_what_waits_for_an_async_sink_leave_when_the_tick_is_done() -> None:
    sent: list[Any] = []

    async def send(item: Any) -> None:
        sent.append(item)

    run("source_stream(xs) -> map(|x| 12 // x) -> dest_sink(send);", {"xs": hf.channel([3, 4, 0, 6]), "send": send})

    assert sent == [4, 3, 2]


def test_a_message_of_a_tick_that_was_undone_is_not_sent() -> None:
    async def main() -> None:
        outbound, inbound, address = await hf.net.bind_udp(("127.0.0.1", 0))
        got: list[Any] = []
        names = {"xs": hf.channel([(3, address), (0, address), (4, address)]), "outbound": outbound}
        flow = hf.compile("source_stream(xs) -> map(|(x, to)| (12 // x, to)) -> dest_sink_serde(outbound);", names)
        await flow.run_available_async(on_fault="set-aside")
        reader = hf.compile("source_stream_serde(inbound) -> for_each(got.append);", {"inbound": inbound, "got": got})
        task = reader.start(on_fault="set-aside")
        await until(lambda: len(got) == 2)
        await some_turns()
        reader.stop()
        await task

        assert [item for item, _ in got] == [4, 3]
        assert [one.sender for one in flow.set_aside] == [None]

    in_loop(main)


def test_the_sender_of_a_message_is_told() -> None:
    async def main() -> None:
        outbound, inbound, address = await hf.net.bind_udp(("127.0.0.1", 0))
        sending = hf.compile("source_iter([(0, to)]) -> dest_sink_serde(out);", {"to": address, "out": outbound})
        flow = hf.compile("source_stream_serde(inbound) -> map(|(x, _)| 1 // x) -> null();", {"inbound": inbound})
        task = flow.start(on_fault="set-aside")
        await sending.run_available_async()
        await until(lambda: flow.set_aside)
        flow.stop()
        await task

        (one,) = flow.set_aside
        assert (one.item, one.sender) == ((0, address), address)

    in_loop(main)


def test_a_queue_is_told_once_of_each_item_when_the_tick_is_done() -> None:
    items: queue.Queue[int] = queue.Queue()
    for item in (1, 0, 2):
        items.put(item)
    flow = run("source_stream(items) -> map(|x| 1 // x) -> null();", {"items": items})

    items.join()
    assert [one.item for one in flow.set_aside] == [0]


def test_a_tick_that_waits_is_undone_as_any_other() -> None:
    async def fetch(x: int) -> int:
        await asyncio.sleep(0)
        return 12 // x

    out: list[Any] = []
    text = "source_stream(xs) -> map(|x| fetch(x)) -> resolve_futures_blocking_ordered() -> fold(|| 0, |s, x| s + x)"
    flow = run(f"{text} -> for_each(out.append);", {"xs": hf.channel([3, 0, 4]), "fetch": fetch, "out": out})

    assert [one.item for one in flow.set_aside] == [0]
    assert out == [0, 7] or out[-1] == 7


@pytest.mark.parametrize("place", [0, 7, 20, 39])
@pytest.mark.parametrize("kept", [1_000, 40, 8])
def test_the_item_is_known_without_tries_in_a_recorded_flow(kept: int, place: int) -> None:
    seen: list[int] = []
    items = [1] * 40
    items[place] = 0
    text = "source_stream(xs) -> map(|x| 1 // x) -> fold(|| 0, |n, x| n + x) -> for_each(seen.append);"
    flow = hf.compile(text, {"xs": hf.channel(items), "seen": seen})
    flow.record(kept)

    asyncio.run(flow.run_available_async(on_fault="set-aside"))

    # A part of the batch that is tried out would reach the sink.
    assert (seen, [one.item for one in flow.set_aside]) == ([39], [0])


def test_a_recording_has_the_tick_once_with_what_was_set_aside() -> None:
    flow = hf.compile("source_stream(xs) -> sort() -> map(|x| 12 // x) -> null();", {"xs": hf.channel([3, 0, 4])})
    flow.record()
    asyncio.run(flow.run_available_async(on_fault="set-aside"))

    (tick,) = flow.recording.ticks
    assert tick.batch["xs"].items == [3, 4]
    assert [text.partition(":")[0] for text in tick.set_aside] == ["0 by `xs`"]
    assert tick.to_dict()["set_aside"] == tick.set_aside
    assert "set aside: 0 by `xs`" in flow.recording._repr_mimebundle_()["text/plain"]
    assert "1 item set aside" in flow.recording.svg(0)
    flow.rewind(0)
    assert flow.inputs["xs"].waiting() == [3, 4]


@pytest.mark.parametrize("kept", [1_000, 40, 8])
@pytest.mark.parametrize("fails", ["map(|x| 12 // x) -> null()", "sort() -> map(|x| 12 // x) -> null()"])
def test_a_recording_has_nothing_of_what_was_undone(fails: str, kept: int) -> None:
    text = f"all = source_stream(xs) -> tee(); all -> map(|x| x + 1) -> null(); all -> {fails};"
    inputs = [1] * 20 + [0] + [2] * 20, [3], [0, 4]

    def recorded(*batches: list[int]) -> list[Any]:
        xs = hf.channel()
        flow = hf.compile(text, {"xs": xs}, name="flow")
        flow.record(kept)
        for batch in batches:
            xs.extend(batch)
            asyncio.run(flow.run_available_async(on_fault="set-aside"))
        ticks = [tick.to_dict() for tick in flow.recording.ticks]
        return [{name: told for name, told in tick.items() if name != "set_aside"} for tick in ticks]

    assert recorded(*inputs) == recorded(*([x for x in batch if x] for batch in inputs))


def test_of_many_items_that_a_tick_has_set_aside_few_are_told_and_all_are_counted() -> None:
    class Hostile:
        def __repr__(self) -> str:
            return "\u202e" + "<b>\x1b\n" * 500

    items = [0] * 7 + [Hostile()]
    flow = hf.compile("source_stream(xs) -> map(|x| 12 // x) -> null();", {"xs": hf.channel(items * 100)})
    flow.set_aside.most = 500
    flow.record()
    asyncio.run(flow.run_available_async(on_fault="set-aside"))

    (tick,) = flow.recording.ticks
    assert (len(tick.set_aside), tick.more_set_aside, flow.set_aside.total) == (5, 795, 800)
    assert all(one.isprintable() and len(one) <= 1_000 for one in tick.set_aside)
    assert tick.to_dict()["more_set_aside"] == 795
    assert "800 items set aside" in flow.recording.svg(0)
    assert "800 items set aside: 0 by `xs`" in flow.recording._repr_mimebundle_()["text/plain"].replace("\n", " ")


def test_a_breakpoint_stops_the_tick_that_counts_and_no_try() -> None:
    flow = hf.compile("source_stream(xs) -> sort() -> map(|x| 12 // x) -> null();", {"xs": hf.channel([3, 0, 4])})
    flow.break_on(stratum=1)
    asyncio.run(flow.run_available_async(on_fault="set-aside"))
    first = flow.stopped_at
    asyncio.run(flow.run_available_async(on_fault="set-aside"))
    second = flow.stopped_at
    asyncio.run(flow.run_available_async(on_fault="set-aside"))

    assert first is not None
    assert second is not None
    assert [one.item for one in flow.set_aside] == [0]
    assert (flow.stopped_at, flow.current_tick()) == (None, 1)


def test_a_durable_flow_goes_on_without_the_item_that_was_set_aside(tmp_path: Path) -> None:
    text = (
        "source_stream(xs) -> fold::<'static>(|| 0, |s, x| s + x) -> map(|s| (s, 1 // (s < 10)))"
        " -> map(|(s, _)| s) -> for_each(out.append);"
    )

    def names() -> dict[str, Any]:
        return {"xs": hf.channel(), "out": []}

    first = names()
    with hf.compile(text, first).durable(tmp_path) as flow:
        for batch in ([1, 2], [6, 8, 0], [9]):
            first["xs"].extend(batch)
            asyncio.run(flow.run_available_async(on_fault="set-aside"))
        assert [one.item for one in flow.set_aside] == [8, 9]
    again = names()
    with hf.compile(text, again).durable(tmp_path) as flow:
        tick = flow.current_tick()
        again["xs"].send(0)
        flow.run_tick()

    assert (first["out"][-1], again["out"], tick) == (9, [9], 3)


def test_what_is_told_of_an_item_is_short_whatever_was_raised() -> None:
    def fails(x: int) -> int:
        error = ValueError("x" * 100_000)
        error.add_note("y" * 100_000)
        raise error

    flow = run("source_stream(xs) -> map(|x| fails(x)) -> null();", {"xs": hf.channel([1]), "fails": fails})

    (one,) = flow.set_aside
    assert one.error.startswith("ValueError: xxx")
    assert "characters)" in one.where
    assert len(str(one)) < 1_500


# --- what ends the run ------------------------------------------------------------------------------------------------


def test_a_tick_that_fails_without_input_ends_the_run_and_loses_nothing() -> None:
    xs = hf.channel([1])
    flow = hf.compile("source_iter([0]) -> map(|x| 1 // x) -> null(); source_stream(xs) -> null();", {"xs": xs})

    with pytest.raises(ZeroDivisionError) as raised:
        asyncio.run(flow.run_available_async(on_fault="set-aside"))

    assert raised.value.__notes__[-1].startswith("hydroflow: the tick fails without any input, so there is no item")
    assert (flow.inputs["xs"].waiting(), flow.current_tick(), list(flow.set_aside)) == ([1], 0, [])


def test_where_ticks_do_not_give_the_same_again_the_tick_is_aborted_and_that_is_said() -> None:
    calls = iter([False, True])
    with pytest.MonkeyPatch.context() as patch:
        # Its text would tell it.
        patch.setattr(silent, "relied_on", lambda graph: Relied())
        xs = hf.channel([1])
        names = {"xs": xs, "fails": lambda x: 1 // (x and not next(calls))}
        flow = hf.compile("source_stream(xs) -> persist::<'static>() -> map(|x| fails(x)) -> null();", names)
        driven = flow.drive()
        driven.engine.undoing = driven.undoing(items_an_entry=100)
        aside = SettingAside(driven)
        aside.tick(driven.engine)
        xs.send(0)
        with pytest.raises(ZeroDivisionError) as raised:
            aside.tick(driven.engine)

    assert any("the tick could not be undone: tick 0 had ended well" in note for note in raised.value.__notes__)
    assert flow.faults.total == 1


def test_an_interrupt_ends_the_tick_and_the_run(interrupted: Any) -> None:
    flow = hf.compile("source_stream(xs) -> map(|x| loop(x)) -> null();", {"xs": hf.channel([1]), "loop": for_ever})

    with interrupted(flow, 0.2):
        asyncio.run(flow.run_available_async(on_fault="set-aside"))

    assert (flow.faults.total, list(flow.set_aside)) == (1, [])


def for_ever(x: int) -> int:
    while True:
        pass


# --- how it is asked for ----------------------------------------------------------------------------------------------


def test_a_started_flow_goes_on_behind_the_item_and_can_take_it_in_again() -> None:
    async def main() -> None:
        out: list[Any] = []
        names: dict[str, Any] = {"xs": hf.channel([3, 0]), "out": out, "by": lambda x: 12 // x}
        flow = hf.compile("source_stream(xs) -> map(|x| by(x)) -> for_each(out.append);", names)
        task = flow.start(on_fault="set-aside")
        await until(lambda: flow.set_aside)
        names["by"] = str
        (one,) = flow.set_aside
        flow.inputs[one.input].send(one.item)
        await until(lambda: "0" in out)
        flow.stop()
        await task

        assert out[-1] == "0"

    in_loop(main)


def test_with_continue_the_log_tells_of_the_fault_and_the_run_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    out: list[Any] = []
    xs = hf.channel([0, 3])
    flow = hf.compile("source_stream(xs) -> map(|x| 12 // x) -> for_each(out.append);", {"xs": xs, "out": out})

    async def main() -> None:
        task = flow.start(on_fault="continue")
        await until(lambda: flow.faults)
        xs.send(4)
        await until(lambda: out)
        flow.stop()
        await task

    in_loop(main)

    assert (out, flow.faults.total, flow.faults[0].dropped, list(flow.set_aside)) == ([3], 1, 2, [])
    assert [one.message for one in caplog.records] == ["the flow `flow` goes on behind a tick that failed"]


def test_another_word_is_refused() -> None:
    flow = hf.compile("null() -> null();", {})

    with pytest.raises(ValueError, match='`on_fault` is "stop", "continue" or "set-aside", not \'skip\''):
        asyncio.run(flow.run_available_async(on_fault="skip"))


def test_when_the_run_is_over_ticks_are_aborted_as_before() -> None:
    xs = hf.channel([1])
    flow = run("source_stream(xs) -> map(|x| 1 // x) -> null();", {"xs": xs})
    xs.send(0)

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()

    assert (flow.faults.total, list(flow.set_aside)) == (1, [])
    flow.reset()
    assert (flow.faults.total, flow.set_aside.total) == (0, 0)


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_the_newest_are_kept_and_all_are_counted() -> None:
    xs = hf.channel([0] * 5)
    flow = hf.compile("source_stream(xs) -> map(|x| 1 // x) -> null();", {"xs": xs})
    flow.set_aside.most = 3
    asyncio.run(flow.run_available_async(on_fault="set-aside"))

    assert (len(flow.set_aside), flow.set_aside.dropped, flow.set_aside.total) == (3, 2, 5)
    assert "2 earlier ones are not shown" in flow.set_aside._repr_html_()
    assert "items set aside: 5" in flow._repr_mimebundle_()["image/svg+xml"]


def test_who_listens_is_told_before_the_tick_runs_again_and_can_refuse() -> None:
    told: list[Any] = []
    flow = hf.compile("source_stream(xs) -> map(|x| 1 // x) -> null();", {"xs": hf.channel([1, 0])})

    def write(one: Any) -> None:
        told.append((one.item, flow.current_tick()))
        raise OSError("the disk is full")

    flow.set_aside.listen(write)
    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(flow.run_available_async(on_fault="set-aside"))

    assert told == [(0, 0)]
    assert (flow.inputs["xs"].waiting(), flow.set_aside.total) == ([1, 0], 0)
